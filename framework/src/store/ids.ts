import { decodeSegment, encodeSegment } from '../shared';
import type { Scope } from './store';

/** The key of a row: the members of its canonical id, percent-encoded, joined by `/`. */
export const rowKey = (members: readonly (string | number | bigint)[]): string => members.map((member) => encodeMember(String(member))).join('/');

function encodeMember(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    // Half of a surrogate pair has no UTF-8; it is replaced as every encoder does.
    return encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'));
  }
}

export const scopeId = (scope: Scope): string => `${encodeSegment(scope.integration)}/${encodeSegment(scope.kind)}`;

export const rowId = (scope: Scope, key: string): string => `${scopeId(scope)}/${key}`;

export const outputId = (pipeline: string, blueprint: string, identifier: string): string =>
  `${encodeSegment(pipeline)}/${encodeSegment(blueprint)}/${identifier}`;

/** The parts of an output's `_id`; identifiers may hold `/`. */
export function parseOutputId(id: string): { readonly pipeline: string; readonly blueprint: string; readonly identifier: string } {
  const first = id.indexOf('/');
  const second = id.indexOf('/', first + 1);
  return { pipeline: decodeSegment(id.slice(0, first)), blueprint: decodeSegment(id.slice(first + 1, second)), identifier: id.slice(second + 1) };
}

/** Kind of a row by its `_id`. */
export const kindOfRow = (id: string): string => decodeSegment(id.split('/', 2)[1] ?? '');

/** What a row is a part of, as it is stored and looked for. */
export const anchorId = (blueprint: string, identifier: string): string => storable(`${encodeSegment(blueprint)}/${identifier}`);

const UNSTORABLE = /[\u0000\p{Surrogate}]/gu;

/** An id or name as every store gives it back: lone surrogates have no UTF-8, and text columns of SQLite end at a NUL. Bodies need no such care, JSON text escapes both. */
export const storable = (name: string): string => name.replace(UNSTORABLE, '\uFFFD');
