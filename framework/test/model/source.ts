import type { Family } from './families';
import type { Random } from './random';

/** What the source holds of one key. */
export interface Thing {
  readonly text: string;
  readonly version?: number;
}

/** One write, as its event will tell it. */
export interface Write {
  readonly key: string;
  readonly at: number;
  /** Undefined = deleted. */
  readonly thing?: Thing;
  /** Of the write itself; of a delete as the family says. */
  readonly version?: number;
}

const KEYS = Array.from({ length: 16 }, (_, n) => `k${String(n).padStart(2, '0')}`);
/** The first twelve are there from the beginning. */
const LASTING = 12;
const WRITES = 60;
export const STORM = 60;

/** A simulated source: what it holds at any time, and the writes that made it so. */
export interface Source {
  readonly writes: readonly Write[];
  at(time: number): ReadonlyMap<string, Thing>;
  /** Was the key there all the time? */
  existed(key: string, from: number, to: number): boolean;
}

export function createSource(family: Family, random: Random): Source {
  const versionAt = (time: number, sequence: number): number | undefined =>
    family.version === 'none' ? undefined : family.version === 'fine' ? sequence + 1 : Math.floor(time / 4) + 1;
  const writes: Write[] = [];
  const current = new Map<string, Thing>();
  const write = (key: string, at: number, gone: boolean): void => {
    const sequence = writes.length;
    const version = versionAt(at, sequence);
    if (gone) {
      const last = current.get(key)!.version;
      const told = family.deletes === 'own' ? version : family.deletes === 'last' ? last : undefined;
      current.delete(key);
      writes.push({ key, at, ...(told !== undefined && { version: told }) });
    } else {
      const thing: Thing = { text: `{"key":"${key}","sequence":${sequence}}`, ...(version !== undefined && { version }) };
      current.set(key, thing);
      writes.push({ key, at, thing, ...(version !== undefined && { version }) });
    }
  };
  for (const key of KEYS.slice(0, LASTING)) write(key, 0, false);
  const times = Array.from({ length: WRITES }, () => random.next() * STORM).sort((a, b) => a - b);
  for (const at of times) {
    const key = random.pick(KEYS);
    write(key, at, current.has(key) && random.chance(1 / 3));
  }
  const at = (time: number): ReadonlyMap<string, Thing> => {
    const state = new Map<string, Thing>();
    for (const one of writes) {
      if (one.at > time) break;
      if (one.thing) state.set(one.key, one.thing);
      else state.delete(one.key);
    }
    return state;
  };
  return {
    writes,
    at,
    existed: (key, from, to) => at(from).has(key) && !writes.some((one) => one.key === key && !one.thing && one.at > from && one.at <= to),
  };
}
