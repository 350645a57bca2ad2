import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { handClock } from '../../test/flow/hand-clock';
import { makeRecord } from '../audit/test/make-record';
import { readState, writeState } from '../store';
import { openEmbeddedStore } from '../store/embedded';
import { recordedLog } from '../testkit';
import { keepHouse } from './housekeeping';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

it('audit records go after 14 days, however many', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'house-'));
  const clock = handClock();
  const store = await openEmbeddedStore({ folder, clock });
  const stopping = new AbortController();
  try {
    const start = clock.now();
    const at = (ms: number) => makeRecord('INFO', { timeStamp: new Date(start + ms).toISOString() });
    await store.audit.append([...Array.from({ length: 2_500 }, (_, second) => at(second)), at(2 * HOUR)]);
    const house = keepHouse({ store, clock, log: recordedLog(), signal: stopping.signal, identifiers: [] });
    const left = async (): Promise<number> => (await store.audit.query({ limit: 10_000 })).records.length;
    clock.advance(14 * DAY - HOUR);
    expect(await left()).toBe(2_501);
    // The next look begins when the one before has ended.
    for (let looks = 0; (await left()) > 1 && looks < 5_000; looks++) clock.advance(looks === 20 ? 2 * HOUR : 0);
    expect(await left()).toBe(1);
    stopping.abort(new Error('the test is over'));
    await house;
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
});

it('ids of In Topic messages go after a day, nothing else of the state does', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'house-'));
  const clock = handClock();
  const store = await openEmbeddedStore({ folder, clock });
  const stopping = new AbortController();
  try {
    const start = clock.now();
    const state = { 'in-topic/pg/old': { at: start }, 'in-topic/pg/young': { at: start + 2 * HOUR }, 'out-topic/pg/x': { at: start }, 'type/pg': 'pg' };
    for (const [name, value] of Object.entries(state)) await writeState(store.documents, name, value);
    const house = keepHouse({ store, clock, log: recordedLog(), signal: stopping.signal, identifiers: [] });
    const left = async (): Promise<readonly string[]> => (await Promise.all(Object.keys(state).map(async (name) => ((await readState(store.documents, name)) === undefined ? [] : [name])))).flat();
    clock.advance(DAY + HOUR);
    for (let looks = 0; (await left()).length === 4 && looks < 5_000; looks++) clock.advance(0);
    expect(await left()).toEqual(['in-topic/pg/young', 'out-topic/pg/x', 'type/pg']);
    stopping.abort(new Error('the test is over'));
    await house;
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
});
