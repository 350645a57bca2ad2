import type { StagedConnector } from '@integration-framework/framework/testkit';
import { describeWith, type SlapdServer } from '../../../tools/servers';
import { dnOfPerson, LIMITED, ODD, startCompany, SUFFIX } from './directory';
import { addressOf, asRoot, elementWith, namesOf, stage } from './stage';
import { Secret } from '@integration-framework/framework';

describeWith({ needs: ['slapd'] }, 'a directory', () => {
  let server: SlapdServer;
  let connector: StagedConnector;
  beforeAll(async () => {
    server = await startCompany({ people: 2_500, sync: false });
    connector = stage(addressOf(server));
    await connector.start();
    await connector.refresh();
  });
  afterAll(async () => {
    await connector.disconnect();
    await server.stop();
    expect(connector.refused).toEqual([]);
  });

  const idOf = (blueprint: 'actorProfile' | 'team' | 'securityGroup', name: string): string => elementWith(connector, blueprint, [blueprint === 'securityGroup' ? 'title' : 'knownName', name])!.identifier;

  test('people: more than one page, more than the server gives at once, with their user ids and ways to reach them', () => {
    expect(connector.elements('actorProfile').size).toBe(2_500 + 3 + ODD.length);
    expect(connector.elements('userIdentity').size).toBe(2_500 + 2 + ODD.length);
    const ada = elementWith(connector, 'actorProfile', ['knownName', 'Ada L.'])!;
    expect(ada.identifier).toMatch(new RegExp(`^127\\.0\\.0\\.1:${server.port}/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`));
    expect(ada.properties).toEqual({
      qualifiedName: `ActorProfile::${ada.identifier.replace('/', '::')}`,
      typeName: 'Person',
      knownName: 'Ada L.',
      additionalProperties: { distinguishedName: dnOfPerson('ada'), title: 'Countess', employeeNumber: '7', team: idOf('team', 'people') },
    });
    expect(elementWith(connector, 'userIdentity', ['userId', 'ada'])).toMatchObject({ properties: { distinguishedName: dnOfPerson('ada') }, relations: { profileIdentity: ada.identifier } });
    const contacts = [...connector.elements('contactMethod').values()].filter(({ relations }) => relations?.actorProfile === ada.identifier);
    expect(contacts.map(({ properties }) => `${properties.contactMethodType} ${properties.contactType} ${properties.contactMethodValue}`).sort()).toEqual(['EMAIL mail ada@acme.example', 'EMAIL mail lovelace@acme.example', 'PHONE telephoneNumber +1 555 0100']);
    for (const { identifier } of contacts) expect(identifier).not.toMatch(/ada|lovelace|555/);
    expect(elementWith(connector, 'actorProfile', ['knownName', 'No Account'])!.properties.additionalProperties).toMatchObject({ department: 'P1', team: idOf('team', 'platform') });
  });

  test('units inside each other', () => {
    expect(namesOf(connector, 'team')).toEqual(['databases', 'engineering', 'people', 'platform']);
    expect(elementWith(connector, 'team', ['knownName', 'databases'])!.relations).toEqual({ teamHierarchy: idOf('team', 'platform') });
    expect(elementWith(connector, 'team', ['knownName', 'platform'])!.relations).toEqual({ teamHierarchy: idOf('team', 'engineering') });
    expect(elementWith(connector, 'team', ['knownName', 'engineering'])).toMatchObject({ properties: { description: 'Builds things' }, relations: { teamHierarchy: null } });
  });

  test('groups: their people are appointed, however the name is spelled, and groups inside them are named', () => {
    expect(namesOf(connector, 'securityGroup', 'title')).toEqual(['admins', 'inner', 'unix']);
    const members = (group: string) => elementWith(connector, 'personRole', ['roleId', `member of ${group}`])!;
    expect(members('admins').relations).toEqual({ appointment: [idOf('actorProfile', 'Ada L.')] });
    expect(members('admins').properties.additionalProperties).toEqual({ securityGroup: idOf('securityGroup', 'admins'), groups: idOf('securityGroup', 'inner') });
    expect(members('inner').relations).toEqual({ appointment: [idOf('actorProfile', 'Person bob'), ...ODD.map(({ cn }) => idOf('actorProfile', cn))].sort() });
    expect(members('unix').relations).toEqual({ appointment: [idOf('actorProfile', 'Ada L.')] });
  });

  test('roles have their occupants and their unit; accounts of programs are none', () => {
    expect(elementWith(connector, 'personRole', ['roleId', 'lead'])).toMatchObject({ properties: { description: 'Leads' }, relations: { appointment: [idOf('actorProfile', 'Ada L.')], teamPlayer: [idOf('team', 'platform')] } });
    expect(connector.elements('personRole').size).toBe(4);
  });

  test('a second comparison says the same', async () => {
    const before = JSON.stringify([...connector.elements('personRole'), ...connector.elements('actorProfile')]);
    await connector.refresh();
    expect(JSON.stringify([...connector.elements('personRole'), ...connector.elements('actorProfile')])).toBe(before);
  });

  test('created, changed, moved and deleted: ids last', async () => {
    const before = elementWith(connector, 'userIdentity', ['userId', 'p7'])!;
    const gone = elementWith(connector, 'userIdentity', ['userId', 'p8'])!;
    await asRoot(server, async (client) => {
      await client.add(`uid=new,ou=databases,ou=platform,ou=engineering,${SUFFIX}`, { objectClass: 'inetOrgPerson', uid: 'new', cn: 'New One', sn: 'One', mail: 'new@acme.example' });
      await client.modifyDN(dnOfPerson('p7'), `uid=p7-moved,ou=databases,ou=platform,ou=engineering,${SUFFIX}`);
      await client.del(dnOfPerson('p8'));
      await client.modifyDN(`ou=databases,ou=platform,ou=engineering,${SUFFIX}`, `ou=storage,ou=engineering,${SUFFIX}`);
    });
    await connector.refresh();
    expect(elementWith(connector, 'actorProfile', ['knownName', 'New One'])!.properties.additionalProperties).toMatchObject({ team: idOf('team', 'storage') });
    const moved = elementWith(connector, 'userIdentity', ['userId', 'p7-moved'])!;
    expect(moved.identifier).toBe(before.identifier);
    expect(moved.properties.distinguishedName).toBe(`uid=p7-moved,ou=storage,ou=engineering,${SUFFIX}`);
    expect(elementWith(connector, 'team', ['knownName', 'storage'])!.relations).toEqual({ teamHierarchy: idOf('team', 'engineering') });
    expect(connector.elements('actorProfile').has(gone.identifier)).toBe(false);
    expect([...connector.elements('contactMethod').keys()].filter((identifier) => identifier.startsWith(gone.identifier))).toEqual([]);
  });

  test('a search that a limit ends is not complete: it throws, and nothing is removed', async () => {
    const limited = stage(addressOf(server), { bindDn: LIMITED.dn, password: new Secret(LIMITED.password) });
    await limited.start();
    await limited.context.organization.upsert('actorProfile', [{ identifier: 'kept', properties: { qualifiedName: 'kept', knownName: 'Kept' } }]);
    await expect(limited.refresh()).rejects.toThrow('it answered sizeLimitExceeded 4 to a search; let this user read all entries (OpenLDAP: limits … size.prtotal=unlimited); nothing was removed');
    expect(limited.elements('actorProfile').has('kept')).toBe(true);
    await limited.disconnect();
  });

  test('the log of the server: pages of 500, and nothing but sign-in and searches', async () => {
    const from = server.log.length;
    const watched = stage(addressOf(server));
    await watched.start();
    await watched.refresh();
    const aborting = new AbortController();
    const engaged = watched.engage(aborting.signal).catch(() => undefined);
    await new Promise((later) => setTimeout(later, 100));
    aborting.abort();
    await engaged;
    await watched.disconnect();
    const kinds = new Set(server.log.slice(from).flatMap((line) => /conn=\d+ op=\d+ ([A-Z]+)/.exec(line)?.[1] ?? []));
    expect([...kinds].filter((kind) => !['SRCH', 'SEARCH', 'RESULT', 'BIND', 'UNBIND'].includes(kind))).toEqual([]);
    expect(kinds.has('SRCH')).toBe(true);
    const counts = server.log.slice(from).flatMap((line) => Number(/SEARCH RESULT .*nentries=(\d+)/.exec(line)?.[1] ?? 0));
    expect(Math.max(...counts)).toBe(500);
    expect(server.log.join('\n')).not.toMatch(/ (ADD|MOD|DEL|MODRDN) dn="[^"]*" .*reader/);
  });
});
