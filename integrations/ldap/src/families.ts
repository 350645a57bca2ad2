import type { LdapSettings } from './settings';
import { ID_ATTRIBUTES } from './entry';

/** What an entry is to us. One entry may be of several. */
export const families = ['person', 'unit', 'group', 'role'] as const;
export type Family = (typeof families)[number];

/** Attributes with the names of those in a group: names of entries, or user ids. */
export const MEMBER_NAMES = ['member', 'uniqueMember'] as const;
export const MEMBER_UIDS = 'memberUid';
export const OCCUPANTS = 'roleOccupant';

/** In parentheses, so that it can stand in another one. */
const closed = (filter: string): string => (filter.trim().startsWith('(') ? filter.trim() : `(${filter.trim()})`);

export const filterOf = (settings: LdapSettings, family: Family): string =>
  closed({ person: settings.peopleFilter, unit: settings.teamFilter, group: settings.groupFilter, role: settings.roleFilter }[family]);

export const anyFamily = (settings: LdapSettings): string => `(|${families.map((family) => filterOf(settings, family)).join('')})`;

/** What has to be read of an entry to make its elements. `members: false`: of a group not those in it, who may be many. */
export function attributesOf(settings: LdapSettings, family: Family, { members = true }: { readonly members?: boolean } = {}): readonly string[] {
  const { nameAttributes, userIdAttributes, mailAttributes, phoneAttributes } = settings;
  const own: Readonly<Record<Family, readonly string[]>> = {
    person: ['cn', 'uid', 'title', 'description', 'departmentNumber', 'department', 'employeeNumber', ...nameAttributes, ...userIdAttributes, ...mailAttributes, ...phoneAttributes],
    unit: ['ou', 'description'],
    group: ['cn', 'description', ...(members ? [...MEMBER_NAMES, MEMBER_UIDS] : [])],
    role: ['cn', 'description', OCCUPANTS],
  };
  return [...new Set([...ID_ATTRIBUTES, ...own[family]])];
}
