import { FrameworkError } from '../contract';
import { backoff, type Clock } from '../shared';
import { overlay, parseOutputId, type Output, type Settlement } from '../store';
import type { Sink, SinkItem, SinkOptions, SinkResult } from './sink';

/** Tried at most this far apart while a sink is away. */
const AWAY = { initialMs: 500, factor: 2, maxMs: 30_000 };
/** One output that fails again and again, while the sink works. */
const FAILING = { initialMs: 1_000, factor: 2, maxMs: 300_000 };
/** Nothing is tried again sooner. */
const SHORTEST_MS = 100;

/** What became of one item: what the store has to remember, and whether the run may call it delivered. */
export interface Settled {
  readonly output: Output;
  readonly settlement: Settlement;
  readonly result: 'delivered' | 'deleted' | 'failed';
  readonly unmet: boolean;
}

export interface SinkQueue {
  readonly name: string;
  /** Takes the newest state of an output. False: this sink has nothing to do for it. */
  offer(output: Output): boolean;
  /** Is an older state of this output on its way, or accepted and not yet written down? Then it has to be read again afterwards. */
  flies(output: string): boolean;
  /** The store knows what this sink said about these outputs. */
  landed(outputs: readonly string[]): void;
  readonly away: { readonly since: number; readonly error: string } | undefined;
}

export interface SinkQueueOptions {
  readonly sink: Sink;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Read when a call begins: a changed mapping changes them. */
  options(): SinkOptions;
  settled(results: readonly Settled[]): void;
}

const wants = (output: Output, sink: string): boolean => {
  const state = output.sinks.find((candidate) => candidate.sink === sink);
  // Of a gone output, a sink that is named may hold something, even where nobody knows what became of it; one without a time is held.
  return output.gone ? output.due !== undefined && state !== undefined : state?.hash !== output.hash;
};

/** The bounded queue of one sink: at most one write of an output at a time, batches in parallel, nothing but a probe while the sink is away. */
export function createSinkQueue({ sink, clock, signal, options, settled }: SinkQueueOptions): SinkQueue {
  const waiting = new Map<string, Output>();
  const flying = new Set<string>();
  let calls = 0;
  let fails = 0;
  let probeAt = 0;
  let away: { since: number; error: string } | undefined;
  let scheduled = false;

  const stateOf = (output: Output) => output.sinks.find((state) => state.sink === sink.name);

  function item(output: Output): SinkItem {
    const { blueprint, identifier } = parseOutputId(output._id);
    const note = stateOf(output)?.note;
    const body = output.gone ? undefined : overlay(output);
    return {
      output: output._id,
      operation: output.gone ? 'delete' : 'write',
      integration: output.integration,
      kind: output.kinds[0] ?? '',
      blueprint,
      identifier: output.identifier ?? identifier,
      search: identifier.startsWith('?') && output.identifier === undefined,
      ...(body !== undefined && { body }),
      ...(note !== undefined && { note }),
    };
  }

  function outcome(output: Output, result: SinkResult): Settled {
    const to = { output: output._id, sink: sink.name };
    if (result.is === 'ok') {
      const named = result.identifier !== undefined && result.identifier !== output.identifier && parseOutputId(output._id).identifier.startsWith('?') ? { identifier: result.identifier } : {};
      const settlement: Settlement = output.gone
        ? { ...to, is: 'letGo' }
        : { ...to, is: 'accepted', hash: output.hash, ...(result.note !== undefined && { note: result.note }), ...named };
      return { output, settlement, result: output.gone ? 'deleted' : 'delivered', unmet: false };
    }
    if (result.is === 'refused') return { output, settlement: { ...to, is: 'refused', error: result.error, hash: output.hash }, result: 'failed', unmet: result.unmet === true };
    const attempts = (stateOf(output)?.fails ?? 0) + 1;
    const next = away ? probeAt : clock.now() + Math.max(SHORTEST_MS, result.afterMs ?? backoff(FAILING, attempts));
    return { output, settlement: { ...to, is: 'failed', next, error: result.error }, result: 'failed', unmet: false };
  }

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

  /** While the sink is away, what waits is given back to the store at once: a run must not hang on it. */
  function giveBack(): void {
    const batch = [...waiting.values()].filter((output) => !flying.has(output._id));
    for (const output of batch) {
      waiting.delete(output._id);
      flying.add(output._id);
    }
    if (batch.length > 0) settled(batch.map((output) => outcome(output, { is: 'retry', error: away!.error })));
  }

  async function send(batch: readonly Output[]): Promise<void> {
    const results = await sink.write(batch.map(item), options(), signal).catch((err: unknown): SinkResult[] => {
      const error = err instanceof FrameworkError || err instanceof Error ? err.message : String(err);
      return batch.map(() => ({ is: 'retry', error }));
    });
    const unreachable = results.length > 0 && results.every((result) => result.is === 'retry');
    if (unreachable) {
      const first = results[0] as SinkResult & { is: 'retry' };
      fails++;
      probeAt = clock.now() + Math.max(SHORTEST_MS, first.afterMs ?? backoff(AWAY, fails));
      away ??= { since: clock.now(), error: first.error };
    } else {
      fails = 0;
      away = undefined;
    }
    const said = batch.map((output, at) => outcome(output, results[at] ?? { is: 'retry', error: `${sink.name} gave no answer for this item` }));
    // What a stop cut off did not fail: it stays due as it was.
    settled(signal.aborted ? said.filter(({ settlement }) => settlement.is !== 'failed') : said);
  }

  function pump(): void {
    scheduled = false;
    while (!signal.aborted && waiting.size > 0 && calls < sink.concurrency) {
      if (away && clock.now() < probeAt) return giveBack();
      if (away && calls > 0) return; // one probe at a time
      const batch = take();
      if (batch.length === 0) return;
      for (const output of batch) flying.add(output._id);
      calls++;
      void send(batch).finally(() => {
        calls--;
        schedule();
      });
    }
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(pump);
  }

  return {
    name: sink.name,
    get away() {
      return away;
    },
    offer(output) {
      if (!wants(output, sink.name)) {
        // An older state that waits is out of date: what the sink holds is already right.
        waiting.delete(output._id);
        return flying.has(output._id);
      }
      waiting.set(output._id, output);
      schedule();
      return true;
    },
    flies: (output) => flying.has(output),
    landed(outputs) {
      for (const output of outputs) flying.delete(output);
      schedule();
    },
  };
}
