import { FrameworkError, type AnyKind, type Context, type Partition, type PlanContext } from '../contract';
import type { Entry } from '../load';
import type { CompiledMapping } from '../pipeline';
import { parseJson } from '../shared';
import { pageByPage, type PlannedPartition, type Store, type Truth } from '../store';

const FIND_PAGE = 500;

/** Who decides what the rows of a kind are: computed when an entry runs, never configured (resync-algorithm 8). */
export function truthOf(kind: AnyKind<unknown>, entry: Pick<Entry, 'settings' | 'pipelines' | 'incoming' | 'connector'>): Truth {
  if (!kind.scan || kind.listed?.(entry.settings) === false) return 'told';
  if (kind.claims !== 'decide') return 'listed';
  // Of pipelines that import nothing nobody lists them either.
  return entry.pipelines !== undefined && entry.incoming.import === undefined && entry.connector === undefined ? 'told' : 'mixed';
}

/** Kinds that a run reads: those the mapping names, those asked for, and their parents; parents first. Unknown kinds are told apart. */
export function planKinds(entry: Entry, mapping: CompiledMapping, only: readonly string[] | undefined): { readonly kinds: readonly AnyKind<unknown>[]; readonly unknown: readonly string[] } {
  const offered = new Map((entry.integration.kinds ?? []).map((kind) => [kind.name, kind]));
  const wanted = mapping.kinds.filter((name) => only === undefined || only.includes(name));
  const planned = new Map<string, AnyKind<unknown>>();
  const add = (name: string): void => {
    const kind = offered.get(name);
    if (!kind || planned.has(name)) return;
    for (const parent of kind.after ?? []) add(parent);
    planned.set(name, kind);
  };
  for (const name of wanted) add(name);
  return { kinds: [...planned.values()], unknown: wanted.filter((name) => !offered.has(name)) };
}

export const unknownKind = (entry: Entry, kind: string): FrameworkError =>
  new FrameworkError('KIND_UNKNOWN', [kind, entry.type, (entry.integration.kinds ?? []).map((offered) => offered.name).join(', ') || 'no kind']);

/** Members beside `query` of the resources that name the kind. */
export const selectorsOf = (kind: string, mapping: CompiledMapping): readonly Readonly<Record<string, unknown>>[] =>
  mapping.resources.filter((resource) => resource.kind === kind).map((resource) => resource.selector);

/** Every partition of a kind: one for each distinct selector, times what the kind divides itself into. */
export async function* planPartitions(kind: AnyKind<unknown>, of: { readonly entry: Entry; readonly mapping: CompiledMapping; readonly store: Store; readonly context: Context<unknown> }): AsyncGenerator<PlannedPartition> {
  const selectors = new Map<string, Readonly<Record<string, unknown>>>();
  for (const resource of of.mapping.resources) if (resource.kind === kind.name) selectors.set(resource.selectorHash, resource.selector);
  if (selectors.size === 0) selectors.set('', {}); // a parent that the mapping does not name
  for (const [hash, selector] of selectors) {
    for await (const partition of partitionsOf(kind, { ...of, selector })) {
      const name = selectors.size === 1 ? partition.name : `${hash.slice(0, 16)}:${partition.name}`;
      yield { partition: { ...partition, name }, selector };
    }
  }
}

async function* partitionsOf(
  kind: AnyKind<unknown>,
  of: { readonly entry: Entry; readonly store: Store; readonly context: Context<unknown>; readonly selector: Readonly<Record<string, unknown>> },
): AsyncGenerator<Partition> {
  if (!kind.partitions) {
    yield { name: 'all' };
    return;
  }
  const context: PlanContext<unknown> = {
    ...of.context,
    selector: of.selector,
    async *stored<TRow>(name: string) {
      for await (const rows of pageByPage(FIND_PAGE, (page) => of.store.rows.find({ integration: of.entry.identifier, kind: name, gone: false, ...page }))) {
        for (const row of rows) yield parseJson(row.row!) as TRow;
      }
    },
  };
  // Also what is no generator but promises one, or refuses to, is told as an error of its kind.
  yield* await (kind.partitions(context) as AsyncIterable<Partition> | Promise<AsyncIterable<Partition>>);
}
