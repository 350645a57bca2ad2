import { FrameworkError } from '../contract';

/**
 * One segment of a path, percent-encoded. Throws PORTAL_PATH for what an address cannot carry: a URL swallows an empty segment, `.` and `..`,
 * so that a delete of the entity `..` would be a delete of its blueprint.
 */
export function segment(text: string): string {
  if (text === '' || text === '.' || text === '..' || /\p{Surrogate}/u.test(text)) throw new FrameworkError('PORTAL_PATH', [JSON.stringify(text)]);
  return encodeURIComponent(text);
}

/** `?a=1&b=2`; lists repeat their key, booleans are words, undefined is left out. */
export function query(parameters: Readonly<Record<string, string | boolean | readonly string[] | undefined>>): string {
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [String(value)]) pairs.push(`${name}=${encodeURIComponent(one)}`);
  }
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

/** Query keys that tell the portal what caused a write. */
export const causeOf = (runId: string | undefined): Readonly<Record<string, string>> =>
  runId === undefined ? { ocean_info_event_type: 'http_request' } : { ocean_info_event_type: 'resync', ocean_info_resync_id: runId };
