import { FrameworkError } from '../contract';
import type { PortalActor } from './types';

/** Under which the portal files what this actor writes (port-contract 2). */
export interface Ownership {
  /** User-Agent of calls that own nothing. */
  readonly plain: string;
  /** User-Agent of entity writes, entity searches and blueprint writes: becomes `$datasource`. */
  readonly writer: string;
  /** An entity is ours when its `$datasource` begins and ends so; the version in the middle is not compared. */
  readonly prefix: string;
  readonly suffix: string;
}

const ILLEGAL = /[\s/\p{Cc}]/u;

// A header is ASCII; what lies beyond is percent-encoded the same way in header, prefix and suffix, so that the owner still matches itself.
const ascii = (text: string): string => text.replace(/[^\u0021-\u007e]+/gu, (part) => encodeURIComponent(part));

/** Throws CONFIG_INVALID when a part is empty or holds `/`, a blank or a control character. */
export function ownership(product: string, actor: PortalActor): Ownership {
  const parts = { type: actor.type.toLowerCase(), version: actor.version, identifier: actor.identifier };
  for (const [name, value] of Object.entries(parts)) {
    if (value === '' || ILLEGAL.test(value) || !isWellFormed(value)) {
      throw new FrameworkError('CONFIG_INVALID', [`the ${name} ${JSON.stringify(value)} of an integration cannot be used with a portal: it must not be empty or contain "/", blanks or control characters`]);
    }
  }
  const prefix = `${product}/${ascii(parts.type)}/`;
  const owner = ascii(parts.identifier);
  const plain = `${prefix}${ascii(parts.version)}/${owner}`;
  return { plain, writer: `${plain}/exporter`, prefix, suffix: `/${owner}/exporter` };
}

const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);
