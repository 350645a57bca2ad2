/**
 * The text with every character that Port refuses in an identifier (blanks, `#`, `[` of `name[bot]@…`) as `=` and the hex of its UTF-8 bytes, so that two
 * names never become one. Names without such characters stay as they are.
 */
export const identifier = (text: string): string =>
  text.replace(/[^\p{L}0-9@_.+:\\/=-]/gu, (character) => [...Buffer.from(character)].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''));

/** Seconds since the epoch, as git writes them, in RFC 3339; undefined for none, and for years that no date-time can hold (clocks of authors go wrong). */
export function instant(seconds: string): string | undefined {
  const date = new Date(Number(seconds || Number.NaN) * 1_000);
  const year = date.getUTCFullYear();
  return year >= 0 && year <= 9999 ? date.toISOString() : undefined;
}

export interface Person {
  /** The address as an identifier; absent when there is none. */
  readonly id?: string;
  readonly name: string;
  /** In lower case, '' when there is none. */
  readonly email: string;
}

/** `<a@b>` (as `for-each-ref` prints it) and `a@b` alike. */
export function person(name: string, address: string): Person {
  const email = address.replace(/^<|>$/g, '').toLowerCase();
  return { ...(email !== '' && { id: identifier(email) }), name, email };
}

/** The URL without user and password: a clone made with a token has it in the configuration. */
export function withoutCredentials(url: string): string | undefined {
  if (!url.includes('://')) return url; // a path, or host:path of ssh, which cannot hold a password
  if (!URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  parsed.password = '';
  if (parsed.protocol !== 'ssh:') parsed.username = '';
  parsed.search = '';
  parsed.hash = '';
  return parsed.href;
}
