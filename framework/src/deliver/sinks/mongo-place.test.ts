import { Secret } from '../../contract';
import { mongo } from './mongo';
import { isCollectionName } from './mongo-place';

const GIVEN = { url: new Secret('mongodb://h/app'), collection: 'c', insertOnly: false, writeMode: 'replace', timeout: 1 } as const;

it.each(['c', 'jira-issues', 'a.b', 'mysystem.x', 'system'])('%j names a collection', (name) => expect(isCollectionName(name)).toBe(true));

it.each(['', 'a$b', 'a\0b', 'system.users', '.a', 'a.', 'a..b'])('%j names no collection, and is told', (name) => {
  expect(mongo.problems!({ ...GIVEN, collection: name })).toMatchObject([{ path: 'collection', code: 'CONFIG_INVALID', severity: 'error' }]);
});

it('writeMode beside insertOnly is told', () => {
  expect(mongo.problems!({ ...GIVEN, insertOnly: true })).toEqual([]);
  expect(mongo.problems!({ ...GIVEN, insertOnly: true, writeMode: 'merge' })).toMatchObject([{ path: 'writeMode', code: 'CONFIG_INVALID', severity: 'warning' }]);
});
