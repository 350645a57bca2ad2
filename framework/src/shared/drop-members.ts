import { isObject } from './json';

/**
 * The value without the members at these paths (`a.b.c`, from its root); a list on the way stands for each of its items. The given value stays as it is, and what does not
 * change is shared with it: nothing found gives the value itself.
 */
export function dropMembers<T>(value: T, paths: readonly string[]): T {
  return paths.reduce<unknown>((rest, path) => dropAt(rest, path.split('.')), value) as T;
}

/** As `dropMembers`, with each path taken out wherever in the value it begins. */
export function dropMembersAnywhere<T>(value: T, paths: readonly string[]): T {
  const walk = (inner: unknown): unknown => mapMembers(dropMembers(inner, paths), walk);
  return walk(value) as T;
}

/** The value with `by` in the places of this very object; the value itself when it is not in there. */
export function replaceMember<T>(value: T, member: unknown, by: unknown): T {
  const walk = (inner: unknown): unknown => (inner === member ? by : mapMembers(inner, walk));
  return walk(value) as T;
}

function dropAt(value: unknown, path: readonly string[]): unknown {
  if (Array.isArray(value)) return mapMembers(value, (item) => dropAt(item, path));
  const [name, ...rest] = path;
  if (name === undefined || !isObject(value) || !Object.hasOwn(value, name)) return value;
  if (rest.length === 0) {
    const { [name]: _dropped, ...others } = value;
    return others;
  }
  const inner = dropAt(value[name], rest);
  return inner === value[name] ? value : { ...value, [name]: inner };
}

function mapMembers(value: unknown, change: (inner: unknown) => unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(change);
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (!isObject(value)) return value;
  const before = Object.entries(value);
  const after = before.map(([name, inner]) => [name, change(inner)] as const);
  return after.some(([, inner], index) => inner !== before[index]![1]) ? Object.fromEntries(after) : value;
}
