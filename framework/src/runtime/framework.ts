import { auditMessages } from '../audit';
import type { Settings } from '../config';
import type { Log } from '../contract';
import type { Entry, FailedEntry } from '../load';
import { createHttpServer, createMetrics } from '../ops';
import { closeMapping } from '../pipeline';
import { deferred, systemClock, type Clock } from '../shared';
import type { Run, Store } from '../store';
import type { LoadedConfiguration } from './declared-pipelines';
import { createCohort, type Cohort } from './cohort';
import { startFlows, type Flows } from './flows';
import { openAudit, serverName, type FrameworkLog } from './open-audit';
import { openPortal } from './open-portal';
import { openStore, storeName } from './open-store';
import { tellRefusals } from './tell-refusals';
import { tellStart } from './tell-start';

export interface FrameworkOptions {
  readonly settings: Settings;
  readonly entries: readonly Entry[];
  readonly failed: readonly FailedEntry[];
  /** Declared pipelines, by identifier of their entry. */
  readonly pipelines?: LoadedConfiguration['pipelines'];
  /** Kept as they are, not run. */
  readonly disabled?: readonly Entry[];
  readonly log: FrameworkLog;
  readonly version: string;
  readonly clock?: Clock;
  /** A run ended. */
  onRun?(entry: Entry, run: Run): void;
  /** No trigger, no schedule, no run that nobody asked for: one command that runs here and ends. */
  readonly quiet?: boolean;
}

export interface Framework {
  readonly url: string;
  readonly store: Store;
  /** Resolves when this process owns its store and the flows work; a standby waits here. */
  readonly started: Promise<Flows>;
  /** Rejects when the process cannot go on: the portal refuses us at the start, the first start failed. */
  readonly broken: Promise<never>;
  /** Stops taking work, lets what is in flight end, closes everything. Twice is once. */
  stop(options: { readonly reason: string; readonly delayMs?: number; readonly graceMs?: number }): Promise<void>;
}

const TERM_RETRY_MS = 2_000;
const { runtime: messages } = auditMessages;

/** Opens everything of one process, in the order in which the data flows, and listens. Throws what stands in the way of a start. */
export async function startFramework(options: FrameworkOptions): Promise<Framework> {
  const { settings, log } = options;
  const clock = options.clock ?? systemClock;
  const stopping = new AbortController();
  const { signal } = stopping;
  const killing = new AbortController();
  const broken = deferred<never>();
  broken.promise.catch(() => undefined);
  const metrics = await createMetrics();
  const store = await openStore(settings, { clock, log });
  const closers: (() => unknown)[] = [() => store.close()];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.reverse()) await Promise.resolve(close()).catch((err: unknown) => log.warn('closing failed', { err }));
  };
  try {
    // A data folder has one owner, or the start fails; of a database the next one stands by, and says so by its readiness.
    if (!settings.mongodb) await store.ownership.acquire(signal);
    const local = openPortal(settings, { clock, log });
    if (local) closers.push(() => local.close());
    const audit = openAudit({ settings, store, clock, log, secrets: local?.localPortal ? [local.localPortal.credentials.clientSecret] : [] });
    closers.push(() => audit.close(1_000));
    const cohort = createCohort({ audit, ownership: store.ownership, clock, storeName: storeName(settings) });
    const count = options.entries.filter((entry) => entry.connector).length;
    tellStart(audit, { version: options.version, process: settings.process, entries: options.entries, failed: options.failed });
    if (!settings.mongodb) cohort.taken();
    const refusals = tellRefusals({ audit, clock, signal });
    const server = createHttpServer({ name: 'integration-framework', version: options.version, process: settings.process, metrics, log, hotPaths: hotPaths(options), onRefused: refusals.request, ...(local?.localPortal && { localPortal: local.localPortal }) });
    const { url } = await server.listen();
    closers.push(() => server.close(1_000));

    const portal = local?.connect(url, (status) => metrics.portalRequest({ status: String(status) }));
    const terms = keepTerms({
      store,
      cohort,
      clock,
      log,
      url,
      signal,
      owned: !settings.mongodb,
      async begin(termSignal) {
        const flows = await startFlows({
          disabled: [],
          pipelines: new Map(),
          quiet: false,
          ...options,
          clock,
          audit,
          refusals,
          metrics,
          store,
          server,
          url,
          signal: termSignal,
          kill: killing.signal,
          breakDown: broken.reject,
          clientSecret: local?.localPortal?.credentials.clientSecret ?? settings.port?.clientSecret,
          ...(portal && { portal }),
        });
        audit.log('start', messages.ready, { serverName, count });
        return flows;
      },
      end: () => server.detach(),
    });
    terms.started.catch(broken.reject);
    let stopped: Promise<void> | undefined;
    return {
      url,
      store,
      started: terms.started,
      broken: broken.promise,
      stop: (how) =>
        (stopped ??= (async () => {
          const from = clock.now();
          const graceMs = how.graceMs ?? 30_000;
          audit.log('stop', messages.stopBegins, { reason: how.reason, graceMs });
          server.drain();
          if (how.delayMs) await clock.sleep(how.delayMs);
          server.closeIntake();
          // Nobody waits for a portal that does not answer.
          if (portal && !portal.status().ok) portal.close();
          stopping.abort(new DOMException('the process stops', 'AbortError'));
          // Most of the grace is for what is in flight; then it is cut off, and the rest is for closing.
          await within(terms.ended, { clock, ms: (graceMs * 2) / 3 });
          killing.abort(new DOMException('the process stops', 'AbortError'));
          portal?.close();
          await within(terms.ended, { clock, ms: graceMs / 12 });
          await closePipelines(options.pipelines, log);
          await closeMapping();
          // A standby begins at once. What is still to be said goes to the store of a database without owning it, to a data folder before it is let go.
          if (settings.mongodb) await cohort.release();
          audit.log('stop', messages.stopped, { elapsedMs: clock.now() - from });
          await audit.close(graceMs / 12);
          await store.ownership.release().catch(() => undefined);
          await closeAll();
        })()),
    };
  } catch (err) {
    stopping.abort(err);
    await closeAll();
    throw err;
  }
}

const hotPaths = ({ settings, entries }: FrameworkOptions): readonly string[] =>
  entries.flatMap(({ incoming }) => [incoming.webhook, incoming.import].flatMap((route) => (route ? [`${settings.process.servicePrefix}${route.path}`] : [])));

/** Sinks flush, plugins end. */
async function closePipelines(pipelines: FrameworkOptions['pipelines'], log: Log): Promise<void> {
  const parts = [...(pipelines?.values() ?? [])].flat().flatMap(({ processors, sinks }) => [...processors, ...sinks.flatMap((sink) => (sink.is === 'document' ? [sink.sink] : []))]);
  for (const end of await Promise.allSettled(parts.map((part) => part.close?.()))) if (end.status === 'rejected') log.warn('closing failed', { err: end.reason as unknown });
}

/** Waits for the work, but not longer. */
async function within(work: Promise<unknown>, { clock, ms }: { readonly clock: Clock; readonly ms: number }): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, clock.sleep(ms, done.signal).catch(() => undefined)]);
  done.abort();
}

interface TermsOptions {
  readonly store: Store;
  readonly cohort: Cohort;
  readonly clock: Clock;
  readonly log: Log;
  readonly url: string;
  readonly signal: AbortSignal;
  /** The store is owned already. */
  readonly owned: boolean;
  begin(signal: AbortSignal): Promise<Flows>;
  end(): void;
}

/** One term after the other: own the store, work, lose it (it was away, or another process took over), stand by. Ends with the signal. */
function keepTerms(options: TermsOptions): { readonly started: Promise<Flows>; readonly ended: Promise<void> } {
  const { store, cohort, clock, log, signal } = options;
  const first = deferred<Flows>();

  async function term(owned: boolean): Promise<void> {
    if (!owned) await cohort.acquire(signal);
    await store.ownership.announce(options.url);
    const { held } = store.ownership;
    const ending = AbortSignal.any([signal, held]);
    const flows = await options.begin(ending);
    first.resolve(flows);
    await new Promise<void>((resolve) => (ending.aborted ? resolve() : ending.addEventListener('abort', () => resolve(), { once: true })));
    if (!signal.aborted) cohort.lost(held.reason);
    options.end();
    await flows.triggers.stop();
    await flows.idle();
  }

  async function live(): Promise<void> {
    for (let number = 1; !signal.aborted; number++) {
      try {
        await term(options.owned && number === 1);
      } catch (err) {
        if (signal.aborted) return;
        if (number === 1) return first.reject(err);
        log.error('cannot take up the work; trying again', { err });
        await clock.sleep(TERM_RETRY_MS, signal).catch(() => undefined);
      }
    }
  }
  return { started: first.promise, ended: live() };
}
