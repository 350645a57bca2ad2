import type { BlueprintName, NewElement, RefreshRun } from '@integration-framework/framework';
import { learn, namesIn, readFamily } from './directory';
import { contactsOf, groupOf, identitiesOf, membershipOf, personOf, roleOf, teamOf, type Making } from './elements';
import type { Entry } from './entry';
import type { Family } from './families';
import type { Known } from './known';
import type { Session } from './session';
import { MAX_PAGE, type LdapSettings } from './settings';

export interface RefreshOptions {
  readonly session: Session;
  readonly server: string;
  readonly settings: LdapSettings;
  /** Told as soon as it is known which entries there are. */
  readonly onKnown: (known: Known) => void;
}

/** Compares everything: one search for each blueprint, so that no more than a page is in memory, and one before them that learns the names. */
export async function refresh(run: RefreshRun, { session, server, settings, onKnown }: RefreshOptions): Promise<void> {
  const known = await learn(session, settings);
  onKnown(known);
  const making: Making = { server, settings, known };
  const read = (family: Family): AsyncIterable<readonly Entry[]> => readFamily(session, settings, { family });

  async function* people(): AsyncGenerator<readonly Entry[]> {
    for await (const entries of read('person')) {
      for (const entry of entries) known.add('person', entry);
      yield entries;
    }
  }
  /** Parts of people: of one that came after its comparison, they come with the next run. */
  const partsOf = <TBlueprint extends BlueprintName>(make: (entry: Entry, making: Making) => readonly NewElement<TBlueprint>[]) =>
    pagesOf(read('person'), (entry) => (known.has(entry.id) ? make(entry, making) : []));

  await run.reconcile({ blueprint: 'team', source$: pagesOf(read('unit'), (entry) => [teamOf(entry, making)]) });
  await run.reconcile({ blueprint: 'actorProfile', source$: pagesOf(people(), (entry) => [personOf(entry, making)]) });
  await run.reconcile({ blueprint: 'userIdentity', source$: partsOf(identitiesOf) });
  await run.reconcile({ blueprint: 'contactMethod', source$: partsOf(contactsOf) });
  await run.reconcile({ blueprint: 'securityGroup', source$: pagesOf(readFamily(session, settings, { family: 'group', members: false }), (entry) => [groupOf(entry, making)]) });
  async function* roles(): AsyncGenerator<readonly NewElement<'personRole'>[]> {
    yield* pagesOf(read('group'), async (entry) => [membershipOf(entry, await namesIn(session, entry, 'group'), making)]);
    yield* pagesOf(read('role'), async (entry) => [roleOf(entry, await namesIn(session, entry, 'role'), making)]);
  }
  await run.reconcile({ blueprint: 'personRole', source$: roles() });
}

/** Elements of entries, in pages that a comparison takes. */
async function* pagesOf<TBlueprint extends BlueprintName>(
  pages: AsyncIterable<readonly Entry[]>,
  make: (entry: Entry) => readonly NewElement<TBlueprint>[] | Promise<readonly NewElement<TBlueprint>[]>,
): AsyncGenerator<readonly NewElement<TBlueprint>[]> {
  for await (const entries of pages) {
    const made: NewElement<TBlueprint>[] = [];
    for (const entry of entries) made.push(...(await make(entry)));
    for (let at = 0; at < made.length; at += MAX_PAGE) yield made.slice(at, at + MAX_PAGE);
  }
}
