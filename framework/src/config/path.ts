const PLAIN = /^[^.[\]"\s]+$/;
const LAST = /(?:\.?[^.[\]"\s]+|\[\d+\]|\["(?:[^"\\]|\\.)*"\])$/;

/** `integrations[0].config.path`; a key that would not read well stands quoted: `a["b.c"]`. */
export function childPath(parent: string, key: string | number): string {
  if (typeof key === 'number') return `${parent}[${key}]`;
  if (!PLAIN.test(key)) return `${parent}[${JSON.stringify(key)}]`;
  return parent === '' ? key : `${parent}.${key}`;
}

/** The path without its last segment; undefined at the root. */
export function parentPath(path: string): string | undefined {
  return path === '' ? undefined : path.replace(LAST, '');
}
