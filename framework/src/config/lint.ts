import path from 'node:path';
import { Secret } from '../contract';
import { isObject, parseDuration, parseInstant } from '../shared';
import { fromVariable, isMissing, whyMissing, type Outside } from './expand';
import { alike, nearest } from './nearest';
import { isOverridden } from './override';
import { childPath } from './path';
import { isError, problemAt, type Finding, type Place } from './problem';
import type { Problem } from './settings';
import type { KeySpec, Members, Parsed, SomeMembers } from './spec';
import { flatten, readTree } from './tree';

export interface LintOptions {
  /** The nearest known place of a path. */
  placeOf(path: string): Place;
  /** For values in capitals; absent where no key takes them. */
  readonly environment?: Outside['environment'];
  /** Unknown keys are warnings. */
  readonly lenient: boolean;
  /** Literal secrets, where the key itself does not say. */
  readonly literal: 'warn' | 'refuse';
  /** What becomes of a reference that leads nowhere: a problem, nothing (it was told before), or the value is as absent. */
  readonly missing?: 'report' | 'told' | 'absent';
  /** Keys of one object that are read elsewhere: whoever mistypes one is told of it. */
  readonly besides?: { readonly path: string; readonly keys: readonly string[] };
}

export interface Linter {
  readonly problems: Problem[];
  report(path: string, finding: Finding): void;
  /** Tells references inside a value that lead nowhere, whatever its keys are. */
  tellMissing(value: unknown, path: string): void;
  /** The parsed value, with defaults; undefined when it is absent, or invalid (then a problem says so). */
  read<const S extends KeySpec>(spec: S, value: unknown, path: string): Parsed<S> | undefined;
  /** The valid members of an object, with defaults; unknown keys are told. */
  readMembers<const M extends Members>(members: M, value: Readonly<Record<string, unknown>>, path: string): SomeMembers<M>;
  /** Splits an object by the keys of a spec: what is known under its first name, the rest. */
  split(members: Members, value: Readonly<Record<string, unknown>>, path: string): Split;
}
interface Split {
  readonly known: ReadonlyMap<string, { readonly value: unknown; readonly path: string }>;
  readonly rest: Readonly<Record<string, unknown>>;
}

const CAPITALS = /^[A-Z][A-Z0-9_]+$/;
const URL_WITH_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^/]*:[^/]*@/i;
const isUrl = (text: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
const NAMES = {
  string: 'text',
  secret: 'a secret',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  duration: 'a duration such as 30s, 10m or PT10M',
  instant: 'a time such as 2026-03-01T12:00:00Z',
  list: 'a list',
  object: 'an object',
  expression: 'a JQ expression',
  any: 'a value',
} as const satisfies Readonly<Record<KeySpec['type'], string>>;

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'an object';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return 'true or false';
  return typeof value === 'number' && !Number.isInteger(value) ? 'a fraction' : 'a number';
}

/** Free members are no secrets by their spec: what a variable or a file gave stands there as text. */
function revealed(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(revealed);
  if (!isObject(value) || isMissing(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revealed(item)]));
}

/** Values of untrusted shape → parsed values, every problem told at its place. Messages never hold values. */
export function createLinter(options: LintOptions): Linter {
  const problems: Problem[] = [];
  const report = (at: string, finding: Finding): void => void problems.push(problemAt(options.placeOf(at), at, finding));
  const wrong = (spec: KeySpec, value: unknown, at: string): undefined => {
    const quotes = spec.type === 'string' && ['number', 'boolean', 'bigint'].includes(typeof value);
    const unit = spec.type === 'duration' && typeof value === 'number';
    const remedy = quotes ? 'put it in quotes' : unit ? 'add a unit' : `write ${spec.word === undefined ? '' : `'${spec.word}' or `}${NAMES[spec.type]}`;
    report(at, { code: 'CONFIG_TYPE', message: `${at} must be ${NAMES[spec.type]}, not ${kindOf(value)}`, remedy });
  };
  const absent = (why: { readonly message: string; readonly remedy: string }, at: string): undefined =>
    report(at, { code: 'SECRET_MISSING', message: `${at}: ${why.message}`, remedy: why.remedy }) as undefined;

  const limits = (spec: KeySpec, size: number, at: string): boolean => {
    const bound = spec.min !== undefined && size < spec.min ? `at least ${spec.min}` : spec.max !== undefined && size > spec.max ? `at most ${spec.max}` : undefined;
    if (bound === undefined) return true;
    const unit = spec.type === 'duration' ? ' ms' : '';
    const message = spec.type === 'list' ? `${at} has ${size} items` : `${at} is ${size}${unit}`;
    report(at, { code: 'CONFIG_LIMIT', message, remedy: `write ${bound}${unit}` });
    return false;
  };

  const readText = (spec: KeySpec, text: string, at: string): string | undefined => {
    if (spec.later?.includes(text)) {
      report(at, { code: 'NOT_YET', message: `${at}: ${text} comes in a later release`, remedy: `write one of ${spec.enum?.join(', ')}` });
      return undefined;
    }
    if (spec.enum) {
      const word = spec.enum.find((known) => known === text || (spec.anyCase === true && known.toLowerCase() === text.toLowerCase()));
      if (word !== undefined) return word;
      const near = nearest(text, spec.enum);
      report(at, { code: 'CONFIG_ENUM', message: `${at} must be one of ${spec.enum.join(', ')}`, remedy: near === undefined ? 'choose one' : `did you mean '${near}'?` });
      return undefined;
    }
    if (spec.pattern && !spec.pattern.regexp.test(text)) {
      report(at, { code: 'CONFIG_TYPE', message: `${at} must be ${spec.pattern.says}`, remedy: 'correct it' });
      return undefined;
    }
    return spec.path === true && !isUrl(text) ? path.resolve(options.placeOf(at).folder, text) : text;
  };

  const readSecret = (spec: KeySpec, value: unknown, at: string): Secret | undefined => {
    if (value instanceof Secret) return new Secret(() => value.reveal().trim());
    if (isObject(value)) {
      const remedy = 'write { fromEnv: NAME }, { fromFile: PATH }, or both';
      report(at, { code: 'SECRET_FORM', message: `${at} is not a form of a secret`, remedy });
      return undefined;
    }
    if (typeof value !== 'string') return wrong(spec, value, at);
    const literal = value.trim();
    if (literal === '') return absent({ message: 'the value is empty', remedy: 'name a variable or a file' }, at);
    if (isOverridden(options.placeOf(at))) return new Secret(literal);
    if ((spec.literal ?? options.literal) === 'refuse') {
      report(at, { code: 'SECRET_FORM', message: `${at} holds a secret in plain text`, remedy: 'write { fromEnv: NAME } or { fromFile: PATH }' });
      return undefined;
    }
    if (!isUrl(literal) || URL_WITH_PASSWORD.test(literal)) {
      const message = `${at} holds a secret in plain text`;
      report(at, { code: 'SECRET_FORM', severity: 'warning', message, remedy: 'better { fromEnv: NAME } or { fromFile: PATH }' });
    }
    return new Secret(literal);
  };

  const readNumber = (spec: KeySpec, value: unknown, at: string): number | undefined => {
    if (typeof value !== 'number' || !Number.isFinite(value) || (spec.type === 'integer' && !Number.isInteger(value))) return wrong(spec, value, at);
    return limits(spec, value, at) ? value : undefined;
  };

  const readDuration = (spec: KeySpec, value: unknown, at: string): number | undefined => {
    const ms = typeof value === 'string' ? parseDuration(value) : undefined;
    if (ms !== undefined) return limits(spec, ms, at) ? ms : undefined;
    if (typeof value !== 'string') return wrong(spec, value, at);
    report(at, { code: 'CONFIG_TYPE', message: `${at} is not a duration`, remedy: `write ${NAMES.duration}` });
    return undefined;
  };

  const readInstant = (spec: KeySpec, value: unknown, at: string): number | undefined => {
    const instant = typeof value === 'string' ? parseInstant(value) : undefined;
    if (instant !== undefined || typeof value !== 'string') return instant ?? wrong(spec, value, at);
    report(at, { code: 'CONFIG_TYPE', message: `${at} is not a time with an offset (RFC 3339)`, remedy: `write ${NAMES.instant}` });
    return undefined;
  };

  const readList = (spec: KeySpec, value: unknown, at: string): readonly unknown[] | undefined => {
    if (!Array.isArray(value) && spec.single !== true) return wrong(spec, value, at);
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (!limits(spec, items.length, at)) return undefined;
    const item = spec.items;
    if (item === undefined) return items;
    const itemPath = (index: number): string => (Array.isArray(value) ? childPath(at, index) : at);
    return items.map((one, index) => readAny(item, one, itemPath(index))).filter((one) => one !== undefined);
  };

  const readExpression = (spec: KeySpec, value: unknown, at: string): unknown => {
    if (!isObject(value) && !Array.isArray(value)) return value;
    if (spec.query !== true) return wrong(spec, value, at);
    const leaves = Array.isArray(value) ? value.map((item: unknown, index) => [index, item] as const) : Object.entries(value);
    for (const [key, leaf] of leaves) readAny(spec, leaf, childPath(at, key));
    return value;
  };

  const split: Linter['split'] = (members, value, at) => {
    const known = new Map<string, { value: unknown; path: string }>();
    const rest: Record<string, unknown> = {};
    const names = Object.entries(members).map(([key, spec]) => ({ key, names: [key, ...(spec.aliases ?? [])] }));
    for (const [written, item] of Object.entries(value)) {
      const itemPath = childPath(at, written);
      // Variables name keys without regard to case, `_` and `-`.
      const same = isOverridden(options.placeOf(itemPath)) ? alike : (one: string, other: string) => one === other;
      const hit = names.find((candidate) => candidate.names.some((name) => same(name, written)));
      if (!hit) {
        Object.defineProperty(rest, written, { value: item, enumerable: true });
        continue;
      }
      if (known.has(hit.key)) {
        report(itemPath, { code: 'CONFIG_TYPE', message: `${itemPath} says again what ${known.get(hit.key)!.path} says`, remedy: 'remove one of them' });
        continue;
      }
      known.set(hit.key, { value: item, path: itemPath });
    }
    return { known, rest };
  };

  /** A free member that is text or a secret: who makes use of it decides. */
  const readReferenced = (value: unknown, at: string): unknown => {
    if (isMissing(value)) return options.missing === 'told' ? undefined : absent(whyMissing(value), at);
    return value instanceof Secret || isObject(value) ? readSecret({ type: 'secret', description: '' }, value, at) : value;
  };

  const readMembers = (spec: KeySpec, value: Readonly<Record<string, unknown>>, at: string): Record<string, unknown> => {
    const { known, rest } = split(spec.members ?? {}, value, at);
    const result: Record<string, unknown> = {};
    for (const [key, member] of Object.entries(spec.members ?? {})) {
      const given = known.get(key);
      const parsed = readAny(member, given?.value, given?.path ?? childPath(at, key));
      if (parsed !== undefined) result[key] = parsed;
    }
    for (const [key, item] of Object.entries(rest)) {
      if (spec.members !== undefined && spec.open !== true) unknownKey(spec.members, key, at);
      else {
        const member = spec.items ? readAny(spec.items, item, childPath(at, key)) : spec.references === true ? readReferenced(item, childPath(at, key)) : revealed(item);
        // Not by assignment: `__proto__` is a name like others.
        if (member !== undefined) Object.defineProperty(result, key, { value: member, enumerable: true, writable: true, configurable: true });
      }
    }
    return result;
  };

  /** References inside a value that lead nowhere. */
  const tellMissing = (value: unknown, at: string): void => {
    if (isMissing(value)) absent(whyMissing(value), at);
    else if (Array.isArray(value)) value.forEach((item, index) => tellMissing(item, childPath(at, index)));
    else if (isObject(value)) for (const [key, item] of Object.entries(value)) tellMissing(item, childPath(at, key));
  };

  const readObject = (spec: KeySpec, value: unknown, at: string): Record<string, unknown> | undefined => {
    if (!isObject(value)) return wrong(spec, value, at);
    const before = problems.length;
    if (spec.unread === true) {
      tellMissing(value, at);
      return value;
    }
    const result = readMembers(spec, value, at);
    return problems.slice(before).some(isError) ? undefined : result;
  };

  const unknownKey = (members: Members, key: string, at: string): void => {
    const known = [...Object.keys(members), ...(options.besides?.path === at ? options.besides.keys : [])];
    const near = nearest(key, known);
    const message = `unknown key '${key}'${at === '' ? '' : ` in ${at}`}`;
    const remedy = near === undefined ? `known keys: ${known.join(', ') || 'none'}` : `did you mean '${near}'?`;
    report(childPath(at, key), { code: 'CONFIG_UNKNOWN_KEY', severity: options.lenient ? 'warning' : 'error', message, remedy });
  };

  /** Text from outside the files, read as YAML where its key is no text. */
  const readOutside = (spec: KeySpec, value: unknown, at: string): unknown => {
    if (spec.type === 'secret' || spec.type === 'any') return value;
    const text = value instanceof Secret ? value.reveal() : typeof value === 'string' && isOverridden(options.placeOf(at)) ? value : undefined;
    if (text === undefined || spec.type === 'string' || spec.type === 'duration' || spec.type === 'instant' || spec.type === 'expression') return text ?? value;
    const { tree } = readTree({ file: '', text, folder: '' });
    const parsed = tree === undefined ? text : flatten(tree, at, new Map());
    // One item of a list stays what it is: the item's own type reads it.
    return spec.type === 'list' && spec.single === true && !Array.isArray(parsed) ? value : parsed;
  };

  const readAny = (spec: KeySpec, given: unknown, at: string): unknown => {
    const named = spec.capitals === true && typeof given === 'string' && CAPITALS.test(given) ? fromVariable(given, { environment: options.environment ?? {} }) : given;
    const value = isMissing(named) && options.missing === 'absent' ? undefined : named;
    if (value === undefined) {
      if (spec.required === true) report(at, { code: 'CONFIG_REQUIRED', message: `${at} is missing`, remedy: `add it: ${spec.description.replace(/\.$/, '')}` });
      return spec.default === undefined || spec.required === true ? undefined : readAny(spec, spec.default, at);
    }
    if (isMissing(value)) return options.missing === 'told' ? undefined : absent(whyMissing(value), at);
    if (value === null && (spec.nullable === true || spec.type === 'any')) return null;
    if (value === null) {
      report(at, { code: 'CONFIG_TYPE', message: `${at} is empty`, remedy: `write ${NAMES[spec.type]}, or remove the key` });
      return undefined;
    }
    if (spec.word !== undefined && (value instanceof Secret ? value.reveal() : value) === spec.word) return spec.word;
    return readTyped(spec, readOutside(spec, value, at), at);
  };

  const readTyped = (spec: KeySpec, value: unknown, at: string): unknown => {
    switch (spec.type) {
      case 'any':
        return value;
      case 'string':
        return typeof value === 'string' ? readText(spec, value, at) : wrong(spec, value, at);
      case 'secret':
        return readSecret(spec, value, at);
      case 'integer':
      case 'number':
        return readNumber(spec, value, at);
      case 'boolean':
        return typeof value === 'boolean' ? value : wrong(spec, value, at);
      case 'duration':
        return readDuration(spec, value, at);
      case 'instant':
        return readInstant(spec, value, at);
      case 'list':
        return readList(spec, value, at);
      case 'object':
        return readObject(spec, value, at);
      case 'expression':
        return readExpression(spec, value, at);
    }
  };

  // The one place where checked values get the type that their spec promises.
  return {
    problems,
    report,
    tellMissing,
    split,
    read: (spec, value, at) => readAny(spec, value, at) as Parsed<typeof spec> | undefined,
    readMembers: (members, value, at) => readMembers({ type: 'object', members, description: '' }, value, at) as SomeMembers<typeof members>,
  };
}

/** What a key is when nothing is written. */
export function defaultOf<const S extends KeySpec & { readonly default: unknown }>(spec: S): Parsed<S> {
  const nowhere = { file: '', line: 1, column: 1, folder: '' };
  return createLinter({ placeOf: () => nowhere, lenient: false, literal: 'warn' }).read(spec, undefined, '') as Parsed<S>;
}
