import { cp, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '../../src/shared';
import { openEmbeddedStore } from '../../src/store/embedded';
import { expectConverged, newWorld, prepare, restart, runUntil } from './scenario';

describe('a run of the embedded store killed after any of its calls', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'failpoints-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('is resumed by the next process and ends as if nothing had happened', async () => {
    const start = path.join(folder, 'start');
    const first = newWorld(await openEmbeddedStore({ folder: start, clock: systemClock }));
    await prepare(first, 'entry');
    await first.store.close();
    for (let n = 1; ; n++) {
      const copy = path.join(folder, String(n));
      await cp(start, copy, { recursive: true });
      const world = { ...first, portal: newWorld(first.store).portal, store: await openEmbeddedStore({ folder: copy, clock: systemClock }) };
      for (const [key, entity] of first.portal.entities) world.portal.entities.set(key, structuredClone(entity));
      const killed = await runUntil(world, 'entry', n);
      try {
        await expectConverged(world, 'entry', await restart(world, 'entry'));
      } catch (err) {
        throw new Error(`killed after call ${killed.at}: ${(err as Error).message}`, { cause: err });
      } finally {
        await world.store.close();
        await rm(copy, { recursive: true, force: true });
      }
      if (!killed.died) {
        expect(n).toBeGreaterThan(50);
        return;
      }
    }
  });
});
