import type { AuditLog, BlueprintName, Connection, Element, ElementRef, Endpoint, Integration, IntegrationConnector, IntegrationContext, KafkaMessage, Listeners, Log, NewElement, Reconciled, Reconciliation, Service, Target, UpsertResult } from '../contract';
import { watchDirectory } from '../connector/directory';
import { blueprintOf, services, validateElement } from '../connector/services';
import { isSelected, newId } from '../shared';
import { recordedLog, type RecordedLog } from './recorded-log';

/** What a connector said of one element. */
export type GivenElement = NewElement & { readonly blueprint: BlueprintName };

export interface StageConnectorOptions {
  readonly integration: Integration<never>;
  /** Parsed, as the runtime gives them: defaults laid in, secrets as Secret. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly endpoint?: Endpoint;
  readonly target?: Target;
}

/** One instance of a connector, set up as the runtime does, over a catalog in memory that refuses what the runtime would refuse. */
export interface StagedConnector {
  readonly connector: IntegrationConnector<Service>;
  readonly log: RecordedLog;
  /** Targets that it added itself. */
  readonly targets: ReadonlyMap<string, Target>;
  /** What it told beside its comparisons, in order: created, updated, removed. */
  readonly told: readonly { readonly is: 'upsert' | 'remove'; readonly element: ElementRef }[];
  /** Elements of a blueprint as the catalog has them, by identifier. */
  elements<TBlueprint extends BlueprintName>(blueprint: TBlueprint): ReadonlyMap<string, NewElement<TBlueprint>>;
  /** Runs `refresh` once: what a completed comparison did not have is removed. Gives the blueprints that were compared. */
  refresh(): Promise<readonly BlueprintName[]>;
  /** Puts an element of somebody else there, such as an endpoint. */
  put<TBlueprint extends BlueprintName>(blueprint: TBlueprint, element: NewElement<TBlueprint>): void;
  /** Were refreshes asked for by `context.requestRefresh`? */
  requested(): number;
  /**
   * Gives a message to whoever listens to this topic (`listeners.kafka`), as a broker would, without one: texts become bytes, offsets count from 0. Rejects with what
   * the connector throws: a real one would give it again.
   */
  produce(topic: string, message: { readonly key?: string | Buffer; readonly value?: string | Buffer; readonly headers?: Readonly<Record<string, string | Buffer>> }): Promise<void>;
  start(): Promise<void>;
  /** One call of `engage`. */
  engage(signal?: AbortSignal): Promise<void>;
  disconnect(): Promise<void>;
}

const silent: AuditLog = { log: () => undefined, logException: () => undefined };

export function stageConnector(options: StageConnectorOptions): StagedConnector {
  const { integration, settings = {}, endpoint, target = { name: 'default' } } = options;
  const log = recordedLog();
  const ending = new AbortController();
  const targets = new Map<string, Target>();
  const told: { is: 'upsert' | 'remove'; element: ElementRef }[] = [];
  const catalog = new Map<BlueprintName, Map<string, GivenElement>>();
  const disposers: (() => unknown)[] = [];
  const topics = new Map<string, { readonly heard: (message: KafkaMessage) => Promise<void>; next: number }>();
  let requested = 0;
  const of = (blueprint: BlueprintName): Map<string, GivenElement> => {
    const known = catalog.get(blueprint) ?? new Map<string, GivenElement>();
    catalog.set(blueprint, known);
    return known;
  };

  /** Throws with every problem: in a test of a connector nothing may be refused. */
  function take(blueprint: BlueprintName, given: NewElement): GivenElement {
    const writable = (integration.services ?? []).some((service) => services.get(service)!.blueprints.includes(blueprint));
    if (!writable) throw new Error(`${integration.type} writes ${blueprint}, which is of none of its services`);
    const element = withAnchor(blueprint, given);
    const problems = validateElement({ blueprint, identifier: element.identifier, properties: element.properties, relations: element.relations });
    if (problems.length > 0) throw new Error(`${blueprint} ${element.identifier}: ${problems.map(({ path, message }) => `${path} ${message}`).join('; ')}`);
    const next: GivenElement = { ...element, blueprint };
    of(blueprint).set(element.identifier, next);
    return next;
  }

  function remove(ref: ElementRef): boolean {
    const was = of(ref.blueprint).delete(ref.identifier);
    for (const child of [...catalog.values()].flatMap((elements) => [...elements.values()])) if (isAnchoredIn(child, ref)) remove(child);
    return was;
  }

  const shown = (element: GivenElement): Element =>
    ({ blueprint: element.blueprint, identifier: element.identifier, properties: element.properties, relations: linksOf(element), relationProperties: {}, header: { id: '', blueprint: element.blueprint, status: 'ACTIVE', origin: { category: 'EXTERNAL_SOURCE', homeId: '', homeName: '' }, versions: { updatedBy: '', version: 1 }, classifications: [], zones: [] } }) as Element;
  const page = (elements: readonly GivenElement[]) => ({ elements: elements.map(shown) });
  const service = {
    create: async (blueprint: BlueprintName, given: NewElement) => {
      told.push({ is: 'upsert', element: take(blueprint, given) });
      return { blueprint, identifier: given.identifier };
    },
    update: async (ref: ElementRef, properties: object, how: { merge?: boolean; relations?: object } = {}) => {
      const known = of(ref.blueprint).get(ref.identifier);
      if (!known) throw new Error(`${ref.blueprint} ${ref.identifier} is not there`);
      const relations = { ...known.relations, ...how.relations };
      told.push({ is: 'upsert', element: take(ref.blueprint, { ...known, properties: (how.merge === false ? properties : { ...known.properties, ...properties }) as NewElement['properties'], relations }) });
    },
    upsert: async (blueprint: BlueprintName, elements: readonly NewElement[]) =>
      elements.map((given): UpsertResult => {
        const is = of(blueprint).has(given.identifier) ? 'updated' : 'created';
        told.push({ is: 'upsert', element: take(blueprint, given) });
        return { identifier: given.identifier, is };
      }),
    remove: async (ref: ElementRef) => {
      told.push({ is: 'remove', element: { blueprint: ref.blueprint, identifier: ref.identifier } });
      return remove(ref);
    },
    get: async (ref: ElementRef) => {
      const known = of(ref.blueprint).get(ref.identifier);
      return known && shown(known);
    },
    byName: async (blueprint: BlueprintName, name: string) => {
      const known = [...of(blueprint).values()].find(({ properties }) => (properties as { qualifiedName?: string }).qualifiedName === name);
      return known && shown(known);
    },
    find: async (blueprint: BlueprintName, filter: object = {}) =>
      page([...of(blueprint).values()].filter(({ properties }) => Object.entries(filter).every(([name, value]) => (properties as Record<string, unknown>)[name] === value))),
    children: async (ref: ElementRef, blueprint: BlueprintName) => page([...of(blueprint).values()].filter((element) => isAnchoredIn(element, ref))),
    async *owned(blueprint: BlueprintName) {
      yield* [...of(blueprint).values()].map(shown);
    },
    link: async () => undefined,
    unlink: async () => undefined,
    classify: async () => undefined,
    declassify: async () => undefined,
  };
  const keep = (dispose: () => unknown) => {
    disposers.push(dispose);
    return async () => void (await dispose());
  };
  const context = {
    ...Object.fromEntries((integration.services ?? []).map((name) => [name, service])),
    signal: ending.signal,
    isActive: () => !ending.signal.aborted,
    nextRefreshAt: () => undefined,
    refreshInProgress: () => false,
    requestRefresh: () => void requested++,
    endpoint,
    direction: 'FROM_THIRD_PARTY',
    targets: { add: (one: Target) => void targets.set(one.name, one), remove: (name: string) => void targets.delete(name) },
    listeners: {
      kafka: async (topic: string, heard: Parameters<Listeners['kafka']>[1]) => {
        const listening = { heard, next: topics.get(topic)?.next ?? 0 };
        topics.set(topic, listening);
        return keep(() => topics.get(topic) === listening && topics.delete(topic));
      },
      external: async (register: (heard: unknown) => unknown, heard: unknown) => keep((await register(heard)) as () => unknown),
      directory: async (path: string, heard: (paths: readonly string[]) => Promise<void>, how: { recursive?: boolean } = {}) => keep(await watchDirectory({ path, heard, log, ...how })),
    },
    shouldCatalogue: (name: string, excluded?: readonly string[], included?: readonly string[]) => isSelected(name, { ...(excluded && { excluded }), ...(included && { included }) }),
  } as unknown as IntegrationContext<Service>;

  const connection: Connection = { config: settings, ...(endpoint && { endpoint }) };
  const instanceId = newId();
  const deps = { settings, connectorName: 'staged', connectorId: 'staged', instanceId, connection, target, auditLog: silent, log: log as Log, context };
  const connector = integration.connector!(deps as never) as IntegrationConnector<Service>;
  connector.initialize?.(instanceId, connection);
  connector.setAuditLog?.(silent);
  connector.setConnectorName?.('staged');
  connector.setContext?.(context);

  return {
    connector,
    log,
    targets,
    told,
    elements: (blueprint) => of(blueprint) as never,
    put: (blueprint, element) => void of(blueprint).set(element.identifier, { ...element, blueprint }),
    requested: () => requested,
    async produce(topic, { key, value, headers = {} }) {
      const listening = topics.get(topic);
      if (!listening) throw new Error(`nobody listens to the topic ${topic}; listened to: ${[...topics.keys()].join(', ') || 'none'}`);
      const bytes = (given: string | Buffer | undefined): Buffer | undefined => (given === undefined ? undefined : Buffer.from(given));
      const message = { topic, partition: 0, offset: String(listening.next), timestamp: Date.now(), key: bytes(key), value: bytes(value), headers: Object.fromEntries(Object.entries(headers).map(([name, one]) => [name, [Buffer.from(one)]])) };
      await listening.heard(message);
      listening.next++;
    },
    start: async () => connector.start?.(ending.signal),
    engage: async (signal = ending.signal) => connector.engage?.(signal),
    async refresh() {
      const compared: BlueprintName[] = [];
      const reconcile = async ({ blueprint, source$ }: Reconciliation): Promise<Reconciled> => {
        if (compared.includes(blueprint)) throw new Error(`${blueprint} is compared twice in one run`);
        compared.push(blueprint);
        const seen = new Set<string>();
        for await (const elements of source$) {
          for (const element of elements) {
            if (seen.has(element.identifier)) throw new Error(`${blueprint} ${element.identifier} comes twice in one comparison`);
            seen.add(element.identifier);
            take(blueprint, element);
          }
        }
        for (const identifier of [...of(blueprint).keys()]) if (!seen.has(identifier)) remove({ blueprint, identifier });
        return { received: seen.size, refused: 0, compared: true };
      };
      await connector.refresh?.({ runId: newId(), cause: 'rest', target: target.name, signal: ending.signal, reconcile: (reconciliation) => reconcile(reconciliation as Reconciliation) });
      return compared;
    },
    async disconnect() {
      for (const dispose of disposers) await dispose();
      await connector.disconnect?.(ending.signal);
      ending.abort();
    },
  };
}

/** `parent`, as the relation that it stands for. */
function withAnchor(blueprint: BlueprintName, { parent, ...element }: NewElement): NewElement {
  if (!parent) return element;
  const anchor = Object.entries(blueprintOf(blueprint)!.relations).find(([, relation]) => relation.anchor && relation.target === parent.blueprint);
  if (!anchor) throw new Error(`${blueprint} is no part of ${parent.blueprint}`);
  return { ...element, relations: { ...element.relations, [anchor[0]]: parent.identifier } as NewElement['relations'] & object };
}

const ends = (value: unknown): readonly string[] => (Array.isArray(value) ? value : [value]).flatMap((end: unknown) => (typeof end === 'string' ? [end] : typeof end === 'object' && end !== null ? [(end as { to: string }).to] : []));
const linksOf = ({ relations = {} }: NewElement): Record<string, string | readonly string[]> =>
  Object.fromEntries(Object.entries(relations).flatMap(([name, value]) => (value === null || value === undefined ? [] : [[name, Array.isArray(value) ? ends(value) : ends(value)[0]!]])));
const isAnchoredIn = (element: GivenElement, ref: ElementRef): boolean =>
  Object.entries(blueprintOf(element.blueprint)!.relations).some(([name, relation]) => relation.anchor && relation.target === ref.blueprint && ends((element.relations as Record<string, unknown> | undefined)?.[name]).includes(ref.identifier));
