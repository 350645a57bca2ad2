import { ConfigError } from '@integration-framework/framework';
import { readAddress } from '../src/address';
import { namesOf } from '../src/names';

const read = (address: string) => readAddress({ address });

describe('an address', () => {
  test.each([
    ['postgres://db.example/sales', { host: 'db.example', port: 5432, database: 'sales' }],
    ['postgresql://DB.example:6432', { host: 'db.example', port: 6432 }],
    ['postgres://db:5432/', { host: 'db', port: 5432 }],
    ['postgres://[::1]:5433/a%2Fb%20c?sslmode=verify-full', { host: '::1', port: 5433, database: 'a/b c', sslmode: 'verify-full' }],
  ])('%s', (address, expected) => expect(read(address)).toEqual(expected));

  test.each([
    ['', /set connection.endpoint.address/],
    ['mysql://db/x', /none of a PostgreSQL server/],
    ['db:5432/sales', /none of a PostgreSQL server/],
    ['postgres://me:pw-4711@db/x', /take it out, and set `user` and `password`/],
    ['postgres://one,two/x', /more than one host/],
    ['postgres:///x', /no host/],
    ['postgres://db/a/b', /more than one database/],
    ['postgres://db/a%', /wrongly encoded/],
    ['postgres://db/x?sslmode=maybe', /sslmode in the address is none of disable, prefer/],
    ['postgres://db/x?options=-c', /parameter options, which is not known here/],
  ])('%s says what is wrong, and no password', (address, message) => {
    expect(() => read(address)).toThrow(ConfigError);
    expect(() => read(address)).toThrow(message);
    expect(() => read(address)).not.toThrow(/4711/);
  });

  test('is not there at all', () => expect(() => readAddress(undefined)).toThrow(/set connection.endpoint.address/));
});

describe('names', () => {
  const of = (...path: readonly string[]) => namesOf({ host: '::1', port: 5432 }).of(...path);
  test('hold the server, and are apart from each other', () => {
    expect(of('a', 'b')).toEqual({ identifier: '=5B::1=5D:5432/a/b', qualifiedName: '[::1]:5432/a.b' });
    const paths = [['a', 'b'], ['a/b'], ['a.b'], ['"a"', 'b'], ['a', 'B'], ['a=2Fb'], ['a', 'b', ''], ['a%2Fb']];
    for (const member of ['identifier', 'qualifiedName'] as const) expect(new Set(paths.map((path) => of(...path)[member])).size).toBe(paths.length);
  });
  test('of the software: one for an address', () => {
    expect(namesOf({ host: 'db', port: 1 }).capability.identifier).toBe('db:1');
    expect(namesOf({ host: 'db', port: 1, database: 'x' }).capability.identifier).toBe('db:1/x');
  });
});
