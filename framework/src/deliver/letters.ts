import { FrameworkError, toJson } from '../contract';
import type { Clock } from '../shared';
import { originalOf } from './replayed-event';
import { addDeadLetter, changeDeadLetter, numberDeadLetters, pageByPage, readDeadLetter, removeDeadLetter, repeatDeadLetter, type DeadLetter, type Documents, type FeedEvent, type NewDeadLetter } from '../store';

/** Letters hold whole deliveries. */
const PAGE = 50;
/** Numbers that are reserved in one write. */
const BLOCK = 100;

/** Where a dead letter of a row stands: one for each pipeline, and for each sink of it. */
export interface LetterPlace {
  readonly pipeline: string;
  readonly sink?: string;
  readonly row: string;
  /** Number of the event, where every event counts. */
  readonly event?: number;
}

/** Something that stands in the way no more. `output`: only what was said of this output. */
export interface ClearedPlace extends LetterPlace {
  readonly output?: string;
}

/** The dead letters of one entry's pipelines: kept durably, and known by their place, so that what succeeds later takes its letter away. */
export interface Letters {
  /** Reads what an earlier process kept. */
  load(): Promise<void>;
  /** Of one place there is one letter; a later failure replaces it and counts. */
  keep(letter: NewDeadLetter & LetterPlace): Promise<void>;
  /** An event failed for one who waits for it. Of an event there is one letter of a pipeline, for all of them together. */
  keepEvent(failure: EventFailure, of: WaitedEvent): Promise<void>;
  /** It passed for this one; the letter goes with the last. */
  clearEvent(pipeline: string, of: WaitedEvent): Promise<void>;
  /** Something without a row: a raw delivery. */
  add(letter: NewDeadLetter): Promise<number>;
  /** Resolves when nothing is being written. */
  idle(): Promise<void>;
  /** What was there went through. Costs nothing where no letter stands. */
  clear(places: readonly ClearedPlace[]): Promise<void>;
}

export type EventFailure = Pick<NewDeadLetter, 'pipeline' | 'stage' | 'code' | 'message'>;

export interface WaitedEvent {
  readonly event: FeedEvent;
  readonly wait: string;
}

/** What is kept of an event: the event as it was, and who it is for. */
export type EventPayload = FeedEvent & {
  /** `_id` of the event of the feed that failed last. */
  readonly tried?: string;
  /** `_id` of the event as which it was sent again last. */
  readonly again?: string;
};

interface Known {
  readonly id: number;
  readonly output: string | undefined;
}

export function createLetters(of: { readonly documents: Documents; readonly integration: string; readonly clock: Clock; onKept?(letter: NewDeadLetter): void }): Letters {
  const { documents, integration, clock } = of;
  const known = new Map<string, Known>();
  const placeOf = ({ pipeline, sink, row, event }: LetterPlace): string => `${pipeline}\u0000${sink ?? ''}\u0000${row}\u0000${event ?? ''}`;
  let next = 0;
  let last = -1;
  let busy = 0;
  let turn: Promise<unknown> = Promise.resolve();
  /** One after the other: two failures of one place must not become two letters, and none may be missed by what clears it. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    busy++;
    const mine = turn.then(work, work).finally(() => busy--);
    turn = mine.catch(() => undefined);
    return mine;
  };
  const add = async (letter: NewDeadLetter): Promise<number> => {
    if (next > last) {
      next = await numberDeadLetters(documents, BLOCK);
      last = next + BLOCK - 1;
    }
    const id = await addWhole({ letter, id: next++ });
    of.onKept?.(letter);
    return id;
  };
  const addWhole = (given: { readonly letter: NewDeadLetter; readonly id: number }): Promise<number> => unlessTooLarge(given.letter, (letter) => addDeadLetter(documents, { ...given, letter }, clock));
  const repeat = (given: { readonly letter: NewDeadLetter; readonly id: number }): Promise<boolean> => unlessTooLarge(given.letter, (letter) => repeatDeadLetter(documents, { ...given, letter }, clock));

  return {
    async load() {
      for await (const letters of pageByPage(PAGE, (page) => documents.list<DeadLetter>('dead_letters', { equals: { integration }, ...page }))) {
        for (const letter of letters) if (letter.row !== undefined) known.set(placeOf({ ...letter, row: letter.row }), { id: letter.id, output: letter.output });
      }
    },
    keep: (letter) =>
      inTurn(async () => {
        const place = placeOf(letter);
        const before = known.get(place);
        const id = before && (await repeat({ letter, id: before.id })) ? before.id : await add(letter);
        known.set(place, { id, output: letter.output });
      }),
    add: (letter) => inTurn(() => add(letter)),
    keepEvent: (failure, { event, wait }) =>
      inTurn(async () => {
        const { id: original, number } = originalOf(event);
        const letter = { ...failure, integration, kind: event.kind, row: event.row, event: number };
        const before = known.get(placeOf(letter));
        const stored = before && (await readDeadLetter(documents, before.id));
        const { waits = [], tried, again } = payloadOf(stored);
        const payload: EventPayload = { ...event, id: original, number, waits: [...new Set([...waits, wait])], tried: event._id, ...(again !== undefined && { again }) };
        const whole = { ...letter, payload: toJson(payload) };
        if (!stored) known.set(placeOf(letter), { id: await add(whole), output: undefined });
        else if (tried !== event._id) await repeat({ letter: whole, id: stored.id });
        else await unlessTooLarge(whole, (fitting) => changeDeadLetter(documents, stored.id, () => fitting));
      }),
    async clearEvent(pipeline, { event, wait }) {
      if (known.size === 0 && busy === 0) return;
      await inTurn(async () => {
        const place = placeOf({ pipeline, row: event.row, event: originalOf(event).number });
        const before = known.get(place);
        if (!before) return;
        const { waits = [], ...payload } = payloadOf(await readDeadLetter(documents, before.id));
        const left = waits.filter((one) => one !== wait);
        if (left.length > 0) return void (await changeDeadLetter(documents, before.id, () => ({ payload: toJson({ ...payload, waits: left } as EventPayload) })));
        await removeDeadLetter(documents, before.id);
        known.delete(place);
      });
    },
    idle: async () => {
      while (busy > 0) await turn;
    },
    async clear(places) {
      if (known.size === 0 && busy === 0) return;
      await inTurn(async () => {
        for (const { output, ...place } of places) {
          const letter = known.get(placeOf(place));
          if (!letter || (output !== undefined && letter.output !== undefined && letter.output !== output)) continue;
          await removeDeadLetter(documents, letter.id);
          known.delete(placeOf(place));
        }
      });
    },
  };
}

const payloadOf = (letter: Pick<DeadLetter, 'payload'> | undefined): Partial<EventPayload> => (letter?.payload === undefined ? {} : (JSON.parse(letter.payload) as EventPayload));

/** What no document can hold is kept without it. */
async function unlessTooLarge<T>(letter: NewDeadLetter, write: (letter: NewDeadLetter) => Promise<T>): Promise<T> {
  try {
    return await write(letter);
  } catch (err) {
    if (letter.payload === undefined || !(err instanceof FrameworkError) || err.code !== 'TOO_LARGE') throw err;
    const { payload: _payload, ...rest } = letter;
    return write(rest);
  }
}
