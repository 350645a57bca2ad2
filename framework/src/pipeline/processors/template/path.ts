import type { Json } from '../../../shared';
import { found, pathFault, skipSpace, syntaxFault, take, type Cursor } from './fault';
import { readQuoted, readScalar } from './literal';

/** Reads from data; undefined: missing. */
export type Read = (data: Json) => Json | undefined;

interface Member {
  readonly is: 'member';
  readonly key: string;
  /** Of an array; -1: none has it. */
  readonly index: number;
}
type Step = Member | { readonly is: 'each' } | { readonly is: 'find'; readonly name: Read; readonly value: Json };

const INDEX = /^(?:0|[1-9]\d*)$/;
const member = (key: string): Member => ({ is: 'member', key, index: INDEX.test(key) ? Number(key) : -1 });

/** Ends a bare segment. The others that mean something (`*` `?` quotes) are refused in it. */
const ENDS = new Set(['.', '[', ']', '|', '(', ')', '{', '}', ',', '=', '<', '>']);

function readBare(cursor: Cursor): string {
  let key = '';
  for (; cursor.at < cursor.text.length; cursor.at++) {
    const char = cursor.text[cursor.at]!;
    if (ENDS.has(char) || /\s/.test(char) || cursor.text.startsWith('??', cursor.at)) break;
    if (char === '*' || char === '?') throw pathFault(`'${char}' is no pattern here; write the whole name, or put it in brackets and quotes: ["${char}"]`);
    if (char === '"' || char === "'") throw syntaxFault(`a name with quotes stands in brackets: ["…"]`);
    if (char === '\\') cursor.at++;
    key += cursor.text[cursor.at] ?? '';
  }
  if (key === '') throw syntaxFault(`a name was expected, not ${found(cursor)}`);
  return key;
}

function readBracket(cursor: Cursor): Member {
  skipSpace(cursor);
  const char = cursor.text[cursor.at];
  const key = char === '"' || char === "'" ? readQuoted(cursor) : /^-?\d+/.exec(cursor.text.slice(cursor.at))?.[0];
  if (key === undefined) throw syntaxFault(`an index or a name in quotes was expected in [ ], not ${found(cursor)}`);
  if (char !== '"' && char !== "'") cursor.at += key.length;
  skipSpace(cursor);
  if (!take(cursor, ']')) throw syntaxFault(`] was expected, not ${found(cursor)}`);
  return member(key);
}

/** `#`: length or each item. `#(name==literal)`: the first item that matches. */
function readHash(cursor: Cursor): Step {
  if (!take(cursor, '(')) {
    const next = cursor.text[cursor.at];
    if (next !== undefined && !ENDS.has(next) && !/[\s?]/.test(next)) throw pathFault(`'#' stands alone in its segment; put a name that begins with it in brackets and quotes: ["#…"]`);
    return { is: 'each' };
  }
  skipSpace(cursor);
  const name = readSteps(cursor);
  skipSpace(cursor);
  if (!take(cursor, '==')) throw pathFault('in #( ) only name==value is known');
  skipSpace(cursor);
  const value = readScalar(cursor);
  if (value === undefined) throw syntaxFault(`a text in quotes, a number, true, false or null was expected after ==, not ${found(cursor)}`);
  skipSpace(cursor);
  if (!take(cursor, ')')) throw syntaxFault(`) was expected, not ${found(cursor)}`);
  if (cursor.text[cursor.at] === '#') throw pathFault('#( )# is not known; #( ) gives the first match');
  return { is: 'find', name: compileSteps(name), value };
}

function readSegment(cursor: Cursor): Step {
  if (take(cursor, '#')) return readHash(cursor);
  if (cursor.text[cursor.at] === '@') throw pathFault(`modifiers such as '@reverse' are not known; put a name that begins with @ in brackets and quotes: ["@…"]`);
  return member(readBare(cursor));
}

function readSteps(cursor: Cursor): Step[] {
  const steps: Step[] = [];
  const all = /@this(?![\w-])/y;
  all.lastIndex = cursor.at;
  if (all.test(cursor.text)) cursor.at += '@this'.length;
  else {
    if (/^\$[.[]/.test(cursor.text.slice(cursor.at, cursor.at + 2))) cursor.at++;
    if (cursor.text[cursor.at] === '.') cursor.at++;
    steps.push(take(cursor, '[') ? readBracket(cursor) : readSegment(cursor));
  }
  for (;;) {
    const before = cursor.at;
    skipSpace(cursor);
    if (take(cursor, '[')) steps.push(readBracket(cursor));
    else if (take(cursor, '.')) {
      skipSpace(cursor);
      steps.push(readSegment(cursor));
    } else {
      cursor.at = before;
      return steps;
    }
  }
}

/** Own properties only: what JavaScript's prototypes have is missing. */
function memberOf(value: Json, { key, index }: Member): Json | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return index < 0 ? undefined : (value as readonly Json[])[index];
  return Object.hasOwn(value, key) ? (value as { readonly [key: string]: Json })[key] : undefined;
}

function compileMembers(members: readonly Member[]): Read {
  return (data) => {
    let value: Json | undefined = data;
    for (const one of members) {
      value = memberOf(value, one);
      if (value === undefined) return undefined;
    }
    return value;
  };
}

function compileSteps(steps: readonly Step[]): Read {
  const at = steps.findIndex((step) => step.is !== 'member');
  if (at < 0) return compileMembers(steps as readonly Member[]);
  const before = compileMembers(steps.slice(0, at) as readonly Member[]);
  const step = steps[at]!;
  const rest = steps.slice(at + 1);
  const after = compileSteps(rest);
  const ofItems: (items: readonly Json[]) => Json | undefined =
    step.is === 'find'
      ? (items) => {
          const hit = items.find((item) => step.name(item) === step.value);
          return hit === undefined ? undefined : after(hit);
        }
      : rest.length === 0
        ? (items) => items.length
        : (items) => items.map(after).filter((item) => item !== undefined);
  return (data) => {
    const list = before(data);
    return Array.isArray(list) ? ofItems(list as readonly Json[]) : undefined;
  };
}

/** The path that stands here, compiled. */
export const readPath = (cursor: Cursor): Read => compileSteps(readSteps(cursor));
