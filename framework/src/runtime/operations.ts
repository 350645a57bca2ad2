import { destinationSettings } from '../audit';
import { configSchema, readSettings, type Problem, type Settings } from '../config';
import type { Log } from '../contract';
import { findIntegrations, type Entry, type FailedEntry } from '../load';
import type { Check, DeadLetterSelection, IntegrationStatus, OperationsRuntime, PipelineStatus } from '../ops';
import type { Resync } from '../resync';
import type { Clock, JsonObject } from '../shared';
import type { InOrder } from '../deliver';
import { readDeadLetter, readState, removeDeadLetter, runsOf, writeState, type DeadLetter, type Documents, type Store, type Ticks } from '../store';
import { checkMapping } from './check-mapping';
import { componentsOf } from './components-of';
import { loadConfiguration } from './declared-pipelines';
import { createConnectorOperations, entryState, failingProblems, unheardProblems } from './connector-operations';
import type { Connectors } from './connectors';
import type { EntryWork, PipelineWork } from './entry-work';
import { webhookUrl, type Incoming, type IncomingCounts } from './incoming';
import type { Pauses } from './pauses';
import type { PortalSide } from './portal-side';
import { replayLetter } from './replay';
import type { SinkBook } from './sink-book';
import type { Sources } from './sources';
import type { Triggers } from './triggers';
import { createZoneView } from './zone-view';

/** Letters hold whole deliveries. */
const LETTERS = 50;

export interface OperationsOptions {
  readonly settings: Settings;
  readonly entries: readonly Entry[];
  readonly failed: readonly FailedEntry[];
  readonly disabled?: readonly Entry[] | undefined;
  readonly store: Store;
  readonly ticks: Ticks;
  readonly inOrder: InOrder;
  readonly resync: Resync;
  readonly works: ReadonlyMap<string, EntryWork>;
  readonly incoming: Incoming;
  readonly publicUrl: string;
  readonly portalSide: PortalSide | undefined;
  readonly sources: Sources;
  readonly triggers: Triggers;
  readonly told: SinkBook;
  readonly connectors: Connectors;
  readonly pauses: Pauses;
  readonly clock: Clock;
  readonly log: Log;
}

/** What HTTP may see and do, and what it has to find again after a restart. */
export interface Operations extends OperationsRuntime {
  /** Pipelines that an operator paused stay so. */
  restorePauses(): Promise<void>;
}

/** What HTTP may see and do. */
export function createOperations(options: OperationsOptions): Operations {
  const { entries, failed, store, resync, works, incoming, portalSide, sources, triggers, told } = options;
  const pipelines = new Map([...works.values()].flatMap(({ entry, pipelines: own }) => own.map((pipeline) => [pipeline.name, { entry, ...pipeline }] as const)));
  const disabled = options.disabled ?? [];
  const refused = new Map([...failed.map((entry): [string, string] => [entry.identifier, 'config-failed']), ...disabled.map((entry): [string, string] => [entry.identifier, 'disabled'])]);
  const { view, ...commands } = createConnectorOperations({ ...options, refused });
  const known = new Set([...entries, ...disabled, ...failed].map((entry) => entry.identifier));

  async function status(entry: Entry): Promise<IntegrationStatus> {
    const [lastRun] = await runsOf(store.documents, entry.identifier, 1);
    const unregistered = portalSide?.pending().get(entry.identifier);
    const ofRuns =
      resync.active(entry.identifier) !== undefined ? 'running' : unregistered !== undefined ? 'starting' : lastRun && (lastRun.state === 'failed' || lastRun.state === 'needs-release') ? 'degraded' : 'waiting';
    const connector = await view(entry);
    const paused = options.pauses.has(entry.identifier);
    const state = disabled.includes(entry) ? 'stopped' : connector ? entryState(connector.state, ofRuns) : paused ? 'paused' : ofRuns;
    const nextRunAt = paused ? undefined : connector ? connector.nextDueAt : triggers.nextRunAt(entry.identifier);
    const at = { entry, settings: options.settings };
    return {
      identifier: entry.identifier,
      type: entry.type,
      version: entry.integration.version,
      state,
      kinds: (entry.integration.kinds ?? []).map((kind) => kind.name),
      ...(nextRunAt !== undefined && { nextRunAt }),
      ...(lastRun && { lastRun }),
      problems: [...entry.warnings, ...(connector ? failingProblems(connector, at) : []), ...unheardProblems(options.connectors.listening(entry.identifier), at)],
      ...((paused || connector) && { paused }),
      ...(connector && { connector }),
      ...webhookOf(entry),
      pipelines: works.get(entry.identifier)?.pipelines.map(({ name }) => name) ?? [],
    };
  }

  async function orphans(): Promise<IntegrationStatus[]> {
    const kinds = new Map<string, string[]>();
    for (const scope of await store.rows.scopes()) {
      if (!known.has(scope.integration) && scope.alive + scope.gone > 0) kinds.set(scope.integration, [...(kinds.get(scope.integration) ?? []), scope.kind]);
    }
    return Promise.all(
      [...kinds].map(async ([identifier, names]): Promise<IntegrationStatus> => {
        const [lastRun] = await runsOf(store.documents, identifier, 1);
        return { identifier, type: (await readState<string>(store.documents, `type/${identifier}`)) ?? '', state: 'orphaned', kinds: names, ...(lastRun && { lastRun }), problems: [], pipelines: [] };
      }),
    );
  }

  function webhookOf(entry: Entry): Pick<IntegrationStatus, 'webhookPath' | 'webhookUrl'> {
    const url = webhookUrl(entry, { publicUrl: options.publicUrl, prefix: options.settings.process.servicePrefix });
    const path = entry.incoming.webhook?.path;
    return url === undefined || path === undefined ? {} : { webhookPath: options.settings.process.servicePrefix + path, webhookUrl: url };
  }

  const pipelineStatus = async ({ entry, pipeline, account, declared, events }: PipelineWork & { readonly entry: Entry }): Promise<PipelineStatus> => {
    const counts = await store.outputs.counts(pipeline.name);
    const away = new Map([...pipeline.away(), ...(events?.away() ?? [])].map((sink) => [sink.sink, sink.error]));
    const open = account ? await openAsks(entry) : 0;
    const waiting = (await events?.waiting()) ?? new Map<string, number>();
    const every = [...waiting.keys()].filter((sink) => !pipeline.sinks.includes(sink));
    for (const sink of [...pipeline.sinks, ...every]) account?.due(sink, (waiting.get(sink) ?? 0) + (pipeline.sinks.includes(sink) ? counts.due : 0));
    return {
      name: pipeline.name,
      integration: entry.identifier,
      state: pipeline.paused() ? 'paused' : 'running',
      ...(declared && { feed: declared.feed }),
      backlog: counts.due + Math.max(0, ...waiting.values()),
      held: counts.held,
      ...(counts.oldestDue !== undefined && { oldestDueAt: counts.oldestDue }),
      sinks: [...pipeline.sinks, ...every].map((sink) => {
        const counters = account ? { ...account.counts(sink, open) } : told.counts(pipeline.name, sink);
        const error = away.get(sink);
        const lastSuccessAt = told.lastSuccessAt(pipeline.name, sink);
        return { sink, ...(lastSuccessAt !== undefined && { lastSuccessAt }), state: error !== undefined ? 'down' : lastSuccessAt !== undefined ? 'up' : 'unknown', ...(error !== undefined && { error }), counters };
      }),
      ...(account && { received: receivedBy(incoming.counts(entry.identifier), account.entered()) }),
      trouble: declared?.processors.flatMap((processor) => processor.trouble?.() ?? []) ?? [],
    };
  };

  const openAsks = async (entry: Entry): Promise<number> =>
    (await store.rows.scopes()).filter((scope) => scope.integration === entry.identifier).reduce((sum, scope) => sum + scope.asks, 0);

  async function setPaused(name: string, paused: boolean): Promise<boolean> {
    const work = pipelines.get(name);
    if (!work) return false;
    await writeState(store.documents, `paused/${name}`, paused);
    if (paused) work.pipeline.pause();
    else work.pipeline.resume();
    work.events?.look();
    return true;
  }

  const check = async (work: () => Promise<Check> | Check): Promise<Check> => {
    try {
      return await work();
    } catch (err) {
      return { ok: false, detail: err instanceof Error ? err.message : String(err) };
    }
  };

  return {
    store,
    ...commands,
    visibleIn: createZoneView({ catalog: store.catalog, registry: options.connectors.registry, reading: options.connectors.reading }),
    webhook: triggers.webhook,
    integrations: async () => [
      ...(await Promise.all([...entries, ...disabled].map(status))),
      ...failed.map((entry): IntegrationStatus => ({ identifier: entry.identifier, type: entry.type, state: 'config-failed', kinds: [], problems: entry.problems, pipelines: [] })),
      ...(await orphans()),
    ],
    runnable: () => entries.map((entry) => entry.identifier),
    release: async (runId) => (await resync.release(runId)) === 'released',
    cancel: async (runId) => (await resync.cancel(runId)) === 'cancelled',
    async replay(selection) {
      let replayed = 0;
      for await (const letter of lettersOf(store.documents, selection)) if (await replayLetter(letter, { ...options, works, incoming })) replayed++;
      return replayed;
    },
    async discard(id) {
      const letter = await readDeadLetter(store.documents, id);
      return letter && (await removeDeadLetter(store.documents, id)) ? letter : undefined;
    },
    pipelines: () => Promise.all([...pipelines.values()].map(pipelineStatus)),
    pause: (name) => setPaused(name, true),
    resume: (name) => setPaused(name, false),
    async restorePauses() {
      for (const { name, pipeline } of pipelines.values()) if (await readState<boolean>(store.documents, `paused/${name}`)) pipeline.pause();
    },
    measures: () => options.connectors.measures(),
    async sources() {
      const scopes = await store.rows.scopes();
      return entries.map((entry) => {
        const { error, lastSuccessAt } = sources.health(entry.identifier);
        const backlog = scopes.filter((scope) => scope.integration === entry.identifier).reduce((sum, scope) => sum + scope.asks, 0);
        return { integration: entry.identifier, state: error !== undefined ? 'down' : lastSuccessAt === undefined ? 'unknown' : 'up', ...(error !== undefined && { error }), ...(lastSuccessAt !== undefined && { lastSuccessAt }), backlog };
      });
    },
    async readiness() {
      return {
        store: await check(async () => {
          await store.ping();
          return { ok: true };
        }),
        portal: await check(() => {
          if (!portalSide) return { ok: true };
          const state = portalSide.portal.status();
          const [waiting] = portalSide.pending();
          if (!state.ok) return { ok: false, detail: state.error ?? 'the portal does not answer' };
          return waiting ? { ok: false, detail: `${waiting[0]}: ${waiting[1]}` } : { ok: true };
        }),
        trigger: await check(() => triggers.ready()),
      };
    },
    configSchema: () => configSchema(componentsOf(findIntegrations(options.settings))) as JsonObject,
    async validateConfig(text) {
      // Whoever may call this must not read our variables and files, nor have code loaded: only the folders that this process knows count.
      const read = await readSettings({ files: [], environment: {}, cwd: options.settings.folder, text, closed: true, destinations: destinationSettings });
      const settings = { ...read, integrationsPath: options.settings.integrationsPath };
      const loaded = await loadConfiguration(settings, { clock: options.clock, log: options.log });
      return [...settings.problems, ...loaded.failed.flatMap((entry): readonly Problem[] => entry.problems), ...[...loaded.entries, ...loaded.disabled].flatMap((entry) => [...entry.warnings, ...checkMapping(entry, settings)])];
    },
  };
}

/** What came in for the entry, and what else became an event of the pipeline: what was read, replayed, or left by an earlier process. */
const receivedBy = (counts: IncomingCounts, entered: number): IncomingCounts => ({ ...counts, received: counts.received + entered, accepted: counts.accepted + entered });

async function* lettersOf(documents: Documents, selection: DeadLetterSelection): AsyncGenerator<DeadLetter> {
  if ('id' in selection) {
    const letter = await readDeadLetter(documents, selection.id);
    if (letter) yield letter;
    return;
  }
  const equals = Object.fromEntries(Object.entries(selection).filter((entry): entry is [string, string] => entry[1] !== undefined));
  const [newest] = await documents.list<DeadLetter>('dead_letters', { equals, order: { by: '_id', descending: true }, limit: 1 });
  let after: string | undefined;
  do {
    const page: readonly DeadLetter[] = await documents.list<DeadLetter>('dead_letters', { equals, limit: LETTERS, ...(after !== undefined && { after }) });
    // What fails anew meanwhile is a letter of its own.
    for (const letter of page) if (letter.id <= newest!.id) yield letter;
    after = page.length === LETTERS ? page.at(-1)!._id : undefined;
  } while (after !== undefined && after < newest!._id);
}
