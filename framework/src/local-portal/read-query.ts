import { isObject } from '../shared';
import { invalid } from './envelope';
import type { Selection } from './render';
import type { Call } from './router';

/** A boolean query key: the words `true` and `false`. Absent: undefined. */
export function flag(call: Call, name: string): boolean | undefined {
  const value = call.query.get(name);
  if (value === null) return undefined;
  if (value !== 'true' && value !== 'false') throw invalid(name, 'must be true or false');
  return value === 'true';
}

export function requiredFlag(call: Call, name: string): boolean {
  const value = flag(call, name);
  if (value === undefined) throw invalid(name, 'is required in the query');
  return value;
}

/** The body as an object; an empty one counts as `{}`. `closed`: no other members than these. */
export function bodyObject(call: Call, closed?: readonly string[]): Readonly<Record<string, unknown>> {
  const body = call.body ?? {};
  if (!isObject(body)) throw invalid('body', 'must be an object');
  const extra = closed && Object.keys(body).find((key) => !closed.includes(key));
  if (extra !== undefined) throw invalid(extra, 'is not known here');
  return body;
}

/** `include` and `exclude`, repeated in the query or lists in the body. */
export function selectionOf(call: Call, body: Readonly<Record<string, unknown>> = {}): Selection {
  const list = (name: 'include' | 'exclude'): readonly string[] => {
    const inBody = body[name];
    if (inBody === undefined || inBody === null) return call.query.getAll(name);
    if (!Array.isArray(inBody) || !inBody.every((entry) => typeof entry === 'string')) throw invalid(name, 'must be a list of strings');
    return inBody as string[];
  };
  return { include: list('include'), exclude: list('exclude') };
}

/** A whole number within bounds; undefined when absent. */
export function count(value: unknown, field: string, bounds: { readonly min: number; readonly max: number }): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < bounds.min || value > bounds.max) throw invalid(field, `must be a whole number from ${bounds.min} to ${bounds.max}`);
  return value;
}
