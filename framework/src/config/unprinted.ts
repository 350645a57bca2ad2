import { inspect } from 'node:util';

/** The same value, which prints as `[settings]`: it may hold literal secrets, and which members are secret only its integration knows. */
export function unprinted<T extends object>(value: T): T {
  const copy: T = Array.isArray(value) ? (value.slice() as T) : { ...value };
  for (const key of [inspect.custom, 'toJSON']) Object.defineProperty(copy, key, { value: () => '[settings]', enumerable: false });
  return copy;
}
