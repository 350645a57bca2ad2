import { configSchema, readSettings, type Problem, type Settings } from '../config';
import type { Pipeline } from '../deliver';
import { loadEntries, type Entry, type FailedEntry } from '../load';
import type { Check, IntegrationStatus, OperationsRuntime, PipelineStatus } from '../ops';
import type { Resync } from '../resync';
import { parseJson, type JsonObject } from '../shared';
import { readDeadLetter, readState, removeDeadLetter, runsOf, type DeadLetter, type Store } from '../store';
import { checkMapping } from './check-mapping';
import type { PortalSide } from './portal-side';
import type { Sources } from './sources';
import type { Triggers } from './triggers';

export interface OperationsOptions {
  readonly settings: Settings;
  readonly entries: readonly Entry[];
  readonly failed: readonly FailedEntry[];
  readonly disabled?: readonly Entry[] | undefined;
  readonly store: Store;
  readonly resync: Resync;
  readonly pipelines: ReadonlyMap<string, Pipeline>;
  readonly portalSide: PortalSide | undefined;
  readonly sources: Sources;
  readonly triggers: Triggers;
  /** What each sink took or refused since the process began, by pipeline and sink. */
  sinkCounters(pipeline: string, sink: string): Readonly<Record<string, number>>;
  sinkSuccess(pipeline: string, sink: string): number | undefined;
}

/** What HTTP may see and do. */
export function createOperations(options: OperationsOptions): OperationsRuntime {
  const { entries, failed, store, resync, pipelines, portalSide, sources, triggers } = options;
  const disabled = options.disabled ?? [];
  const known = new Set([...entries, ...disabled, ...failed].map((entry) => entry.identifier));

  async function status(entry: Entry): Promise<IntegrationStatus> {
    const [lastRun] = await runsOf(store.documents, entry.identifier, 1);
    const unregistered = portalSide?.pending().get(entry.identifier);
    const state = disabled.includes(entry)
      ? 'stopped'
      : resync.active(entry.identifier) !== undefined
        ? 'running'
        : unregistered !== undefined
          ? 'starting'
          : lastRun && (lastRun.state === 'failed' || lastRun.state === 'needs-release')
            ? 'degraded'
            : 'waiting';
    const nextRunAt = triggers.nextRunAt(entry.identifier);
    return {
      identifier: entry.identifier,
      type: entry.type,
      version: entry.integration.version,
      state,
      kinds: (entry.integration.kinds ?? []).map((kind) => kind.name),
      ...(nextRunAt !== undefined && { nextRunAt }),
      ...(lastRun && { lastRun }),
      problems: entry.warnings,
      pipelines: [entry.identifier],
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

  const pipelineStatus = async (pipeline: Pipeline): Promise<PipelineStatus> => {
    const counts = await store.outputs.counts(pipeline.name);
    const away = new Map(pipeline.away().map((sink) => [sink.sink, sink.error]));
    return {
      name: pipeline.name,
      integration: pipeline.name,
      state: pipeline.paused() ? 'paused' : 'running',
      backlog: counts.due,
      held: counts.held,
      ...(counts.oldestDue !== undefined && { oldestDueAt: counts.oldestDue }),
      sinks: pipeline.sinks.map((sink) => {
        const counters = options.sinkCounters(pipeline.name, sink);
        const error = away.get(sink);
        const lastSuccessAt = options.sinkSuccess(pipeline.name, sink);
        return { sink, ...(lastSuccessAt !== undefined && { lastSuccessAt }), state: error !== undefined ? 'down' : Object.keys(counters).length > 0 ? 'up' : 'unknown', ...(error !== undefined && { error }), counters };
      }),
    };
  };

  /** A replayed row goes through its pipeline as it is now; the letter goes when that is done. */
  async function replayOne(letter: DeadLetter): Promise<boolean> {
    const pipeline = pipelines.get(letter.pipeline);
    const [row] = letter.row === undefined ? [] : await store.rows.get([letter.row]);
    if (!pipeline?.mapping() || !row) return false;
    await pipeline.map(row.kind, [{ _id: row._id, face: row.face ?? '', ...(row.row !== undefined && { row: parseJson(row.row) }) }], { departures: 'now', signal: AbortSignal.timeout(60_000) });
    return removeDeadLetter(store.documents, letter.id);
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
    requestResync: resync.request,
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
      const letters =
        'id' in selection
          ? [await readDeadLetter(store.documents, selection.id)]
          : await store.documents.list<DeadLetter>('dead_letters', { equals: Object.fromEntries(Object.entries(selection).filter(([, value]) => value !== undefined)) as Record<string, string>, limit: 1_000 });
      let replayed = 0;
      for (const letter of letters) if (letter && (await replayOne(letter))) replayed++;
      return replayed;
    },
    pipelines: () => Promise.all([...pipelines.values()].map(pipelineStatus)),
    pause: async (name) => {
      pipelines.get(name)?.pause();
      return pipelines.has(name);
    },
    resume: async (name) => {
      pipelines.get(name)?.resume();
      return pipelines.has(name);
    },
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
    configSchema: () => configSchema() as JsonObject,
    async validateConfig(text) {
      // Whoever may call this must not read our variables and files, nor have code loaded: only the folders that this process knows count.
      const read = await readSettings({ files: [], environment: {}, cwd: options.settings.folder, text, closed: true });
      const settings = { ...read, integrationsPath: options.settings.integrationsPath };
      const loaded = await loadEntries(settings);
      return [...settings.problems, ...loaded.failed.flatMap((entry): readonly Problem[] => entry.problems), ...[...loaded.entries, ...loaded.disabled].flatMap((entry) => [...entry.warnings, ...checkMapping(entry, settings)])];
    },
  };
}
