import { Attribute, Change, Client } from 'ldapts';
import { describeWith, startSlapd, type SlapdServer } from '../../../tools/servers';
import { resync } from './observe';
import { oneConnector, type OneConnector, type View } from './one-connector';

const SUFFIX = 'dc=acme,dc=example';
const READER = `cn=reader,${SUFFIX}`;
const PASSWORD = 'read-me-31bd';
const person = (uid: string, name: string): string => `dn: uid=${uid},ou=people,${SUFFIX}\nobjectClass: inetOrgPerson\nuid: ${uid}\ncn: ${name}\nsn: ${uid}\nmail: ${uid}@acme.example\n`;
const LDIF = [
  `dn: ${SUFFIX}\nobjectClass: dcObject\nobjectClass: organization\ndc: acme\no: Acme\n`,
  `dn: ${READER}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: reader\nuserPassword: ${PASSWORD}\n`,
  `dn: ou=people,${SUFFIX}\nobjectClass: organizationalUnit\nou: people\n`,
  person('ada', 'Ada'),
  person('bob', 'Bob'),
].join('\n');

describeWith({ needs: ['slapd'] }, 'the people of a directory in the catalog and the portal', () => {
  let server: SlapdServer;
  let root: Client;
  let connector: OneConnector;
  const people: View = { blueprint: 'actorProfile', value: ({ properties }) => properties['knownName'] };
  const addresses: View = { blueprint: 'contactMethod', value: ({ properties }) => properties['contactMethodValue'] };
  const dn = (uid: string): string => `uid=${uid},ou=people,${SUFFIX}`;
  const add = (uid: string, cn: string): Promise<void> => root.add(dn(uid), { objectClass: 'inetOrgPerson', uid, cn, sn: uid });
  const set = (uid: string, type: string, value: string): Promise<void> => root.modify(dn(uid), [new Change({ operation: 'replace', modification: new Attribute({ type, values: [value] }) })]);

  beforeAll(async () => {
    server = await startSlapd({ ldif: LDIF, lines: [`access to * by dn.exact="${READER}" read by anonymous auth by * none`] });
    const address = `ldap://${server.host}:${server.port}`;
    root = new Client({ url: address });
    await root.bind(server.rootDn, server.rootPassword);
    connector = oneConnector(
      { identifier: 'directory', type: 'ldap', engage: true, resync: { every: '60m' }, connection: { endpoint: { address } }, config: { base: SUFFIX, bindDn: READER, password: { fromEnv: 'LDAP_PASSWORD' } } },
      { LDAP_PASSWORD: PASSWORD },
    );
  });
  afterAll(async () => {
    await connector?.end();
    await root?.unbind();
    await server?.stop();
  });

  it('the directory tells who comes, changes and goes', async () => {
    await connector.start();
    await connector.follows('who is there', people, ['Ada', 'Bob']);
    await connector.follows('how they are reached', addresses, ['ada@acme.example', 'bob@acme.example']);
    await add('cy', 'Cy');
    await set('ada', 'cn', 'Ada L.');
    await connector.follows('one who came and another name', people, ['Ada L.', 'Bob', 'Cy']);
    await root.del(dn('bob'));
    await connector.follows('one who went', people, ['Ada L.', 'Cy']);
    await connector.follows('and what was a part of him', addresses, ['ada@acme.example']);
  });

  it('a refresh brings what is so at its end', async () => {
    await add('dee', 'Dee');
    await set('cy', 'mail', 'cy@acme.example');
    await root.del(dn('ada'));
    expect(await resync(connector.running, 'directory')).toMatchObject({ state: 'completed' });
    expect(await connector.sees(people)).toEqual({ catalog: ['Cy', 'Dee'], portal: ['Cy', 'Dee'] });
    await connector.follows('addresses', addresses, ['cy@acme.example']);
  });

  it('a process that is killed while people come and go has them right after its next start', async () => {
    const changes = (async () => {
      for (const uid of ['eve', 'flo', 'gus']) await add(uid, uid);
      await root.del(dn('dee'));
    })();
    await connector.kill();
    await changes;
    await root.del(dn('flo'));
    await set('cy', 'mail', 'new@acme.example');
    await connector.start();
    await connector.follows('the people of now', people, ['Cy', 'eve', 'gus']);
    await connector.follows('the address of now', addresses, ['new@acme.example']);
    expect(connector.running.stdout() + connector.running.stderr()).not.toContain(PASSWORD);
  });
});
