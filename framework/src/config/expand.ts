import fs from 'node:fs';
import path from 'node:path';
import { Secret } from '../contract';
import { isObject, type Clock } from '../shared';
import { childPath } from './path';
import type { Place } from './problem';

/** A reference that leads nowhere; what it says names the variable or the file, never a value. */
export interface Missing {
  readonly [MISSING]: { readonly message: string; readonly remedy: string };
}
const MISSING: unique symbol = Symbol('missing');
export const isMissing = (value: unknown): value is Missing => typeof value === 'object' && value !== null && MISSING in value;
export const missing = (message: string, remedy: string): Missing => ({ [MISSING]: { message, remedy } });
export const whyMissing = (value: Missing): { readonly message: string; readonly remedy: string } => value[MISSING];

export interface Outside {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Pick<Clock, 'now'>;
  /** Nothing outside the text is looked at: a reference counts as a value, whatever it names. */
  readonly closed?: boolean;
  placeOf(path: string): Place;
}

const ENVIRONMENT = /^env:([A-Za-z_][A-Za-z0-9_]*)$/;
const FILE = /^file:(?!\/\/)(.+)$/; // file:// is a URL, hence a value
const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
const RECHECK_MS = 30_000;
/** What a reference stands for in a text that may not look outside. */
export const ASSUMED = 'assumed';

export const fromVariable = (name: string, outside: Pick<Outside, 'environment'>): Secret | Missing => {
  const text = outside.environment[name];
  if (text === undefined) return missing(`the variable ${name} is not set`, `set ${name}`);
  return text.trim() === '' ? missing(`the variable ${name} is empty`, `set ${name}`) : new Secret(text.trim());
};

/** The content of a file, read again when the file has changed; looked at most every 30 s. What was read last holds while it cannot be read. */
function fromFile(file: string, clock: Pick<Clock, 'now'>): Secret | Missing {
  let seen = '';
  let text = '';
  let checkedAt = clock.now();
  const look = (): void => {
    const { mtimeMs, size, ino } = fs.statSync(file);
    if (`${mtimeMs} ${size} ${ino}` === seen) return;
    const now = fs.readFileSync(file, 'utf8').trim();
    if (now !== '') [text, seen] = [now, `${mtimeMs} ${size} ${ino}`];
  };
  try {
    look();
  } catch (err) {
    return missing(`the file ${file} cannot be read (${(err as NodeJS.ErrnoException).code ?? 'unknown'})`, 'create it, or correct the path');
  }
  if (text === '') return missing(`the file ${file} is empty`, 'write the value into it');
  return new Secret(() => {
    if (clock.now() - checkedAt >= RECHECK_MS) {
      checkedAt = clock.now();
      try {
        look();
      } catch {
        // A file that is being replaced is not there for a moment.
      }
    }
    return text;
  });
}

function expandText(text: string, at: string, outside: Outside): unknown {
  const variable = ENVIRONMENT.exec(text)?.[1];
  if (variable !== undefined) return fromVariable(variable, outside);
  const file = FILE.exec(text)?.[1];
  if (file !== undefined) return outside.closed ? new Secret(ASSUMED) : fromFile(path.resolve(outside.placeOf(at).folder, file), outside.clock);
  const names = [...text.matchAll(REFERENCE)].flatMap(([, name]) => (name === undefined ? [] : [name]));
  const unset = names.find((name) => outside.environment[name] === undefined);
  if (unset !== undefined) return missing(`the variable ${unset} is not set`, `set ${unset}`);
  const expanded = text.replace(REFERENCE, (_, name?: string) => (name === undefined ? '${' : (outside.environment[name] ?? '')));
  if (names.length === 0) return expanded;
  return expanded.trim() === '' ? missing(`the variable ${names[0]} is empty`, `set ${names[0]}`) : new Secret(expanded);
}

type Named = { readonly fromEnv?: string; readonly fromFile?: string };
const isReference = (value: Record<string, unknown>): value is Named => {
  const entries = Object.entries(value);
  return entries.length > 0 && entries.every(([key, name]) => (key === 'fromEnv' || key === 'fromFile') && typeof name === 'string' && name !== '');
};

function expandReference(value: Named, at: string, outside: Outside): unknown {
  const variable = value.fromEnv === undefined ? undefined : fromVariable(value.fromEnv, outside);
  if (value.fromFile === undefined || (variable !== undefined && !isMissing(variable))) return variable;
  if (outside.closed) return new Secret(ASSUMED);
  const { folder } = outside.placeOf(childPath(at, 'fromFile'));
  return fromFile(path.resolve(folder, value.fromFile), outside.clock);
}

/**
 * Follows every reference to the environment or to a file: text from there becomes a Secret, whatever the key is, so that it cannot be printed before
 * its key is known; a reference that leads nowhere becomes a Missing. `raw` says which paths are left as they are.
 */
export function expand(value: unknown, at: string, options: { readonly outside: Outside; raw(path: string): boolean }): unknown {
  if (options.raw(at)) return value;
  if (typeof value === 'string') return expandText(value, at, options.outside);
  if (Array.isArray(value)) return value.map((item, index) => expand(item, childPath(at, index), options));
  if (!isObject(value)) return value;
  if (isReference(value)) return expandReference(value, at, options.outside);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expand(item, childPath(at, key), options)]));
}
