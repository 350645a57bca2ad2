import { createHash } from 'node:crypto';
import type { ElementRef, NewElement } from '@integration-framework/framework';
import type { Entry } from './entry';
import { MEMBER_NAMES, MEMBER_UIDS, OCCUPANTS } from './families';
import type { Known } from './known';
import type { LdapSettings } from './settings';

/** What elements of a directory are made with. */
export interface Making {
  /** First part of every identifier. */
  readonly server: string;
  readonly settings: LdapSettings;
  readonly known: Known;
}

export const identifierOf = ({ server }: Pick<Making, 'server'>, id: string): string => `${server}/${id}`;
const qualifiedNameOf = ({ server }: Making, type: string, id: string): string => `${type}::${server}::${id}`;

/** The value that names the entry among its neighbours: what every entry has. */
const ownName = (entry: Entry): string => entry.dn[0]?.[0]?.value ?? entry.name;

/** Only fields that have a value. */
function given<TName extends string>(fields: Readonly<Record<TName, string | undefined>>): Partial<Record<TName, string>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== '')) as Partial<Record<TName, string>>;
}

export function personOf(entry: Entry, making: Making): NewElement<'actorProfile'> {
  const unit = making.known.unitAbove(entry.dn);
  return {
    identifier: identifierOf(making, entry.id),
    properties: {
      qualifiedName: qualifiedNameOf(making, 'ActorProfile', entry.id),
      typeName: 'Person',
      knownName: entry.first(making.settings.nameAttributes) ?? ownName(entry),
      ...given({ description: entry.first(['description']) }),
      additionalProperties: given({
        distinguishedName: entry.name,
        title: entry.first(['title']),
        department: entry.first(['department', 'departmentNumber']),
        employeeNumber: entry.first(['employeeNumber']),
        team: unit === undefined ? undefined : identifierOf(making, unit),
      }) as Record<string, string>,
    },
  };
}

/** None without a user id: such an entry is known, and signs in nowhere. */
export function identitiesOf(entry: Entry, making: Making): readonly NewElement<'userIdentity'>[] {
  const userId = entry.first(making.settings.userIdAttributes);
  if (userId === undefined) return [];
  const identifier = identifierOf(making, entry.id);
  return [{ identifier, properties: { qualifiedName: qualifiedNameOf(making, 'UserIdentity', entry.id), userId, distinguishedName: entry.name }, relations: { profileIdentity: identifier } }];
}

export function contactsOf(entry: Entry, making: Making): readonly NewElement<'contactMethod'>[] {
  const { mailAttributes, phoneAttributes } = making.settings;
  const parent: ElementRef<'actorProfile'> = { blueprint: 'actorProfile', identifier: identifierOf(making, entry.id) };
  const contacts = new Map<string, NewElement<'contactMethod'>>();
  const add = (attributes: readonly string[], contactMethodType: 'EMAIL' | 'PHONE'): void => {
    for (const attribute of attributes) {
      for (const contactMethodValue of entry.values(attribute)) {
        // Of the value only a hash: identifiers stand in logs.
        const hash = createHash('sha256').update(contactMethodValue.toLowerCase()).digest('hex').slice(0, 16);
        const identifier = `${parent.identifier}/${contactMethodType.toLowerCase()}/${hash}`;
        if (!contacts.has(identifier)) contacts.set(identifier, { identifier, parent, properties: { contactType: attribute, contactMethodType, contactMethodValue } });
      }
    }
  };
  add(mailAttributes, 'EMAIL');
  add(phoneAttributes, 'PHONE');
  return [...contacts.values()];
}

export function teamOf(entry: Entry, making: Making): NewElement<'team'> {
  const above = making.known.unitAbove(entry.dn);
  const name = entry.first(['ou']) ?? ownName(entry);
  return {
    identifier: identifierOf(making, entry.id),
    properties: {
      qualifiedName: qualifiedNameOf(making, 'Team', entry.id),
      knownName: name,
      teamType: 'organizationalUnit',
      identifier: name,
      ...given({ description: entry.first(['description']) }),
      additionalProperties: { distinguishedName: entry.name },
    },
    relations: { teamHierarchy: above === undefined ? null : identifierOf(making, above) },
  };
}

const groupName = (entry: Entry): string => entry.first(['cn']) ?? ownName(entry);

export function groupOf(entry: Entry, making: Making): NewElement<'securityGroup'> {
  const name = groupName(entry);
  return {
    identifier: identifierOf(making, entry.id),
    properties: {
      qualifiedName: qualifiedNameOf(making, 'SecurityGroup', entry.id),
      documentIdentifier: name,
      title: name,
      status: 'ACTIVE',
      ...given({ description: entry.first(['description']) }),
      distinguishedName: entry.name,
    },
  };
}

/** Identifier of the role of those who are in a group. */
export const membershipIdentifier = (making: Pick<Making, 'server'>, groupId: string): string => `${identifierOf(making, groupId)}/members`;

/** The role of those who are in a group, which itself has no relation to people: its people are appointed to it, groups inside it are named. */
export function membershipOf(entry: Entry, members: readonly string[], making: Making): NewElement<'personRole'> {
  const { known } = making;
  // A unique member may have a bit string behind its name.
  const names = members.map((member) => member.replace(/#'[01]*'B$/, ''));
  const people = [...names.map((name) => known.named(name, 'person')), ...entry.values(MEMBER_UIDS).map((uid) => known.personOfUid(uid))];
  const inside = names.map((name) => known.named(name, 'group'));
  return {
    identifier: membershipIdentifier(making, entry.id),
    properties: {
      qualifiedName: `${qualifiedNameOf(making, 'PersonRole', entry.id)}::members`,
      roleId: `member of ${groupName(entry)}`,
      title: `Member of ${groupName(entry)}`,
      additionalProperties: given({ securityGroup: identifierOf(making, entry.id), groups: identifiersOf(inside, making).join(' ') }) as Record<string, string>,
    },
    relations: { appointment: identifiersOf(people, making) },
  };
}

export function roleOf(entry: Entry, occupants: readonly string[], making: Making): NewElement<'personRole'> {
  const { known } = making;
  const unit = known.unitAbove(entry.dn);
  const name = entry.first(['cn']) ?? ownName(entry);
  return {
    identifier: identifierOf(making, entry.id),
    properties: {
      qualifiedName: qualifiedNameOf(making, 'PersonRole', entry.id),
      roleId: name,
      title: name,
      ...given({ description: entry.first(['description']) }),
      additionalProperties: { distinguishedName: entry.name },
    },
    relations: {
      appointment: identifiersOf(occupants.map((occupant) => known.named(occupant, 'person')), making),
      teamPlayer: unit === undefined ? [] : [identifierOf(making, unit)],
    },
  };
}

/** Each once, sorted: the order of values in a directory means nothing, and may change. */
const identifiersOf = (ids: readonly (string | undefined)[], making: Making): readonly string[] =>
  [...new Set(ids)].filter((id) => id !== undefined).map((id) => identifierOf(making, id)).sort();

/** Attributes whose values are names of those in an entry. */
export const NAMING_ATTRIBUTES = { group: MEMBER_NAMES, role: [OCCUPANTS] } as const;
