import type { Stored, Writable } from '../../../src/store';
import { HOSTILE, type Subject } from './fixtures';

interface Note extends Stored {
  readonly text?: string;
  readonly count?: number;
  readonly on?: boolean;
  readonly inside?: unknown;
}

let prefixes = 0;

export function documentsContract(subject: Subject): void {
  const setUp = () => {
    const prefix = `notes${++prefixes}/`;
    const note = (id: string, more: Partial<Note> = {}): Writable<Note> => ({ ...more, _id: prefix + id });
    const list = async (query: object): Promise<string[]> =>
      (await subject.store.documents.list<Note>('dead_letters', { prefix, limit: 100, ...query })).map((found) => found._id.slice(prefix.length));
    return { documents: subject.store.documents, prefix, note, list };
  };

  test('an inserted document is read back with its rev; a taken id is refused and changes nothing', async () => {
    const { documents, prefix, note } = setUp();
    expect(await documents.get('dead_letters', `${prefix}a`)).toBeUndefined();
    const rev = await documents.insert<Note>('dead_letters', note('a', { text: 'first', inside: { list: [1, null, { deep: true }], 'a.b': 1, $c: { $d: null } } }));
    expect(rev).toEqual(expect.any(String));
    expect(await documents.insert<Note>('dead_letters', note('a', { text: 'second' }))).toBeUndefined();
    expect(await documents.get('dead_letters', `${prefix}a`)).toEqual({ _id: `${prefix}a`, rev, text: 'first', inside: { list: [1, null, { deep: true }], 'a.b': 1, $c: { $d: null } } });
  });

  test('replace is guarded by rev, drops what is not written again, and gives a new rev', async () => {
    const { documents, prefix, note } = setUp();
    const rev = (await documents.insert<Note>('dead_letters', note('a', { text: 'old', count: 1 })))!;
    const next = await documents.replace<Note>('dead_letters', note('a', { text: 'new' }), rev);
    expect(next).not.toBe(rev);
    expect(await documents.replace<Note>('dead_letters', note('a', { text: 'late' }), rev)).toBeUndefined();
    expect(await documents.get('dead_letters', `${prefix}a`)).toEqual({ _id: `${prefix}a`, rev: next, text: 'new' });
    expect(await documents.replace<Note>('dead_letters', note('missing'), rev)).toBeUndefined();
  });

  test('of many writers who read the same rev, one wins; of many who insert one id, one wins', async () => {
    const { documents, prefix, note } = setUp();
    const inserted = await Promise.all(Array.from({ length: 20 }, (_, count) => documents.insert<Note>('dead_letters', note('raced', { count }))));
    const [rev] = inserted.filter((one) => one !== undefined);
    expect(inserted.filter((one) => one !== undefined)).toHaveLength(1);
    const replaced = await Promise.all(Array.from({ length: 20 }, (_, count) => documents.replace<Note>('dead_letters', note('raced', { count }), rev!)));
    const winners = replaced.flatMap((one, count) => (one === undefined ? [] : [{ rev: one, count }]));
    expect(winners).toHaveLength(1);
    expect(await documents.get('dead_letters', `${prefix}raced`)).toEqual({ _id: `${prefix}raced`, ...winners[0] });
  });

  test('remove tells whether there was something, and with a rev is guarded', async () => {
    const { documents, prefix, note } = setUp();
    const rev = (await documents.insert<Note>('dead_letters', note('a')))!;
    expect(await documents.remove('dead_letters', `${prefix}a`, 'another')).toBe(false);
    expect(await documents.remove('dead_letters', `${prefix}a`, rev)).toBe(true);
    expect(await documents.remove('dead_letters', `${prefix}a`, rev)).toBe(false);
    await documents.insert<Note>('dead_letters', note('a'));
    expect(await documents.remove('dead_letters', `${prefix}a`)).toBe(true);
    expect(await documents.remove('dead_letters', `${prefix}a`)).toBe(false);
  });

  test('collections do not see each other', async () => {
    const { documents, prefix, note } = setUp();
    await documents.insert<Note>('dead_letters', note('a', { text: 'letter' }));
    expect(await documents.get('runs', `${prefix}a`)).toBeUndefined();
    expect(await documents.insert<Note>('runs', note('a', { text: 'run' }))).toEqual(expect.any(String));
    expect(await documents.get('dead_letters', `${prefix}a`)).toMatchObject({ text: 'letter' });
    await documents.remove('runs', `${prefix}a`);
  });

  test('list: by id, after an id, at most the limit, and a prefix is text and no pattern', async () => {
    const { documents, note, list, prefix } = setUp();
    for (const id of ['c', 'a', 'b', 'x.y/1', 'xzy/1', 'x%/1', 'x_/1', '(a', '[a']) await documents.insert<Note>('dead_letters', note(id));
    expect(await list({ limit: 3, after: `${prefix}(a` })).toEqual(['[a', 'a', 'b']);
    expect(await list({ limit: 3, after: `${prefix}b` })).toEqual(['c', 'x%/1', 'x.y/1']);
    for (const id of ['x.', 'x%', 'x_', '(', '[']) expect(await list({ prefix: prefix + id })).toHaveLength(1);
    expect(await list({ prefix: `${prefix}nothing` })).toEqual([]);
  });

  test('list: fields that are equal or below, in the order of a field', async () => {
    const { documents, note, list } = setUp();
    await documents.insert<Note>('dead_letters', note('a', { text: 'p', count: 3, on: true }));
    await documents.insert<Note>('dead_letters', note('b', { text: 'q', count: 1, on: false }));
    await documents.insert<Note>('dead_letters', note('c', { text: 'p', count: 2 }));
    await documents.insert<Note>('dead_letters', note('d', { text: '3' }));
    expect(await list({ equals: { text: 'p' } })).toEqual(['a', 'c']);
    expect(await list({ equals: { count: 1 } })).toEqual(['b']);
    expect(await list({ equals: { on: true } })).toEqual(['a']);
    expect(await list({ equals: { on: false } })).toEqual(['b']);
    expect(await list({ equals: { text: 'p', count: 2 } })).toEqual(['c']);
    expect(await list({ equals: { count: 3, text: '3' } })).toEqual([]);
    expect(await list({ below: { count: 3 } })).toEqual(['b', 'c']);
    expect(await list({ below: { text: 'p' } })).toEqual(['d']);
    expect(await list({ below: { count: 10 }, order: { by: 'count' } })).toEqual(['b', 'c', 'a']);
    expect(await list({ below: { count: 10 }, order: { by: 'count', descending: true }, limit: 2 })).toEqual(['a', 'c']);
  });

  test('hostile ids and texts survive', async () => {
    const { documents, note, prefix } = setUp();
    for (const text of HOSTILE) expect(await documents.insert<Note>('dead_letters', note(text, { text, inside: { [text]: text } }))).toEqual(expect.any(String));
    for (const text of HOSTILE) {
      const found = await documents.get<Note>('dead_letters', prefix + text);
      expect(found).toMatchObject({ text });
      expect(JSON.stringify(found!.inside)).toBe(JSON.stringify({ [text]: text }));
    }
  });
}
