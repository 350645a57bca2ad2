import { storable } from '../ids';
import type { Filter } from 'mongodb';
import { ADOPTED, alignOutput, forceOutput, isHeld, settleOutput, wakeOutput, type OutputState } from '../compose';
import type { Output, Outputs, SinkState } from '../store';
import { BATCH, chunks, groupBy } from './batches';
import { changesOf } from './changes';
import type { Keyed } from './dialect';
import { outputOf, writeOutput, type OutputParts } from './stored-output';
import { writeGuarded, type Decision } from './write-guarded';

type Changing = Pick<Outputs, 'settle' | 'release' | 'retry' | 'wake' | 'force' | 'adopt' | 'alignSinks'>;

/** What settling needs: of the parts only whether they search, for their bodies need not travel. */
const SETTLING = { gone: 1, hash: 1, again: 1, cleared: 1, sinks: 1, identifier: 1, due: 1, rev: 1, 'parts.search': 1 } as const;

export function createChanging({ collection, bodies, inTurn }: OutputParts): Changing {
  const readAll = async (ids: readonly string[]): Promise<Map<string, Output>> =>
    new Map((await collection.find({ _id: { $in: [...ids] } }).toArray()).map((document) => [document._id, outputOf(document)]));

  /** Writes what becomes of these outputs; undefined = they stay. Gives how many changed. */
  async function changeSome(ids: readonly string[], change: (id: string, stored: Output | undefined) => OutputState | 'remove' | undefined): Promise<number> {
    const written = await inTurn(ids, () =>
      writeGuarded<Output, boolean>(ids, {
        collection,
        read: readAll,
        decide(id, stored): Decision<boolean> {
          const next = change(id, stored);
          if (next === undefined) return { result: false };
          return { result: true, write: next === 'remove' ? 'remove' : writeOutput(stored, next, bodies) };
        },
      }),
    );
    return [...written.values()].filter(({ result }) => result).length;
  }

  /** All that match, in `_id` order, page by page. */
  async function changeEach(filter: Filter<Keyed>, change: (stored: OutputState) => OutputState | 'remove' | undefined): Promise<number> {
    let changed = 0;
    for (let after: string | undefined; ; ) {
      const page = await collection.find({ $and: [filter, after === undefined ? {} : { _id: { $gt: after } }] }, { projection: { _id: 1 } }).sort({ _id: 1 }).limit(BATCH).toArray();
      if (page.length === 0) return changed;
      const ids = page.map(({ _id }) => _id);
      changed += await changeSome(ids, (_id, stored) => {
        if (stored === undefined) return undefined;
        const { rev: _rev, ...output } = stored;
        return change(output);
      });
      after = ids.at(-1);
    }
  }

  return {
    async settle(settlements, at) {
      const byOutput = groupBy(settlements, ({ output }) => storable(output));
      const ids = [...byOutput.keys()];
      await inTurn(ids, () =>
        writeGuarded<Output, undefined>(ids, {
          collection,
          read: async (some) =>
            new Map((await collection.find({ _id: { $in: [...some] } }, { projection: SETTLING }).toArray()).map((document) => [document._id, document as unknown as Output])),
          decide(id, stored): Decision<undefined> {
            if (stored === undefined) return { result: undefined };
            const settled = settleOutput(stored, byOutput.get(id)!, at);
            if (settled === 'remove') return { result: undefined, write: 'remove' };
            return { result: undefined, write: changesOf(stored, settled) };
          },
        }),
      );
    },

    async release(integration, { kind, at, ids }) {
      const held = { integration, gone: true, kinds: kind, due: { $exists: false } };
      const free = (stored: OutputState): OutputState | undefined => (isHeld(stored) ? { ...stored, due: at } : undefined);
      if (ids === undefined) return changeEach(held, free);
      let released = 0;
      for (const some of chunks(ids)) released += await changeEach({ ...held, _id: { $in: some.map(storable) } }, free);
      return released;
    },

    async retry(ids, at) {
      for (const some of chunks(ids)) await changeEach({ _id: { $in: some.map(storable) }, again: true }, (stored) => wakeOutput(stored, at));
    },

    async wake(integration, kinds, at) {
      return changeEach({ integration, again: true, kinds: { $in: [...kinds] } }, (stored) => wakeOutput(stored, at));
    },

    async force(integration, kinds, at) {
      return changeEach({ integration, gone: false, kinds: { $in: [...kinds] } }, (stored) => forceOutput(stored, at));
    },

    async adopt(outputs) {
      const byId = new Map(outputs.map((output) => [storable(output._id), output]));
      await changeSome([...byId.keys()], (id, stored) => {
        const { sink, ...output } = { ...byId.get(id)!, _id: id };
        const told: SinkState = { sink, note: ADOPTED };
        if (stored === undefined) return { ...output, parts: [], cleared: [], hash: '', gone: true, again: false, sinks: [told] };
        return undefined;
      });
    },

    alignSinks: (pipeline, to) => changeEach({ pipeline }, (stored) => alignOutput(stored, to)),
  };
}
