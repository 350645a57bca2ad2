import { isObject, type Json, type JsonObject } from '../../../shared';
import type { PipelineEvent, Processed } from '../types';

/** What an asset of any cloud looks like, beside its `rawData`. */
export interface Asset {
  readonly name: string;
  readonly type: string;
  readonly provider: 'aws' | 'azure' | 'gcp';
  readonly location: string;
  readonly relationships: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  /** RFC 3339. Of the event, so that an unchanged asset is an unchanged document. */
  readonly timestamp: string;
}

/** What a vendor makes of an event: the asset with what it was made of, or why there is none. */
export type Judged = { readonly is: 'asset'; readonly asset: Asset; readonly raw: Json } | Exclude<Processed, { readonly is: 'event' }>;

/** Never throws; rejects with an AbortError when the processor is closed meanwhile. */
export type Vendor = (event: PipelineEvent) => Promise<Judged>;

export const discard = (reason: string): Judged => ({ is: 'discard', reason });
export const missing = (what: string): Judged => ({ is: 'dead', code: 'FIELD_MISSING', message: `the event holds no ${what}` });
export const lookUpFailed = (message: string): Judged => ({ is: 'dead', code: 'LOOKUP_FAILED', message });

/** An inner object; without members when there is none. */
export function objectAt(row: JsonObject, member: string): JsonObject {
  const inner = row[member];
  return isObject(inner) ? (inner as JsonObject) : {};
}

/** A text of an object that is not empty. */
export function textAt(row: JsonObject, member: string): string | undefined {
  const value = row[member];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A map of texts; members that are none are left out. */
export function textsOf(value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** The first of these that is a time, as it is written where that is RFC 3339; else the time of receipt. */
export function timeOf(event: PipelineEvent, ...texts: readonly (string | undefined)[]): string {
  const text = texts.find((candidate) => candidate !== undefined && !Number.isNaN(Date.parse(candidate)));
  if (text === undefined) return event.receivedAt;
  return RFC_3339.test(text) ? text : new Date(text).toISOString();
}
