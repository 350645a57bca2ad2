export const MAX_BYTES = 1_048_576;
const MAX_ENTITIES = 20;
const SAMPLE = 10;
const MARGIN = 1.5;

/** `{"entities":[` and `]}` around the entities of one call. */
const OPEN = '{"entities":[';
const CLOSE = ']}';

/** Entities `from` to `to` (exclusive) that go together. */
export interface Batch {
  readonly from: number;
  readonly to: number;
  /** `single`: alone it fits into a call, not with the envelope of a bulk. `oversized`: fits into none. */
  readonly form: 'bulk' | 'single' | 'oversized';
  /** Bytes of the entities, without envelope. */
  readonly bytes: number;
}

/** First guess of how many entities go into a call, from the bytes of the first ones (port-contract 6.2). */
export function bulkSize(bytes: readonly number[]): number {
  const sample = bytes.slice(0, SAMPLE);
  const mean = sample.reduce((sum, one) => sum + one, 0) / Math.max(1, sample.length);
  return Math.max(1, Math.min(MAX_ENTITIES, Math.floor(MAX_BYTES / Math.max(1, Math.floor(MARGIN * mean)))));
}

/** Cuts entities into calls, in order: by the guess in number, by real bytes in size. */
export function* pack(entities: readonly string[]): Generator<Batch> {
  const sizes = entities.map((entity) => Buffer.byteLength(entity));
  const most = bulkSize(sizes);
  const room = MAX_BYTES - OPEN.length - CLOSE.length;
  let from = 0;
  while (from < sizes.length) {
    let bytes = sizes[from]!;
    let to = from + 1;
    if (bytes > room) {
      yield { from, to, bytes, form: bytes > MAX_BYTES ? 'oversized' : 'single' };
    } else {
      // One byte for each comma.
      for (; to < sizes.length && to - from < most && bytes + 1 + sizes[to]! <= room; to++) bytes += 1 + sizes[to]!;
      yield { from, to, bytes, form: 'bulk' };
    }
    from = to;
  }
}

export const bulkBody = (entities: readonly string[]): string => `${OPEN}${entities.join(',')}${CLOSE}`;
