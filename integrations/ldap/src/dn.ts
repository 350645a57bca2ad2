/** One name and value of a relative name, as `cn` and `Smith, J.`: the type in lower case, the value without escapes. */
interface Pair {
  readonly type: string;
  readonly value: string;
}
/** A distinguished name (RFC 4514): from the entry itself up to the topmost one. */
export type Dn = readonly (readonly Pair[])[];

/** Throws on a text that is none. The empty one is the root. */
export function parseDn(text: string): Dn {
  return text.trim() === '' ? [] : split(text, ',;').map((rdn) => split(rdn, '+').map(parsePair));
}

/** The same, of what a server sent: what is no name there stands for itself, so that one odd value does not end a search. */
export function dnOf(text: string): Dn {
  try {
    return parseDn(text);
  } catch {
    return [[{ type: 'name', value: text }]];
  }
}

/** The parts between separators that are neither escaped nor quoted, as they are written. */
function split(text: string, separators: string): string[] {
  const parts: string[] = [];
  let part = '';
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const one = text[at]!;
    if (one === '\\') {
      part += one + (text[++at] ?? '');
      continue;
    }
    if (one === '"') quoted = !quoted;
    if (!quoted && separators.includes(one)) {
      parts.push(part);
      part = '';
    } else part += one;
  }
  return [...parts, part];
}

function parsePair(text: string): Pair {
  const at = text.indexOf('=');
  const type = text.slice(0, at).trim().toLowerCase().replace(/^oid\./, '');
  if (at < 1 || !/^[a-z0-9.;-]+$/.test(type)) throw new Error('a part of the name lacks its type; write it as cn=value');
  return { type, value: unescape(withoutBlanks(text.slice(at + 1))) };
}

/** Blanks around a value do not count, unless they are escaped. */
function withoutBlanks(value: string): string {
  const begun = value.trimStart();
  const ended = begun.trimEnd();
  return /(^|[^\\])(\\\\)*\\$/.test(ended) && ended.length < begun.length ? `${ended} ` : ended;
}

function unescape(value: string): string {
  const text = value.startsWith('"') && value.endsWith('"') && value.length > 1 ? value.slice(1, -1) : value;
  // Escaped octets stand for UTF-8, and one character may take several of them.
  return text.replace(/(?:\\[0-9a-f]{2})+|\\(.)/giu, (octets: string, character: string | undefined) => character ?? Buffer.from(octets.replaceAll('\\', ''), 'hex').toString('utf8'));
}

const quote = (value: string): string => value.replace(/[\\,+=]/g, '\\$&');
const write = (dn: Dn, form: (value: string) => string): string =>
  dn.map((pairs) => pairs.map(({ type, value }) => `${type}=${quote(form(value))}`).sort().join('+')).join(',');

/** Equal for two spellings of one name, as most attributes compare: case, kind of Unicode and number of blanks do not count. */
export const dnKey = (dn: Dn): string => write(dn, (value) => value.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim());

/** Equal for two ways to escape one name. */
export const exactDn = (dn: Dn): string => write(dn, (value) => value);

/** Keys of what an entry lies in, nearest first. */
export const ancestorKeys = (dn: Dn): readonly string[] => dn.slice(1).map((_, above) => dnKey(dn.slice(above + 1)));
