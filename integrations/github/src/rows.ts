import { isObject, type JsonObject, type Version } from '@integration-framework/framework';

/** An id; '' when there is none. */
export function idOf({ id }: JsonObject): string | number | bigint {
  return typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint' ? id : '';
}

/** An inner object; without members when there is none. */
export function objectAt(row: JsonObject, member: string): JsonObject {
  const inner = row[member];
  return isObject(inner) ? (inner as JsonObject) : {};
}

/** `updated_at`, exact to the second: two states of one second are told apart by asking. */
export function updatedAt({ updated_at: text }: JsonObject): Version | undefined {
  const at = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}
