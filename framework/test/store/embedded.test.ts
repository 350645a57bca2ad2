import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '../../src/shared';
import type { Store } from '../../src/store';
import { openEmbeddedStore } from '../../src/store/embedded';
import { storeContract } from './contract';

storeContract('embedded', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'store-'));
  const open = async (): Promise<Store> => {
    const store = await openEmbeddedStore({ folder, clock: systemClock });
    await store.ownership.acquire(new AbortController().signal);
    return store;
  };
  let store = await open();
  return {
    store,
    reopen: async () => {
      await store.close();
      return (store = await open());
    },
    close: async () => {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
});
