import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '../../src/shared';
import type { Store } from '../../src/store';
import { openEmbeddedStore } from '../../src/store/embedded';
import { seedsFrom } from '../model/model-suite';
import { differ } from './differential';

let folder: string;
let store: Store;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'differ-'));
  store = await openEmbeddedStore({ folder, clock: systemClock });
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

test('the embedded store holds and answers what the pure functions say, field by field, after every step of random histories', async () => {
  const seeds = seedsFrom(100);
  for (let at = 0; at < seeds.length; at += 50) {
    const found = await Promise.all(seeds.slice(at, at + 50).map((seed) => differ(store, seed)));
    const different = found.find((one) => one !== undefined);
    expect({ step: different?.step, ...(different?.store as object | undefined) }).toEqual({ step: different?.step, ...(different?.pure as object | undefined) });
  }
}, 600_000);
