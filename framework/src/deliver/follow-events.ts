import { toJson, type Log } from '../contract';
import { backoff, type Clock } from '../shared';
import type { FeedEvent, Store } from '../store';
import type { PipelineAccount } from './account';
import type { Letters } from './letters';
import type { PipelineOptions } from './pipeline';
import type { DocumentItem, DocumentSink, SinkOptions, SinkResult } from './sink';
import type { RetryPolicy } from './sink-queue';

const BATCH = 500;
const LOOK_EVERY_MS = 30_000;
const RETRY_MS = 1_000;
const SHORTEST_MS = 100;
const AWAY = { initialMs: 500, factor: 2, maxMs: 30_000 };
const PING_MS = 15_000;
const NOTHING_OF_RUNS: SinkOptions = { merge: true, createMissingRelatedEntities: false, deleteDependentEntities: true };

export interface FollowOptions {
  readonly store: Store;
  readonly integration: string;
  readonly kinds: readonly string[];
  /** On whose behalf events are taken. */
  readonly wait: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly retry: RetryPolicy;
  readonly letters: Letters;
  readonly account: PipelineAccount;
  readonly onSettled?: PipelineOptions['onSettled'];
  /** An operator paused the pipeline: events wait. */
  paused(): boolean;
  /** Takes events in order; gives those that are done. */
  take?(events: readonly FeedEvent[]): Promise<readonly string[]>;
  /** Or: a sink that wants every event. */
  readonly sink?: { readonly sink: DocumentSink; readonly pipeline: string; itemOf(sink: DocumentSink, event: FeedEvent): Promise<DocumentItem | undefined> };
}

export interface Follower {
  look(): void;
  run(): Promise<void>;
  away(): { readonly sink: string; readonly since: number; readonly error: string } | undefined;
}

/** Goes through the events of one waiter, kind by kind in the order of their numbers, at most one batch at a time: so the order of each row is kept. */
export function followEvents(options: FollowOptions): Follower {
  const { store, clock, log, signal, wait } = options;
  /** Rows whose next event failed: it and all after it wait. */
  const blocked = new Map<string, { until: number; attempts: number; since: number }>();
  let away: { sink: string; since: number; error: string } | undefined;
  let wake = (): void => undefined;

  /** True: something was done. */
  async function step(kind: string): Promise<boolean> {
    let after: number | undefined;
    let done = false;
    do {
      const page = await store.events.find({ integration: options.integration, kind, wait, limit: BATCH, ...(after !== undefined && { after }) });
      const ready = page.filter((event) => (blocked.get(event.row)?.until ?? 0) <= clock.now());
      const served = ready.length === 0 ? [] : options.sink ? await toSink(ready, options.sink) : await options.take!(ready);
      if (served.length > 0) await store.events.served(wait, served);
      done ||= served.length > 0;
      after = page.length === BATCH ? page.at(-1)!.number : undefined;
    } while (after !== undefined && !signal.aborted && !away);
    return done;
  }

  async function toSink(events: readonly FeedEvent[], { sink, itemOf, pipeline }: NonNullable<FollowOptions['sink']>): Promise<readonly string[]> {
    const items = await Promise.all(events.map(async (event) => ({ event, item: await itemOf(sink, event) })));
    const served = items.filter(({ item }) => item === undefined).map(({ event }) => event._id);
    const wanted = items.flatMap(({ event, item }) => (item ? [{ event, item }] : []));
    for (let at = 0; at < wanted.length; at += sink.batchItems) {
      const batch = wanted.slice(at, at + sink.batchItems).filter(({ event }) => (blocked.get(event.row)?.until ?? 0) <= clock.now());
      if (batch.length === 0) continue;
      const results = await sink.write(batch.map(({ item }) => item), NOTHING_OF_RUNS, signal).catch((err: unknown): SinkResult[] => batch.map(() => ({ is: 'retry', error: (err as Error).message })));
      if (signal.aborted && results.every(({ is }) => is === 'retry')) return served;
      if (results.every(({ is }) => is === 'retry') && (await isAway(sink))) return served;
      for (const [index, { event }] of batch.entries()) {
        const end = await settle(event, results[index] ?? { is: 'retry', error: 'no answer for this item' }, { sink, pipeline });
        if (end) served.push(event._id);
      }
    }
    return served;
  }

  /** True: the sink is done with the event. */
  async function settle(event: FeedEvent, result: SinkResult, { sink, pipeline }: { readonly sink: DocumentSink; readonly pipeline: string }): Promise<boolean> {
    const failing = blocked.get(event.row);
    if (result.is === 'retry') {
      const attempts = (failing?.attempts ?? 0) + 1;
      const since = failing?.since ?? clock.now();
      const tired = attempts >= options.retry.maxAttempts || clock.now() - since >= options.retry.maxAgeMs;
      if (!tired) {
        blocked.set(event.row, { attempts, since, until: clock.now() + Math.max(SHORTEST_MS, result.afterMs ?? backoff(options.retry.backoff, attempts)) });
        options.onSettled?.(sink.name, 'failed', 1);
        return false;
      }
    }
    blocked.delete(event.row);
    if (result.is === 'ok') {
      await options.letters.clear([{ pipeline, sink: sink.name, row: event.row, event: event.number }]);
      options.account.end(event.id, [sink.name], 'delivered');
      options.onSettled?.(sink.name, 'accepted', 1);
      return true;
    }
    const code = result.is === 'refused' ? (result.code ?? 'SINK_REFUSED') : 'SINK_GAVE_UP';
    await options.letters.keep({
      integration: options.integration,
      pipeline,
      sink: sink.name,
      kind: event.kind,
      row: event.row,
      event: event.number,
      stage: 'sink',
      code,
      message: result.error,
      payload: toJson({ ...event, waits: [wait] }),
    });
    options.account.end(event.id, [sink.name], 'dead');
    options.onSettled?.(sink.name, 'refused', 1);
    return true;
  }

  /** Every item failed: does the sink answer at all? While it does not, no attempt counts. */
  async function isAway(sink: DocumentSink): Promise<boolean> {
    const error = await pingError(sink);
    if (error === undefined) return false;
    away = { sink: sink.name, since: away?.since ?? clock.now(), error };
    return true;
  }

  const pingError = async (sink: DocumentSink): Promise<string | undefined> => {
    try {
      await sink.ping?.(AbortSignal.any([signal, AbortSignal.timeout(PING_MS)]));
      return undefined;
    } catch (err) {
      return (err as Error).message;
    }
  };

  async function untilBack(): Promise<void> {
    for (let attempt = 1; away && !signal.aborted; attempt++) {
      await clock.sleep(Math.max(SHORTEST_MS, backoff(AWAY, attempt)), signal).catch(() => undefined);
      const error = signal.aborted ? away.error : await pingError(options.sink!.sink);
      away = error === undefined ? undefined : { ...away, error };
    }
  }

  const rest = (): number => Math.min(LOOK_EVERY_MS, ...[...blocked.values()].map(({ until }) => Math.max(SHORTEST_MS, until - clock.now())));

  return {
    look: () => wake(),
    away: () => away,
    async run() {
      while (!signal.aborted) {
        const woken = new AbortController();
        wake = () => woken.abort();
        try {
          let done = false;
          if (!options.paused()) for (const kind of options.kinds) done = (await step(kind)) || done;
          if (away) await untilBack();
          else if (!done) await clock.sleep(rest(), AbortSignal.any([signal, woken.signal])).catch(() => undefined);
        } catch (err) {
          if (signal.aborted) return;
          log.error('events cannot be processed; trying again', { integration: options.integration, err });
          await clock.sleep(RETRY_MS, signal).catch(() => undefined);
        }
      }
    },
  };
}
