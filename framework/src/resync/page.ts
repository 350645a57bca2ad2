import { FrameworkError, type AnyKind } from '../contract';
import { dropMembers, hashText, isObject, toJson, type Json } from '../shared';
import { rowKey, type Present } from '../store';

/** The rows of a page, ready for the store, and what could not be stored. */
export interface PreparedPage {
  readonly rows: readonly Present[];
  /** Parsed rows, at the index of `rows`. */
  readonly values: readonly Json[];
  /** Rows without a usable key, and earlier copies of a key that the page holds twice. */
  readonly skipped: number;
  /** Why absence cannot be proven by this page. */
  readonly unkeyed?: string;
}

/** What the kind does not say of its rows. */
export interface Preparation {
  /** Paths of members that are never stored. */
  readonly dropped: readonly string[] | undefined;
  /** What a row is a part of; undefined: rows of the kind are part of nothing. */
  readonly anchorOf: ((row: unknown) => string | undefined) | undefined;
}

/** Makes key, JSON text, hash and version of each row; dropped members never get that far. A row that has no key is skipped and said: it may be one that we hold. */
export function preparePage(kind: AnyKind<unknown>, rows: readonly unknown[], how: Preparation): PreparedPage {
  if (!Array.isArray(rows)) throw new FrameworkError('INTEGRATION_FAILED', [`a page of the kind ${kind.name} has no list of rows`]);
  const byKey = new Map<string, { present: Present; value: Json }>();
  let unkeyed: string | undefined;
  for (const read of rows) {
    const key = keyOf(kind, read);
    if (typeof key !== 'string') {
      unkeyed ??= key.problem;
      continue;
    }
    const row = how.dropped ? dropMembers(read, how.dropped) : read;
    const text = toJson(row);
    const version = kind.version?.(read);
    const anchor = how.anchorOf?.(read);
    byKey.set(key, { present: { key, text, hash: hashText(text), ...(version !== undefined && Number.isFinite(version) && { version }), ...(anchor !== undefined && { anchor }) }, value: row as Json });
  }
  const kept = [...byKey.values()];
  return { rows: kept.map(({ present }) => present), values: kept.map(({ value }) => value), skipped: rows.length - kept.length, ...(unkeyed !== undefined && { unkeyed }) };
}

function keyOf(kind: AnyKind<unknown>, row: unknown): string | { readonly problem: string } {
  if (!isObject(row)) return { problem: 'a record is not a JSON object' };
  const members = kind.key(row);
  const missing = members.length === 0 || members.some((member) => member === undefined || member === null || member === '');
  return missing ? { problem: 'a record has no key' } : rowKey(members);
}
