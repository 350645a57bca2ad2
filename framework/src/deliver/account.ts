import type { Output } from '../store';
import { createLandings } from './landings';
import { createSinkCounters, type Ending, type SinkCounts } from './sink-counters';

/** What was made of an event, for sinks that do not hold it yet. */
export interface MadeState {
  /** `_id` of the output. */
  readonly output: string;
  /** Its hash, '' when it is gone. */
  readonly state: string;
  readonly sinks: readonly string[];
}

export interface Processed {
  readonly made: readonly MadeState[];
  /** How it ends for those that owe nothing of it. What was filtered or died leaves an older state of the row on its way. */
  readonly rest: Ending;
  /** Sinks that were served by this; default: all. */
  readonly sinks?: readonly string[];
  /** What `mark` gave before the outputs were read: what sinks said since then is known here, and not there. */
  readonly since: number;
}

/**
 * Of one pipeline: which events wait in it, and how they ended. On the rows feed the newest event of a row stands for it, so a row is the key; on the events feed each event
 * has a key of its own, its id.
 */
export interface PipelineAccount {
  /** An event of this row was taken in, and waits to be processed in place of one that waits for that. */
  accepted(row: string): void;
  /** The same of an event, which may have been found in the store, and even be done, before whoever took it in says so. */
  acceptedEvent(event: string): void;
  /** The same of an event that was read, for these sinks: nobody took it in. */
  readEvent(event: string, sinks: readonly string[]): void;
  /** An event ended as it came in. */
  ended(ending: Ending): void;
  /**
   * It is processed from here on. One that nobody announced (it was read, or a stop left it) is an event too; `announced`: this one was, and if it does not wait any more, it was
   * processed since. Gives what `processed` needs to know whether a newer one came meanwhile.
   */
  begin(row: string, announced?: boolean): number;
  /** `sinks`: whom it is for. */
  beginEvent(event: string, sinks: readonly string[]): number;
  mark(): number;
  processed(key: string, token: number, result: Processed): void;
  /** An event ends so for these sinks, unprocessed. */
  end(key: string, sinks: readonly string[], ending: Ending): void;
  /** It became a question to the source: it waits for the answer, which is an event of its own. Without a key it is one that came in as such. */
  asked(key?: string, sinks?: readonly string[]): void;
  /** A sink said its last word about a state of an output. */
  settled(landed: Omit<MadeState, 'sinks'> & { readonly sink: string }, ending: 'delivered' | 'dead'): void;
  /** So many wait for this sink since before this process began. */
  carry(sink: string, count: number): void;
  /** So many are due for it at most: what it still carries beyond that was replaced. */
  due(sink: string, atMost: number): void;
  /** Events that wait, for the high-water mark. */
  waiting(): number;
  /** Does anything wait since before this process began? */
  carries(): boolean;
  /** `open`: questions that are open at the source; `asked` of this process that are not open any more were answered. */
  counts(sink: string, open: number): SinkCounts;
  /** Events that nobody took in: what was read, replayed, or left by an earlier process. */
  entered(): number;
}

/** The state that an output has now, for the sinks that owe it; one that refused it owes nothing. One that the store does not have any more is owed by nobody. */
export const madeOf = (id: string, output: Pick<Output, 'hash' | 'gone' | 'sinks'> | undefined): MadeState => ({
  output: id,
  state: output ? stateOf(output) : '',
  sinks: (output?.sinks ?? []).filter((sink) => (output!.gone || sink.hash !== output!.hash) && !(sink.error !== undefined && sink.next === undefined)).map(({ sink }) => sink),
});

export const stateOf = ({ hash, gone }: Pick<Output, 'hash' | 'gone'>): string => (gone ? '' : hash);

interface Slot {
  token: number;
  /** Bits of the sinks for which the newest event waits to be processed. */
  fresh: number;
  /** What was made of the one before it: outputs, with the bits of the sinks that owe them. */
  readonly made: Map<string, number>;
  /** Sinks that refused one of these outputs. */
  dead: number;
}

/** Newest state of an output that sinks have not taken yet, and the events that wait for it. */
interface Link {
  state: string;
  sinks: number;
  readonly keys: Set<string>;
}

/** Token of what is processed once more for nobody. */
const NOBODYS = 0;

/** Far more than are stored at once. */
const FOUND = 10_000;

export function createPipelineAccount(sinks: readonly string[]): PipelineAccount {
  const counters = createSinkCounters(sinks);
  const landings = createLandings();
  const { all, maskOf, finish } = counters;
  const slots = new Map<string, Slot>();
  const links = new Map<string, Link>();
  /** Events that were found in the store and not told of yet, the oldest first, with their sinks, and those of them for which it was taken for something new; of what an earlier process left nobody tells. */
  const found = new Map<string, { readonly mask: number; readonly taken: number }>();
  let tokens = 0;

  const tidy = (key: string, slot: Slot): void => void (slot.fresh === 0 && slot.made.size === 0 && slots.delete(key));

  /** A new event of the key waits to be processed, in place of one that waits for that. */
  function fresh(key: string, mask: number): number {
    let slot = slots.get(key);
    if (!slot) slots.set(key, (slot = { token: 0, fresh: 0, made: new Map(), dead: 0 }));
    finish(slot.fresh & mask, 'superseded');
    slot.fresh |= mask;
    return (slot.token = ++tokens);
  }

  /** Somebody tells of an event, which may have been found before. */
  function told(key: string, mask: number): void {
    const known = found.get(key);
    if (known) {
      found.delete(key);
      counters.told(known.mask, known.taken);
    } else {
      counters.wait(mask);
      fresh(key, mask);
    }
  }

  /** It waits for these sinks to be processed no more. Gives those for which it did. */
  function leave(key: string, some: readonly string[] | undefined): number {
    const slot = slots.get(key);
    if (!slot) return 0;
    const left = slot.fresh & maskOf(some);
    slot.fresh &= ~left;
    tidy(key, slot);
    return left;
  }

  /** The event of the key waits no more for these sinks to take this output. It ends for those that owe it nothing else, as the worst of its outputs. */
  function drop(key: string, output: string, { mask, ending }: { readonly mask: number; readonly ending: Ending }): void {
    const slot = slots.get(key)!;
    const bits = slot.made.get(output)!;
    if ((bits & ~mask) !== 0) slot.made.set(output, bits & ~mask);
    else {
      slot.made.delete(output);
      links.get(output)?.keys.delete(key);
    }
    if (ending === 'dead') slot.dead |= bits & mask;
    const done = bits & mask & ~owedBy(slot);
    finish(done & slot.dead, 'dead');
    finish(done & ~slot.dead, ending);
    slot.dead &= ~done;
    tidy(key, slot);
  }

  /**
   * What the output is now. A sink that does not owe it took it, or never will: nobody waits for that one any more, also not for a state before this one. `alone`: no event but
   * the newest waits for an output.
   */
  function keep({ output, state, sinks: some }: MadeState, alone: boolean): Link {
    const owing = maskOf(some);
    const link = links.get(output) ?? { state, sinks: owing, keys: new Set() };
    for (const key of [...link.keys]) drop(key, output, { mask: alone ? all : ~owing, ending: 'superseded' });
    if (owing === 0) links.delete(output);
    else links.set(output, link);
    return Object.assign(link, { state, sinks: owing });
  }

  /** Its state in the sinks replaces what came before it: of the row itself, and on the events feed of earlier events. */
  function replaceMade(key: string, slot: Slot, of: { readonly made: readonly MadeState[]; readonly mask: number; readonly alone: boolean }): number {
    for (const output of [...slot.made.keys()]) drop(key, output, { mask: of.mask, ending: 'superseded' });
    let owing = 0;
    for (const one of of.made) {
      const link = keep(one, of.alone);
      const bits = link.sinks & slot.fresh & of.mask;
      if (bits === 0) continue;
      slot.made.set(one.output, (slot.made.get(one.output) ?? 0) | bits);
      link.keys.add(key);
      owing |= bits;
    }
    return owing;
  }

  const owedBy = (slot: Slot): number => [...slot.made.values()].reduce((bits, more) => bits | more, 0);

  return {
    accepted: (row) => told(row, all),
    acceptedEvent: (event) => told(event, all),
    readEvent(event, some) {
      told(event, maskOf(some));
      counters.enter(maskOf(some));
    },
    ended: counters.end,
    begin(row, announced = false) {
      const slot = slots.get(row);
      if (slot && slot.fresh !== 0) return slot.token;
      if (announced) return NOBODYS;
      counters.waitFound(all); // rows are told of before they can be found
      return fresh(row, all);
    },
    beginEvent(event, some) {
      const slot = slots.get(event);
      if (slot) return slot.token;
      const [oldest] = found.keys();
      if (found.size >= FOUND) found.delete(oldest!);
      const mask = maskOf(some);
      found.set(event, { mask, taken: counters.waitFound(mask) });
      return fresh(event, mask);
    },
    mark: landings.mark,
    processed(key, token, { made: given, rest, sinks: some, since }) {
      const made = given.map(({ output, state, sinks: owing }) => ({ output, state, sinks: owing.filter((sink) => !landings.since(since, { output, sink, state })) }));
      const slot = slots.get(key);
      const alone = some !== undefined;
      if (!slot || slot.token !== token || slot.fresh === 0) return made.forEach((one) => keep(one, alone)); // superseded, and counted so
      const mask = maskOf(some);
      const owing = rest === 'filtered' || rest === 'dead' ? 0 : replaceMade(key, slot, { made, mask, alone });
      finish(slot.fresh & mask & ~owing, rest);
      slot.fresh &= ~mask;
      tidy(key, slot);
    },
    end: (key, some, ending) => finish(leave(key, some), ending),
    asked: (key, some) => (key === undefined ? counters.ask(all, 'new') : counters.ask(leave(key, some), 'waiting')),
    settled({ output, state, sink }, ending) {
      landings.heard(output, sink, state);
      const mask = maskOf([sink]);
      const link = links.get(output);
      if (!link) return counters.settledUnasked(mask, ending); // it waited since before this process began, or is sent again
      if (link.state !== state) return; // a newer one is on its way: this one was superseded, and counted so
      for (const key of [...link.keys]) drop(key, output, { mask, ending });
      if ((link.sinks &= ~mask) === 0) links.delete(output);
    },
    carry: counters.carry,
    due: counters.due,
    waiting: () => slots.size + counters.carried(),
    carries: () => counters.carried() > 0,
    counts: counters.counts,
    entered: counters.entered,
  };
}
