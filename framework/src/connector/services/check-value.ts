import { nearest } from '../../config';
import { isObject } from '../../shared';
import type { Field, Fields } from './definition';

/** One thing that is wrong with an element. */
export interface ElementProblem {
  /** Such as `properties.primaryKey.name` or `relations.foreignKey[1].properties.confidence`. */
  readonly path: string;
  /** What is wrong and what to do, as a sentence that goes on from the path. Never holds a value: values may be personal. */
  readonly message: string;
}

/** Where fields stand, for messages. */
export interface Place {
  readonly path: string;
  /** What has the fields: `column`, `relation foreignKey`. */
  readonly owner: string;
  /** Said to who gives a field that is not known. */
  readonly elsewhere?: string;
}

const NONE: readonly ElementProblem[] = [];
const problem = (path: string, message: string): readonly ElementProblem[] => [{ path, message }];

/** `; did you mean 'dataType'?`, or the names that are known when few are. */
export function hint(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  if (near !== undefined) return `; did you mean '${near}'?`;
  if (known.length === 0) return '; there are none';
  return known.length <= 12 ? `; known are ${known.join(', ')}` : '';
}

/** Checks members against their fields. Null stands for no value. */
export function checkMembers(given: Readonly<Record<string, unknown>>, fields: Fields, place: Place): readonly ElementProblem[] {
  return Object.entries(given).flatMap(([name, value]) => {
    const path = `${place.path}.${name}`;
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined) return problem(path, `is not a field of ${place.owner}${hint(name, Object.keys(fields))}${place.elsewhere ?? ''}`);
    return value === null || value === undefined ? NONE : checkValue(value, field, path);
  });
}

function checkValue(value: unknown, field: Field, path: string): readonly ElementProblem[] {
  switch (field.type) {
    case 'string':
      return checkText(value, field, path);
    case 'integer':
      return checkInteger(value, field, path);
    case 'boolean':
      return typeof value === 'boolean' ? NONE : problem(path, `is ${kindOf(value)}; give true or false`);
    case 'array': {
      if (!Array.isArray(value)) return problem(path, `is ${kindOf(value)}; give a list`);
      const { items } = field;
      return items === undefined ? NONE : value.flatMap((item: unknown, at) => checkValue(item, items, `${path}[${at}]`));
    }
    case 'object': {
      if (!isObject(value)) return problem(path, `is ${kindOf(value)}; give an object`);
      const { properties, additionalProperties } = field;
      if (properties !== undefined) return checkMembers(value, properties, { path, owner: path });
      return additionalProperties === undefined ? NONE : Object.entries(value).flatMap(([name, item]) => checkValue(item, additionalProperties, `${path}.${name}`));
    }
  }
}

function checkText(value: unknown, field: Field, path: string): readonly ElementProblem[] {
  if (typeof value !== 'string') return problem(path, `is ${kindOf(value)}; give ${field.format === undefined ? 'text' : 'a date-time as text'}`);
  if (field.enum !== undefined && !field.enum.includes(value)) return problem(path, `is none of its values; give ${oneOf(field.enum)}`);
  if (field.format === 'date-time' && !isDateTime(value)) return problem(path, 'is no date-time; give RFC 3339, such as 2026-03-01T12:00:00Z');
  return NONE;
}

function checkInteger(value: unknown, { minimum, maximum }: Field, path: string): readonly ElementProblem[] {
  // Integers beyond 2^53 are BigInt here.
  if (typeof value !== 'bigint' && typeof value !== 'number') return problem(path, `is ${kindOf(value)}; give an integer`);
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return problem(path, `is a number ${Number.isInteger(value) ? 'that is not exact' : 'with a fraction'}; give an integer`);
  if ((minimum === undefined || value >= minimum) && (maximum === undefined || value <= maximum)) return NONE;
  return problem(path, `is out of its limits; give ${limitsText({ minimum, maximum })}`);
}

/** `0 or more`, `0 to 100`. */
export function limitsText({ minimum, maximum }: { readonly minimum?: number | undefined; readonly maximum?: number | undefined }): string {
  if (maximum === undefined) return `${minimum} or more`;
  return minimum === undefined ? `${maximum} or less` : `${minimum} to ${maximum}`;
}

const oneOf = (words: readonly string[]): string => (words.length === 1 ? words[0]! : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`);

export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'number':
    case 'bigint':
      return 'a number';
    case 'boolean':
      return 'a boolean';
    default:
      return 'an object';
  }
}

const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

function isDateTime(text: string): boolean {
  const match = DATE_TIME.exec(text);
  if (match === null) return false;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  // 60 is a leap second.
  return month >= 1 && month <= 12 && day >= 1 && day <= days && hour <= 23 && minute <= 59 && second <= 60;
}
