import { toJson, type Log } from '../contract';
import { backoff, type Clock } from '../shared';
import type { FeedEvent, Store } from '../store';
import type { PipelineAccount } from './account';
import type { Letters } from './letters';
import { messageOf, pingSink } from './ping-sink';
import type { PipelineOptions } from './pipeline';
import { originalOf } from './replayed-event';
import type { DocumentItem, DocumentSink, SinkOptions, SinkResult } from './sink';
import { createSinkLog } from './sink-log';
import type { RetryPolicy } from './sink-queue';
import { unlessAborted } from './sinks/unless-aborted';

const BATCH = 500;
const LOOK_EVERY_MS = 30_000;
const RETRY_MS = 1_000;
const SHORTEST_MS = 100;
const AWAY = { initialMs: 500, factor: 2, maxMs: 30_000 };
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
  readonly sink?: FollowingSink;
}

interface FollowingSink {
  readonly sink: DocumentSink;
  readonly pipeline: string;
  /** Undefined: it is done with the event. */
  itemOf(sink: DocumentSink, event: FeedEvent): Promise<DocumentItem | undefined>;
}

export interface Follower {
  look(): void;
  run(): Promise<void>;
  away(): { readonly sink: string; readonly since: number; readonly error: string } | undefined;
}

/** A row whose next event failed: it and all after it wait. */
interface Blocked {
  readonly event: string;
  readonly attempts: number;
  readonly since: number;
  readonly until: number;
}

/** Goes through the events of one waiter, kind by kind in the order of their numbers, at most one batch at a time: so the order of each row is kept. */
export function followEvents(options: FollowOptions): Follower {
  const { store, clock, log, signal, wait } = options;
  const blocked = new Map<string, Blocked>();
  const told = createSinkLog({ log, clock, fields: { integration: options.integration, pipeline: options.sink?.pipeline, sink: options.sink?.sink.name } });
  let away: { sink: string; since: number; error: string } | undefined;
  let wake = (): void => undefined;

  const isBlocked = ({ row }: FeedEvent): boolean => (blocked.get(row)?.until ?? 0) > clock.now();

  /** True: something was done. */
  async function step(kind: string): Promise<boolean> {
    /** Rows of which an event stays: in this pass nothing that comes after it may overtake it, whatever the time is by then. */
    const behind = new Set<string>();
    let after: number | undefined;
    let done = false;
    do {
      const page = await store.events.find({ integration: options.integration, kind, wait, limit: BATCH, ...(after !== undefined && { after }) });
      for (const event of page) if (isBlocked(event)) behind.add(event.row);
      const ready = page.filter(({ row }) => !behind.has(row));
      const served = ready.length === 0 ? [] : options.sink ? await toSink(ready, { ...options.sink, behind }) : await options.take!(ready);
      if (served.length > 0) await store.events.served(wait, served);
      done ||= served.length > 0;
      after = page.length === BATCH ? page.at(-1)!.number : undefined;
    } while (after !== undefined && !signal.aborted && !away && !options.paused());
    return done;
  }

  async function toSink(events: readonly FeedEvent[], to: FollowingSink & { readonly behind: Set<string> }): Promise<readonly string[]> {
    const { sink, behind } = to;
    const items = await unlessAborted(Promise.all(events.map(async (event) => ({ event, item: await to.itemOf(sink, event) }))), signal);
    const served = items.filter(({ item }) => item === undefined).map(({ event }) => event._id);
    const wanted = items.flatMap(({ event, item }) => (item ? [{ event, item }] : []));
    for (let at = 0; at < wanted.length; at += sink.batchItems) {
      const batch = wanted.slice(at, at + sink.batchItems).filter(({ event }) => !behind.has(event.row));
      if (batch.length === 0) continue;
      const results = await sink.write(batch.map(({ item }) => item), NOTHING_OF_RUNS, signal).catch((err: unknown): SinkResult[] => batch.map(() => ({ is: 'retry', error: messageOf(err) })));
      const said = batch.map((_, index) => results[index] ?? ({ is: 'retry', error: `${sink.name} gave no answer for this item` } as const));
      const nothing = said.every((result) => result.is === 'retry');
      const [first] = said;
      // What a stop cut off did not fail; while a sink is away, no attempt counts.
      if (nothing && signal.aborted) return served;
      if (!nothing) told.up();
      else if (first?.is === 'retry') told.down(first.error);
      if (nothing && (await isAway(sink))) return served;
      for (const [index, { event }] of batch.entries()) {
        if (behind.has(event.row) && said[index]!.is === 'retry') continue; // it was not its turn
        if (await settle(event, said[index]!, to)) served.push(event._id);
        else if (!signal.aborted) behind.add(event.row);
      }
    }
    return served;
  }

  /** True: the sink is done with the event. */
  async function settle(event: FeedEvent, result: SinkResult, { sink, pipeline }: FollowingSink): Promise<boolean> {
    if (result.is === 'retry') {
      if (signal.aborted) return false;
      const known = blocked.get(event.row);
      const before = known?.event === event._id ? known : { attempts: 0, since: clock.now() };
      const attempts = before.attempts + 1;
      if (attempts < options.retry.maxAttempts && clock.now() - before.since < options.retry.maxAgeMs) {
        blocked.set(event.row, { event: event._id, attempts, since: before.since, until: clock.now() + Math.max(SHORTEST_MS, result.afterMs ?? backoff(options.retry.backoff, attempts)) });
        options.onSettled?.(sink.name, 'failed', 1);
        return false;
      }
    }
    const place = { pipeline, sink: sink.name, row: event.row, event: originalOf(event).number };
    if (result.is === 'ok') await options.letters.clear([place]);
    else await keep(event, result, place);
    if (blocked.get(event.row)?.event === event._id) blocked.delete(event.row);
    options.account.end(event.id, [sink.name], result.is === 'ok' ? 'delivered' : 'dead');
    options.onSettled?.(sink.name, result.is === 'ok' ? 'accepted' : 'refused', 1);
    return true;
  }

  function keep(event: FeedEvent, failed: Exclude<SinkResult, { readonly is: 'ok' }>, place: { readonly pipeline: string; readonly sink: string; readonly row: string; readonly event: number }): Promise<void> {
    const code = failed.is === 'refused' ? (failed.code ?? 'SINK_REFUSED') : 'SINK_GAVE_UP';
    const { id, number } = originalOf(event);
    return options.letters.keep({ ...place, integration: options.integration, kind: event.kind, stage: 'sink', code, message: failed.error, payload: toJson({ ...event, id, number, waits: [wait] }) });
  }

  /** Every item failed: does the sink answer at all? */
  async function isAway(sink: DocumentSink): Promise<boolean> {
    const error = await pingSink(sink, signal);
    if (error !== undefined) away = { sink: sink.name, since: away?.since ?? clock.now(), error };
    return error !== undefined;
  }

  async function untilBack(): Promise<void> {
    for (let attempt = 1; away && !signal.aborted; attempt++) {
      await clock.sleep(Math.max(SHORTEST_MS, backoff(AWAY, attempt)), signal).catch(() => undefined);
      const error = signal.aborted ? away.error : await pingSink(options.sink!.sink, signal);
      away = error === undefined ? undefined : { ...away, error };
    }
    // The time in which it was away makes nothing older.
    if (!away) told.up();
    for (const [row, one] of blocked) blocked.set(row, { ...one, since: clock.now() });
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
          for (const kind of options.kinds) if (!options.paused()) done = (await step(kind)) || done;
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
