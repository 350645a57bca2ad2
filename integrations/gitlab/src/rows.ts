import { isObject, type JsonObject, type Version } from '@integration-framework/framework';

/** An id; '' when there is none. */
export function idAt(row: JsonObject, member: string): string | number | bigint {
  const id = row[member];
  return typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint' ? id : '';
}

/** An inner object; without members when there is none. */
export function objectAt(row: JsonObject, member: string): JsonObject {
  const inner = row[member];
  return isObject(inner) ? (inner as JsonObject) : {};
}

/** Inner objects; none when there are none. */
export function objectsAt(row: JsonObject, member: string): readonly JsonObject[] {
  const inner = row[member];
  return Array.isArray(inner) ? inner.filter((item) => isObject(item)).map((item) => item as JsonObject) : [];
}

/** A text of an object; '' when there is none. */
export function textAt(row: JsonObject, member: string): string {
  const value = row[member];
  return typeof value === 'string' ? value : '';
}

export function without(row: JsonObject, members: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(row).filter(([member]) => !members.has(member)));
}

const HOOK_TIME = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?) (?:UTC|([+-]\d\d):?(\d\d))$/;

/** Webhooks write some times as `2026-01-10 09:11:12 UTC` or with ` +0200` at the end; the API writes RFC 3339. */
function apiTime(text: string): string {
  const [, date, time, hours, minutes] = HOOK_TIME.exec(text) ?? [];
  return date === undefined ? text : `${date}T${time}${hours === undefined ? 'Z' : `${hours}:${minutes}`}`;
}

/** The object with its own times as the API writes them. */
export const withApiTimes = (object: JsonObject): JsonObject => Object.fromEntries(Object.entries(object).map(([member, value]) => [member, typeof value === 'string' ? apiTime(value) : value]));

export function timeAt(row: JsonObject, member: string): Version | undefined {
  const at = Date.parse(apiTime(textAt(row, member)));
  return Number.isNaN(at) ? undefined : at;
}

export const updatedAt = (row: JsonObject): Version | undefined => timeAt(row, 'updated_at');
