import type { AnyBulkWriteOperation, BulkWriteResult, Collection, MongoBulkWriteError, MongoClient } from 'mongodb';
import { FrameworkError, type SettingsOf } from '../../contract';
import { withhold } from '../../shared';
import type { DocumentItem, SinkProblem, SinkResult, SinkType } from '../sink';
import { STOPPED } from './answers';
import { badName, eventOf, fieldsOf, messageOf, NO_OBJECT, unsettable } from './document';
import { literal, storedFields, type DecimalOf, type Stored, type StoredFields } from './mongo-document';
import { codeOf, DUPLICATE, isBulkError, isOfOneDocument, isOnIdentity, refusalOf } from './mongo-faults';
import { isCollectionName, mongoPlace } from './mongo-place';
import { unlessAborted } from './unless-aborted';

const settings = {
  url: { type: 'string', required: true, secret: true, description: 'Connection string. Names the database in its path, unless `database` does.', example: { fromEnv: 'MONGO_URL' } },
  database: { type: 'string', description: "Database; default: the URL's." },
  collection: { type: 'string', required: true, description: 'Collection that holds the documents.' },
  insertOnly: { type: 'boolean', default: false, description: 'A history: one new document for each event, deletes too, instead of one document for each thing.' },
  writeMode: { type: 'string', enum: ['replace', 'merge'], default: 'replace', description: '`merge` leaves top-level fields alone that the pipeline does not make.' },
  timeout: { type: 'duration', default: '10s', min: 1, description: 'Time limit of a call.' },
} as const;
type Settings = SettingsOf<typeof settings>;

const NO_URL = 'url is no connection string of MongoDB';

type Document = { [name: string]: Stored } & { _id: string };
type Operation = AnyBulkWriteOperation<Document>;

/** One item on its way: where its result belongs, and what is asked of the server. */
interface Sent {
  readonly at: number;
  readonly operation: Operation;
  /** Sent for the second time, after another writer had inserted it meanwhile. */
  readonly raced?: true;
}

/** One document for each thing, `_id` its canonical id; with `insertOnly` one for each event. */
export const mongo: SinkType<Settings> = {
  settings,
  insertOnly: ({ insertOnly }) => insertOnly,
  nameOf(given) {
    const place = mongoPlace(given.url.reveal());
    return `mongo:${[place?.hosts, databaseOf(given), given.collection].filter((part) => part !== undefined && part !== '').join('/')}`;
  },
  problems(given): readonly SinkProblem[] {
    if (!mongoPlace(given.url.reveal())) {
      return [{ path: 'url', code: 'CONFIG_TYPE', severity: 'error', message: NO_URL, remedy: 'write mongodb://user:password@host:27017/database, with : / ? # @ in user and password percent-encoded' }];
    }
    return [...databaseProblems(given), ...collectionProblems(given)];
  },
  create(given, { name }) {
    const { collection, insertOnly, writeMode, timeout } = given;
    const merge = writeMode === 'merge';
    let client: { readonly mongo: MongoClient; readonly url: string; readonly decimal: DecimalOf } | undefined;

    /** A rotated password is a new client; what was on its way in the old one is sent again. */
    async function open(): Promise<{ readonly documents: Collection<Document>; readonly decimal: DecimalOf }> {
      const { MongoClient: Client, Decimal128 } = await import('mongodb');
      const url = given.url.reveal();
      if (!mongoPlace(url)) throw new FrameworkError('SINK_AWAY', [NO_URL]);
      if (databaseOf(given) === '') throw new FrameworkError('SINK_DATABASE_MISSING', []);
      if (client?.url !== url) {
        void client?.mongo.close().catch(() => undefined);
        client = undefined;
        const mongo = new Client(url, {
          appName: 'integration-framework',
          serverSelectionTimeoutMS: timeout,
          connectTimeoutMS: timeout,
          socketTimeoutMS: timeout,
          waitQueueTimeoutMS: timeout,
          writeConcern: { w: 'majority', wtimeoutMS: timeout },
          readPreference: 'primary',
        });
        client = { mongo, url, decimal: Decimal128.fromString };
      }
      return { documents: client.mongo.db(databaseOf(given)).collection<Document>(collection), decimal: client.decimal };
    }

    const clean = (text: string): string => withhold(text, mongoPlace(given.url.reveal())?.secrets ?? [given.url.reveal()]);

    function stateOf(item: DocumentItem, decimal: DecimalOf): Operation | SinkResult {
      const _id = item.canonicalId;
      if (item.operation === 'delete') return { deleteOne: { filter: { _id } } };
      const fields = fieldsOf(item);
      if (!fields) return NO_OBJECT;
      const stored = storedFields(fields, decimal);
      if (!merge) return { replaceOne: { filter: { _id }, replacement: stateDocument(stored, _id, item.eventId), upsert: true } };
      const wrong = unsettable(fields);
      if (wrong !== undefined) return badName(wrong);
      return { updateOne: { filter: { _id }, update: { $set: mergedFields(stored, item.eventId) }, upsert: true } };
    }

    function eventOperation(item: DocumentItem, decimal: DecimalOf): Operation | SinkResult {
      const { id, receivedAt } = eventOf(item);
      const fields = item.data === undefined ? {} : fieldsOf(item);
      if (!fields) return NO_OBJECT;
      const own = { _id: id, _eventId: item.eventId, _operation: item.operation, _eventType: item.eventType, _receivedAt: receivedAt };
      return { insertOne: { document: eventDocument(storedFields(fields, decimal), own) } };
    }

    function operationOf(item: DocumentItem, decimal: DecimalOf): Operation | SinkResult {
      try {
        return insertOnly ? eventOperation(item, decimal) : stateOf(item, decimal);
      } catch (err) {
        if (!(err instanceof RangeError)) throw err;
        return { is: 'refused', code: 'TOO_LARGE', error: 'its data are nested too deep' };
      }
    }

    /** Asks, then settles each item. What is refused as a whole because of one document is halved until that one stands alone. */
    async function send(documents: Collection<Document>, batch: readonly Sent[], settle: Settle): Promise<void> {
      if (batch.length === 0) return;
      try {
        const result = await documents.bulkWrite(batch.map(({ operation }) => operation), { ordered: false, maxTimeMS: timeout });
        for (const [at, sent] of batch.entries()) settle(sent, accepted(sent, result, at));
      } catch (err) {
        const error = clean(messageOf(err));
        if (isBulkError(err) && [err.writeErrors].flat().length > 0) await send(documents, settlePartly(batch, err, settle), settle);
        else if (!isOfOneDocument(err)) for (const sent of batch) settle(sent, { is: 'retry', error });
        else if (batch.length === 1) settle(batch[0]!, refusalOf(codeOf(err), error));
        else {
          await send(documents, batch.slice(0, batch.length >> 1), settle);
          await send(documents, batch.slice(batch.length >> 1), settle);
        }
      }
    }

    /** Gives what has to be sent once more: the second of two upserts that raced finds the document of the first. An event that is there was delivered before. */
    function settlePartly(batch: readonly Sent[], failed: MongoBulkWriteError, settle: Settle): readonly Sent[] {
      const errors = new Map([failed.writeErrors].flat().map((error) => [error.index, error]));
      return batch.flatMap((sent, at): Sent[] => {
        const error = errors.get(at);
        if (!error) settle(sent, accepted(sent, failed.result, at));
        else if (error.code !== DUPLICATE || !isOnIdentity(error)) settle(sent, refusalOf(error.code, clean(error.errmsg ?? `error ${error.code}`)));
        else if (insertOnly) settle(sent, { is: 'ok', created: false });
        else if (sent.raced === true) settle(sent, { is: 'retry', error: 'another writer inserts this document at the same time' });
        else return [{ ...sent, raced: true }];
        return [];
      });
    }

    return {
      name,
      insertOnly,
      needsName: false,
      batchItems: 500,
      concurrency: insertOnly ? 1 : 2,
      shape: JSON.stringify([databaseOf(given), collection, insertOnly, writeMode]),
      async write(items, _options, signal) {
        const results: SinkResult[] = items.map(() => STOPPED);
        if (signal.aborted) return results;
        const work = async (): Promise<void> => {
          const { documents, decimal } = await open();
          const batch = items.flatMap((item, at): Sent[] => {
            const operation = operationOf(item, decimal);
            if (!('is' in operation)) return [{ at, operation }];
            results[at] = operation;
            return [];
          });
          await send(documents, batch, (sent, result) => (results[sent.at] = result));
        };
        try {
          await unlessAborted(work(), signal);
        } catch (err) {
          const error = clean(messageOf(err));
          if (!signal.aborted) for (const [at, result] of results.entries()) if (result === STOPPED) results[at] = { is: 'retry', error };
        }
        return [...results];
      },
      async ping(signal) {
        try {
          await unlessAborted(reach(), signal);
        } catch (err) {
          signal.throwIfAborted();
          if (err instanceof FrameworkError) throw err;
          throw new FrameworkError('SINK_AWAY', [clean(messageOf(err))]);
        }
      },
      async close() {
        const closing = client;
        client = undefined;
        await closing?.mongo.close();
      },
    };

    /** An answer alone says little about our rights: removing what nobody has needs the same ones as a write. */
    async function reach(): Promise<void> {
      const { documents } = await open();
      await documents.db.command({ ping: 1, maxTimeMS: timeout });
      if (!insertOnly) await documents.deleteOne({ _id: `ping ${process.pid} ${Date.now()}` }, { maxTimeMS: timeout });
    }
  },
};

type Settle = (sent: Sent, result: SinkResult) => void;

function databaseProblems(given: Settings): readonly SinkProblem[] {
  if (databaseOf(given) !== '') return [];
  return [{ path: 'url', code: 'SINK_DATABASE_MISSING', severity: 'error', message: 'the URL names no database', remedy: 'write it behind the host (mongodb://host:27017/app), or add `database`' }];
}

function collectionProblems({ collection, insertOnly, writeMode }: Settings): readonly SinkProblem[] {
  const problems: SinkProblem[] = [];
  if (!isCollectionName(collection)) {
    problems.push({ path: 'collection', code: 'CONFIG_INVALID', severity: 'error', message: 'collection is no name that MongoDB takes: it must not be empty, hold $ or NUL, begin with system., begin or end with a dot, or have two together', remedy: 'choose another name' });
  }
  if (insertOnly && writeMode !== 'replace') {
    problems.push({ path: 'writeMode', code: 'CONFIG_INVALID', severity: 'warning', message: 'writeMode has no effect beside insertOnly: each event is a new document', remedy: 'remove one of them' });
  }
  return problems;
}

const databaseOf = ({ url, database }: Settings): string => database ?? mongoPlace(url.reveal())?.database ?? '';

/**
 * `_id` first: the driver reads the first name, and takes one that begins with $ for an operator. Each of these is a literal with one spread, our own members set
 * again behind it: an object put together of several spreads costs thirty times as much.
 */
function stateDocument(fields: StoredFields, _id: string, _eventId: Stored): Document {
  const document = { _id, _eventId, ...fields };
  document._id = _id;
  document._eventId = _eventId;
  return asDocument(document);
}

function mergedFields(fields: StoredFields, _eventId: Stored): Partial<Document> {
  const { _id: _own, ...document } = { _id: '', _eventId, ...fields };
  document._eventId = _eventId;
  return asDocument(document);
}

type Event = Readonly<Record<'_id' | '_operation' | '_eventType' | '_receivedAt', string>> & { readonly _eventId: Stored };

function eventDocument(fields: StoredFields, { _id, _eventId, _operation, _eventType, _receivedAt }: Event): Document {
  const document = { _id, _eventId, _operation, _eventType, _receivedAt, ...fields };
  document._id = _id;
  document._eventId = _eventId;
  document._operation = _operation;
  document._eventType = _eventType;
  document._receivedAt = _receivedAt;
  return asDocument(document);
}

/** A Map is a document to the driver as well. */
const asDocument = (fields: StoredFields): Document => literal(fields) as unknown as Document;

function accepted({ operation }: Sent, result: BulkWriteResult, at: number): SinkResult {
  if ('deleteOne' in operation) return { is: 'ok' };
  return { is: 'ok', created: 'insertOne' in operation || Object.hasOwn(result.upsertedIds, at) };
}
