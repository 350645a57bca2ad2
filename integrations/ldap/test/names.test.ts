import { parseAddress } from '../src/address';
import { ancestorKeys, dnKey, dnOf, exactDn, parseDn } from '../src/dn';
import { createFrames } from '../src/frames';
import { problemsOf, type LdapSettings } from '../src/settings';
import { Changes } from '../src/sync';
import { settingsOf } from './stage';

test.each([
  ['UID=Ada,OU=People, DC=acme', 'uid=ada,ou=people,dc=acme'],
  ['cn=Smith\\, J.,dc=acme', 'cn=smith\\2C j.,dc=acme'],
  ['cn="Smith, J.",dc=acme', 'cn=Smith\\, J.;dc=acme'],
  ['cn=Zo\\C3\\AB,dc=acme', 'cn=zoë,dc=acme'],
  ['cn=zoe\u0308', 'cn=zo\u00eb'],
  ['cn=a+uid=b,dc=acme', 'UID=b+CN=a,dc=acme'],
  ['oid.2.5.4.3=a', '2.5.4.3=A'],
  ['cn=two  blanks', 'cn=two blanks'],
  ['cn=back\\\\slash', 'cn=back\\5Cslash'],
  ['cn=x\\ ', 'cn=x\\20'],
])('%s is %s', (one, other) => expect(dnKey(parseDn(one))).toBe(dnKey(parseDn(other))));

test.each([
  ['cn=a\\,b=c', 'cn=a,b=c'],
  ['cn=a\\+b=c', 'cn=a+b=c'],
  ['cn=a', 'uid=a'],
  ['cn=a,cn=b', 'cn=b,cn=a'],
])('%s is not %s', (one, other) => expect(dnKey(parseDn(one))).not.toBe(dnKey(parseDn(other))));

test('what lies above a name, nearest first; a text that is no name stands for itself', () => {
  expect(ancestorKeys(parseDn('cn=a,OU=b\\,c,dc=d'))).toEqual(['ou=b\\,c,dc=d', 'dc=d']);
  expect(() => parseDn('nothing')).toThrow('lacks its type');
  expect(exactDn(dnOf('nothing'))).toBe('name=nothing');
  expect(parseDn(' ')).toEqual([]);
});

test('addresses: the port of the scheme is left out, so that a change to TLS changes no identifier', () => {
  expect(parseAddress('ldap://Dir.Acme.example')).toEqual({ host: 'dir.acme.example', port: 389, tls: false, server: 'dir.acme.example' });
  expect(parseAddress('ldaps://dir.acme.example:636/')).toMatchObject({ port: 636, tls: true, server: 'dir.acme.example' });
  expect(parseAddress('ldaps://dir.acme.example:3269')).toMatchObject({ server: 'dir.acme.example:3269' });
  expect(parseAddress('ldap://[::1]:3890')).toMatchObject({ host: '::1', port: 3890, server: '::1:3890' });
  expect(parseAddress('dir.acme.example')).toContain('write ldap://');
});

test('settings: what one alone cannot tell', () => {
  const problems = (given: Record<string, unknown>) => problemsOf(settingsOf(given) as unknown as LdapSettings);
  expect(problems({})).toEqual([]);
  expect(problems({ password: undefined })).toEqual([expect.stringContaining('bindDn needs password')]);
  expect(problems({ bindDn: undefined })).toEqual([expect.stringContaining('password has no effect')]);
  expect(problems({ base: 'acme' })).toEqual([expect.stringContaining('base is no distinguished name')]);
  expect(problems({ peopleFilter: '(uid=a' })).toEqual([expect.stringContaining('peopleFilter is no filter')]);
});

test('frames: cut wherever the network cuts them', () => {
  const frames = [Buffer.from('3003020101', 'hex'), Buffer.concat([Buffer.from('308200c8', 'hex'), Buffer.alloc(200, 1)]), Buffer.from('3000', 'hex')];
  const all = Buffer.concat(frames);
  for (const size of [1, 2, 3, 7, 100, all.length]) {
    const taken: Buffer[] = [];
    const cut = createFrames((frame) => void taken.push(Buffer.from(frame)));
    for (let at = 0; at < all.length; at += size) cut(all.subarray(at, at + size));
    expect(taken).toEqual(frames);
  }
  expect(() => createFrames(() => undefined)(Buffer.from('HTTP/1.1 400'))).toThrow('no LDAP');
  expect(() => createFrames(() => undefined)(Buffer.from('3084ffffffff', 'hex'))).toThrow('a message of');
});

test('changes of several servers are compared one by one', () => {
  const csn = (second: number, server: string): string => `202601011200${second}.000000Z#000000#${server}#000000`;
  const seen = new Changes([csn(10, '001'), csn(20, '002')]);
  expect(new Changes([csn(10, '001'), csn(19, '002')]).isIn(seen)).toBe(true);
  expect(new Changes([csn(11, '001'), csn(19, '002')]).isIn(seen)).toBe(false);
  expect(new Changes([csn(10, '003')]).isIn(seen)).toBe(false);
  seen.addCookie(`rid=000,sid=001,csn=${csn(11, '001')};${csn(10, '003')}`);
  expect(seen.toCookie()).toBe(`rid=000,csn=${csn(11, '001')};${csn(20, '002')};${csn(10, '003')}`);
});
