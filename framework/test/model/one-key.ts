import { applyClaim, applyObservation, applySweep, isCandidate, type ClaimedBatch, type ClaimInput, type ObservedBatch, type RowState, type Scope, type Store, type SweepFilter, type Truth } from '../../src/store';
import { seeded, type Random } from './random';

/** A history of one key, and what was seen and heard of it, to be applied in any order, any number of times. */
export interface OneKeyFamily {
  readonly name: string;
  readonly truth: Truth;
  readonly version: 'fine' | 'coarse' | 'none';
  readonly claims: boolean;
  /** A delete's version: its own, or that of the last update. */
  readonly deletes: 'own' | 'last' | 'never';
  /** Events come in the order of the changes (but are applied in any). */
  readonly ordered: boolean;
  /** The version goes back once (a restored backup), and a quiet look follows. */
  readonly back: boolean;
}

const plain = { truth: 'listed', version: 'fine', claims: true, deletes: 'own', ordered: false, back: false } as const;
export const oneKeyFamilies: readonly OneKeyFamily[] = [
  { ...plain, name: 'fine, claims' },
  { ...plain, name: 'fine, looks only', claims: false },
  { ...plain, name: 'coarse, claims', version: 'coarse' },
  { ...plain, name: 'coarse, looks only', version: 'coarse', claims: false },
  { ...plain, name: 'no version, claims that ask', version: 'none' },
  { ...plain, name: 'no version, looks only', version: 'none', claims: false },
  { ...plain, name: 'fine, deletes carry the version of the last update', deletes: 'last' },
  { ...plain, name: 'coarse, deletes carry the version of the last update', version: 'coarse', deletes: 'last' },
  { ...plain, name: 'fine, the version goes back', back: true },
  { ...plain, name: 'coarse, the version goes back', version: 'coarse', back: true },
  { ...plain, name: 'told, any order', truth: 'told' },
  { ...plain, name: 'told, deletes carry the version of the last update', truth: 'told', deletes: 'last' },
  { ...plain, name: 'told, coarse version, received in order', truth: 'told', version: 'coarse', deletes: 'never', ordered: true },
  { ...plain, name: 'mixed, quiet refresh', truth: 'mixed' },
  { ...plain, name: 'mixed, no version, quiet refresh', truth: 'mixed', version: 'none' },
  { ...plain, name: 'mixed, deletes carry the version of the last update', truth: 'mixed', deletes: 'last' },
];

interface Change {
  readonly moment: number;
  readonly text?: string;
  readonly version?: number;
}

export type Input = { readonly observe: ObservedBatch } | { readonly claim: ClaimedBatch };

export interface History {
  readonly inputs: readonly Input[];
  /** Moment after everything; what is dealt from here on is later than all the inputs. */
  readonly end: number;
  /** Undefined = gone. */
  readonly last: string | undefined;
  readonly lastVersion: number | undefined;
}

const MOMENTS = 40;

export function createHistory(family: OneKeyFamily, scope: Scope, random: Random): History {
  const moments = random.shuffle(Array.from({ length: MOMENTS }, (_, n) => n + 1));
  const changes = makeChanges(family, moments.splice(0, random.between(2, 6)).sort((a, b) => a - b), random);
  const last = changes.at(-1)!;
  const stateAt = (moment: number): Change | undefined => changes.findLast((change) => change.moment <= moment);
  let late = MOMENTS + 1;
  const free = (after: number): number => {
    const at = moments.findIndex((moment) => moment > after);
    return at < 0 ? late++ : moments.splice(at, 1)[0]!;
  };
  const about = { scope, truth: family.truth, mapping: 'm', at: 1 };
  const look = (begun: number): Input => {
    const seen = stateAt(free(begun));
    const rows = seen?.text === undefined ? [] : [{ key: 'k', text: seen.text, hash: seen.text, ...(seen.version !== undefined && { version: seen.version }) }];
    return { observe: { ...about, by: family.truth === 'mixed' ? 'get' : 'page', stamp: begun, seen: 1, partition: 'all', rows, absent: rows.length === 0 && family.truth === 'listed' ? ['k'] : [] } };
  };
  let received = 0;
  const claim = (change: Change): Input => {
    received = free(family.ordered ? Math.max(change.moment, received) : change.moment);
    return { claim: { ...about, claims: [claimOf(change, received)] } };
  };

  const looks = family.truth === 'told' ? [] : Array.from({ length: random.between(2, 4) }, () => look(free(0)));
  const claims = family.claims ? changes.filter((change) => change !== last && random.chance(0.6)).map(claim) : [];
  const decisive = family.truth === 'told' || (family.claims && random.chance(0.5)) ? claim(last) : look(free(last.moment));
  return { inputs: [...looks, ...claims, decisive], end: 2 * MOMENTS, last: last.text, lastVersion: last.version };
}

function makeChanges(family: OneKeyFamily, moments: readonly number[], random: Random): readonly Change[] {
  const changes: Change[] = [];
  const back = family.back ? random.between(1, moments.length - 1) : -1;
  let base = 0;
  moments.forEach((moment, index) => {
    // A restored backup shows an older state again: versions go on from below.
    if (index === back) base = 100;
    const own = family.version === 'none' ? undefined : 200 + (family.version === 'fine' ? moment : Math.floor(moment / 8)) - base;
    const before = changes.at(-1);
    if (before?.text !== undefined && index !== back && family.deletes !== 'never' && random.chance(1 / 3)) {
      const version = family.deletes === 'last' ? before.version : own;
      changes.push({ moment, ...(version !== undefined && { version }) });
    } else {
      changes.push({ moment, text: `{"moment":${moment}}`, ...(own !== undefined && { version: own }) });
    }
  });
  return changes;
}

function claimOf(change: Change, stamp: number): ClaimInput {
  const version = change.version === undefined ? {} : { version: change.version };
  if (change.text !== undefined) return { key: 'k', stamp, is: 'present', text: change.text, hash: change.text, ...version };
  // Without version a kind that can be asked passes a question.
  return change.version === undefined ? { key: 'k', stamp, is: 'changed' } : { key: 'k', stamp, is: 'gone', ...version };
}

/** Some order of the inputs, some of them twice. */
export const anyOrder = (history: History, random: Random): readonly Input[] => random.shuffle(history.inputs.flatMap((input) => (random.chance(0.3) ? [input, input] : [input])));

/** How one row is written and read: the pure functions over a variable, or a store. */
export interface OneKeyStore {
  apply(input: Input): Promise<void>;
  sweep(filter: SweepFilter, at: number): Promise<void>;
  row(): Promise<RowState | undefined>;
}

export function createPureKey(): OneKeyStore {
  let row: RowState | undefined;
  return {
    async apply(input) {
      if ('claim' in input) {
        const applied = applyClaim(row, input.claim, input.claim.claims[0]!);
        if (applied.change !== 'none') row = applied.row;
        return;
      }
      const { rows, absent, ...batch } = input.observe;
      for (const said of [...rows, ...(absent ?? []).map((key) => ({ key, absent: true as const }))]) row = applyObservation(row, batch, said).row;
    },
    async sweep(filter, at) {
      if (row && isCandidate(row, filter)) row = applySweep(row, filter, { policy: 'immediate', stamp: at, at }).row;
    },
    row: async () => row,
  };
}

export const keyOf = (store: Store, scope: Scope): OneKeyStore => ({
  apply: async (input) => void ('claim' in input ? await store.rows.claim(input.claim) : await store.rows.observe(input.observe)),
  sweep: async (filter, at) => void (await store.rows.sweep(filter, { policy: 'immediate', stamp: at, limit: 10, at })),
  row: async () => (await store.rows.find({ ...scope, limit: 1 }))[0],
});

/** Applies one order, answers what is asked, and tells what the row holds in the end beside what the source holds. */
export async function runOrder(family: OneKeyFamily, on: { readonly history: History; readonly order: readonly Input[]; readonly scope: Scope; readonly store: OneKeyStore }): Promise<{ readonly found: string | undefined; readonly wanted: string | undefined }> {
  const { history, store, scope } = on;
  for (const input of on.order) await store.apply(input);
  let stamp = history.end;
  const quiet = (by: 'page' | 'get'): Input => {
    const rows = history.last === undefined ? [] : [{ key: 'k', text: history.last, hash: history.last, ...(history.lastVersion !== undefined && { version: history.lastVersion }) }];
    return { observe: { scope, truth: family.truth, mapping: 'm', at: 1, by, stamp: ++stamp, ...(by === 'page' && { seen: 2, partition: 'all' }), rows, absent: by === 'get' && rows.length === 0 ? ['k'] : [] } };
  };
  if (family.truth === 'mixed' || family.back) {
    const startStamp = ++stamp;
    await store.apply(quiet(family.truth === 'mixed' ? 'get' : 'page'));
    if (family.back && history.last === undefined) await store.apply(quiet('get'));
    if (family.truth === 'mixed' && history.last === undefined) await store.sweep({ scope, generation: 2, startStamp, truth: 'mixed', incomplete: [] }, ++stamp);
  }
  // A rule that never takes an answer must fail, not hang.
  for (let round = 0; round < 20 && family.truth === 'listed' && (await store.row())?.ask !== undefined; round++) await store.apply(quiet('get'));
  const row = await store.row();
  if (family.truth === 'listed' && row?.ask !== undefined) return { found: 'a question for ever', wanted: history.last };
  return { found: row?.gone === false ? row.row : undefined, wanted: history.last };
}

/** All orders of one seed over the pure functions; gives the first that ends wrong. */
export async function checkOneKey(family: OneKeyFamily, seed: number, orders: number): Promise<string | undefined> {
  const random = seeded(seed);
  const scope = { integration: 'model', kind: 'key' };
  const history = createHistory(family, scope, random);
  for (let n = 0; n < orders; n++) {
    const order = anyOrder(history, random);
    const { found, wanted } = await runOrder(family, { history, order, scope, store: createPureKey() });
    if (found !== wanted) return `order ${n}: found ${found}, wanted ${wanted}: ${JSON.stringify(order)}`;
  }
  return undefined;
}
