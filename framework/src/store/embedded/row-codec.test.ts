import type { RowState } from '../apply';
import { contentOf, withContent } from './row-codec';

const base = { _id: 'i/k/1', integration: 'i', kind: 'k', key: '1', partition: '', floor: 0, stamp: 0, heard: 0, seen: 0, gone: false, by: 'event' } as const satisfies RowState;
const item = JSON.stringify({ id: 1, name: 'ö'.repeat(40), list: [1, 2, 3] });

describe('the body of a row that a delivery brought', () => {
  const through = (row: RowState): RowState => withContent(base, contentOf(row), 0);

  test('is kept as its place, where the delivery holds it word for word', () => {
    const row = { ...base, row: item, data: `{"type":"x","item":${item},"at":5}`, event: { type: 'x', operation: 'write', at: 5 } } as const;
    expect(contentOf(row)[0]).toEqual(expect.any(Number));
    expect(through(row)).toEqual(row);
  });

  test('is kept as it is, where it stands there otherwise, is short, or is the delivery itself deflated', () => {
    const huge = `{"item":${item},"rest":"${'x'.repeat(2_000_000)}"}`;
    for (const data of [`{ "item": ${item.replace(',', ', ')} }`, '{}', huge]) {
      const row = { ...base, row: item, data };
      expect(contentOf(row)[0]).toBe(item);
      expect(through(row)).toEqual(row);
    }
    const short = { ...base, row: '{"id":1}', data: '{"item":{"id":1}}' };
    expect(contentOf(short)[0]).toBe('{"id":1}');
    expect(through({ ...base, row: item })).toEqual({ ...base, row: item });
  });
});
