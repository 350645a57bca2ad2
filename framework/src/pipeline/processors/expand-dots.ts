import { isObject } from '../../shared';
import { childPath } from './paths';
import type { ProcessorProblem } from './types';

export interface Expanded {
  readonly value: Readonly<Record<string, unknown>>;
  readonly problems: readonly ProcessorProblem[];
}

/** Key `a.b` becomes member `b` of object `a`, at every depth; objects of one name are joined. A key with an empty part stays as it is. */
export function expandDots(value: Readonly<Record<string, unknown>>, path: string): Expanded {
  const problems: ProcessorProblem[] = [];
  const clash = (at: string): void => {
    problems.push({ path: at, code: 'CONFIG_INVALID', severity: 'error', message: 'another key gives this member too', remedy: 'remove one of them' });
  };

  const join = (target: Map<string, unknown>, key: string, item: { readonly value: unknown; readonly at: string }): void => {
    const there = target.get(key);
    if (there instanceof Map && item.value instanceof Map) {
      for (const [name, inner] of item.value as Map<string, unknown>) join(there as Map<string, unknown>, name, { value: inner, at: item.at });
    } else if (target.has(key)) clash(item.at);
    else target.set(key, item.value);
  };
  const expand = (node: unknown, at: string): unknown => {
    if (Array.isArray(node)) return node.map((item, index) => plain(expand(item, childPath(at, index))));
    if (!isObject(node)) return node;
    const members = new Map<string, unknown>();
    for (const [key, item] of Object.entries(node)) {
      const parts = key.split('.');
      const names = parts.includes('') ? [key] : parts;
      const leaf = expand(item, childPath(at, key));
      const whole = names.slice(1).reduceRight((inner: unknown, name) => new Map([[name, inner]]), leaf);
      join(members, names[0]!, { value: whole, at: childPath(at, key) });
    }
    return members;
  };
  return { value: plain(expand(value, path)) as Record<string, unknown>, problems };
}

/** Maps as objects; Object.fromEntries defines members, so `__proto__` is one like others. */
function plain(value: unknown): unknown {
  return value instanceof Map ? Object.fromEntries([...(value as Map<string, unknown>)].map(([key, item]) => [key, plain(item)])) : value;
}
