import { newRev } from '../../../src/shared';
import { rowId, type Stored } from '../../../src/store';
import { answer, claims, HOSTILE, mapped, newScope, page, present, rewrite, rowOf, withoutRev, type Subject } from './fixtures';

/** What is observed and claimed, and what of it is stored. The write rule has tests of its own; here each store has to obey it. */
export function rowsContract(subject: Subject): void {
  test('a page stores its rows whole, and reports them dirty with their place in the page; again it changes nothing', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    const batch = page(scope, [present('a', 1, 7), present('b', 2)]);
    const expected = {
      counts: { received: 2, stored: 2, unchanged: 0, outvoted: 0 },
      dirty: [
        { _id: rowId(scope, 'a'), key: 'a', face: batch.rows[0]!.hash, gone: false, at: 0 },
        { _id: rowId(scope, 'b'), key: 'b', face: batch.rows[1]!.hash, gone: false, at: 1 },
      ],
    };
    expect(await rows.observe(batch)).toEqual(expected);
    const stored = await rowOf(subject.store, scope, 'a');
    expect(withoutRev(stored)).toEqual({
      _id: rowId(scope, 'a'),
      ...scope,
      key: 'a',
      partition: 'all',
      row: batch.rows[0]!.text,
      hash: batch.rows[0]!.hash,
      face: batch.rows[0]!.hash,
      version: 7,
      floor: 7,
      stamp: 10,
      heard: -1,
      seen: 1,
      gone: false,
      by: 'run',
      due: 1_000,
    });
    expect(await rows.observe(batch)).toEqual({ counts: { received: 2, stored: 0, unchanged: 2, outvoted: 0 }, dirty: expected.dirty });
    expect(withoutRev(await rowOf(subject.store, scope, 'a'))).toEqual(withoutRev(stored));
  });

  test('a mapped row that is seen again unchanged gets the new stamp, generation and partition, and nothing else', async () => {
    const { rows, outputs } = subject.store;
    const scope = newScope();
    const batch = page(scope, [present('a', 1, 7), present('b', 2)]);
    await rows.observe(batch);
    await outputs.rewrite(rewrite(scope, batch.rows.map((row) => mapped(scope, { key: row.key, face: row.hash }, []))));
    const before = (await rowOf(subject.store, scope, 'a'))!;
    expect(before).toMatchObject({ mapped: { face: batch.rows[0]!.hash, mapping: 'm1' } });
    expect(before).not.toHaveProperty('due');
    expect(await rows.observe({ ...batch, stamp: 20, seen: 2, partition: 'other' })).toEqual({ counts: { received: 2, stored: 0, unchanged: 2, outvoted: 0 }, dirty: [] });
    const after = (await rowOf(subject.store, scope, 'a'))!;
    expect(withoutRev(after)).toEqual({ ...withoutRev(before), stamp: 20, seen: 2, partition: 'other' });
    expect(after.rev).not.toBe(before.rev);
    // An older look counts as seen, in whatever generation, but decides nothing.
    await rows.observe({ ...batch, stamp: 15, seen: 3 });
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ stamp: 20, seen: 3, partition: 'all' });
    await rows.observe({ ...batch, stamp: 30, seen: 1 });
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ stamp: 30, seen: 3 });
  });

  test('another mapping makes a seen row dirty', async () => {
    const { rows, outputs } = subject.store;
    const scope = newScope();
    const batch = page(scope, [present('a', 1)]);
    await rows.observe(batch);
    await outputs.rewrite(rewrite(scope, [mapped(scope, { key: 'a', face: batch.rows[0]!.hash }, [])]));
    const { dirty, counts } = await rows.observe({ ...batch, stamp: 11, mapping: 'm2', at: 1_234 });
    expect(counts.unchanged).toBe(1);
    expect(dirty).toMatchObject([{ key: 'a', at: 0 }]);
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ due: 1_234, mapped: { mapping: 'm1' } });
  });

  test('what is older by version asks; the get that answers is believed', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    await rows.observe(page(scope, [present('a', 'new', 9)]));
    expect(await rows.observe(page(scope, [present('a', 'old', 5)], { stamp: 11 }))).toMatchObject({ counts: { received: 1, stored: 0, unchanged: 0, outvoted: 1 } });
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ version: 9, ask: 11, due: 1_000 });
    const back = present('a', 'old', 5);
    expect(await rows.observe(answer(scope, { rows: [back] }, 12))).toMatchObject({ counts: { received: 1, stored: 1 }, dirty: [{ key: 'a', at: 0 }] });
    const row = await rowOf(subject.store, scope, 'a');
    expect(row).toMatchObject({ version: 5, floor: 5, row: back.text, stamp: 12, by: 'run', seen: 1 });
    expect(row).not.toHaveProperty('ask');
  });

  test('a get that finds nothing buries: without body, hash and version, with the time it went', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    await rows.observe(page(scope, [present('a', 1, 4)]));
    const said = answer(scope, { absent: ['a', 'never'] }, 20);
    expect(await rows.observe(said)).toMatchObject({ counts: { received: 2, stored: 1, unchanged: 1, outvoted: 0 } });
    expect(withoutRev(await rowOf(subject.store, scope, 'a'))).toEqual({
      _id: rowId(scope, 'a'),
      ...scope,
      key: 'a',
      partition: 'all',
      floor: 4,
      stamp: 20,
      heard: -1,
      seen: 1,
      gone: true,
      goneAt: 2_000,
      by: 'run',
      // It was waiting for its mapping, and somebody may be at it: so it is mapped once more, as gone.
      mapped: { face: '?', mapping: 'm1' },
      due: 1_000,
    });
    expect(await rowOf(subject.store, scope, 'never')).toMatchObject({ gone: true, stamp: 20, seen: -1, goneAt: 2_000 });
    expect(await rows.observe(said)).toMatchObject({ counts: { received: 2, stored: 0, unchanged: 2, outvoted: 0 }, dirty: [{ key: 'a', gone: true }] });
    // An older page does not revive, a newer one does.
    expect((await rows.observe(page(scope, [present('a', 1, 4)], { stamp: 19 }))).counts.outvoted).toBe(1);
    expect((await rows.observe(page(scope, [present('a', 1, 4)], { stamp: 21 }))).counts.stored).toBe(1);
    const revived = await rowOf(subject.store, scope, 'a');
    expect(revived).toMatchObject({ gone: false, stamp: 21, row: present('a', 1, 4).text });
    expect(revived).not.toHaveProperty('goneAt');
  });

  test('the position moves with the page and its counts, and is refused to whoever lost the scan', async () => {
    const { rows, documents } = subject.store;
    const scope = newScope();
    const scan = { _id: `${scope.integration}/${scope.kind}/1/all` };
    const rev = (await documents.insert('scans', scan))!;
    const batch = page(scope, [present('a', 1), present('b', 1)]);
    const { rev: next } = await rows.observe(batch, { rev, advance: (counts) => ({ ...scan, ...counts, position: { page: 2 } }) as typeof scan });
    expect(await documents.get('scans', scan._id)).toEqual({ ...scan, rev: next, received: 2, stored: 2, unchanged: 0, outvoted: 0, position: { page: 2 } });
    const late = await rows.observe({ ...batch, stamp: 11, rows: [present('c', 1)] }, { rev, advance: () => scan });
    expect(late).toHaveProperty('rev', undefined);
    expect(await documents.get<Stored>('scans', scan._id)).toMatchObject({ rev: next });
    // The rows of a page whose position is refused are harmless, and may be there or not.
    expect(late.counts.received).toBe(1);
    expect(await rows.observe(batch, { rev: newRev(), advance: () => scan })).toHaveProperty('rev', undefined);
  });

  test('many writers of the same rows end where the rule ends, whatever the order', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    const keys = Array.from({ length: 30 }, (_, n) => `k${n}`);
    await Promise.all(
      Array.from({ length: 12 }, (_, n) => rows.observe(page(scope, keys.map((key) => present(key, `v${(n * 5) % 12}`, (n * 5) % 12)), { stamp: 10 + ((n * 7) % 12), partition: 'p' }))),
    );
    const stored = await rows.get(keys.map((key) => rowId(scope, key)));
    expect(stored).toHaveLength(keys.length);
    for (const row of stored) expect(row).toMatchObject({ version: 11, floor: 11, row: present(row.key, 'v11').text, seen: 1 });
    const claimed = await Promise.all(
      Array.from({ length: 12 }, (_, n) => rows.claim(claims(scope, keys.map((key) => ({ key, stamp: 100 + n, is: 'present', version: 20 + n, text: `${n}`, hash: `h${n}` }))))),
    );
    for (const row of await rows.get(keys.map((key) => rowId(scope, key)))) expect(row).toMatchObject({ version: 31, heard: 111, row: '11' });
    expect(claimed.every(({ counts }) => counts.received === keys.length && counts.stored + counts.unchanged + counts.outvoted === keys.length)).toBe(true);
  });

  test('hostile keys are found, counted, listed and paged', async () => {
    const { rows } = subject.store;
    const scope: ReturnType<typeof newScope> = { integration: `${newScope().integration}/%é.$`, kind: 'a/b%2F.$x' };
    const all = HOSTILE.map((key) => present(key, key, 1));
    await rows.observe(page(scope, all, { partition: HOSTILE[2]! }));
    const stored = await rows.get(HOSTILE.map((key) => rowId(scope, key)));
    expect(new Map(stored.map((row) => [row.key, row.row]))).toEqual(new Map(all.map((row) => [row.key, row.text])));
    expect(stored.every((row) => row.integration === scope.integration && row.kind === scope.kind && row.partition === HOSTILE[2])).toBe(true);
    const seen: string[] = [];
    for (let after: string | undefined; ; ) {
      const found = await rows.find({ integration: scope.integration, limit: 4, ...(after !== undefined && { after }) });
      seen.push(...found.map((row) => row.key));
      if (found.length < 4) break;
      after = found.at(-1)!._id;
    }
    expect(new Set(seen)).toEqual(new Set(HOSTILE));
    expect(seen).toHaveLength(HOSTILE.length);
    expect(await rows.alive(scope)).toBe(HOSTILE.length);
    expect(await rows.scopes()).toContainEqual({ ...scope, alive: HOSTILE.length, gone: 0, asks: 0 });
    const { dirty } = await rows.claim(claims(scope, HOSTILE.map((key, n) => ({ key, stamp: 50 + n, is: 'gone', version: 2 }))));
    // Nobody mapped them yet, but somebody may be at it.
    expect(dirty.map(({ key, gone }) => ({ key, gone }))).toEqual(HOSTILE.map((key) => ({ key, gone: true })));
    expect(await rows.alive(scope)).toBe(0);
  });

  test('bodies come back letter by letter: big integers, keys of every kind, a body of 2 MB', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    const texts = ['{"n":12345678901234567890,"f":1.0,"e":1e400}', '{"a.b":{"$c":"\\u0000"},"__proto__":1,"":null}', JSON.stringify({ long: '漢字😀x'.repeat(300_000) }), '"\\ud800"', '[]'];
    await rows.observe(page(scope, texts.map((text, n) => ({ key: `k${n}`, text, hash: `h${n}`, version: 2 ** 53 - 1 }))));
    const stored = await rows.get(texts.map((_, n) => rowId(scope, `k${n}`)));
    expect(new Map(stored.map((row) => [row.key, row.row]))).toEqual(new Map(texts.map((text, n) => [`k${n}`, text])));
    expect(stored.every((row) => row.version === 2 ** 53 - 1 && row.floor === 2 ** 53 - 1)).toBe(true);
    await rows.observe(page(scope, [{ key: 'f', text: '{}', hash: 'f', version: 1.5 }]));
    expect(await rowOf(subject.store, scope, 'f')).toMatchObject({ version: 1.5, floor: 1.5 });
  });

  test('a page of 1,000 rows and an empty one', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    const batch = page(scope, Array.from({ length: 1_000 }, (_, n) => present(`k${n}`, n)));
    expect((await rows.observe(batch)).counts.stored).toBe(1_000);
    expect((await rows.observe({ ...batch, stamp: 11 })).counts.unchanged).toBe(1_000);
    expect(await rows.observe(page(scope, []))).toEqual({ counts: { received: 0, stored: 0, unchanged: 0, outvoted: 0 }, dirty: [] });
    expect(await rows.claim(claims(scope, []))).toEqual({ counts: { received: 0, stored: 0, unchanged: 0, outvoted: 0 }, dirty: [], outcomes: [] });
    expect(await rows.alive(scope)).toBe(1_000);
  });
}
