import { createHash } from 'node:crypto';

/**
 * A path as the file system has it: bytes, of which each is a character here (`latin1`). Names need not be UTF-8, and two that read alike may differ.
 */
export type Path = string;

export const toBuffer = (path: Path): Buffer => Buffer.from(path, 'latin1');
export const toPath = (bytes: Buffer): Path => bytes.toString('latin1');
/** For people: what is no UTF-8 is a replacement character. */
export const toText = (path: Path): string => toBuffer(path).toString('utf8');
export const fromText = (text: string): Path => toPath(Buffer.from(text, 'utf8'));
export const join = (folder: Path, name: Path): Path => (folder === '' ? name : folder.endsWith('/') ? folder + name : `${folder}/${name}`);
export const folderOf = (path: Path): Path => path.slice(0, Math.max(0, path.lastIndexOf('/')));
export const nameOf = (path: Path): Path => path.slice(path.lastIndexOf('/') + 1);

// Port takes 1000 characters; what is longer keeps its beginning, and is told apart by a hash.
const MOST = 1_000;
const HASH = 40;

const hex = (text: string): string => [...Buffer.from(text)].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
/** So that parts joined by `::` can be told apart again. */
const apart = (text: string): string => text.replace(/=|^:|:$|:(?=:)|(?<=:):/g, hex);

function utf8(path: Path): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(toBuffer(path));
  } catch {
    return undefined;
  }
}

/** Bytes that are no UTF-8 stand as `=` and hex; `=` itself always does. */
function storable(path: Path): string {
  const text = utf8(path);
  if (text === undefined) return path.replace(/[^a-zA-Z0-9@_.+\\/-]/g, (byte) => `=${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
  return apart(text).replace(/[^\p{L}0-9@_.+:\\/=-]/gu, hex);
}

/** The identifier of an element: a path, and names in it. Never the same for others. */
export function identifier(path: Path, names: readonly string[] = []): string {
  const text = [storable(path), ...names.map((name) => storable(fromText(name)))].join('::');
  if (text.length <= MOST) return text;
  return `${text.slice(0, MOST - HASH - 2)}=-${createHash('sha256').update(text).digest('hex').slice(0, HASH)}`;
}

/** Unique as the identifier is, and readable where the path is. */
export function qualifiedName(type: string, path: Path, names: readonly string[] = []): string {
  const text = utf8(path);
  return [type, text === undefined ? storable(path) : apart(text), ...names.map(apart)].join('::');
}
