/** Items by key, in the order in which keys and items are met. */
export function groupBy<TItem, TKey>(items: Iterable<TItem>, key: (item: TItem) => TKey): Map<TKey, TItem[]> {
  const groups = new Map<TKey, TItem[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
