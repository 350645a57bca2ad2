import type { Address } from './address';

/** How an element is called here: in identifiers (the characters that portals take) and in `qualifiedName` (as SQL writes names). */
export interface Name {
  readonly identifier: string;
  readonly qualifiedName: string;
}

export interface Names {
  /** `host:port`. */
  readonly server: string;
  /** Of the software; of an address that names a database, its own: another entry or target may read the server's other databases. */
  readonly capability: Name;
  /** `path`: database, schema, table or view, column; as many as there are. */
  of(...path: readonly string[]): Name;
}

export function namesOf(address: Address): Names {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  const server = `${host}:${address.port}`;
  const of = (...path: readonly string[]): Name => ({ identifier: [server, ...path].map(encode).join('/'), qualifiedName: path.length === 0 ? server : `${server}/${path.map(quote).join('.')}` });
  return { server, capability: address.database === undefined ? of() : of(address.database), of };
}

// What Port takes in an identifier, without `/`, which separates the parts, and `=`, which begins an encoded byte. Two names never become one.
const OTHER = /[^\p{L}0-9@_.+:-]/gu;

const encode = (name: string): string => name.replace(OTHER, (text) => [...Buffer.from(text, 'utf8')].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''));

const quote = (name: string): string => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);
