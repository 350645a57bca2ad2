import type { AuditLog } from '../audit';
import type { Settings } from '../config';
import type { Log, Service, Target } from '../contract';
import {
  connectionOf,
  createCatalogChanges,
  createHeaderNews,
  createReading,
  createRegistry,
  createWriting,
  guardHttp,
  isVisible,
  openContext,
  reconcile,
  runConnector,
  settleAnchors,
  withRefusals,
  writeBack,
  type CatalogChanges,
  type Connector,
  type ElementEntry,
  type EndpointEntity,
  type EndpointFeed,
  type LifecycleRecord,
  type Listening,
  type Marks,
  type Reading,
  type Registry,
  type TargetStatus,
  type Writer,
} from '../connector';
import type { Webhooks } from '../live';
import type { ConnectorEntry, Entry } from '../load';
import type { Resync, RunConnector } from '../resync';
import { limiter, newId, withhold, type Clock, type JsonObject } from '../shared';
import { readState, writeState, type CatalogDocument, type Store, type Ticks } from '../store';
import { callersOf, type ConnectorPart } from './connector-entry';
import type { EntryWork } from './entry-work';
import type { Pauses } from './pauses';
import { createRestTargets, type RestTargets } from './rest-targets';
import type { Asker, ContextTeller } from './tell-context';
import { createRunSide, type RunSide } from './run-side';
import { childLog, secretsOf, type Sources } from './sources';

const PAGE = 500;
/** `state` documents of what a connector has to know after a restart of the process: `connector/<entry>`. */
export const MARKS = 'connector/';

export interface ConnectorsOptions {
  readonly parts: readonly ConnectorPart[];
  readonly store: Store;
  readonly ticks: Ticks;
  readonly clock: Clock;
  readonly log: Log;
  readonly graceMs: number;
  /** SERVICE_PREFIX. */
  readonly prefix: string;
  /** No schedule: refreshed only when somebody asks. */
  readonly quiet: boolean;
  readonly sources: Pick<Sources, 'context'>;
  readonly settings: Settings;
  readonly pauses: Pick<Pauses, 'has'>;
  workOf(identifier: string): EntryWork;
  auditLog(entry: Entry, of: { readonly instanceId: string; readonly target: string }): AuditLog;
  readonly teller: ContextTeller;
  /** Must not wait. */
  record(entry: Entry, record: LifecycleRecord): void;
}

/** What is made after them. */
export interface ConnectorsBehind {
  readonly resync: Pick<Resync, 'request' | 'ended'>;
  readonly webhooks: Pick<Webhooks, 'open'>;
}

/** The connectors of a process, over one catalog of elements. */
export interface Connectors {
  /** Told by whoever writes the catalog. */
  readonly changes: CatalogChanges;
  readonly registry: Registry;
  readonly reading: Reading;
  runSide(identifier: string): RunConnector | undefined;
  /** Undefined: the entry has no connector. */
  restTargets(identifier: string): RestTargets | undefined;
  /** What its connector listens to, of all its targets. */
  listening(identifier: string): readonly Listening[];
  /** Undefined: the entry has none. */
  of(identifier: string): Connector | undefined;
  /** What their elements are parts of is known, also of those that an earlier release wrote. Before anything else reads or writes them. */
  prepare(): Promise<void>;
  begin(behind: ConnectorsBehind): void;
  readonly count: number;
  /** What they count and measure by themselves. */
  measures(): readonly { readonly integration: string; readonly name: string; readonly value: number }[];
  /** Methods that are at work, such as `sales refresh`. */
  inFlight(): readonly string[];
  /** Those that did not return in time since the stop began. */
  abandoned(): readonly string[];
  /** Resolves when all are disconnected, within the grace time. */
  stop(): Promise<void>;
}

export function createConnectors(options: ConnectorsOptions): Connectors {
  const { parts, store, clock } = options;
  const connectors = new Map<string, Connector>();
  const abandoned: string[] = [];
  let stopping = false;
  const elementEntries = new Map(parts.map((part): [string, ElementEntry] => [part.entry.identifier, elementEntryOf(part, options, () => connectors.get(part.entry.identifier))]));
  const registry = createRegistry(store, [...elementEntries.values()]);
  const reading = createReading(registry);
  const changes = createCatalogChanges();
  const writing = withRefusals(createWriting({ store, ticks: options.ticks, clock, registry, headerChanged: createHeaderNews({ registry, changes }) }), ({ entry, target }, refusal) => options.teller.tell(askerOf(parts.find((part) => part.entry.identifier === entry.identifier)!, target), { is: 'refused', ...refusal }));
  const sides = new Map<string, RunSide>();
  const listening = new Set<Listening>();
  const { brokers = options.settings.process.kafkaBrokers, ssl, sasl } = options.settings.trigger;
  const kafka = { listening, process: { ...(brokers && { brokers }), ...(ssl !== undefined && { ssl }), ...(sasl && { sasl }) } };
  const given = new Map(parts.map(({ entry }) => [entry.identifier, createRestTargets({ entry, settings: options.settings, documents: store.documents, log: options.log })]));

  const askerOf = ({ entry }: ConnectorPart, target: string): Asker => ({
    connectorName: entry.identifier,
    target,
    log: () => options.auditLog(entry, { instanceId: connectors.get(entry.identifier)?.status().targets.find(({ name }) => name === target)?.instanceId ?? '', target }),
  });

  function writerOf({ entry }: ConnectorPart, target: string): Writer {
    const { connector } = entry;
    const of = targetOf(entry.connector, connectors.get(entry.identifier), target);
    return {
      entry: elementEntries.get(entry.identifier)!,
      target,
      home: of?.metadataSource?.id ?? connector.metadataSource.id,
      direction: of?.direction ?? connector.direction,
      onMissing: of?.onMissing ?? connector.onMissing,
    };
  }

  const feedOf = (blueprint: string, visible: readonly string[]): EndpointFeed => {
    const read = async (document: CatalogDocument): Promise<EndpointEntity | undefined> => {
      const at = (await registry.locate(blueprint, [document.identifier])).get(document.identifier);
      return at && !isVisible(await reading.zonesOf(at, blueprint), visible) ? undefined : { identifier: document.identifier, properties: JSON.parse(document.properties) as JsonObject };
    };
    return {
      async list(signal) {
        const entities: EndpointEntity[] = [];
        for (let cursor: string | null | undefined; cursor !== null; ) {
          signal.throwIfAborted();
          const { documents, next } = await store.catalog.list({ blueprint, limit: PAGE, ...(cursor !== undefined && { cursor }) });
          for (const entity of await Promise.all(documents.map(read))) if (entity) entities.push(entity);
          cursor = next;
        }
        return entities;
      },
      subscribe(heard) {
        // One look after the other: of two at once the older one might tell last.
        const inTurn = limiter(1);
        const look = async (identifier: string): Promise<void> => {
          const document = await store.catalog.get(blueprint, identifier);
          const entity = document && (await read(document));
          heard(entity ? { is: 'changed', entity } : { is: 'gone', identifier });
        };
        return changes.listen([blueprint], (changed) => {
          for (const { identifier } of changed) {
            inTurn(() => look(identifier)).catch((err: unknown) => options.log.warn('a changed endpoint cannot be read; the next refresh looks again', { identifier, err }));
          }
        });
      },
    };
  };

  function begin(part: ConnectorPart, { resync, webhooks }: ConnectorsBehind): void {
    const { entry } = part;
    const { connector, identifier } = entry;
    const log = childLog(options.log, { integration: identifier });
    const restTargets = given.get(identifier)!;
    const hide = (text: string): string => withhold(text, [...secretsOf(entry), ...restTargets.secrets()].map((secret) => secret.reveal()));
    const side = sides.get(identifier)!;
    const openRoute = ((path, verify, heard) => {
      const callers = callersOf(entry);
      return webhooks.open({ path: `${options.prefix}/${encodeURIComponent(identifier)}/${path.replace(/^\/+/, '')}`, integration: identifier, verify, authentication: callers, heard });
    }) satisfies Parameters<typeof openContext>[0]['openRoute'];
    const { resync: schedule } = entry;
    connectors.set(
      identifier,
      runConnector(
        {
          connectorId: identifier,
          identifier,
          settings: entry.settings,
          connection: connector.connection,
          services: (entry.integration.services ?? []) as readonly Service[],
          ...(entry.integration.endpoints && { endpoints: entry.integration.endpoints }),
          ...(connector.learned && { learned: connector.learned }),
          targets: connector.targets,
          schedule: options.quiet ? { atStart: false } : { atStart: schedule.atStart, ...(schedule.everyMs !== undefined && { everyMs: schedule.everyMs }), ...(schedule.cron !== undefined && { cron: schedule.cron }) },
          engage: connector.engage && !options.quiet,
          maxFailures: connector.maxFailures,
          once: options.quiet,
          ...(connector.startAt !== undefined && { startAt: connector.startAt }),
          ...(connector.stopAt !== undefined && { stopAt: connector.stopAt }),
          kinds: part.ownKinds,
          graceMs: options.graceMs,
          make: (deps) => entry.integration.connector!(deps),
        },
        {
          clock,
          random: Math.random,
          newId,
          log,
          http: ({ target, settings, signal }) => guardHttp(options.sources.context({ ...entry, settings }, signal).http, {
              connector: identifier,
              direction: writerOf(part, target.name).direction,
              refused: (error) => options.teller.tell(askerOf(part, target.name), { is: 'refused', blueprint: '', identifier: '', error }),
            }),
          auditLog: (of) => options.auditLog(entry, of),
          record(record) {
            if (stopping && (record.is === 'hung' || (record.is === 'disconnected' && record.forced))) abandoned.push(`${identifier} ${record.is === 'hung' ? record.method : 'disconnect'}`);
            options.record(entry, record);
          },
          withhold: hide,
          marks: {
            // Pauses and targets that REST gave are stored before anybody is answered; the marks come later.
            load: async () => ({ ...(await restTargets.inMarks(await readState<Marks>(store.documents, `${MARKS}${identifier}`))), paused: options.pauses.has(identifier) }),
            save: (marks) => writeState(store.documents, `${MARKS}${identifier}`, restTargets.outOfMarks(marks)),
          },
          runRefresh: ({ cause, targets }) => side.run(resync, { cause, ...(targets && { targets }) }),
          openContext: (request) =>
            openContext(
              { store, clock, log, registry, reading, writing, changes, openRoute, withhold: hide, kafka },
              {
                request,
                writer: writerOf(part, request.target.name),
                sourceKind: request.target.metadataSource?.kind ?? connector.metadataSource.kind,
                auditLog: options.auditLog(entry, { instanceId: request.instanceId, target: request.target.name }),
                record: (record) => options.teller.tell(askerOf(part, request.target.name), record),
                targetBlueprints: (entry.integration.targets ?? []).map(({ blueprint }) => blueprint),
                endpoint: connectionOf(connector.connection, request.target).endpoint,
              },
            ),
        },
        connector.learned && feedOf(connector.learned.blueprint, connector.zones.visible),
      ),
    );
  }

  for (const part of parts) {
    const { identifier } = part.entry;
    sides.set(
      identifier,
      createRunSide(part, {
        store,
        clock,
        connector: () => connectors.get(identifier),
        reconcile(of, reconciliation) {
          const writer = writerOf(part, of.target);
          if (writer.direction !== 'TO_THIRD_PARTY') return reconcile({ exchange: part.exchange, registry, writing }, writer, of.signal, reconciliation);
          return writeBack({ store, registry, reading, unknownThere: (found) => options.teller.unknownThere(askerOf(part, of.target), found) }, writer, of.signal, reconciliation);
        },
        methodOf: (target) => writerOf(part, target).onMissing,
        cascade: (going, how) => writing.cascade(elementEntries.get(identifier)!, going, how),
      }),
    );
  }

  return {
    changes,
    registry,
    reading,
    runSide: (identifier) => sides.get(identifier),
    restTargets: (identifier) => given.get(identifier),
    listening: (identifier) => [...listening].filter(({ connector }) => connector === identifier),
    of: (identifier) => connectors.get(identifier),
    async prepare() {
      for (const entry of elementEntries.values()) await settleAnchors(store, entry, options.log);
    },
    begin(behind) {
      for (const part of parts) begin(part, behind);
    },
    count: parts.length,
    measures: () => [...connectors].flatMap(([integration, connector]) => Object.entries(connector.measures()).map(([name, value]) => ({ integration, name, value }))),
    inFlight: () => [...connectors].flatMap(([identifier, connector]) => connector.status().targets.flatMap((target) => methodsOf(target).map((method) => `${identifier} ${method}`))),
    abandoned: () => abandoned,
    async stop() {
      stopping = true;
      await Promise.all([...connectors.values()].map((connector) => connector.stop()));
    },
  };
}

/** What an instance is doing now. */
const methodsOf = ({ status, pollState, engageState }: TargetStatus): readonly string[] => [...(status === 'CREATED' ? ['set-up'] : []), ...(status === 'INITIALIZED' ? ['start'] : []), ...(pollState === 'REFRESHING' ? ['refresh'] : []), ...(engageState === 'ENGAGED' ? ['engage'] : [])];

/** Of the file, or whoever else named it. */
const targetOf = ({ targets }: ConnectorEntry, connector: Connector | undefined, name: string): Target | undefined => targets.find((target) => target.name === name) ?? connector?.target(name);

const elementEntryOf = ({ entry, kinds }: ConnectorPart, { workOf }: ConnectorsOptions, connector: () => Connector | undefined): ElementEntry => ({
  identifier: entry.identifier,
  kinds,
  zones: entry.connector.zones,
  mapping: (kind) => workOf(entry.identifier).flow.mapping()?.hashOf(kind) ?? '',
  offer: (kind, rows) => workOf(entry.identifier).feed.offer(kind, rows),
  isPresent: (target) => connector()?.status().targets.some(({ name }) => name === target) ?? false,
  addressOf(target) {
    const of = targetOf(entry.connector, connector(), target);
    return of && connectionOf(entry.connector.connection, of).endpoint?.address;
  },
});
