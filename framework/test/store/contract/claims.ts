import { hashText } from '../../../src/contract';
import { faceOf } from '../../../src/store';
import { answer, claims, mapped, newScope, page, present, rewrite, rowOf, withoutRev, type Subject } from './fixtures';

const event = { type: 'updated', operation: 'write', at: 1_400 } as const;

export function claimsContract(subject: Subject): void {
  test('listed: a claim creates no row, it asks; the answer belongs to the event', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    const claim = { key: 'a', stamp: 5, is: 'present', version: 3, text: '1', hash: 'h', locate: 'https://there/a', event } as const;
    expect(await rows.claim(claims(scope, [claim]))).toEqual({ counts: { received: 1, stored: 0, unchanged: 0, outvoted: 1 }, dirty: [], outcomes: ['asked'] });
    const asking = await rowOf(subject.store, scope, 'a');
    expect(asking).toMatchObject({ gone: true, ask: 5, due: 1_500, goneAt: 1_500, by: 'event', locate: 'https://there/a', seen: -1 });
    await rows.claim(claims(scope, [claim]));
    expect(withoutRev(await rowOf(subject.store, scope, 'a'))).toEqual(withoutRev(asking));
    await rows.observe(answer(scope, { rows: [present('a', 1, 3)] }, 6));
    const row = await rowOf(subject.store, scope, 'a');
    expect(row).toMatchObject({ gone: false, version: 3, stamp: 6, by: 'event', locate: 'https://there/a', seen: -1 });
    expect(row).not.toHaveProperty('ask');
  });

  test('listed: a claim moves a live row forward, with its delivery; never counts as seen; a later look takes the delivery away only with the content', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    await rows.observe(page(scope, [present('a', 1, 1)]));
    const next = present('a', 2, 2);
    const claim = { ...next, stamp: 12, is: 'present', version: 2, event, data: '{"delivery":12345678901234567890}' } as const;
    expect(await rows.claim(claims(scope, [claim]))).toMatchObject({ counts: { stored: 1 }, dirty: [{ key: 'a', face: faceOf(next.hash, { event, data: claim.data }), at: 0 }], outcomes: ['stored'] });
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ version: 2, heard: 12, stamp: 10, seen: 1, row: next.text, data: claim.data, event, by: 'event' });
    expect((await rows.claim(claims(scope, [claim]))).counts).toEqual({ received: 1, stored: 0, unchanged: 1, outvoted: 0 });
    await rows.observe(page(scope, [next], { stamp: 20 }));
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ event, data: claim.data, stamp: 20 });
    await rows.observe(page(scope, [present('a', 3, 3)], { stamp: 30 }));
    const row = await rowOf(subject.store, scope, 'a');
    expect(row).toMatchObject({ version: 3, by: 'run' });
    expect(row).not.toHaveProperty('data');
    expect(row).not.toHaveProperty('event');
    expect(row!.face).toBe(row!.hash);
  });

  test('what goes before it was mapped is dirty as gone, and dirty once more when it comes back the same', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    const row = present('a', 1);
    const tell = (stamp: number, is: 'present' | 'gone') => rows.claim(claims(scope, [is === 'gone' ? { key: 'a', stamp, is } : { ...row, stamp, is }], 'told'));
    expect(await tell(1, 'present')).toMatchObject({ dirty: [{ key: 'a', face: row.hash, gone: false }] });
    expect(await tell(2, 'gone')).toMatchObject({ dirty: [{ key: 'a', gone: true }] });
    expect(await tell(3, 'present')).toMatchObject({ dirty: [{ key: 'a', face: row.hash, gone: false }], outcomes: ['stored'] });
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ gone: false, due: expect.any(Number) });
  });

  test('a claim with an equal row and another delivery makes the row dirty; the same delivery again, and an equal page row, do not', async () => {
    const { rows, outputs } = subject.store;
    const scope = newScope();
    const row = present('a', 1);
    const say = (stamp: number, data: string, type = 'updated') => ({ ...row, stamp, is: 'present', event: { ...event, type }, data }) as const;
    await rows.observe(page(scope, [row], { truth: 'told' }));
    await outputs.rewrite(rewrite(scope, [mapped(scope, { key: 'a', face: row.hash }, [])]));
    const tell = (claim: ReturnType<typeof say>) => rows.claim(claims(scope, [claim], 'told'));
    const told = await tell(say(11, 'first'));
    const face = faceOf(row.hash, { event, data: 'first' });
    expect(told).toMatchObject({ counts: { stored: 0, unchanged: 1 }, dirty: [{ key: 'a', face, at: 0 }], outcomes: ['stored'] });
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ hash: row.hash, face, by: 'event', due: 1_500, data: 'first' });
    await outputs.rewrite(rewrite(scope, [mapped(scope, { key: 'a', face }, [])]));
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ mapped: { face } });
    expect(await tell(say(12, 'first'))).toMatchObject({ dirty: [], outcomes: ['unchanged'] });
    expect((await rows.observe(page(scope, [row], { truth: 'told', stamp: 20 }))).dirty).toEqual([]);
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ face, data: 'first', event, stamp: 20, heard: 12 });
    expect(await tell(say(21, 'first', 'moved'))).toMatchObject({ dirty: [{ face: faceOf(row.hash, { event: { ...event, type: 'moved' }, data: 'first' }) }], outcomes: ['stored'] });
    // A page has no delivery, so its content is not what the row holds.
    const { dirty } = await rows.observe(page(scope, [row], { truth: 'told', stamp: 30 }));
    expect(dirty).toMatchObject([{ key: 'a' }]);
    expect(dirty[0]).not.toHaveProperty('at');
  });

  test('outcomes: stored while outputs wait for it, unchanged, outvoted, asked, in order of the claims', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    await rows.observe(page(scope, [present('a', 1, 5), present('b', 1, 5)]));
    const say = (key: string, stamp: number, version: number, content: unknown) => ({ ...present(key, content), stamp, is: 'present', version }) as const;
    const list = [say('a', 11, 6, 2), say('b', 12, 4, 0), { key: 'a', stamp: 13, is: 'changed' }, say('b', 14, 5, 'other'), say('never', 15, 1, 1), { key: 'b', stamp: 16, is: 'gone', version: 7 }] as const;
    expect((await rows.claim(claims(scope, list))).outcomes).toEqual(['stored', 'outvoted', 'asked', 'asked', 'asked', 'stored']);
    // Older than the question that is open already, and still a question.
    expect((await rows.claim(claims(scope, [{ key: 'a', stamp: 12, is: 'changed' }]))).outcomes).toEqual(['asked']);
    expect((await rows.claim(claims(scope, [say('t', 20, 1, 1), say('t', 21, 1, 1), { key: 't', stamp: 22, is: 'changed' }], 'told'))).outcomes).toEqual(['stored', 'stored', 'outvoted']);
  });

  test('listed: older claims are outvoted, a greater version buries, an equal one asks', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    await rows.observe(page(scope, [present('a', 1, 5), present('b', 1, 5)]));
    const old = { key: 'a', stamp: 11, is: 'present', version: 4, text: 'old', hash: 'old' } as const;
    expect((await rows.claim(claims(scope, [old, { key: 'a', stamp: 12, is: 'gone', version: 4 }]))).counts.outvoted).toBe(2);
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ version: 5, heard: -1 });
    expect((await rows.claim(claims(scope, [{ key: 'a', stamp: 13, is: 'gone', version: 6 }]))).counts.stored).toBe(1);
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ gone: true, floor: 6, version: 6, heard: 13, by: 'event' });
    expect((await rows.claim(claims(scope, [{ key: 'b', stamp: 14, is: 'gone', version: 5 }]))).counts.outvoted).toBe(1);
    expect(await rowOf(subject.store, scope, 'b')).toMatchObject({ gone: false, ask: 14 });
  });

  test('listed: without version a change asks, and gone is an absence seen on receipt', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    await rows.observe(page(scope, [present('a', 1), present('b', 1)]));
    await rows.claim(claims(scope, [{ key: 'a', stamp: 11, is: 'present', text: 'x', hash: 'x' }, { key: 'b', stamp: 12, is: 'gone' }]));
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ gone: false, ask: 11, row: present('a', 1).text });
    expect(await rowOf(subject.store, scope, 'b')).toMatchObject({ gone: true, stamp: 12, by: 'event' });
  });

  test('claims of one key are applied in their order; the row points at the claim whose text it holds', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    await rows.observe(page(scope, [present('a', 0, 1)]));
    const say = (stamp: number, version: number) => ({ key: 'a', stamp, is: 'present', version, text: `${version}`, hash: hashText(`${version}`) }) as const;
    const { counts, dirty } = await rows.claim(claims(scope, [say(11, 3), say(12, 2), say(13, 5), { key: 'a', stamp: 14, is: 'changed' }, say(15, 4)]));
    expect(counts).toEqual({ received: 5, stored: 2, unchanged: 0, outvoted: 3 });
    expect(dirty).toMatchObject([{ key: 'a', at: 2 }]);
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ version: 5, row: '5', ask: 14 });
  });

  test('an ask on a change that is not mapped yet leaves its author; on a mapped row the event is the author', async () => {
    const { rows, outputs } = subject.store;
    const scope = newScope();
    const row = present('a', 1);
    await rows.observe(page(scope, [row]));
    await rows.claim(claims(scope, [{ key: 'a', stamp: 11, is: 'changed' }]));
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ by: 'run', ask: 11 });
    await outputs.rewrite(rewrite(scope, [mapped(scope, { key: 'a', face: row.hash }, [])]));
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ due: 1_000, ask: 11 });
    await rows.claim(claims(scope, [{ key: 'a', stamp: 12, is: 'changed' }]));
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ by: 'event', ask: 12 });
  });

  test('told: claims create, decide and delete by version, then by receipt; a delete wins a tie; nobody asks', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    const tell = (list: Parameters<typeof claims>[1]) => rows.claim(claims(scope, list, 'told'));
    expect((await tell([{ key: 'a', stamp: 1, is: 'present', version: 5, text: '5', hash: 'h5', event, data: 'd' }])).counts.stored).toBe(1);
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ gone: false, version: 5, heard: 1, row: '5', data: 'd', by: 'event' });
    expect((await tell([{ key: 'a', stamp: 2, is: 'present', version: 4, text: '4', hash: 'h4' }])).counts.outvoted).toBe(1);
    expect((await tell([{ key: 'a', stamp: 3, is: 'gone', version: 5 }])).counts.stored).toBe(1);
    expect((await tell([{ key: 'a', stamp: 4, is: 'present', version: 5, text: '5', hash: 'h5' }])).counts.outvoted).toBe(1);
    expect((await tell([{ key: 'a', stamp: 5, is: 'changed' }])).counts.outvoted).toBe(1);
    expect(await rowOf(subject.store, scope, 'a')).not.toHaveProperty('ask');
    expect((await tell([{ key: 'never', stamp: 5, is: 'changed' }])).counts.outvoted).toBe(1);
    expect(await rowOf(subject.store, scope, 'never')).toBeUndefined();
    await tell([{ key: 'b', stamp: 6, is: 'present', text: '1', hash: 'h1' }, { key: 'b', stamp: 7, is: 'present', text: '2', hash: 'h2' }]);
    expect(await rowOf(subject.store, scope, 'b')).toMatchObject({ row: '2', heard: 7 });
  });

  test('mixed: claims decide, a page begun before them asks, a later page decides', async () => {
    const { rows } = subject.store;
    const scope = newScope();
    await rows.claim(claims(scope, [{ key: 'a', stamp: 10, is: 'present', text: '"claimed"', hash: 'c' }], 'mixed'));
    await rows.observe(page(scope, [present('a', 'old')], { truth: 'mixed', stamp: 9 }));
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ row: '"claimed"', ask: 9, seen: 1 });
    await rows.observe(page(scope, [present('a', 'new')], { truth: 'mixed', stamp: 11 }));
    const row = await rowOf(subject.store, scope, 'a');
    expect(row).toMatchObject({ row: present('a', 'new').text, stamp: 11 });
    expect(row).not.toHaveProperty('ask');
    await rows.claim(claims(scope, [{ key: 'a', stamp: 12, is: 'changed' }], 'mixed'));
    expect(await rowOf(subject.store, scope, 'a')).toMatchObject({ ask: 12 });
  });
}
