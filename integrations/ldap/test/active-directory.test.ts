import type { StagedConnector } from '@integration-framework/framework/testkit';
import { startScripted, type Asked, type Said } from './scripted-server';
import { elementWith, namesOf, stage } from './stage';

const BASE = 'dc=acme,dc=example';
const guid = (last: number): Buffer => Buffer.from([0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, last]);
const person = (at: number) => ({ dn: `CN=Person ${at},CN=Users,${BASE}`, attributes: { objectGUID: [guid(at)], cn: [`Person ${at}`], sAMAccountName: [`p${at}`], mail: [`p${at}@acme.example`] } });

/** What Active Directory does and OpenLDAP does not: ids in octets, pages without entries in the middle, lists in parts, numbers of changes, parts on other servers. */
function directory() {
  const state = { usn: 100, service: 'CN=DC1', people: [1, 2, 3, 4], filters: [] as string[] };
  const members = (from: number): Said['entries'] => {
    const last = from + 1 < state.people.length - 1 ? String(from + 1) : '*';
    const part = state.people.slice(from, last === '*' ? undefined : from + 2).map((at) => person(at).dn);
    return [{ dn: `CN=All,${BASE}`, attributes: { objectGUID: [guid(200)], cn: ['All'], member: [], [`member;range=${from}-${last}`]: part } }];
  };
  const answer = ({ base, scope, filter, attributes, cookie }: Asked): Said => {
    state.filters.push(filter);
    if (base === '') return { entries: [{ dn: '', attributes: { namingContexts: [BASE], highestCommittedUSN: [String(state.usn)], dsServiceName: [state.service] } }] };
    const range = attributes.map((name) => /^member;range=(\d+)-\*$/i.exec(name)?.[1]).find((from) => from !== undefined);
    if (range !== undefined) return { entries: members(Number(range))! };
    if (scope === 'base') return { entries: base === BASE ? [{ dn: BASE, attributes: {} }] : filter.includes('inetorgperson') ? state.people.map(person).filter(({ dn }) => dn === base) : [] };
    if (filter.includes('usnchanged')) return { entries: [person(4)] };
    if (filter === '(objectclass=organizationalunit)') return {};
    if (filter.includes('inetorgperson')) {
      const pages: Record<string, Said> = {
        '': { cookie: 'a' },
        a: { entries: state.people.slice(0, 2).map(person), cookie: 'b', references: ['ldap://other.acme.example/DC=DomainDnsZones,DC=acme,DC=example'] },
        b: { cookie: 'c' },
        c: { entries: state.people.slice(2).map(person) },
      };
      return pages[cookie]!;
    }
    return filter.includes('groupofnames') ? { entries: members(0)! } : {};
  };
  return { state, answer };
}

let stop: (() => Promise<void>) | undefined;
let connector: StagedConnector | undefined;
afterEach(async () => {
  await connector?.disconnect();
  expect(connector?.refused ?? []).toEqual([]);
  await stop?.();
});

async function started(given = {}) {
  const { state, answer } = directory();
  const server = await startScripted(answer);
  stop = server.stop;
  connector = stage(server.address, given);
  await connector.start();
  return { state, connector };
}

test('pages without entries in the middle and at the begin end no search; ids are written as Microsoft does', async () => {
  const { connector } = await started();
  await connector.refresh();
  expect(namesOf(connector, 'actorProfile')).toEqual(['Person 1', 'Person 2', 'Person 3', 'Person 4']);
  expect([...connector.elements('actorProfile').keys()][0]).toMatch(/\/00112233-4455-6677-8899-aabbccddee01$/);
  expect(elementWith(connector, 'userIdentity', ['userId', 'p3'])).toBeDefined();
});

test('members that come in parts are all appointed', async () => {
  const { connector } = await started();
  await connector.refresh();
  expect(elementWith(connector, 'personRole', ['roleId', 'member of All'])!.relations!.appointment).toHaveLength(4);
});

test('parts on other servers are told once, by their host', async () => {
  const { connector } = await started();
  await connector.refresh();
  await connector.refresh();
  const told = connector.log.lines.filter((line) => line.includes('other servers'));
  expect(told).toHaveLength(1);
  expect(told[0]).toContain('other.acme.example');
  expect(told[0]).not.toContain('DomainDnsZones');
});

test('changes by their number; another server begins anew with a comparison', async () => {
  const { connector, state } = await started({ watchInterval: 5 });
  await connector.refresh();
  const looking = connector.engage();
  state.usn = 120;
  await looking;
  expect(state.filters.find((filter) => filter.includes('usnchanged'))).toContain('(usnchanged>=101)');
  expect(connector.told.map(({ element }) => element.blueprint)).toEqual(['actorProfile', 'userIdentity', 'contactMethod']);
  expect(connector.told[0]!.element.identifier).toMatch(/ddee04$/);
  expect(connector.requested()).toBe(0);
  const again = connector.engage();
  Object.assign(state, { service: 'CN=DC2', usn: 7 });
  await again;
  expect(connector.requested()).toBe(1);
});

test.each([
  [{ code: 10, referrals: [`ldap://dc2.acme.example/${BASE}`] }, 'ConfigError', 'referral 10 to a search; another server holds base; write its address: dc2.acme.example'],
  [{ code: 50 }, 'ConfigError', 'insufficientAccessRights 50'],
  [{ code: 51 }, 'FrameworkError', 'cannot be reached: it answered busy 51'],
  [{ code: 3 }, 'FrameworkError', 'could not be read: it answered timeLimitExceeded 3'],
])('a refusal at the start: %j', async (said, name, message) => {
  const server = await startScripted(() => said);
  stop = server.stop;
  connector = stage(server.address);
  await expect(connector.start()).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
});
