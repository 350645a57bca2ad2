import { hashText } from '../contract';
import { applyClaim, applyMapped, applyObservation, applyPurge, applySweep, faceOf, isDirty, tookEvent, type RowState } from './apply';
import type { ClaimInput } from './store';

const scope = { integration: 'entry', kind: 'issue' };
const page = { scope, truth: 'listed', by: 'page', stamp: 10, seen: 3, partition: 'p', mapping: 'm', at: 100 } as const;
const heard = { scope, truth: 'listed', mapping: 'm', at: 200 } as const;
const said = (text: string, version?: number) => ({ key: 'k', text, hash: `#${text}`, ...(version !== undefined && { version }) });
const seen = (text = 'a', version?: number): RowState => applyObservation(undefined, page, said(text, version)).row;
const mapped = (row: RowState): RowState => applyMapped(row, row.face ?? '', 'm')!;

test('seen only grows, also by a look that is newer but of an older generation', () => {
  const row = applyObservation(seen(), { ...page, stamp: 20, seen: 2, partition: 'q' }, said('b')).row;
  expect(row).toMatchObject({ seen: 3, partition: 'q', hash: '#b', stamp: 20 });
});

test('a claim never counts as seen and names no partition', () => {
  const row = applyClaim(seen('a', 1), heard, { key: 'k', stamp: 12, is: 'present', version: 2, text: 'b', hash: '#b' }).row;
  expect(row).toMatchObject({ seen: 3, partition: 'p', by: 'event', hash: '#b', face: '#b' });
});

test('change tells a store what it has to write', () => {
  const clean = mapped(seen());
  expect(applyObservation(clean, { ...page, stamp: 11 }, said('a'))).toMatchObject({ change: 'touch', content: 'keep', outcome: 'unchanged' });
  expect(applyObservation(clean, page, said('a'))).toMatchObject({ change: 'none', content: 'keep', outcome: 'unchanged' });
  expect(applyObservation(clean, { ...page, stamp: 11 }, said('b'))).toMatchObject({ change: 'full', content: 'set', outcome: 'stored' });
  expect(applyObservation(clean, { ...page, stamp: 11, mapping: 'other' }, said('a'))).toMatchObject({ change: 'full', content: 'keep', outcome: 'unchanged' });
});

test('a claim that only asks leaves the body alone, also for a store that read the row without it', () => {
  const { row: _body, ...bare } = mapped(seen());
  const claim: ClaimInput = { key: 'k', stamp: 5, is: 'present', text: 'a', hash: '#a', event: { type: 't', operation: 'write', at: 1 }, data: 'd' };
  const applied = applyClaim(bare, heard, claim);
  expect(applied).toMatchObject({ content: 'keep', change: 'full', row: { ask: 5 } });
  expect(applied.row).not.toHaveProperty('data');
  // Also when an older question, or a younger claim, is there already.
  for (const more of [{ ask: 9 }, { heard: 9 }]) expect(applyClaim({ ...bare, ...more }, heard, claim).content).toBe('keep');
});

test('dirty: what was mapped is not what the row shows, or was mapped otherwise; a tombstone only while something was made of it', () => {
  const row = seen();
  expect(isDirty(row, 'm')).toBe(true);
  expect(isDirty(mapped(row), 'm')).toBe(false);
  expect(isDirty(mapped(row), 'other')).toBe(true);
  const gone = applyObservation(mapped(row), { ...page, by: 'get', stamp: 20 }, { key: 'k', absent: true }).row;
  expect(gone).toMatchObject({ gone: true, goneAt: 100, due: 100 });
  expect(isDirty(gone, 'm')).toBe(true);
  expect(isDirty(mapped(gone), 'other')).toBe(false);
  expect(isDirty(applyObservation(undefined, page, { key: 'k', absent: true }).row, 'm')).toBe(false);
});

test('mapped is set only for the face that was mapped, and due stays while the row asks', () => {
  const row = seen();
  expect(applyMapped(row, '#old', 'm')).toBeUndefined();
  expect(applyMapped(row, '#a', 'm')).not.toHaveProperty('due');
  expect(applyMapped({ ...row, ask: 11 }, '#a', 'm')).toMatchObject({ due: 100 });
  const gone = applyPurge(mapped(row), 300);
  expect(applyMapped(gone, '#a', 'm')).toBeUndefined();
  expect(applyMapped(gone, '', 'm')).not.toHaveProperty('due');
});

test('a tombstone keeps the time it went, and purge leaves neither body nor question', () => {
  const gone = applyPurge({ ...mapped(seen('a', 4)), ask: 12 }, 300);
  expect(gone).toMatchObject({ gone: true, goneAt: 300, floor: 4, stamp: 10, due: 300, by: 'event' });
  for (const member of ['row', 'hash', 'face', 'version', 'ask']) expect(gone).not.toHaveProperty(member);
  expect(applyObservation(gone, { ...page, by: 'get', stamp: 30, at: 900 }, { key: 'k', absent: true }).row.goneAt).toBe(300);
});

describe('what outputs are made of', () => {
  const event = { type: 'issue updated', operation: 'write', at: 1 } as const;
  const told = { scope, truth: 'told', mapping: 'm', at: 200 } as const;
  const tell = (stored: RowState | undefined, stamp: number, more: object = {}) => applyClaim(stored, told, { key: 'k', stamp, is: 'present', text: 'a', hash: '#a', event, data: 'd', ...more });

  test('face: of a row that was read its hash, of one that a delivery brought what the delivery says', () => {
    expect(seen().face).toBe('#a');
    expect(tell(undefined, 1).row.face).toBe(hashText(`write issue updated ${hashText('d')}`));
    expect(faceOf('#a', {})).toBe('#a');
    const faces = [faceOf('#a', { event, data: 'd' }), faceOf('#a', { event, data: 'e' }), faceOf('#a', { event: { ...event, type: 'other' }, data: 'd' }), faceOf('#a', { event: { ...event, operation: 'delete' }, data: 'd' }), '#a'];
    expect(new Set(faces).size).toBe(5);
    // When it came is none of it.
    expect(faceOf('#a', { event: { ...event, at: 2 }, data: 'd' })).toBe(faces[0]);
  });

  test('an equal page row keeps the delivery and its face; another one takes both away', () => {
    const { row } = tell(undefined, 1);
    const equal = applyObservation(mapped(row), { ...page, truth: 'told' }, said('a'));
    expect(equal).toMatchObject({ content: 'keep', change: 'touch', holds: false, row: { face: row.face, data: 'd', event } });
    const other = applyObservation(mapped(row), { ...page, truth: 'told' }, said('b'));
    expect(other).toMatchObject({ content: 'set', holds: true, row: { face: '#b' } });
    expect(other.row).not.toHaveProperty('data');
    expect(other.row).not.toHaveProperty('event');
  });

  test('an equal row of another delivery is dirty, and the event is its author', () => {
    const stored = mapped(seen());
    const applied = tell(stored, 12);
    expect(applied).toMatchObject({ outcome: 'unchanged', claimed: 'stored', content: 'set', holds: true, row: { by: 'event', due: 200 } });
    expect(tell(mapped(applied.row), 13)).toMatchObject({ claimed: 'unchanged', row: { heard: 13 } });
    expect(tell(mapped(applied.row), 13).row).not.toHaveProperty('due');
  });

  test('a tombstone keeps what the row held where envelopes are read: its delivery, else its text', () => {
    const read = mapped(seen());
    const { row: brought } = tell(undefined, 1);
    const absent = { key: 'k', absent: true } as const;
    const answer = { ...page, by: 'get', stamp: 20, envelopes: true } as const;
    expect(applyObservation(read, answer, absent)).toMatchObject({ content: 'bury', row: { gone: true, data: 'a' } });
    expect(applyObservation(brought, answer, absent)).toMatchObject({ content: 'bury', row: { gone: true, data: 'd', event } });
    expect(applyObservation(brought, answer, absent).row).not.toHaveProperty('row');
    const { envelopes: _none, ...plain } = answer;
    expect(applyObservation(brought, plain, absent).row).not.toHaveProperty('data');
    const filter = { scope, generation: 9, startStamp: 50, truth: 'listed', incomplete: [] } as const;
    const step = { policy: 'immediate', stamp: 60, at: 300 } as const;
    expect(applySweep(read, filter, { ...step, envelopes: true })).toMatchObject({ content: 'bury', row: { data: 'a' } });
    expect(applySweep(read, filter, step).row).not.toHaveProperty('data');
    expect(applyClaim(brought, told, { key: 'k', stamp: 9, is: 'gone', event: { ...event, operation: 'delete' }, data: 'removal' })).toMatchObject({ content: 'set', row: { gone: true, data: 'removal' } });
  });

  test('an event was taken by its row where the row shows it, or shows that it heard of later ones', () => {
    const { row } = tell(undefined, 5, { version: 7 });
    const of = (number: number, data: string, version?: number) => ({ number, event, data, ...(version !== undefined && { version }) });
    expect(tookEvent(row, of(9, 'd'))).toBe(true);
    expect(tookEvent(row, of(5, 'other'))).toBe(true);
    expect(tookEvent(row, of(6, 'other', 7))).toBe(true);
    expect(tookEvent(row, of(6, 'other', 8))).toBe(false);
    expect(tookEvent(row, of(6, 'other'))).toBe(false);
    expect(tookEvent({ ...row, ask: 6 }, of(6, 'other'))).toBe(true);
    expect(tookEvent(undefined, of(1, 'd'))).toBe(false);
  });
});
