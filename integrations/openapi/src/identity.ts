import { createHash } from 'node:crypto';

// Port takes 1000 characters; what is longer keeps its beginning, and is told apart by a hash.
const MOST = 1_000;
const HASH = 40;

const hex = (character: string): string => [...Buffer.from(character)].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');

/** A part, so that parts joined by `::` can be told apart again. */
const part = (text: string): string => text.replace(/=|^:|:$|:(?=:)|(?<=:):/g, hex);

/** The name of an element for people: unique as its identifier is. */
export const qualifiedName = (parts: readonly string[]): string => parts.map(part).join('::');

/** The identifier of an element: its parts, with every character that Port refuses as `=` and hex. Never the same for other parts. */
export function identifier(parts: readonly string[]): string {
  const text = parts.map((one) => part(one).replace(/[^\p{L}0-9@_.+:\\/=-]/gu, hex)).join('::');
  if (text.length <= MOST) return text;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, HASH);
  return `${text.slice(0, MOST - HASH - 2)}=-${digest}`;
}
