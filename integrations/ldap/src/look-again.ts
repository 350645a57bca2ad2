import type { BlueprintName, ElementRef, Log, NewElement, ServiceContext, UpsertResult } from '@integration-framework/framework';
import { namesIn, readOne } from './directory';
import { contactsOf, groupOf, identifierOf, identitiesOf, membershipIdentifier, membershipOf, personOf, roleOf, teamOf, type Making } from './elements';
import type { Entry } from './entry';
import { families, type Family } from './families';
import type { Session } from './session';
import type { Change } from './watch';

export interface LookAgainOptions {
  readonly session: Session;
  readonly making: Making;
  readonly organization: ServiceContext<'organization'>;
  readonly log: Log;
}
type Writable = Parameters<ServiceContext<'organization'>['upsert']>[0];

/** Reads the entries that changed, and tells what they are now. Gives true when everything should be compared: a unit was moved, and all that lies in it with it. */
export async function lookAgain(changes: readonly Change[], options: LookAgainOptions): Promise<boolean> {
  const { session, making } = options;
  // Of several changes of one entry the last counts: it is read as it is now.
  const latest = [...new Map(changes.map((change) => [change.id, change])).values()];
  const found: Record<Family, Entry[]> = { person: [], unit: [], group: [], role: [] };
  let isUnitMoved = false;
  for (const { id, name } of latest) {
    if (name === undefined) continue;
    for (const family of families) {
      const entry = await readOne(session, making.settings, { name, family });
      // Another one may have taken the name since; there is news of its own of that.
      if (entry?.id !== id) continue;
      isUnitMoved ||= family === 'unit' && making.known.isMoved(entry);
      found[family].push(entry);
    }
  }
  // All are known before one is told: they name each other.
  for (const family of families) for (const entry of found[family]) making.known.add(family, entry);

  const upsert = tellerOf(options);
  await upsert('team', found.unit.map((entry) => teamOf(entry, making)));
  await upsert('actorProfile', found.person.map((entry) => personOf(entry, making)));
  for (const entry of found.person) await tellParts(entry, options, upsert);
  await upsert('securityGroup', found.group.map((entry) => groupOf(entry, making)));
  for (const entry of found.group) await upsert('personRole', [membershipOf(entry, await namesIn(session, entry, 'group'), making)]);
  for (const entry of found.role) await upsert('personRole', [roleOf(entry, await namesIn(session, entry, 'role'), making)]);
  for (const { id, name } of latest) if (name === undefined) await forget(id, options);
  return isUnitMoved;
}

type Upsert = <TBlueprint extends Writable>(blueprint: TBlueprint, elements: readonly NewElement<TBlueprint>[]) => Promise<void>;

function tellerOf({ organization, log }: LookAgainOptions): Upsert {
  return async (blueprint, elements) => {
    if (elements.length === 0) return;
    const results: readonly UpsertResult[] = await organization.upsert(blueprint, elements);
    const refused = results.filter(({ is }) => is === 'refused');
    if (refused.length > 0) log.warn('elements of changed entries were refused', { blueprint, refused: refused.length, reason: refused[0]?.reason });
  };
}

/** User identity and ways to reach a person, without those that the entry has no more. */
async function tellParts(entry: Entry, { organization, making }: LookAgainOptions, upsert: Upsert): Promise<void> {
  const person: ElementRef<'actorProfile'> = { blueprint: 'actorProfile', identifier: identifierOf(making, entry.id) };
  const identities = identitiesOf(entry, making);
  await upsert('userIdentity', identities);
  if (identities.length === 0) await organization.remove({ blueprint: 'userIdentity', identifier: person.identifier });
  const contacts = contactsOf(entry, making);
  await upsert('contactMethod', contacts);
  const current = new Set(contacts.map(({ identifier }) => identifier));
  const stale: ElementRef<'contactMethod'>[] = [];
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const { elements, next }: Awaited<ReturnType<typeof organization.children<'contactMethod'>>> = await organization.children(person, 'contactMethod', cursor === undefined ? {} : { cursor });
    stale.push(...elements.filter(({ identifier }) => !current.has(identifier)));
    cursor = next;
  }
  for (const { identifier } of stale) await organization.remove({ blueprint: 'contactMethod', identifier });
}

/** Removes all that was made of an entry; ways to reach somebody go with the person. */
async function forget(id: string, { organization, making }: LookAgainOptions): Promise<void> {
  if (!making.known.has(id)) return;
  const own: readonly (Writable & BlueprintName)[] = ['userIdentity', 'actorProfile', 'personRole', 'securityGroup', 'team'];
  for (const blueprint of own) await organization.remove({ blueprint, identifier: identifierOf(making, id) });
  await organization.remove({ blueprint: 'personRole', identifier: membershipIdentifier(making, id) });
  making.known.remove(id);
}
