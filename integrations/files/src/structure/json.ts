import { isObject } from '@integration-framework/framework';
import { MOST_DEPTH, MOST_FIELDS, type Field, type Structure } from './structure';

const MOST_ITEMS = 200;

/** What was seen in one place. */
interface Seen {
  readonly types: Set<string>;
  readonly members: Map<string, Seen>;
  times: number;
  /** Among these, as an object. */
  objects: number;
  isList: boolean;
}
const nothing = (): Seen => ({ types: new Set(), members: new Map(), times: 0, objects: 0, isList: false });

interface Budget {
  fields: number;
  isCut: boolean;
}

/** Fields of the values of a JSON file, or of one that holds a value a line; undefined when it is neither. */
export function jsonStructure(text: string, { name, isCut, isLines }: { readonly name: string; readonly isCut: boolean; readonly isLines: boolean }): Structure | undefined {
  const values = isLines ? readLines(text, isCut) : readValue(text, isCut);
  if (values === undefined) return undefined;
  const seen = nothing();
  const budget: Budget = { fields: 0, isCut: false };
  for (const value of values) look(value, seen, { depth: 0, budget });
  const notes = { values: isLines ? 'one a line' : seen.isList ? 'a list' : 'one', type: typeOf(seen), ...(isCut && { sample: 'the beginning of the file' }), ...(budget.isCut && { cut: 'deeper or more fields are not described' }) };
  return { typeName: 'JSONFile', name, notes, fields: fieldsOf(seen) };
}

function readLines(text: string, isCut: boolean): readonly unknown[] | undefined {
  const lines = text.split(/\r?\n/);
  if (isCut && lines.length > 1) lines.pop();
  const values: unknown[] = [];
  for (const line of lines) {
    if (line.trim() === '') continue;
    try {
      values.push(JSON.parse(line));
    } catch {
      return undefined;
    }
    if (values.length >= MOST_ITEMS) break;
  }
  return values.length === 0 ? undefined : values;
}

function readValue(text: string, isCut: boolean): readonly unknown[] | undefined {
  try {
    return [JSON.parse(isCut ? closed(text) : text)];
  } catch {
    return undefined;
  }
}

/** The beginning of a JSON text up to the last whole member, with what was open closed. */
function closed(text: string): string {
  const open: string[] = [];
  let end = 0;
  let closers = '';
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (inString) {
      if (letter === '\\') at++;
      else if (letter === '"') inString = false;
      continue;
    }
    if (letter === '"') inString = true;
    else if (letter === '{' || letter === '[') {
      open.push(letter === '{' ? '}' : ']');
      // A list or object of which nothing is whole is empty.
      [end, closers] = [at + 1, [...open].reverse().join('')];
    } else if (letter === '}' || letter === ']') {
      open.pop();
      [end, closers] = [at + 1, [...open].reverse().join('')];
    } else if (letter === ',') [end, closers] = [at, [...open].reverse().join('')];
  }
  return text.slice(0, end) + closers;
}

function look(value: unknown, seen: Seen, { depth, budget }: { readonly depth: number; readonly budget: Budget }): void {
  if (Array.isArray(value)) {
    seen.isList = true;
    for (const item of (value as unknown[]).slice(0, MOST_ITEMS)) look(item, seen, { depth: depth + 1, budget });
    return;
  }
  seen.times++;
  if (!isObject(value)) return void seen.types.add(value === null ? 'null' : Number.isInteger(value) ? 'integer' : typeof value);
  seen.types.add('object');
  seen.objects++;
  if (depth >= MOST_DEPTH) return void (budget.isCut = true);
  for (const [name, member] of Object.entries(value)) {
    let known = seen.members.get(name);
    if (known === undefined) {
      if (budget.fields >= MOST_FIELDS) {
        budget.isCut = true;
        continue;
      }
      budget.fields++;
      known = nothing();
      seen.members.set(name, known);
    }
    look(member, known, { depth: depth + 1, budget });
  }
}

function typeOf({ types, isList }: Seen): string {
  const known = [...types].filter((type) => type !== 'null' && !(type === 'integer' && types.has('number'))).sort();
  const type = known.length === 0 ? (types.has('null') ? 'null' : 'any') : known.join(' or ');
  return isList ? `array of ${type}` : type;
}

const fieldsOf = (seen: Seen): readonly Field[] =>
  [...seen.members].map(([name, member]) => ({
    name,
    dataType: typeOf(member),
    isNullable: member.types.has('null'),
    isList: member.isList,
    // In a list the times count items, not lists.
    required: member.isList || member.times >= seen.objects,
    fields: fieldsOf(member),
  }));
