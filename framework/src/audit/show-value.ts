/** A parameter as a record holds it. */
export type ShownValue = string | number | boolean | null;
/** Takes secret values out of a text. */
export type Redact = (text: string) => string;

/** Something that was thrown, as a record holds it. */
export interface RecordedException {
  readonly class: string;
  readonly message: string;
  /** With the causes below it. */
  readonly stack: string;
}

/** Longer than any text a person reads in a log line, shorter than what fills a disk. */
const SHOWN = 4_096;
const STACK = 16_384;
/** Redaction reads a text once for each secret; beyond this a value is named by its size. Cutting it before it is redacted could leave half of a secret. */
const READ = 65_536;
const DEPTH = 5;
const ITEMS = 50;
const NODES = 1_000;
const CAUSES = 5;
const UNREADABLE = '[unreadable]';

/** What a record shows of a parameter. Total: whatever the value holds, and whatever reading it throws. */
export function showValue(value: unknown, redact: Redact): ShownValue {
  if (value === null) return null;
  if (typeof value === 'boolean') return value;
  const text = showText(value, redact);
  // A number stays one, unless its digits are a secret.
  return typeof value === 'number' && Number.isFinite(value) && text === String(value) ? value : text;
}

/** The same, as text. */
export function showText(value: unknown, redact: Redact, most = SHOWN): string {
  try {
    const text = typeof value === 'string' ? value : textOf(value, redact);
    return text.length > READ ? `[text of ${text.length} characters]` : cut(redact(text), most);
  } catch {
    return UNREADABLE;
  }
}

/** What a record shows of something that was thrown, with its causes. Total. */
export function showException(thrown: unknown, redact: Redact): RecordedException {
  const read = (name: 'name' | 'message' | 'stack' | 'cause', of: unknown = thrown): unknown => {
    try {
      return isError(of) ? of[name] : undefined;
    } catch {
      return UNREADABLE;
    }
  };
  const stacks: string[] = [];
  for (let at = thrown; stacks.length < CAUSES && isError(at); at = read('cause', at)) stacks.push(showText(read('stack', at) ?? read('message', at), redact, STACK));
  return {
    class: showText(read('name') ?? typeof thrown, redact),
    message: showText(read('message') ?? thrown, redact),
    stack: cut(stacks.join('\ncaused by: '), STACK),
  };
}

/** A proxy may refuse even this question. */
function isError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error;
  } catch {
    return false;
  }
}

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most)}… (${text.length - most} more characters)` : text);

/** Values that are one word or one text already. */
function textOf(value: unknown, redact: Redact): string {
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? '[function]' : String(value);
  const plain = createPlain(redact)(value, 0);
  return typeof plain === 'string' ? plain : JSON.stringify(plain);
}

/** Makes plain JSON of a value: no cycle, no getter that throws, not deep, not large. Its text has still to be redacted. */
function createPlain(redact: Redact): (value: unknown, depth: number) => unknown {
  const above = new Set<object>();
  let nodes = NODES;
  let left = READ;

  const text = (given: string): string => {
    if (given.length > left) return `[text of ${given.length} characters]`;
    left -= given.length;
    // What is cut is redacted first; all else is redacted as one text at the end.
    return given.length > SHOWN ? cut(redact(given), SHOWN) : given;
  };

  const members = (value: object, depth: number): unknown => {
    if (value instanceof Error) return text(`${value.name}: ${value.message}`);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? '[no date]' : value.toISOString();
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
    if ('toJSON' in value && typeof value.toJSON === 'function') return plain((value as { toJSON(): unknown }).toJSON(), depth + 1);
    if (Array.isArray(value)) return shortened(value.slice(0, ITEMS).map((item) => plain(item, depth + 1)), value.length);
    if (value instanceof Map || value instanceof Set) return shortened(first(value).map((item) => plain(item, depth + 1)), value.size);
    const keys = Object.keys(value);
    return Object.fromEntries(keys.slice(0, ITEMS).map((key) => [text(key), member(value, key, depth + 1)]));
  };

  const member = (value: object, key: string, depth: number): unknown => {
    try {
      return plain((value as Readonly<Record<string, unknown>>)[key], depth);
    } catch {
      return UNREADABLE;
    }
  };

  const plain = (value: unknown, depth: number): unknown => {
    if (nodes-- <= 0) return '[…]';
    if (typeof value === 'string') return text(value);
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    if (typeof value === 'function') return '[function]';
    if (typeof value !== 'object') return typeof value === 'boolean' ? value : text(String(value));
    if (value === null) return null;
    if (above.has(value)) return '[circular]';
    if (depth >= DEPTH) return Array.isArray(value) ? '[list]' : '[object]';
    above.add(value);
    try {
      return members(value, depth);
    } finally {
      above.delete(value);
    }
  };
  return plain;
}

const shortened = (items: readonly unknown[], count: number): readonly unknown[] => (count > items.length ? [...items, `… ${count - items.length} more`] : items);

function first(items: Iterable<unknown>): unknown[] {
  const taken: unknown[] = [];
  for (const item of items) if (taken.push(item) === ITEMS) break;
  return taken;
}
