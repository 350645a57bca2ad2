import type { StagedConnector } from '@integration-framework/framework/testkit';
import { Attribute, Change } from 'ldapts';
import { describeWith, type SlapdServer } from '../../../tools/servers';
import { dnOfPerson, startCompany, SUFFIX } from './directory';
import { addressOf, asRoot, elementWith, stage, until } from './stage';

const replace = (type: string, ...values: string[]): Change => new Change({ operation: 'replace', modification: new Attribute({ type, values }) });

/** Engages again and again, as the runtime does, until `stop`; the call that ends it is one that waited, so that nobody listens afterwards. */
function engaging(connector: StagedConnector): { stop(): Promise<void>; readonly failures: readonly Error[] } {
  const aborting = new AbortController();
  const failures: Error[] = [];
  const loop = (async () => {
    for (;;) {
      try {
        await connector.engage(aborting.signal);
      } catch (err) {
        if (aborting.signal.aborted) return;
        failures.push(err as Error);
        await new Promise((again) => setTimeout(again, 20));
      }
    }
  })();
  return {
    failures,
    async stop() {
      aborting.abort();
      await loop;
    },
  };
}

describeWith({ needs: ['slapd'] }, 'news of a directory', () => {
  describe.each([
    ['that tells them (syncrepl)', true],
    ['that is looked at (modifyTimestamp)', false],
  ])('%s', (_, sync) => {
    let server: SlapdServer;
    let connector: StagedConnector;
    let engaged: ReturnType<typeof engaging>;
    /** Comparisons that were asked for before the test. */
    let asked: number;
    beforeAll(async () => {
      server = await startCompany({ people: 20, sync });
    });
    afterAll(() => server.stop());
    beforeEach(async () => {
      connector = stage(addressOf(server));
      await connector.start();
      await connector.refresh();
      engaged = engaging(connector);
      // A change that came before anybody listened asks for a comparison, and may be told as a change too, before or after. Three that are heard as changes, one after another, leave nothing of that behind: the third is told after the call that told the second has ended.
      for (let heard = 0; heard < 3; ) {
        const mark = `mark ${Math.random()}`;
        const before = connector.requested();
        await asRoot(server, (client) => client.modify(dnOfPerson('p19'), replace('cn', mark)));
        const isHeard = (): boolean => elementWith(connector, 'actorProfile', ['knownName', mark]) !== undefined;
        await until(() => isHeard() || connector.requested() > before);
        heard = isHeard() ? heard + 1 : 0;
      }
      asked = connector.requested();
    });
    afterEach(async () => {
      await engaged.stop();
      await connector.disconnect();
      expect(connector.refused).toEqual([]);
    });

    test('a person that comes, is changed, and is moved', async () => {
      const dn = `uid=eve,ou=people,${SUFFIX}`;
      await asRoot(server, (client) => client.add(dn, { objectClass: 'inetOrgPerson', uid: 'eve', cn: 'Eve', sn: 'E', mail: ['eve@acme.example', 'e@acme.example'] }));
      await until(() => elementWith(connector, 'contactMethod', ['contactMethodValue', 'e@acme.example']) && elementWith(connector, 'userIdentity', ['userId', 'eve']));
      const { identifier } = elementWith(connector, 'actorProfile', ['knownName', 'Eve'])!;

      await asRoot(server, (client) => client.modify(dn, [replace('mail', 'new@acme.example'), replace('cn', 'Eve X')]));
      await until(() => elementWith(connector, 'contactMethod', ['contactMethodValue', 'new@acme.example']));
      await until(() => !elementWith(connector, 'contactMethod', ['contactMethodValue', 'e@acme.example']));
      expect(connector.elements('actorProfile').get(identifier)!.properties.knownName).toBe('Eve X');

      await asRoot(server, (client) => client.modifyDN(dn, `uid=eva,ou=engineering,${SUFFIX}`));
      await until(() => elementWith(connector, 'userIdentity', ['userId', 'eva']));
      const team = elementWith(connector, 'team', ['knownName', 'engineering'])!.identifier;
      await until(() => connector.elements('actorProfile').get(identifier)!.properties.additionalProperties?.['team'] === team);
      expect(elementWith(connector, 'userIdentity', ['userId', 'eva'])!.identifier).toBe(identifier);
      expect(connector.requested()).toBe(asked);
    });

    test('a person that leaves the filter: gone at once where the directory tells it, else with the next comparison', async () => {
      const filtered = stage(addressOf(server), { peopleFilter: '(&(objectClass=inetOrgPerson)(!(employeeType=left)))' });
      await filtered.start();
      await filtered.refresh();
      const { identifier } = elementWith(filtered, 'userIdentity', ['userId', 'p10'])!;
      const listening = engaging(filtered);
      const listeners = (): number => server.log.filter((line) => line.includes('SRCH') && line.includes('employeeType=left')).length;
      const from = listeners();
      if (sync) await until(() => listeners() > from);
      await asRoot(server, (client) => client.modify(dnOfPerson('p10'), replace('employeeType', 'left')));
      if (sync) await until(() => !filtered.elements('userIdentity').has(identifier) && !filtered.elements('actorProfile').has(identifier));
      else await filtered.refresh();
      expect(filtered.elements('actorProfile').has(identifier)).toBe(false);
      await listening.stop();
      await filtered.disconnect();
      await asRoot(server, (client) => client.modify(dnOfPerson('p10'), replace('employeeType')));
    });

    test('a group, a role and a unit; a moved unit asks for a comparison', async () => {
      await asRoot(server, async (client) => {
        await client.add(`ou=sales,${SUFFIX}`, { objectClass: 'organizationalUnit', ou: 'sales' });
        await client.add(`cn=seller,ou=sales,${SUFFIX}`, { objectClass: 'organizationalRole', cn: 'seller', roleOccupant: dnOfPerson('p1') });
        await client.modify(`cn=inner,${SUFFIX}`, replace('uniqueMember', dnOfPerson('p2')));
      });
      const person = (uid: string): string => elementWith(connector, 'userIdentity', ['userId', uid])!.identifier;
      await until(() => elementWith(connector, 'personRole', ['roleId', 'seller']));
      await until(() => JSON.stringify(elementWith(connector, 'personRole', ['roleId', 'member of inner'])!.relations) === JSON.stringify({ appointment: [person('p2')] }));
      expect(elementWith(connector, 'personRole', ['roleId', 'seller'])!.relations).toEqual({ appointment: [person('p1')], teamPlayer: [elementWith(connector, 'team', ['knownName', 'sales'])!.identifier] });
      expect(connector.requested()).toBe(asked);
      await asRoot(server, (client) => client.modifyDN(`ou=sales,${SUFFIX}`, `ou=trade,${SUFFIX}`));
      await until(() => connector.requested() > asked);
      await asRoot(server, async (client) => {
        await client.del(`cn=seller,ou=trade,${SUFFIX}`);
        await client.del(`ou=trade,${SUFFIX}`);
      });
    });

    test('what goes: at once where the directory tells it, else with the next comparison', async () => {
      const { identifier } = elementWith(connector, 'userIdentity', ['userId', 'p3'])! ?? elementWith(connector, 'userIdentity', ['userId', 'p4'])!;
      await asRoot(server, (client) => client.del(elementWith(connector, 'userIdentity', ['userId', 'p3']) ? dnOfPerson('p3') : dnOfPerson('p4')));
      if (sync) {
        await until(() => !connector.elements('actorProfile').has(identifier));
        await until(() => !connector.elements('userIdentity').has(identifier));
        await until(() => ![...connector.elements('contactMethod').keys()].some((one) => one.startsWith(identifier)));
      } else {
        const mark = `seen ${Math.random()}`;
        await asRoot(server, (client) => client.modify(dnOfPerson('p5'), replace('cn', mark)));
        await until(() => elementWith(connector, 'actorProfile', ['knownName', mark]));
        expect(connector.elements('actorProfile').has(identifier)).toBe(true);
        await connector.refresh();
        expect(connector.elements('actorProfile').has(identifier)).toBe(false);
      }
      expect(connector.requested()).toBe(asked);
    });

    test('the server goes away and comes back: news go on, and what happened in between is not lost', async () => {
      await server.kill();
      await until(() => engaged.failures.length > 0);
      expect(engaged.failures[0]!.message).toMatch(/^127\.0\.0\.1:\d+ cannot be reached: /);
      const before = new Map(connector.elements('actorProfile'));
      await server.start();
      const mark = `back ${Math.random()}`;
      await asRoot(server, (client) => client.modify(dnOfPerson('p6'), replace('cn', mark)));
      await until(() => connector.requested() > asked || elementWith(connector, 'actorProfile', ['knownName', mark]));
      if (connector.requested() > asked) await connector.refresh();
      expect(elementWith(connector, 'actorProfile', ['knownName', mark])).toBeDefined();
      expect([...connector.elements('actorProfile').keys()].sort()).toEqual([...before.keys()].sort());
    });

    test('what happens while nobody listens: a comparison is asked for where removals are told, else the changes are found', async () => {
      await engaged.stop();
      const mark = `meanwhile ${Math.random()}`;
      const gone = elementWith(connector, 'userIdentity', ['userId', 'p11']) ? 'p11' : 'p12';
      await asRoot(server, async (client) => {
        await client.modify(dnOfPerson('p7'), replace('cn', mark));
        await client.del(dnOfPerson(gone));
      });
      engaged = engaging(connector);
      if (sync) {
        await until(() => connector.requested() > asked);
        await connector.refresh();
        expect(elementWith(connector, 'userIdentity', ['userId', gone])).toBeUndefined();
      }
      await until(() => elementWith(connector, 'actorProfile', ['knownName', mark]));
    });

    test('nothing is told twice for nothing', async () => {
      const looks = (): number => server.log.filter((line) => line.includes('SRCH')).length;
      const quiet = async (): Promise<void> => {
        const from = looks();
        if (sync) await new Promise((later) => setTimeout(later, 200));
        else await until(() => looks() > from + 5);
      };
      // The change before this test tells more than the person, at its own pace.
      let [told, from] = [-1, looks()];
      while (told !== connector.told.length) {
        [told, from] = [connector.told.length, looks()];
        await quiet();
      }
      [told, from] = [connector.told.length, looks()];
      await quiet();
      expect(connector.told.length).toBe(told);
      if (sync) expect(looks()).toBe(from);
    });
  });
});
