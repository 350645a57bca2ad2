import { effectiveIdentifiers, type Named } from './identifiers';
import { isTreeList, isTreeMap, type Tree } from './tree';

/** Lays one configuration over another: objects merge, `integrations` merge by identifier, everything else is replaced. */
export function mergeTrees(base: Tree, over: Tree): Tree {
  if (!isTreeMap(base.value) || !isTreeMap(over.value)) return over;
  const merged = new Map(base.value);
  for (const [key, value] of over.value) {
    const below = merged.get(key);
    merged.set(key, below === undefined ? value : key === 'integrations' ? mergeEntries(below, value) : mergeMembers(below, value));
  }
  return { place: base.place, value: merged };
}

function mergeMembers(base: Tree, over: Tree): Tree {
  if (!isTreeMap(base.value) || !isTreeMap(over.value)) return over;
  const merged = new Map(base.value);
  for (const [key, value] of over.value) {
    const below = merged.get(key);
    merged.set(key, below === undefined ? value : mergeMembers(below, value));
  }
  return { place: base.place, value: merged };
}

function mergeEntries(base: Tree, over: Tree): Tree {
  if (!isTreeList(base.value) || !isTreeList(over.value)) return over;
  const merged = [...base.value];
  const identifiers = treeIdentifiers(merged);
  const own = treeIdentifiers(over.value);
  over.value.forEach((entry, index) => {
    const at = identifiers.indexOf(own[index]!);
    const below = at < 0 ? undefined : merged[at];
    if (below === undefined) merged.push(entry);
    else merged[at] = mergeMembers(below, entry);
  });
  return { place: base.place, value: merged };
}

const text = (tree: Tree | undefined): string | undefined => (typeof tree?.value === 'string' ? tree.value : undefined);

function named(entry: Tree): Named {
  if (!isTreeMap(entry.value)) return { identifier: undefined, type: undefined };
  const source = entry.value.get('source')?.value;
  const type = text(entry.value.get('type')) ?? (source !== undefined && isTreeMap(source) ? text(source.get('type')) : undefined);
  return { identifier: text(entry.value.get('identifier')), type };
}

export const treeIdentifiers = (entries: readonly Tree[]): string[] => effectiveIdentifiers(entries.map(named));
