import type { Db } from 'mongodb';
import { FrameworkError } from '../../contract';
import { newRev } from '../../shared';
import { isDuplicate } from './dialect';

/** 2: rows say what they are a part of; 3: and who made them. Whoever does not know that would take it away. */
const VERSION = 3;

/** Throws FrameworkError STORE_TOO_NEW when a newer release wrote this database. */
export async function checkSchema(db: Db): Promise<void> {
  const collection = db.collection<{ readonly _id: string; readonly version: number; readonly rev: string }>('framework.state');
  try {
    await collection.insertOne({ _id: 'schema', version: VERSION, rev: newRev() });
  } catch (err) {
    if (!isDuplicate(err)) throw err;
    const { version, rev } = (await collection.findOne({ _id: 'schema' }))!;
    if (version > VERSION) throw new FrameworkError('STORE_TOO_NEW', [version, VERSION]);
    if (version < VERSION) await collection.updateOne({ _id: 'schema', rev }, { $set: { version: VERSION, rev: newRev() } });
  }
}
