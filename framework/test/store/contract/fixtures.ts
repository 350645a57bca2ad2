import { hashText, toJson } from '../../../src/contract';
import { outputId, rowId, type ClaimInput, type MappedRow, type ObservedBatch, type Output, type Present, type Row, type Scope, type Settlement, type Store, type Truth } from '../../../src/store';

export interface OpenStore {
  readonly store: Store;
  /** Closes the store and opens what it left. */
  reopen(): Promise<Store>;
  close(): Promise<void>;
}

/** The store of the suite, opened before its tests. */
export interface Subject {
  readonly store: Store;
}

let scopes = 0;
/** A scope that no other test of this process uses, so that one store serves all tests. */
export const newScope = (kind = 'issue'): Scope => ({ integration: `entry${++scopes}`, kind });

export const present = (key: string, content: unknown, version?: number): Present => {
  const text = toJson({ key, content });
  return { key, text, hash: hashText(text), ...(version !== undefined && { version }) };
};

type Page = Partial<Omit<ObservedBatch, 'scope' | 'rows'>>;

/** A page of generation 1, partition `all`, read with stamp 10, unless said otherwise. */
export const page = (scope: Scope, rows: readonly Present[], more: Page = {}): ObservedBatch => ({
  scope,
  truth: 'listed',
  by: 'page',
  stamp: 10,
  seen: 1,
  partition: 'all',
  mapping: 'm1',
  at: 1_000,
  rows,
  ...more,
});

export const answer = (scope: Scope, said: { readonly rows?: readonly Present[]; readonly absent?: readonly string[] }, stamp: number): ObservedBatch => ({
  scope,
  truth: 'listed',
  by: 'get',
  stamp,
  mapping: 'm1',
  at: 2_000,
  rows: said.rows ?? [],
  absent: said.absent ?? [],
});

export const claims = (scope: Scope, list: readonly ClaimInput[], truth: Truth = 'listed') => ({ scope, truth, claims: list, mapping: 'm1', at: 1_500 });

export async function rowOf(store: Store, scope: Scope, key: string): Promise<Row | undefined> {
  const [row] = await store.rows.get([rowId(scope, key)]);
  return row;
}

export const outputOf = async (store: Store, id: string): Promise<Output | undefined> => (await store.outputs.get([id]))[0];

/** Everything but the write token. */
export function withoutRev<T extends { readonly rev: string }>(stored: T | undefined): Omit<T, 'rev'> | undefined {
  if (stored === undefined) return undefined;
  const { rev, ...rest } = stored;
  expect(rev).toEqual(expect.any(String));
  return rest;
}

export interface Entity {
  readonly blueprint?: string;
  readonly identifier: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly resource?: number;
  readonly search?: boolean;
  readonly title?: string;
  readonly order?: number;
}

/** What one row gives: one part for each entity. The hash stands for the canonical form, as the mapping would give it. */
export function mapped(scope: Scope, row: { readonly key: string; readonly face: string }, entities: readonly Entity[], pipeline = scope.integration): MappedRow {
  return {
    row: rowId(scope, row.key),
    face: row.face,
    parts: entities.map(({ blueprint = 'bp', identifier, properties, title, resource = 0, search, order }) => {
      const body = toJson({ blueprint, identifier, ...(title !== undefined && { title }), properties });
      return { output: outputId(pipeline, blueprint, identifier), resource, body, hash: hashText(body), ...(search && { search }), ...(order !== undefined && { order }) };
    }),
  };
}

export const rewrite = (scope: Scope, rows: readonly MappedRow[], more: { readonly departures?: 'now' | 'held'; readonly at?: number; readonly sinks?: readonly string[]; readonly mapping?: string; readonly pipeline?: string; readonly more?: boolean } = {}) => ({
  pipeline: more.pipeline ?? scope.integration,
  integration: scope.integration,
  kind: scope.kind,
  sinks: more.sinks ?? ['one', 'two'],
  mapping: more.mapping ?? 'm1',
  rows,
  departures: more.departures ?? 'now',
  ...(more.more !== undefined && { more: more.more }),
  at: more.at ?? 3_000,
});

/** Observes the keys, one row each, and gives their faces. */
export async function seed(store: Store, scope: Scope, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = keys.map((key) => present(key, 'seed', 1));
  await store.rows.observe(page(scope, rows));
  return new Map(rows.map((row) => [row.key, row.hash]));
}

/** Every sink accepts what the output is now. */
export const accept = (output: Output, sinks: readonly string[] = ['one', 'two']): Settlement[] =>
  sinks.map((sink) => (output.gone ? { output: output._id, sink, is: 'letGo' } : { output: output._id, sink, is: 'accepted', hash: output.hash }));

/** One row, one output, delivered to both sinks. */
export async function delivered(store: Store, scope: Scope, key = 'k'): Promise<Output> {
  const faces = await seed(store, scope, [key]);
  const { dirty } = await store.outputs.rewrite(rewrite(scope, [mapped(scope, { key, face: faces.get(key)! }, [{ identifier: key, properties: { a: 1 } }])]));
  await store.outputs.settle(accept(dirty[0]!), 3_100);
  return (await outputOf(store, dirty[0]!._id))!;
}

/** The row leaves, by a get that finds nothing, and its outputs are rewritten. */
export async function depart(store: Store, scope: Scope, of: { readonly key: string; readonly departures: 'now' | 'held'; readonly at?: number }): Promise<void> {
  await store.rows.observe(answer(scope, { absent: [of.key] }, 50));
  await store.outputs.rewrite(rewrite(scope, [{ row: rowId(scope, of.key), face: '', parts: [] }], { departures: of.departures, at: of.at ?? 4_000 }));
}

/** Keys and names that have broken stores before. */
export const HOSTILE = [
  'plain',
  'with/slash',
  'with%2Fpercent%',
  'dots.and.$dollars',
  '$where',
  '__proto__',
  'ünïcödé 漢字 😀',
  "quote'\"`\\",
  ' spaces ',
  'new\nline\ttab',
  'A'.repeat(300),
  '-1',
  '1e3',
  'null',
];
