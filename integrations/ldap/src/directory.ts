import { SourceError } from '@integration-framework/framework';
import { NAMING_ATTRIBUTES } from './elements';
import { ID_ATTRIBUTES, type Entry } from './entry';
import { attributesOf, families, filterOf, type Family } from './families';
import { Known } from './known';
import type { Session } from './session';
import type { LdapSettings } from './settings';

/** Groups may have very many members, and a page of them is in memory. */
const GROUPS_AT_ONCE = 50;

/** Reads a family, page by page. `members: false`: groups without those in them. */
export function readFamily(session: Session, settings: LdapSettings, { family, members = true }: { readonly family: Family; readonly members?: boolean }): AsyncIterable<readonly Entry[]> {
  const size = family === 'group' && members ? Math.min(settings.pageSize, GROUPS_AT_ONCE) : settings.pageSize;
  return session.pages({ base: settings.base, filter: filterOf(settings, family), attributes: attributesOf(settings, family, { members }) }, size);
}

/** One entry as a member of a family, by its name; undefined when it is none, or not there. */
export const readOne = (session: Session, settings: LdapSettings, { name, family }: { readonly name: string; readonly family: Family }): Promise<Entry | undefined> =>
  session.one({ base: name, filter: filterOf(settings, family), attributes: attributesOf(settings, family) });

/** Which entries there are, and which name and id each has. */
export async function learn(session: Session, settings: LdapSettings): Promise<Known> {
  const known = new Known();
  for (const family of families) {
    const search = { base: settings.base, filter: filterOf(settings, family), attributes: [...ID_ATTRIBUTES, 'uid'] };
    for await (const entries of session.pages(search, settings.pageSize)) for (const entry of entries) known.add(family, entry);
  }
  return known;
}

/** All values that name those in a group or role, also where the server gives only the first of a long list. */
export async function namesIn(session: Pick<Session, 'one'>, entry: Entry, family: keyof typeof NAMING_ATTRIBUTES): Promise<readonly string[]> {
  const names: string[] = [];
  for (const attribute of NAMING_ATTRIBUTES[family]) {
    names.push(...entry.values(attribute));
    let part = entry.ranged(attribute);
    while (part) {
      names.push(...part.values);
      if (part.next === undefined) break;
      const more = await session.one({ base: entry.name, filter: '(objectClass=*)', attributes: [`${attribute};range=${part.next}-*`] });
      part = more?.ranged(attribute);
      if (!part) throw new SourceError(`the values of ${attribute} changed while they were read`, { recovery: 'retry' });
    }
  }
  return names;
}
