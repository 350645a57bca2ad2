import { isObject } from '../contract';

/** Equal as JSON: order of keys does not count, an undefined member is an absent one. */
export function sameJson(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) return left.length === right.length && left.every((one, at) => sameJson(one, right[at]));
  if (isObject(left) && isObject(right)) {
    const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
    for (const key of keys) if (!sameJson(left[key], right[key])) return false;
    return true;
  }
  return Object.is(left, right);
}
