import type { Log } from '../contract';
import { backoff, type BackoffShape, type Clock } from '../shared';
import { parseOutputId, type Output, type Settlement } from '../store';
import { messageOf, pingSink } from './ping-sink';
import { createSinkLog } from './sink-log';
import type { Sink, SinkOptions, SinkResult } from './sink';

/** Tried at most this far apart while a sink is away. */
const AWAY = { initialMs: 500, factor: 2, maxMs: 30_000 };
/** Nothing is tried again sooner. */
const SHORTEST_MS = 100;

/** What became of one item: what the store has to remember, and whether the run may call it delivered. */
export interface Settled {
  readonly output: Output;
  readonly settlement: Settlement;
  readonly result: 'delivered' | 'deleted' | 'failed';
  readonly unmet: boolean;
  /** Why it is refused, or given up. */
  readonly code?: string;
}

export interface SinkQueue {
  readonly name: string;
  /** Takes the newest state of an output. False: this sink has nothing to do for it, or is away and takes nothing. */
  offer(output: Output): boolean;
  /** Is an older state of this output on its way, or accepted and not yet written down? Then it has to be read again afterwards. */
  flies(output: string): boolean;
  /** The store knows what this sink said about these outputs. */
  landed(outputs: readonly string[]): void;
  /** What waits and is not on its way yet is given up: it stays due in the store. */
  clear(): void;
  /** Resolves when no call is on its way. */
  idle(): Promise<void>;
  readonly away: { readonly since: number; readonly error: string } | undefined;
}

/** So often more a delete is tried that the sink refused because of another entity, over half a minute: entities that go together go in batches, and in no order. */
const NEEDED = { tries: 5, backoff: { initialMs: 1_000, factor: 2, maxMs: 16_000 } };

const isUnmet = (result: SinkResult | undefined): boolean => result?.is === 'refused' && result.unmet === true;

/** How one sink of a pipeline is tried. */
export interface RetryPolicy {
  /** How long a batch that is not full waits for more. */
  readonly waitMs: number;
  /** Of one output that fails again and again, while the sink works. */
  readonly backoff: BackoffShape;
  /** Then it is given up: a refusal of its own. */
  readonly maxAttempts: number;
  readonly maxAgeMs: number;
}

/** The default pipeline gives nothing up: what fails stays due. */
export const PATIENT: RetryPolicy = { waitMs: 0, backoff: { initialMs: 1_000, factor: 2, maxMs: 300_000 }, maxAttempts: Infinity, maxAgeMs: Infinity };

export interface QueueOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly retry: RetryPolicy;
  /** Read when a call begins: a changed mapping changes them. */
  options(): SinkOptions;
  settled(results: readonly Settled[]): void;
  /** The sink is away, and nothing was said of these outputs: they stay due in the store as they are. */
  released(sink: string, outputs: readonly Output[]): void;
  /** The sink is there again. */
  back(): void;
  /** `integration` and `pipeline`, of lines. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly log: Log;
}

export interface SinkQueueOptions<TItem> extends QueueOptions {
  readonly sink: Sink<TItem>;
  /** The output as this sink takes it. */
  item(output: Output, note: string | undefined): TItem;
}

const wants = (output: Output, sink: string): boolean => {
  const state = output.sinks.find((candidate) => candidate.sink === sink);
  // Of a gone output, a sink that is named may hold something, even where nobody knows what became of it; one without a time is held.
  return output.gone ? output.due !== undefined && state !== undefined : state?.hash !== output.hash;
};

/** The bounded queue of one sink: at most one write of an output at a time, batches in parallel, nothing but a probe while the sink is away. */
export function createSinkQueue<TItem>(queue: SinkQueueOptions<TItem>): SinkQueue {
  const { sink, clock, signal, retry, settled } = queue;
  const waiting = new Map<string, Output>();
  const flying = new Set<string>();
  /** When an output first failed here. */
  const failing = new Map<string, number>();
  const sending = new Set<Promise<void>>();
  const told = createSinkLog({ log: queue.log, clock, fields: { ...queue.fields, sink: sink.name } });
  let fails = 0;
  let probeAt = 0;
  let away: { since: number; error: string } | undefined;
  let scheduled: { at: 'once' | 'later'; timer?: NodeJS.Timeout } | undefined;

  const stateOf = (output: Output) => output.sinks.find((state) => state.sink === sink.name);

  function outcome(output: Output, result: SinkResult): Settled {
    const to = { output: output._id, sink: sink.name };
    if (result.is !== 'retry') failing.delete(output._id);
    if (result.is === 'ok') {
      const named = result.identifier !== undefined && result.identifier !== output.identifier && parseOutputId(output._id).identifier.startsWith('?') ? { identifier: result.identifier } : {};
      const settlement: Settlement = output.gone
        ? { ...to, is: 'letGo' }
        : { ...to, is: 'accepted', hash: output.hash, ...(result.note !== undefined && { note: result.note }), ...named };
      return { output, settlement, result: output.gone ? 'deleted' : 'delivered', unmet: false };
    }
    const attempts = (stateOf(output)?.fails ?? 0) + 1;
    if (result.is === 'refused' && output.gone && result.unmet && attempts <= NEEDED.tries) return failure(output, result.error, clock.now() + Math.max(SHORTEST_MS, backoff(NEEDED.backoff, attempts)));
    if (result.is === 'refused') return refusal(output, result.error, { unmet: !output.gone && result.unmet === true, code: result.code ?? 'SINK_REFUSED' });
    const since = failing.get(output._id) ?? clock.now();
    if (!away && (attempts >= retry.maxAttempts || clock.now() - since >= retry.maxAgeMs)) {
      failing.delete(output._id);
      return refusal(output, result.error, { unmet: false, code: 'SINK_GAVE_UP' });
    }
    failing.set(output._id, since);
    const next = away ? probeAt : clock.now() + Math.max(SHORTEST_MS, result.afterMs ?? backoff(retry.backoff, attempts));
    return failure(output, result.error, next);
  }

  const failure = (output: Output, error: string, next: number): Settled => ({ output, settlement: { output: output._id, sink: sink.name, is: 'failed', next, error }, result: 'failed', unmet: false });

  const refusal = (output: Output, error: string, why: { readonly unmet: boolean; readonly code: string }): Settled => ({
    output,
    settlement: { output: output._id, sink: sink.name, is: 'refused', error, hash: output.hash },
    result: 'failed',
    ...why,
  });

  function take(): Output[] {
    const batch: Output[] = [];
    for (const [id, output] of waiting) {
      if (batch.length >= sink.batchItems) break;
      if (flying.has(id)) continue;
      waiting.delete(id);
      batch.push(output);
    }
    return batch;
  }

  /** While a sink that cannot be asked is away, what waits is given back to the store at once: a run must not hang on it. */
  function giveBack(): void {
    const batch = [...waiting.values()].filter((output) => !flying.has(output._id));
    for (const output of batch) {
      waiting.delete(output._id);
      flying.add(output._id);
    }
    if (batch.length > 0) settled(batch.map((output) => outcome(output, { is: 'retry', error: away!.error })));
  }

  /** What waits, and this batch, stay due in the store as they are; the sink is asked until it is there again. */
  function letGo(batch: readonly Output[]): void {
    const released = [...batch, ...waiting.values()];
    waiting.clear();
    for (const output of batch) flying.delete(output._id);
    queue.released(sink.name, released);
  }

  async function probe(): Promise<void> {
    for (let attempt = 1; away; attempt++) {
      await clock.sleep(Math.max(SHORTEST_MS, backoff(AWAY, attempt)), signal).catch(() => undefined);
      if (signal.aborted) return;
      const error = await pingSink(sink, signal);
      away = error === undefined ? undefined : { since: away.since, error };
    }
    // The time in which it was away makes nothing older.
    failing.clear();
    told.up();
    queue.back();
  }

  async function send(batch: readonly Output[]): Promise<void> {
    const items = batch.map((output) => queue.item(output, stateOf(output)?.note));
    const results = await sink.write(items, queue.options(), signal).catch((err: unknown): SinkResult[] => {
      const error = messageOf(err);
      return batch.map(() => ({ is: 'retry', error }));
    });
    const unreachable = results.length > 0 && results.every((result) => result.is === 'retry');
    if (unreachable && sink.ping) {
      const error = signal.aborted ? undefined : await pingSink(sink, signal);
      if (error !== undefined) {
        if (!away) {
          away = { since: clock.now(), error };
          told.down(error);
          void probe();
        }
        return letGo(batch);
      }
      // It answers, and yet takes nothing.
      if (error === undefined && !signal.aborted) told.down((results[0] as SinkResult & { is: 'retry' }).error);
    } else if (unreachable) {
      const first = results[0] as SinkResult & { is: 'retry' };
      fails++;
      probeAt = clock.now() + Math.max(SHORTEST_MS, first.afterMs ?? backoff(AWAY, fails));
      away ??= { since: clock.now(), error: first.error };
      if (!signal.aborted) told.down(first.error);
    } else {
      fails = 0;
      if (results.length > 0) told.up();
      // Where it can be asked, whoever asks says when it is there again.
      if (!sink.ping) away = undefined;
    }
    const said = batch.map((output, at) => outcome(output, results[at] ?? { is: 'retry', error: `${sink.name} gave no answer for this item` }));
    if (!signal.aborted) told.kept(batch.filter((output, at) => output.gone && said[at]!.settlement.is === 'refused' && isUnmet(results[at])));
    // What a stop cut off did not fail: it stays due as it was.
    settled(signal.aborted ? said.filter(({ settlement }) => settlement.is !== 'failed') : said);
  }

  function pump(): void {
    scheduled = undefined;
    while (!signal.aborted && waiting.size > 0 && sending.size < sink.concurrency) {
      if (away && sink.ping) return letGo([]);
      if (away && clock.now() < probeAt) return giveBack();
      if (away && sending.size > 0) return; // one probe at a time
      const batch = take();
      if (batch.length === 0) return;
      for (const output of batch) flying.add(output._id);
      const sent = send(batch).finally(() => {
        sending.delete(sent);
        schedule();
      });
      sending.add(sent);
    }
  }

  /** A full batch goes at once; one that is not waits for more. */
  function schedule(): void {
    const at = retry.waitMs === 0 || waiting.size >= sink.batchItems ? 'once' : 'later';
    if (scheduled?.at === 'once' || (scheduled && at === 'later')) return;
    clearTimeout(scheduled?.timer);
    scheduled = { at };
    if (at === 'once') setImmediate(pump);
    else scheduled.timer = setTimeout(pump, retry.waitMs);
  }

  return {
    name: sink.name,
    get away() {
      return away;
    },
    offer(output) {
      // What failed has its time, whatever else the output is sent for.
      if (!wants(output, sink.name) || (stateOf(output)?.next ?? 0) > clock.now()) {
        // An older state that waits is out of date.
        waiting.delete(output._id);
        return flying.has(output._id);
      }
      if (away && sink.ping) return false;
      waiting.set(output._id, output);
      schedule();
      return true;
    },
    flies: (output) => flying.has(output),
    landed(outputs) {
      for (const output of outputs) flying.delete(output);
      if (waiting.size > 0) schedule();
    },
    clear: () => letGo([]),
    idle: async () => void (await Promise.allSettled(sending)),
  };
}
