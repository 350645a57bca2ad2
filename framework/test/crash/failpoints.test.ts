import { cp, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '../../src/shared';
import { openEmbeddedStore } from '../../src/store/embedded';
import { killEverywhere } from './failpoints';
import { newWorld } from './scenario';

describe('a run with the embedded store, killed after any of its calls', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'failpoints-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('is resumed by the next process and ends as if nothing had happened', async () => {
    const start = path.join(folder, 'start');
    const calls = await killEverywhere(async (prepared) => {
      const world = newWorld(await openEmbeddedStore({ folder: start, clock: systemClock }));
      await prepared(world);
      await world.store.close();
      return {
        world,
        async fork(n) {
          const copy = path.join(folder, String(n));
          await cp(start, copy, { recursive: true });
          const store = await openEmbeddedStore({ folder: copy, clock: systemClock });
          return { store, close: () => store.close() };
        },
      };
    });
    expect(calls).toBeGreaterThan(80);
  });
});
