import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { bulkBody, bulkSize, MAX_BYTES, pack } from './pack';

const KIB = 1_024;
const ofBytes = (bytes: number): string => JSON.stringify({ identifier: 'x'.repeat(bytes - '{"identifier":""}'.length) });
const counts = (entities: readonly string[]): number[] => Array.from(pack(entities), ({ from, to }) => to - from);

describe('pack', () => {
  it('30 tiny ones go by 20', () => {
    expect(counts(Array<string>(30).fill(ofBytes(50)))).toEqual([20, 10]);
  });

  it('30 of 100 KiB go by 6', () => {
    expect(counts(Array<string>(30).fill(ofBytes(100 * KIB)))).toEqual([6, 6, 6, 6, 6]);
  });

  it('10 tiny, then 10 of 50 KiB go together', () => {
    expect(counts([...Array<string>(10).fill(ofBytes(50)), ...Array<string>(10).fill(ofBytes(50 * KIB))])).toEqual([20]);
  });

  it('10 tiny, then 10 of 200 KiB: real bytes close a batch that the guess would have made too large', () => {
    expect(counts([...Array<string>(10).fill(ofBytes(50)), ...Array<string>(10).fill(ofBytes(200 * KIB))])).toEqual([15, 5]);
  });

  it('one of 2 MiB fits into no call', () => {
    expect(Array.from(pack([ofBytes(2 * KIB * KIB)]))).toEqual([{ from: 0, to: 1, form: 'oversized', bytes: 2 * KIB * KIB }]);
  });

  it('one that fits alone but not with the envelope of a bulk goes alone', () => {
    expect(Array.from(pack([ofBytes(MAX_BYTES)]))).toEqual([{ from: 0, to: 1, form: 'single', bytes: MAX_BYTES }]);
  });

  it('counts bytes, not characters', () => {
    const entity = JSON.stringify({ identifier: '€'.repeat(40 * KIB) });
    expect(counts(Array<string>(10).fill(entity))).toEqual([5, 5]);
    expect(counts(Array<string>(10).fill(ofBytes(entity.length)))).toEqual([10]);
  });

  it('nothing needs no call', () => {
    expect(counts([])).toEqual([]);
  });

  it('whatever comes: in order, complete, at most 20 and 1 MiB', () => {
    const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31));
    const sizes = fc.array(fc.oneof(fc.integer({ min: 20, max: 200 }), fc.integer({ min: 20, max: 300 * KIB }), fc.integer({ min: 900 * KIB, max: 1_100 * KIB })), { maxLength: 60 });
    fc.assert(
      fc.property(sizes, (bytes) => {
        const entities = bytes.map(ofBytes);
        let at = 0;
        for (const batch of pack(entities)) {
          expect(batch.from).toBe(at);
          at = batch.to;
          expect(batch.to - batch.from).toBeLessThanOrEqual(20);
          if (batch.form === 'bulk') expect(Buffer.byteLength(bulkBody(entities.slice(batch.from, batch.to)))).toBeLessThanOrEqual(MAX_BYTES);
          else expect(batch.to - batch.from).toBe(1);
        }
        expect(at).toBe(entities.length);
      }),
      { seed, numRuns: 60 },
    );
  });
});

describe('bulkSize', () => {
  it('looks at the first ten only', () => {
    expect(bulkSize([...Array<number>(10).fill(50), ...Array<number>(10).fill(500 * KIB)])).toBe(20);
    expect(bulkSize([])).toBe(20);
    expect(bulkSize([3 * KIB * KIB])).toBe(1);
  });
});
