import type { Log } from '../contract';
import { createQueueGate, groupBy, type Clock } from '../shared';
import type { CompiledMapping } from '../pipeline';
import { ADOPTED, type Output, type RowToMap, type Settlement, type Store } from '../store';
import { createDrain } from './drain';
import { createInsist } from './insist';
import type { MakeOutputs, MapHow } from './map-rows';
import { createNaming } from './naming';
import type { Outlet } from './outlet';
import { createSettling } from './settling';
import type { SinkOptions } from './sink';
import { PATIENT, type RetryPolicy, type Settled, type SinkQueue } from './sink-queue';
import type { Tally } from './tally';

/** Outputs that wait in memory before whoever maps has to wait; the rest stays in the store. */
const HIGH_WATER = 1_000;
const DUE_PAGE = 500;
/** How long an idle pipeline goes without looking at what is due. */
const LOOK_EVERY_MS = 30_000;
/** While outputs are on their way, what is due is looked at no more often than this: most of it is what is on its way. */
const LOOK_BUSY_MS = 1_000;
const LOOK_SOON_MS = 100;
/** While a sink is away, most of what is due is due for it. */
const LOOK_AWAY_MS = 5_000;
/** How long a stop waits for calls that are on their way. */
const FLUSH_MS = 1_000;

export interface PipelineOptions {
  readonly store: Store;
  /** Of the default pipeline: the entry's identifier. */
  readonly name: string;
  readonly integration: string;
  readonly outlets: readonly Outlet[];
  /** How rows become outputs. */
  readonly make: MakeOutputs;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly retry?: RetryPolicy;
  /** Mapping never waits for sinks: what they cannot take yet waits in the store. Where several pipelines are fed by one source, a slow sink must hold only itself back. */
  readonly ahead?: boolean;
  /** Before the store knows what sinks refused or gave up: whoever keeps it has kept it. */
  onRefused?(batch: readonly Settled[]): Promise<void>;
  /** After the store knows what sinks said. */
  onLanded?(batch: readonly Settled[]): Promise<void>;
  /** What a sink took or refused, for metrics. */
  onSettled?(sink: string, result: Settlement['is'], count: number): void;
}

/** From rows to sinks: maps due rows, keeps their outputs, and makes what each sink holds equal to them. */
export interface Pipeline {
  readonly name: string;
  readonly sinks: readonly string[];
  /** The mapping in force from now on. */
  use(mapping: CompiledMapping): void;
  mapping(): CompiledMapping | undefined;
  /** Until it is told otherwise, whatever becomes due is sent on behalf of this run, and counted by it. */
  attend(tally: Tally | undefined): void;
  /** Maps rows of one kind and offers their outputs to the sinks. Resolves when the sinks may take more. */
  map(kind: string, rows: readonly RowToMap[], how: MapHow): Promise<void>;
  /** Offers outputs that were just written to the sinks. */
  send(outputs: readonly Output[], tally?: Tally): void;
  /** Sends what is due in the store and not on its way. Resolves when everything due was offered. */
  sendDue(): Promise<void>;
  /** Sends these once more to the sinks that refused them. */
  resend(outputs: readonly string[], tally: Tally): Promise<void>;
  /** Resolves when nothing waits or flies of what does now: every output was taken, refused, or has a time to try again. */
  drained(signal: AbortSignal): Promise<void>;
  /** Keeps sending what becomes due, until the pipeline's signal aborts. */
  keepSending(): Promise<void>;
  /** Nothing is sent until `resume`; what is due stays due. */
  pause(): void;
  resume(): void;
  paused(): boolean;
  /** Sinks that do not answer now. */
  away(): readonly { readonly sink: string; readonly since: number; readonly error: string }[];
  backlog(): number;
}

/** An output on its way to its sinks. */
interface Pending {
  kinds: readonly string[];
  /** Sinks that still owe an answer. */
  readonly owing: Set<string>;
  /** Its state changed while a sink had the older one in hand: read again once that has landed. */
  moved: boolean;
  readonly created: boolean;
  readonly repeated: boolean;
  /** What each sink said last. */
  readonly said: Map<string, Pick<Settled, 'result' | 'unmet'>>;
  tally: Tally | undefined;
}

export function createPipeline(options: PipelineOptions): Pipeline {
  const { store, clock, signal, log } = options;
  const pending = new Map<string, Pending>();
  const gate = createQueueGate(HIGH_WATER);
  const drain = createDrain<Pending>();
  const naming = createNaming(options.outlets);
  const insist = createInsist({ clock, signal, log, fields: { pipeline: options.name } });
  const settling = createSettling({
    store,
    pipeline: options.name,
    clock,
    log,
    signal,
    insist,
    owing: (id) => pending.get(id)?.owing.size ?? 0,
    onRefused: options.onRefused,
    onLanded: options.onLanded,
    land,
  });
  let current: CompiledMapping | undefined;
  let attended: Tally | undefined;
  let wake = (): void => undefined;
  let paused = false;
  /** Outputs were left in the store because too many were on their way. */
  let behind = false;

  const sinkOptions = (): SinkOptions => ({
    merge: current?.options.enableMergeEntity ?? true,
    createMissingRelatedEntities: current?.options.createMissingRelatedEntities ?? true,
    deleteDependentEntities: current?.options.deleteDependentEntities ?? true,
    ...(attended && { runId: attended.runId }),
  });

  const fields = { integration: options.integration, pipeline: options.name };
  const queues: SinkQueue[] = options.outlets.map((outlet) => outlet.open({ clock, log, fields, signal, retry: options.retry ?? PATIENT, options: sinkOptions, settled: take, released, back: () => wake() }));

  function take(results: readonly Settled[]): void {
    settling.take(results.flatMap((one) => [one, ...naming.failures(one)]));
    for (const [is, same] of groupBy(results, (result) => result.settlement.is)) options.onSettled?.(same[0]!.settlement.sink, is, same.length);
  }

  function newPending(output: Output, tally: Tally | undefined): Pending {
    const since = tally?.startedAt ?? Infinity;
    return {
      kinds: output.kinds,
      owing: new Set(),
      moved: false,
      created: output.sinks.every((sink) => sink.hash === undefined && sink.at === undefined && sink.note !== ADOPTED),
      repeated: output.sinks.every((sink) => sink.at !== undefined && sink.at >= since),
      said: new Map(),
      tally,
    };
  }

  function offer(output: Output, tally: Tally | undefined): void {
    let state = pending.get(output._id);
    if (paused) {
      // One that is on its way comes to its end; what has changed meanwhile stays due.
      if (state && state.owing.size === 0 && !queues.some((queue) => queue.flies(output._id))) finish(output._id, state);
      return tally?.settled({ output: output._id, kinds: output.kinds, result: 'failed', created: false });
    }
    if (!state) pending.set(output._id, (state = newPending(output, tally)));
    state.kinds = output.kinds;
    state.tally = tally ?? state.tally;
    for (const queue of queues) {
      if (queue.flies(output._id)) state.moved = true;
      else if (!naming.waits(output, queue.name) && queue.offer(output)) state.owing.add(queue.name);
      else {
        state.owing.delete(queue.name);
        drain.over(state, queue.name);
      }
    }
    if (state.owing.size === 0 && !state.moved) {
      // Nobody holds what has to go: saying so removes the output.
      if (output.gone && output.sinks.length === 0) take(queues.slice(0, 1).map(({ name }) => ({ output, settlement: { output: output._id, sink: name, is: 'letGo' }, result: 'deleted', unmet: false })));
      finish(output._id, state);
    }
    gate.set(pending.size);
  }

  /** What a run counts. */
  function tell(id: string, state: Pending): void {
    const said = [...state.said.values()];
    const result = (['failed', 'delivered', 'deleted'] as const).find((one) => said.some((sink) => sink.result === one));
    if (result) state.tally?.settled({ output: id, kinds: state.kinds, result, created: state.created, repeated: state.repeated, unmet: said.some((sink) => sink.unmet) });
    state.tally = undefined;
  }

  function finish(id: string, state: Pending): void {
    pending.delete(id);
    tell(id, state);
    drain.over(state);
    gate.set(pending.size);
    if (!behind || pending.size > HIGH_WATER / 2) return;
    behind = false;
    wake();
  }

  /** A sink is away, and these stay due for it. */
  function released(sink: string, outputs: readonly Output[]): void {
    const moved: string[] = [];
    for (const output of outputs) {
      const state = pending.get(output._id);
      if (!state) continue;
      state.owing.delete(sink);
      drain.over(state, sink);
      if (state.moved && !queues.some((queue) => queue.flies(output._id))) moved.push(output._id);
      else if (state.owing.size === 0 && !state.moved) {
        state.said.set(sink, { result: 'failed', unmet: false });
        finish(output._id, state);
      }
    }
    if (moved.length > 0) void readAgain(moved).catch((err: unknown) => !signal.aborted && log.error('delivery stopped', { pipeline: options.name, err }));
  }

  /** What the store now knows: the sinks may send these outputs again, and the run may count them. */
  async function land(batch: readonly Settled[]): Promise<void> {
    for (const queue of queues) queue.landed(batch.filter(({ settlement }) => settlement.sink === queue.name).map(({ settlement }) => settlement.output));
    const moved = new Set<string>();
    for (const { settlement, result, unmet } of batch) {
      const state = pending.get(settlement.output);
      if (!state) continue;
      state.owing.delete(settlement.sink);
      state.said.set(settlement.sink, { result, unmet });
      const isNaming = settlement.is === 'accepted' && settlement.identifier !== undefined;
      if (isNaming) for (const sink of naming.followers) drain.owe(state, sink);
      drain.landed(state, settlement.sink);
      if (isNaming) state.moved = true;
      if (state.moved) moved.add(settlement.output);
      else if (state.owing.size === 0) finish(settlement.output, state);
    }
    if (moved.size > 0) await readAgain([...moved]);
    if (batch.some(({ settlement }) => settlement.is === 'failed')) wake();
  }

  /** Their state moved on while a sink had an older one in hand. */
  async function readAgain(ids: readonly string[]): Promise<void> {
    const fresh = new Map((await insist('read what has changed meanwhile', () => store.outputs.get(ids))).map((output) => [output._id, output]));
    for (const id of ids) {
      const state = pending.get(id);
      if (!state) continue;
      state.moved = false;
      const output = fresh.get(id);
      if (output) offer(output, undefined);
      else finish(id, state);
    }
  }

  /** What sinks took before the stop is written down, or they would get it again. One that does not heed the stop is not waited for. */
  async function flush(): Promise<void> {
    let timeout: NodeJS.Timeout | undefined;
    await Promise.race([Promise.all(queues.map((queue) => queue.idle())), new Promise((resolve) => (timeout = setTimeout(resolve, FLUSH_MS)))]);
    clearTimeout(timeout);
    await settling.flush();
  }

  function send(outputs: readonly Output[], tally: Tally | undefined): void {
    for (const output of outputs) {
      if (options.ahead && pending.size >= HIGH_WATER && !pending.has(output._id)) behind = true;
      else offer(output, tally);
    }
  }

  async function sendDue(): Promise<void> {
    // Without a mapping nobody knows how deletes and merges are meant.
    if (paused || !current) return;
    let after: string | undefined;
    do {
      const page = await store.outputs.find({ pipeline: options.name, dueBy: clock.now(), limit: DUE_PAGE, ...(after !== undefined && { after }) });
      for (const output of page) {
        if (pending.has(output._id)) continue;
        if (!output.gone) attended?.resend(output._id, output.kinds);
        offer(output, attended);
      }
      // While every sink is away one page is a probe; the rest stays in the store.
      after = page.length === DUE_PAGE && queues.some((queue) => !queue.away) ? page[page.length - 1]!._id : undefined;
      await gate.open(signal);
    } while (after !== undefined && !signal.aborted);
  }

  /** How long nothing has to be looked at, given when the next output is due. */
  function restFor(next: number | undefined): number {
    if (paused || !current) return LOOK_EVERY_MS;
    if (queues.some((queue) => queue.away)) return LOOK_AWAY_MS;
    return Math.min(LOOK_EVERY_MS, Math.max(pending.size > 0 ? LOOK_BUSY_MS : LOOK_SOON_MS, (next ?? Infinity) - clock.now()));
  }

  return {
    name: options.name,
    sinks: options.outlets.map((outlet) => outlet.name),
    use(mapping) {
      const first = !current;
      current = mapping;
      if (first) wake();
    },
    mapping: () => current,
    attend(tally) {
      attended = tally;
    },
    async map(kind, rows, how) {
      if (!current) throw new Error('a pipeline maps only after use()');
      send(await options.make(current, { kind, rows }, how), how.tally);
      if (!options.ahead) await gate.open(how.signal);
    },
    send,
    sendDue,
    async resend(ids, tally) {
      for (let at = 0; at < ids.length; at += DUE_PAGE) {
        for (const output of await store.outputs.get(ids.slice(at, at + DUE_PAGE))) {
          if (pending.has(output._id)) continue;
          tally.resend(output._id, output.kinds);
          offer(output, tally);
        }
        await gate.open(signal);
      }
    },
    async drained(waitSignal) {
      await settling.settle();
      const now = [...pending];
      // A state that moved on is sent once more.
      const owed = new Map(now.map(([, state]) => [state, new Map([...state.owing].map((sink) => [sink, state.moved ? 2 : 1]))]));
      await drain.wait(owed, AbortSignal.any([waitSignal, signal]));
      for (const [id, state] of now) if (pending.get(id) === state) tell(id, state);
    },
    async keepSending() {
      while (!signal.aborted) {
        const woken = new AbortController();
        wake = () => woken.abort();
        try {
          await sendDue();
          await clock.sleep(restFor(await store.outputs.nextDue(options.name)), AbortSignal.any([signal, woken.signal])).catch(() => undefined);
        } catch (err) {
          if (signal.aborted) break;
          log.error('cannot read what is due; trying again', { pipeline: options.name, err });
          await clock.sleep(1_000, signal).catch(() => undefined);
        }
      }
      await flush();
    },
    pause() {
      paused = true;
      for (const queue of queues) queue.clear();
    },
    resume() {
      paused = false;
      wake();
    },
    paused: () => paused,
    away: () => queues.flatMap((queue) => (queue.away ? [{ sink: queue.name, ...queue.away }] : [])),
    backlog: () => pending.size,
  };
}
