import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '../../src/shared';
import { openEmbeddedStore } from '../../src/store/embedded';
import { modelSuite } from './model-suite';

modelSuite('embedded', 2_000, async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'model-'));
  const store = await openEmbeddedStore({ folder, clock: systemClock });
  return {
    store,
    close: async () => {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
});
