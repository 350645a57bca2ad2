import type { Clock } from '../shared';
import { addDeadLetter, numberDeadLetters, removeDeadLetter, repeatDeadLetter, type DeadLetter, type Documents, type NewDeadLetter } from '../store';

const PAGE = 500;
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

/** The dead letters of one entry's pipelines: kept durably, and known by their place, so that what succeeds later takes its letter away. */
export interface Letters {
  /** Reads what an earlier process kept. */
  load(): Promise<void>;
  /** Of one place there is one letter; a later failure replaces it and counts. */
  keep(letter: NewDeadLetter & LetterPlace): Promise<void>;
  /** Something without a row: an event, a raw delivery. */
  add(letter: NewDeadLetter): Promise<number>;
  /** What was there went through. Costs nothing where no letter stands. */
  clear(places: readonly LetterPlace[]): Promise<void>;
}

export function createLetters(of: { readonly documents: Documents; readonly integration: string; readonly clock: Clock; onKept?(letter: NewDeadLetter): void }): Letters {
  const { documents, integration, clock } = of;
  const known = new Map<string, number>();
  const placeOf = ({ pipeline, sink, row, event }: LetterPlace): string => `${pipeline}\u0000${sink ?? ''}\u0000${row}\u0000${event ?? ''}`;
  let next = 0;
  let last = -1;
  let turn: Promise<unknown> = Promise.resolve();
  /** One after the other: two failures of one place must not become two letters. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work, work);
    turn = mine.catch(() => undefined);
    return mine;
  };
  const add = async (letter: NewDeadLetter): Promise<number> => {
    if (next > last) {
      next = await numberDeadLetters(documents, BLOCK);
      last = next + BLOCK - 1;
    }
    const id = await addDeadLetter(documents, { letter, id: next++ }, clock);
    of.onKept?.(letter);
    return id;
  };

  return {
    async load() {
      let after: string | undefined;
      do {
        const page: readonly DeadLetter[] = await documents.list<DeadLetter>('dead_letters', { equals: { integration }, limit: PAGE, ...(after !== undefined && { after }) });
        for (const letter of page) if (letter.row !== undefined) known.set(placeOf({ ...letter, row: letter.row }), letter.id);
        after = page.length === PAGE ? page.at(-1)!._id : undefined;
      } while (after !== undefined);
    },
    keep: (letter) =>
      inTurn(async () => {
        const id = known.get(placeOf(letter));
        if (id !== undefined && (await repeatDeadLetter(documents, { letter, id }, clock))) return;
        known.set(placeOf(letter), await add(letter));
      }),
    add: (letter) => inTurn(() => add(letter)),
    async clear(places) {
      if (known.size === 0) return;
      for (const place of places) {
        const id = known.get(placeOf(place));
        if (id === undefined) continue;
        known.delete(placeOf(place));
        await removeDeadLetter(documents, id);
      }
    },
  };
}
