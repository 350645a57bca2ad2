import { FrameworkError, toFrameworkError } from '../contract';
import type { Entry } from '../load';
import { newId } from '../shared';
import { openRunsOf, runsOf, storeRequest, updateRun, type RequestResync, type Run, type RunTicket } from '../store';
import type { ResyncDeps } from './deps';
import { executeRun } from './run';

/** How long a run waits before it looks again for a mapping that the portal could not give. */
const MAPPING_RETRY_MS = 5_000;
/** A run that an error of ours ended is not tried again in a loop; the store being away is. */
const STORE_RETRY_MS = 2_000;

export interface Resync {
  readonly request: RequestResync;
  /** Goes on with what a stop or a kill left running, then works on whatever is asked for. */
  start(): Promise<void>;
  /** Resolves when no run of these entries is running or queued. Gives the last run of each. */
  settled(identifiers: readonly string[]): Promise<ReadonlyMap<string, Run>>;
  /** Resolves when this run has ended (or waits for a release). */
  ended(runId: string): Promise<Run>;
  /** Lets the held deletions of a run go on. False: there is no such run; its state, when it is not `needs-release`. */
  release(runId: string): Promise<'released' | 'unknown' | Run['state']>;
  cancel(runId: string): Promise<'cancelled' | 'unknown' | Run['state']>;
  /** The run that is running now. */
  active(identifier: string): string | undefined;
  /** Resolves when no run is being worked on: after the stop signal, what was in flight has ended. */
  idle(): Promise<void>;
}

export interface ResyncOptions {
  /** Aborts when the process stops. */
  readonly stop: AbortSignal;
  /** Entries of the file that do not run, and why: `config-failed`, `disabled`. */
  readonly refused: ReadonlyMap<string, string>;
}

interface Worker {
  readonly entry: Entry;
  /** Requests of one entry are stored one after the other. */
  storing: Promise<unknown>;
  working: boolean;
  runId: string | undefined;
  cancel: AbortController | undefined;
  cancelled: boolean;
}

/** Requests become runs, runs of one entry run one after the other, entries beside each other. */
export function createResync(deps: ResyncDeps, entries: readonly Entry[], options: ResyncOptions): Resync {
  const { store, clock, log } = deps;
  const { stop } = options;
  const workers = new Map(entries.map((entry): [string, Worker] => [entry.identifier, { entry, storing: Promise.resolve(), working: false, runId: undefined, cancel: undefined, cancelled: false }]));
  const listeners = new Set<() => void>();
  const told = (): void => {
    for (const listener of listeners) listener();
  };
  const workerOf = (identifier: string): Worker => {
    const worker = workers.get(identifier);
    const refused = options.refused.get(identifier);
    if (refused !== undefined) throw new FrameworkError('ENTRY_REFUSED', [identifier, refused]);
    if (!worker) throw new FrameworkError('ENTRY_UNKNOWN', [identifier]);
    return worker;
  };
  const serial = <T>(worker: Worker, work: () => Promise<T>): Promise<T> => {
    const next = worker.storing.then(work, work);
    worker.storing = next.catch(() => undefined);
    return next;
  };

  /** Works until no run of the entry is open. One loop for each entry; a call while it works is enough to make it look again. */
  async function work(worker: Worker): Promise<void> {
    if (worker.working || stop.aborted) return;
    worker.working = true;
    try {
      for (;;) {
        const run = await nextRun(worker).catch(async (err: unknown) => {
          if (stop.aborted) return undefined;
          log.error('cannot read the runs; trying again', { integration: worker.entry.identifier, err });
          await clock.sleep(STORE_RETRY_MS, stop).catch(() => undefined);
          return 'again' as const;
        });
        if (run === 'again') continue;
        if (run === undefined || stop.aborted) break;
        await attempt(worker, run);
        told();
      }
    } finally {
      worker.working = false;
      told();
    }
    // A request that was stored between the last look and here would wait for the next one.
    if (!stop.aborted && (await openRunsOf(store.documents, worker.entry.identifier).catch(() => [])).length > 0) void work(worker);
  }

  /** The running run, else the oldest queued one, which becomes running. Under the same order as requests, so nobody joins a run that has begun. */
  const nextRun = (worker: Worker): Promise<Run | undefined> =>
    serial(worker, async () => {
      const open = await openRunsOf(store.documents, worker.entry.identifier);
      const running = open.find((run) => run.state === 'running');
      if (running) return running;
      const queued = open[0];
      return queued && updateRun(store.documents, queued.runId, ({ rev: _rev, ...rest }) => ({ ...rest, state: 'running' }));
    });

  async function attempt(worker: Worker, run: Run): Promise<void> {
    const cancel = new AbortController();
    Object.assign(worker, { runId: run.runId, cancel, cancelled: false });
    try {
      const end = await executeRun(deps, worker.entry, { run, signal: AbortSignal.any([stop, cancel.signal]) });
      if (end.is === 'ended') await supersedeHeld(worker, end.run);
      else if (end.is === 'waiting') await wait(worker, run);
      else if (end.is === 'superseded') await abandon(worker, run, 'the settings that decide what is read have changed');
      else if (worker.cancelled) await abandon(worker, run, 'cancelled');
    } catch (err) {
      if (stop.aborted) return;
      if (worker.cancelled) return abandon(worker, run, 'cancelled');
      const error = toFrameworkError(err);
      log.error('the run failed', { integration: worker.entry.identifier, runId: run.runId, err });
      if (error.stage === 'store') await clock.sleep(STORE_RETRY_MS, stop).catch(() => undefined);
      else await updateRun(store.documents, run.runId, ({ rev: _rev, ...rest }) => ({ ...rest, state: 'failed', error: error.message, endedAt: clock.now() }));
    } finally {
      Object.assign(worker, { runId: undefined, cancel: undefined });
    }
  }

  /** No mapping is known: the run goes back to the queue, and is looked at again. */
  async function wait(worker: Worker, run: Run): Promise<void> {
    await updateRun(store.documents, run.runId, ({ rev: _rev, ...rest }) => ({ ...rest, state: 'queued' }));
    await clock.sleep(MAPPING_RETRY_MS, stop).catch(() => undefined);
  }

  async function abandon(worker: Worker, run: Run, reason: string): Promise<void> {
    const ended = await updateRun(store.documents, run.runId, ({ rev: _rev, ...rest }) => ({
      ...rest,
      state: 'aborted',
      error: reason,
      endedAt: clock.now(),
      kinds: rest.kinds.map((kind) => (kind.state === 'running' ? { ...kind, state: 'aborted' } : kind)),
    }));
    log.warn('resync aborted', { integration: worker.entry.identifier, runId: run.runId, reason });
    if (ended) {
      await deps.portal?.announce(worker.entry, ended);
      deps.ended?.(worker.entry, ended);
    }
    // What was asked for is still asked for: a new generation begins under the new settings.
    if (reason !== 'cancelled') await storeRequest(store.documents, { identifier: worker.entry.identifier, cause: run.cause, ...(run.only && { kinds: run.only }), ...(run.force && { force: true }) }, { clock, token: deps.token });
  }

  /** A later run that swept or held a kind replaces what an older run still holds of it. */
  async function supersedeHeld(worker: Worker, run: Run): Promise<void> {
    const covered = new Set(run.kinds.filter((kind) => kind.swept || kind.state === 'needs-release').map((kind) => kind.kind));
    for (const older of await runsOf(store.documents, worker.entry.identifier)) {
      if (older.runId === run.runId || older.state !== 'needs-release' || older.requestedAt > run.requestedAt) continue;
      await updateRun(store.documents, older.runId, ({ rev: _rev, ...rest }) => {
        const kinds = rest.kinds.map((kind) => (kind.state === 'needs-release' && covered.has(kind.kind) ? { ...kind, state: 'aborted' as const, reason: 'superseded' } : kind));
        return { ...rest, kinds, state: kinds.some((kind) => kind.state === 'needs-release') ? 'needs-release' : 'aborted' };
      });
    }
  }

  const request: RequestResync = async (asked) => {
    const worker = workerOf(asked.identifier);
    const ticket: RunTicket = await serial(worker, () => storeRequest(store.documents, asked, { clock, token: deps.token }));
    void work(worker);
    return ticket;
  };

  /** Resolves when `done` gives a value; looks again whenever a run ended. */
  async function until<T>(done: () => Promise<T | undefined>): Promise<T> {
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        const once = (): void => {
          listeners.delete(once);
          resolve();
        };
        listeners.add(once);
      });
      const value = await done();
      if (value !== undefined) return value;
      if (stop.aborted) throw stop.reason;
      await Promise.race([changed, new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }))]);
    }
  }

  const isOpen = (run: Run): boolean => run.state === 'running' || run.state === 'queued';

  return {
    request,
    async start() {
      for (const worker of workers.values()) void work(worker);
    },
    settled: (identifiers) =>
      until(async () => {
        const last = new Map<string, Run>();
        for (const identifier of identifiers) {
          if (workers.get(identifier)?.working) return undefined;
          const runs = await runsOf(store.documents, identifier, 1);
          if (runs.some(isOpen)) return undefined;
          if (runs[0]) last.set(identifier, runs[0]);
        }
        return last;
      }),
    ended: (runId) =>
      until(async () => {
        const run = await store.documents.get<Run>('runs', runId);
        return run && !isOpen(run) ? run : undefined;
      }),
    async release(runId) {
      const run = await store.documents.get<Run>('runs', runId);
      const worker = run && workers.get(run.integration);
      if (!run || !worker) return 'unknown';
      if (run.state !== 'needs-release') return run.state;
      await serial(worker, async () => {
        const busy = (await openRunsOf(store.documents, run.integration)).length > 0;
        return updateRun(store.documents, runId, ({ rev: _rev, endedAt: _endedAt, ...rest }) => (rest.state === 'needs-release' ? { ...rest, released: true, state: busy ? 'queued' : 'running', token: deps.token } : undefined));
      });
      void work(worker);
      return 'released';
    },
    async cancel(runId) {
      const run = await store.documents.get<Run>('runs', runId);
      const worker = run && workers.get(run.integration);
      if (!run || !worker) return 'unknown';
      if (!isOpen(run)) return run.state;
      if (worker.runId === runId) {
        worker.cancelled = true;
        worker.cancel?.abort(new DOMException('the run was cancelled', 'AbortError'));
      } else await abandon(worker, run, 'cancelled');
      return 'cancelled';
    },
    active: (identifier) => workers.get(identifier)?.runId,
    async idle() {
      while ([...workers.values()].some((worker) => worker.working)) {
        await new Promise<void>((resolve) => {
          const once = (): void => {
            listeners.delete(once);
            resolve();
          };
          listeners.add(once);
        });
      }
    },
  };
}

/** Owner of the runs of this process. */
export const newToken = (): string => newId();
