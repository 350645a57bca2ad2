import { createHash } from 'node:crypto';
import type { SearchEntry } from 'ldapts';
import { dnOf, exactDn, type Dn } from './dn';

/** An entry of a directory. Names of attributes are asked for in any case. */
export interface Entry {
  readonly dn: Dn;
  /** As the server wrote it. */
  readonly name: string;
  /** Values that are text, without empty ones; none: the entry lacks the attribute, or may not show it. */
  values(attribute: string): readonly string[];
  /** Of the first attribute that has one. */
  first(attributes: readonly string[]): string | undefined;
  /** A part of a long list, of a server that cuts them (Active Directory): its values, and the place of the next one unless it is the last part. */
  ranged(attribute: string): { readonly values: readonly string[]; readonly next?: number } | undefined;
  /**
   * Stays when the entry is renamed or moved: entryUUID, objectGUID, or a hash of the name where the directory has neither or does not show them. Nothing of a
   * person's name is in it.
   */
  readonly id: string;
}

/** To be asked for with every search. */
export const ID_ATTRIBUTES = ['entryUUID', 'objectGUID'] as const;

export function readEntry(found: SearchEntry): Entry {
  const attributes = new Map(found.attributes.map((attribute) => [attribute.type.toLowerCase(), attribute]));
  const dn = dnOf(found.name);
  const values = (name: string): readonly string[] => (attributes.get(name.toLowerCase())?.values ?? []).filter((value): value is string => typeof value === 'string' && value.trim() !== '');
  const guid = attributes.get('objectguid')?.parsedBuffers[0];
  return {
    dn,
    name: found.name,
    values,
    first: (names) => names.map((name) => values(name)[0]).find((value) => value !== undefined),
    ranged(name) {
      for (const type of attributes.keys()) {
        const last = new RegExp(`^${name.toLowerCase()};range=\\d+-(\\d+|\\*)$`).exec(type)?.[1];
        if (last !== undefined) return { values: values(type), ...(last !== '*' && { next: Number(last) + 1 }) };
      }
      return undefined;
    },
    id: values('entryUUID')[0]?.toLowerCase() ?? (guid?.length === 16 ? readGuid(guid) : `dn-${createHash('sha256').update(exactDn(dn)).digest('hex').slice(0, 32)}`),
  };
}

/** As Microsoft writes them: the first three groups have their octets the other way round. */
function readGuid(octets: Buffer): string {
  const group = (...places: readonly number[]): string => places.map((place) => octets[place]!.toString(16).padStart(2, '0')).join('');
  return [group(3, 2, 1, 0), group(5, 4), group(7, 6), group(8, 9), group(10, 11, 12, 13, 14, 15)].join('-');
}
