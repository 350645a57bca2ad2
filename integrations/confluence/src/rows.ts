import type { JsonObject } from '@integration-framework/framework';

/** An id; '' when there is none. Lists give it as text, webhooks also as a number. */
export function idOf({ id }: JsonObject): string | number | bigint {
  return typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint' ? id : '';
}

/** Webhooks write times in milliseconds, the API in RFC 3339. */
export function hookTime(at: unknown): string | null {
  const time = new Date(typeof at === 'number' ? at : Number.NaN);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}
