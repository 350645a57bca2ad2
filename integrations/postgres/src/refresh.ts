import { SourceError, type BlueprintName, type NewElement, type RefreshRun } from '@integration-framework/framework';
import { columnElement, readColumns } from './columns';
import { connect } from './connect';
import { openDatabase, viewsOf, type OpenDatabase, type Surroundings } from './database';
import { isOfOneDatabase } from './failure';
import { messages } from './messages';
import { readTables, readViews, tableElement } from './relations';
import { schemaElement } from './schemas';
import { capabilityOf, readDatabase, type ServerFacts } from './server';
import { createTour } from './tour';

// Schemas of a database come in one answer; a comparison takes pages.
const PAGE = 500;

export interface Refresh {
  readonly facts: ServerFacts;
  readonly run: RefreshRun;
  /** Of the run and the connector. */
  readonly signal: AbortSignal;
  /** A database is now read as it is. */
  taken(database: string): void;
}

/** Compares everything of the server with the catalog, each database as it is at one moment. Throws when one could not be read to its end. */
export async function compareAll(surroundings: Surroundings, { facts, run, signal, taken }: Refresh): Promise<void> {
  const { server, names, context } = surroundings;
  const unreadable = await knownButClosed(surroundings, facts.closed);
  await run.reconcile({ blueprint: 'softwareCapability', source$: one([capabilityOf(server, facts.version)]) });

  const tour = createTour<OpenDatabase & { leave(): Promise<void> }>({
    databases: facts.databases,
    isOfOne: isOfOneDatabase,
    signal,
    async open(database) {
      const connection = await connect(server, database, signal);
      try {
        const opened = await openDatabase(surroundings, connection);
        taken(database);
        return { ...opened, leave: () => opened.snapshot.end().then(() => connection.close()) };
      } catch (err) {
        await connection.close();
        throw err;
      }
    },
    close: (opened) => opened.leave(),
  });
  const compare = <TBlueprint extends BlueprintName>(blueprint: TBlueprint, read: (database: OpenDatabase) => AsyncIterable<readonly NewElement<TBlueprint>[]>) => {
    const source = tour.source(read);
    return { begin: () => run.reconcile({ blueprint, source$: endsWith(source.pages, unreadable) }).finally(() => source.leave()) };
  };
  const selectionOf = ({ schemas }: OpenDatabase) => ({ schemas: schemas.map(({ oid }) => oid) });
  let missing = 0;
  const comparisons = [
    compare('database', async function* ({ snapshot }) {
      yield [await readDatabase(server, snapshot)];
    }),
    compare('databaseSchema', async function* ({ snapshot, schemas }) {
      for (let at = 0; at < schemas.length; at += PAGE) yield schemas.slice(at, at + PAGE).map((row) => schemaElement(names, snapshot.database, row));
    }),
    compare('table', async function* (database) {
      for await (const rows of readTables(database.snapshot, selectionOf(database))) yield rows.map((row) => tableElement(names, database.snapshot.database, row));
    }),
    compare('view', async function* (database) {
      for await (const rows of readViews(database.snapshot, selectionOf(database))) {
        const views = await viewsOf(surroundings, database.snapshot, rows);
        missing += views.missing;
        yield views.elements;
      }
    }),
    compare('column', async function* (database) {
      for await (const rows of readColumns(database.snapshot, selectionOf(database))) yield rows.map((row) => columnElement(names, database.snapshot.database, row));
    }),
  ];
  const outcomes = await Promise.allSettled(comparisons.map(({ begin }) => begin()));
  await tour.end();
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  // Their columns are there, they are not: once more, but not for ever.
  if (missing > 0 && run.cause !== 'event') context.requestRefresh();
}

/** A database that nobody may look into proves nothing about what is in it. */
async function knownButClosed({ names, context, server, auditLog }: Surroundings, closed: readonly string[]): Promise<Error | undefined> {
  const known: string[] = [];
  for (const database of closed) if (await context.database.get({ blueprint: 'database', identifier: names.of(database).identifier })) known.push(database);
  for (const database of known) auditLog.log('refresh', messages.closed, { database, server: names.server, user: server.settings.user });
  if (known.length === 0) return undefined;
  return new SourceError(`${known.join(', ')} at ${names.server} may not be connected to any more, so nothing was removed; grant CONNECT to ${server.settings.user}`, { recovery: 'stop' });
}

async function* one<TItem>(item: TItem): AsyncGenerator<TItem> {
  yield item;
}

async function* endsWith<TItem>(items: AsyncIterable<TItem>, failure: Error | undefined): AsyncGenerator<TItem> {
  yield* items;
  if (failure) throw failure;
}
