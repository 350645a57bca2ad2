import { isObject, toJson } from '../shared';
import { FORMATS, type Check } from './formats';

/** Compiles one property of a blueprint (or the `items` of a list) to the check of its values. null is not asked here. */
export function checkProperty(property: Readonly<Record<string, unknown>>): Check {
  const checks = [typeCheck(property['type']), formatCheck(property), enumCheck(property['enum']), ...boundChecks(property), itemsCheck(property['items'])].filter((check) => check !== undefined);
  if (checks.length === 1) return checks[0]!;
  return (value) => {
    for (const check of checks) {
      const fault = check(value);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
}

const isNumber = (value: unknown): value is number | bigint => typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value));

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: isNumber,
  boolean: (value) => typeof value === 'boolean',
  object: isObject,
  array: Array.isArray,
};
export const PROPERTY_TYPES: readonly string[] = Object.keys(TYPES);

function typeCheck(type: unknown): Check | undefined {
  const test = typeof type === 'string' && Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  return test && ((value) => (test(value) ? undefined : `must be ${type === 'array' || type === 'object' ? 'an' : 'a'} ${String(type)}`));
}

function formatCheck(property: Readonly<Record<string, unknown>>): Check | undefined {
  const format = property['format'];
  // On a list the format says what its entries are, which `items` checks.
  if (typeof format !== 'string' || property['type'] === 'array') return undefined;
  return Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
}

function enumCheck(values: unknown): Check | undefined {
  if (!Array.isArray(values)) return undefined;
  const allowed = new Set<unknown>(values);
  return (value) => (allowed.has(value) ? undefined : `must be one of ${toJson(values)}`);
}

function boundChecks(property: Readonly<Record<string, unknown>>): (Check | undefined)[] {
  const size = (value: unknown): number | bigint | undefined => (typeof value === 'string' || Array.isArray(value) ? value.length : isNumber(value) ? value : undefined);
  const bound = (name: string, holds: (size: number | bigint, limit: number) => boolean): Check | undefined => {
    const limit = property[name];
    if (typeof limit !== 'number') return undefined;
    return (value) => {
      const measured = size(value);
      return measured === undefined || holds(measured, limit) ? undefined : `breaks ${name} ${limit}`;
    };
  };
  return [
    bound('minLength', (n, limit) => n >= limit),
    bound('maxLength', (n, limit) => n <= limit),
    bound('minimum', (n, limit) => n >= limit),
    bound('maximum', (n, limit) => n <= limit),
    bound('exclusiveMinimum', (n, limit) => n > limit),
    bound('exclusiveMaximum', (n, limit) => n < limit),
    bound('minItems', (n, limit) => n >= limit),
    bound('maxItems', (n, limit) => n <= limit),
    patternCheck(property['pattern']),
  ];
}

function patternCheck(pattern: unknown): Check | undefined {
  if (typeof pattern !== 'string') return undefined;
  const compiled = compilePattern(pattern);
  return compiled && ((value) => (typeof value !== 'string' || compiled.test(value) ? undefined : `must match ${pattern}`));
}

export function compilePattern(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    return undefined;
  }
}

function itemsCheck(items: unknown): Check | undefined {
  if (!isObject(items)) return undefined;
  const check = checkProperty(items);
  return (value) => {
    if (!Array.isArray(value)) return undefined;
    for (let i = 0; i < value.length; i++) {
      const fault = check(value[i]);
      if (fault !== undefined) return `entry ${i} ${fault}`;
    }
    return undefined;
  };
}
