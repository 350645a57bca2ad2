import { groupRecords, tellDeliveries } from './take-deliveries';
import type { AcceptedRecord } from './store';

const mark = (id: string, hash: string) => ({ id, hash });
const record = (kind: string, key: string, mapping = 'm'): AcceptedRecord => ({ scope: { integration: 'entry', kind }, truth: 'told', mapping, claim: { key, stamp: 1, is: 'changed' } });
const delivery = (...records: readonly AcceptedRecord[]) => ({ hash: 'h', records });

test('deliveries are told apart in order, by id and body; another body under an id takes its place', () => {
  const before = new Map([['old', '1']]);
  const { known, taken } = tellDeliveries([mark('old', '1'), mark('new', '1'), undefined, mark('new', '1'), mark('old', '2'), mark('old', '1'), undefined], before);
  expect(known).toEqual([true, false, false, true, false, false, false]);
  expect([...taken]).toEqual([['new', '1'], ['old', '1']]);
});

test('records of one kind and mapping are claimed together, in order of receipt; those of known deliveries are not', () => {
  const deliveries = [delivery(record('a', '1'), record('b', '2')), delivery(record('a', '3')), delivery(record('a', '4')), delivery(record('a', '5', 'other'))];
  const groups = groupRecords(deliveries, [false, true, false, false]);
  expect(groups.map(({ scope, mapping, claims, places }) => [scope.kind, mapping, claims.map(({ key }) => key), places.map(({ delivery: of }) => of)])).toEqual([
    ['a', 'm', ['1', '4'], [0, 2]],
    ['b', 'm', ['2'], [0]],
    ['a', 'other', ['5'], [3]],
  ]);
});
