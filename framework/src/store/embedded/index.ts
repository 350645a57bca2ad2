import { mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { FrameworkError } from '../../contract';
import type { Clock } from '../../shared';
import type { Ownership, Store } from '../store';
import { acceptDeliveries } from './accept';
import { createAuditTrail } from './audit-trail';
import { createCatalog } from './catalog';
import { connect, type Connection } from './connection';
import { createDeliveryIds } from './delivery-ids';
import { createDocuments } from './documents';
import { createEvents } from './events';
import { createNumbers } from './insert';
import { createNames } from './names';
import { createOutputs } from './outputs';
import { ownFolder } from './ownership';
import { createRows } from './rows';

export interface EmbeddedSettings {
  /** The data folder; created with mode 0700. */
  readonly folder: string;
  readonly clock: Clock;
}

/**
 * The store in one file of the data folder. Opens the folder at once (throws DATA_FOLDER), the file with `ownership.acquire` or with the first operation: then
 * STORE_HELD while another process has it, STORE_TOO_NEW, DATA_FOLDER when it is no database.
 */
export async function openEmbeddedStore(settings: EmbeddedSettings): Promise<Store> {
  const folder = path.resolve(settings.folder);
  await prepare(folder);
  const { ownership, connection } = ownFolder({ folder, clock: settings.clock, open: () => connect(path.join(folder, 'framework.db')) });
  return storeOver(connection, ownership);
}

/** A store that is gone with the process, of one process by its nature: for tests. */
export function openMemoryStore(): Store {
  const connection = connect(':memory:');
  return storeOver(connection, { acquire: async () => undefined, held: new AbortController().signal, release: () => connection.close(), announce: async () => undefined, holder: async () => undefined });
}

function storeOver(connection: Connection, ownership: Ownership): Store {
  const names = createNames(connection);
  const ids = createDeliveryIds(connection);
  const tools = { names, ids, numbers: createNumbers(connection, 'rows') };
  return {
    ownership,
    documents: createDocuments(connection, names),
    rows: createRows(connection, tools),
    outputs: createOutputs(connection, names),
    events: createEvents(connection, names),
    catalog: createCatalog(connection, names),
    audit: createAuditTrail(connection, names),
    async accept(batch) {
      const accepted = await connection.transact((sql) => acceptDeliveries(sql, tools, batch));
      // Nobody waits for it; what fails is tried again after the next batch.
      if (ids.isFull()) connection.derive(ids.move).catch(() => undefined);
      return accepted;
    },
    expireDeliveries: (before, limit) => connection.transact((sql) => ids.expire(sql, before, limit)),
    ping: () => connection.transact((sql) => void sql.get('SELECT 1')),
    close: () => ownership.release(),
  };
}

async function prepare(folder: string): Promise<void> {
  const probe = path.join(folder, `.writable-${process.pid}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = await open(probe, 'w');
    await file.close();
    await rm(probe, { force: true });
  } catch (err) {
    throw new FrameworkError('DATA_FOLDER', [folder, (err as Error).message], { cause: err });
  }
}
