import type { Key } from './key';

/** What stands before the key in a canonical id. */
export interface CanonicalScope {
  /** The kind's `vendor`, else the type of the integration. */
  readonly vendor: string;
  readonly kind: string;
  /** Name of the instance; absent or empty: none. */
  readonly scope?: string | undefined;
}

const IN_VALUE = /[%/@\s\p{Cc}]/gu;
const IN_SCOPE = /[%/@:\s\p{Cc}]/gu;

const percent = (text: string): string => [...Buffer.from(text, 'utf8')].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');

/** A value as it stands in a canonical id. */
export const canonicalMember = (text: string): string => text.replace(IN_VALUE, percent);

/**
 * Name of a thing at the sinks, the same for webhook, queue, poll and import: `type.kind[@scope]:value[/value]…`. Values are exact decimal or text; in them `%`, `/`,
 * `@`, white space and controls are percent-encoded as UTF-8, in the scope also `:`.
 */
export function canonicalId({ vendor, kind, scope }: CanonicalScope, members: Key): string {
  const instance = scope === undefined || scope === '' ? '' : `@${scope.replace(IN_SCOPE, percent)}`;
  return `${vendor}.${kind}${instance}:${members.map((member) => canonicalMember(String(member))).join('/')}`;
}

/** `_eventId`: the text of the one member, or an object name → text. `names` as of the kind's `keys`. */
export function eventId(names: readonly string[], members: Key): string | Readonly<Record<string, string>> {
  if (members.length === 1) return String(members[0]);
  return Object.fromEntries(members.map((member, index) => [names[index] ?? `key${index + 1}`, String(member)]));
}

/** Members of the key of a stored row, as text: the inverse of the store's `rowKey`. */
export const keyMembers = (key: string): readonly string[] => key.split('/').map(decodeURIComponent);

/** Names of the members of a kind's key. */
export const keyNames = (kind: { readonly keys?: readonly string[] }): readonly string[] => kind.keys ?? ['id'];

/** The parts of a canonical id: `type.kind`, the instance, the texts of the members. */
export function parseCanonicalId(id: string): { readonly kind: string; readonly scope?: string; readonly members: readonly string[] } {
  const colon = id.indexOf(':');
  const [kind = '', scope] = id.slice(0, colon).split('@', 2);
  return { kind, ...(scope !== undefined && { scope: decodeURIComponent(scope) }), members: id.slice(colon + 1).split('/').map(decodeURIComponent) };
}
