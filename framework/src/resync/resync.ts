import { FrameworkError, toFrameworkError } from '../contract';
import type { Entry } from '../load';
import { newId } from '../shared';
import { abortKinds, heldRunsOf, openRunsOf, runsOf, storeRequest, updateRun, type RequestResync, type ResyncRequest, type Run, type RunTicket } from '../store';
import type { ResyncDeps } from './deps';
import { endsAttempt } from './ends-attempt';
import { unknownKind } from './plan';
import { executeRun } from './run';

/** How long a run waits before it looks again for a mapping that the portal could not give. */
const MAPPING_RETRY_MS = 5_000;
/** A run that an error of ours ended is not tried again in a loop; the store being away is. */
const STORE_RETRY_MS = 2_000;

export interface Resync {
  readonly request: RequestResync;
  /** Goes on with what a stop or a kill left running, then works on whatever is asked for. */
  start(): Promise<void>;
  /** Resolves when no run of these entries is running or queued; those that are paused are not waited for. Gives the run of each that ended last. */
  settled(identifiers: readonly string[]): Promise<ReadonlyMap<string, Run>>;
  /** Resolves when this run has ended (or waits for a release). */
  ended(runId: string): Promise<Run>;
  /** Lets the held deletions of a run go on. False: there is no such run; its state, when it is not `needs-release`. */
  release(runId: string): Promise<'released' | 'unknown' | Run['state']>;
  cancel(runId: string): Promise<'cancelled' | 'unknown' | Run['state']>;
  /** An entry is paused no more: what waited for that begins. */
  resumed(identifier: string): void;
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

const isOpen = (run: Pick<Run, 'state'>): boolean => run.state === 'running' || run.state === 'queued';

interface Worker {
  readonly entry: Entry;
  /** Requests of one entry are stored one after the other. */
  storing: Promise<unknown>;
  working: boolean;
  /** The run that is worked on. */
  current: { readonly runId: string; readonly cancel: AbortController } | undefined;
}

/** Requests become runs, runs of one entry run one after the other, entries beside each other. */
export function createResync(deps: ResyncDeps, entries: readonly Entry[], options: ResyncOptions): Resync {
  const { store, clock, log } = deps;
  const { stop } = options;
  const workers = new Map(entries.map((entry): [string, Worker] => [entry.identifier, { entry, storing: Promise.resolve(), working: false, current: undefined }]));
  const listeners = new Set<() => void>();
  const told = (): void => {
    for (const listener of listeners) listener();
  };
  stop.addEventListener('abort', told, { once: true });
  /** Resolves when something happened to a run, or the process stops. */
  const change = (): Promise<void> =>
    new Promise((resolve) => {
      const once = (): void => {
        listeners.delete(once);
        resolve();
      };
      listeners.add(once);
    });
  const workerOf = (identifier: string): Worker => {
    const worker = workers.get(identifier);
    const refused = options.refused.get(identifier);
    if (refused !== undefined) throw new FrameworkError('ENTRY_REFUSED', [identifier, refused]);
    if (!worker) throw new FrameworkError('ENTRY_UNKNOWN', [identifier]);
    return worker;
  };
  const isPaused = ({ entry }: Worker): boolean => deps.paused?.(entry.identifier) === true;
  const serial = <T>(worker: Worker, work: () => Promise<T>): Promise<T> => {
    const next = worker.storing.then(work, work);
    worker.storing = next.catch(() => undefined);
    return next;
  };

  /** Works until no run of the entry is open. One loop for each entry; a call while it works is enough to make it look again. Never rejects. */
  async function work(worker: Worker): Promise<void> {
    if (worker.working || stop.aborted) return;
    worker.working = true;
    while (!stop.aborted) {
      try {
        if (isPaused(worker)) {
          await holdBack(worker);
          break;
        }
        const run = await nextRun(worker);
        if (!run) break;
        await attempt(worker, run);
      } catch (err) {
        if (stop.aborted) break;
        log.error('the runs cannot be worked on; trying again', { integration: worker.entry.identifier, err });
        await clock.sleep(STORE_RETRY_MS, stop).catch(() => undefined);
      }
      told();
    }
    worker.working = false;
    told();
    // A request that was stored between the last look and here would wait for the next one.
    if (!stop.aborted && !isPaused(worker) && (await openRunsOf(store.documents, worker.entry.identifier).catch(() => [])).length > 0) void work(worker);
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

  /** What an earlier process left running waits like the others. */
  const holdBack = (worker: Worker): Promise<void> =>
    serial(worker, async () => {
      const open = await openRunsOf(store.documents, worker.entry.identifier);
      for (const { runId, state } of open) if (state === 'running') await updateRun(store.documents, runId, ({ rev: _rev, ...rest }) => ({ ...rest, state: 'queued' }));
      if (open.length > 0) log.info('the entry is paused; its runs wait until it is resumed', { integration: worker.entry.identifier });
    });

  const keep = (worker: Worker, asked: ResyncRequest): Promise<RunTicket> =>
    serial(worker, () => storeRequest(store.documents, asked, { clock, token: deps.token, waits: isPaused(worker) }));

  async function attempt(worker: Worker, run: Run): Promise<void> {
    const cancel = new AbortController();
    worker.current = { runId: run.runId, cancel };
    try {
      const end = await executeRun(deps, worker.entry, { run, stop, cancel: cancel.signal });
      if (end.is === 'ended' && end.run.state !== 'aborted') await supersedeHeld(worker, end.run);
      else if (end.is === 'waiting') await wait(worker, run, cancel.signal);
      else if (end.is === 'superseded') await beginAnew(worker, run);
      else if (cancel.signal.aborted) await abandon(worker, run.runId, 'cancelled');
    } catch (err) {
      const error = toFrameworkError(err);
      // It goes on when the store is back; who has it now, if it was taken over, is told by the next look.
      if (stop.aborted || endsAttempt(err)) throw err;
      log.error('the run failed', { integration: worker.entry.identifier, runId: run.runId, err });
      await abandon(worker, run.runId, deps.withhold(worker.entry, error.message), 'failed');
    } finally {
      worker.current = undefined;
    }
  }

  /** What a run needs is not known: it goes back to the queue, and is looked at again. */
  async function wait(worker: Worker, run: Run, cancel: AbortSignal): Promise<void> {
    await updateRun(store.documents, run.runId, ({ rev: _rev, ...rest }) => ({ ...rest, state: 'queued' }));
    await clock.sleep(MAPPING_RETRY_MS, AbortSignal.any([stop, cancel])).catch(() => undefined);
    if (cancel.aborted) await abandon(worker, run.runId, 'cancelled');
  }

  /** Ends an open run before it is done. */
  async function abandon(worker: Worker, runId: string, reason: string, state: 'aborted' | 'failed' = 'aborted'): Promise<void> {
    let open = false;
    const ended = await updateRun(store.documents, runId, ({ rev: _rev, ...rest }) => {
      open = isOpen(rest);
      if (!open) return undefined;
      const kinds = structuredClone(rest.kinds);
      abortKinds(kinds);
      return { ...rest, state, kinds, error: reason, endedAt: clock.now() };
    });
    if (!ended || !open) return;
    log.warn('resync ended', { integration: worker.entry.identifier, runId, result: state, error: reason });
    await deps.portal?.announce(worker.entry, ended);
    deps.ended?.(worker.entry, ended);
  }

  /** What was asked for is still asked for: a new generation begins under the new settings. */
  async function beginAnew(worker: Worker, run: Run): Promise<void> {
    await abandon(worker, run.runId, 'the settings that decide what is read have changed');
    const again = { identifier: worker.entry.identifier, cause: run.cause, ...(run.only && { kinds: run.only }), ...(run.targets && { targets: run.targets }), ...(run.force && { force: true }) };
    await keep(worker, again);
  }

  /** A later run that swept or held a kind replaces what an older run still holds of it. */
  async function supersedeHeld(worker: Worker, run: Run): Promise<void> {
    const covered = new Set(run.kinds.filter((kind) => kind.swept || kind.state === 'needs-release').map((kind) => kind.kind));
    for (const older of await heldRunsOf(store.documents, worker.entry.identifier)) {
      if (older.runId === run.runId || older.requestedAt > run.requestedAt) continue;
      await updateRun(store.documents, older.runId, ({ rev: _rev, ...rest }) => {
        if (rest.state !== 'needs-release') return undefined;
        const kinds = rest.kinds.map((kind) => (kind.state === 'needs-release' && covered.has(kind.kind) ? { ...kind, state: 'aborted' as const, reason: 'superseded' } : kind));
        return { ...rest, kinds, state: kinds.some((kind) => kind.state === 'needs-release') ? 'needs-release' : 'aborted' };
      });
    }
  }

  const request: RequestResync = async (asked) => {
    const worker = workerOf(asked.identifier);
    const offered = (worker.entry.integration.kinds ?? []).map((kind) => kind.name);
    const unknown = asked.kinds?.find((kind) => !offered.includes(kind));
    if (unknown !== undefined) throw unknownKind(worker.entry, unknown);
    const ticket = await keep(worker, asked);
    void work(worker);
    return ticket;
  };

  /** Resolves when `done` gives a value; looks again whenever something happened to a run. */
  async function until<T>(done: () => Promise<T | undefined>): Promise<T> {
    for (;;) {
      const changed = change();
      const value = await done();
      if (value !== undefined) return value;
      stop.throwIfAborted();
      await changed;
    }
  }

  return {
    request,
    async start() {
      for (const worker of workers.values()) void work(worker);
    },
    settled: (identifiers) =>
      until(async () => {
        const last = new Map<string, Run>();
        for (const identifier of identifiers) {
          const worker = workers.get(identifier);
          if (worker?.working || (!(worker && isPaused(worker)) && (await openRunsOf(store.documents, identifier)).length > 0)) return undefined;
          const [run] = await runsOf(store.documents, identifier, 1);
          if (run && !isOpen(run)) last.set(identifier, run);
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
        const busy = isPaused(worker) || (await openRunsOf(store.documents, run.integration)).length > 0;
        await updateRun(store.documents, runId, ({ rev: _rev, endedAt: _endedAt, ...rest }) => {
          if (rest.state !== 'needs-release') return undefined;
          const kinds = rest.kinds.map((kind) => (kind.state === 'needs-release' ? { ...kind, state: 'running' as const, released: true } : kind));
          return { ...rest, kinds, released: true, state: busy ? 'queued' : 'running', token: deps.token };
        });
      });
      void work(worker);
      return 'released';
    },
    async cancel(runId) {
      const run = await store.documents.get<Run>('runs', runId);
      const worker = run && workers.get(run.integration);
      if (!run || !worker) return 'unknown';
      if (!isOpen(run)) return run.state;
      if (worker.current?.runId === runId) worker.current.cancel.abort(new DOMException('the run was cancelled', 'AbortError'));
      else await abandon(worker, runId, 'cancelled');
      return 'cancelled';
    },
    resumed(identifier) {
      const worker = workers.get(identifier);
      if (worker) void work(worker);
    },
    active: (identifier) => workers.get(identifier)?.current?.runId,
    async idle() {
      for (;;) {
        const changed = change();
        if (![...workers.values()].some((worker) => worker.working)) return;
        await changed;
      }
    },
  };
}

/** Owner of the runs of this process. */
export const newToken = (): string => newId();
