import { invalid, type Refusal } from './envelope';

interface Shape {
  readonly pattern: RegExp;
  readonly max: number;
}

// The widest variant that Port documents: entities may contain an apostrophe.
const SHAPES = {
  blueprint: { pattern: /^(?!\.{1,2}$)[\p{L}0-9@_.+:\\/-]+$/u, max: 100 },
  entity: { pattern: /^(?!\.{1,2}$)[\p{L}0-9@_.+:\\/=\-']+$/u, max: 1000 },
  key: { pattern: /^[A-Za-z0-9@_=\\-]+$/, max: 100 },
  action: { pattern: /^(?!\.{1,2}$)[\p{L}0-9@_.+:=-]+$/u, max: 1000 },
} as const satisfies Record<string, Shape>;

/** What is wrong with this text as an identifier of this sort; undefined when nothing is. */
export function identifierFault(sort: keyof typeof SHAPES, value: unknown): string | undefined {
  const { pattern, max }: Shape = SHAPES[sort];
  if (typeof value !== 'string') return 'must be a string';
  if (value.length === 0) return 'must not be empty';
  if (value.length > max) return `must have at most ${max} characters`;
  return pattern.test(value) ? undefined : `must match ${pattern.source}`;
}

/** The text, or a 422 that names the field. */
export function identifier(sort: keyof typeof SHAPES, value: unknown, field = 'identifier'): string {
  const fault = identifierFault(sort, value);
  if (fault !== undefined) throw invalid(field, fault) satisfies Refusal;
  return value as string;
}

/** Port's own blueprints: there from the start, never created or deleted by a call, and their entities never made bare. */
export const isProtected = (blueprint: string): boolean => blueprint.startsWith('_');
