import type { ElementRef, NewElement } from '@integration-framework/framework';
import { columnElement, readColumns } from './columns';
import type { Connection } from './connect';
import { openDatabase, viewsOf, type OpenDatabase, type Surroundings } from './database';
import type { Told } from './news';
import { readTables, readViews, tableElement, type RelationRow } from './relations';
import { schemaElement } from './schemas';

/** Brings over what was told of one database. Gives whether a refresh is needed for what the tables alone do not show. */
export async function bringOver(surroundings: Surroundings, connection: Connection, { tables, signal }: { readonly tables: readonly Told[]; readonly signal: AbortSignal }): Promise<boolean> {
  const { context, names } = surroundings;
  const known = await context.database.get({ blueprint: 'database', identifier: names.of(connection.database).identifier });
  if (!known) return true; // its first refresh is still to come
  const opened = await openDatabase(surroundings, connection);
  try {
    let refresh = false;
    for (const told of tables) {
      signal.throwIfAborted();
      refresh = (await bringOne(surroundings, opened, told)) || refresh;
    }
    return refresh;
  } finally {
    await opened.snapshot.end();
  }
}

// With those that lead to it: when a column of it is called otherwise they lead elsewhere.
const AROUND = `SELECT c.oid, true AS itself FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
UNION ALL
SELECT DISTINCT f.conrelid, false FROM pg_constraint f JOIN pg_class c ON c.oid = f.confrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE f.contype = 'f' AND f.conrelid <> f.confrelid AND n.nspname = $1 AND c.relname = $2`;

async function bringOne(surroundings: Surroundings, { snapshot, schemas }: OpenDatabase, told: Told): Promise<boolean> {
  const { context, names } = surroundings;
  const { database } = snapshot;
  const schema = schemas.find(({ name }) => name === told.schema);
  const { identifier } = names.of(database, told.schema, told.table);
  const around = schema ? await snapshot.rows<{ oid: number; itself: boolean }>(AROUND, [told.schema, told.table]) : [];
  const itself = around.find((one) => one.itself);
  if (!schema || !itself) {
    for (const blueprint of ['table', 'view'] as const) await removeKnown(surroundings, { blueprint, identifier });
    return false;
  }
  const oids = schemas.map(({ oid }) => oid);
  const only = { schemas: oids, relations: [itself.oid] };
  const [table] = await firstOf(readTables(snapshot, only));
  const [view] = await firstOf(readViews(snapshot, only));
  const relation = await relationOf(surroundings, { snapshot, schemas }, { table, view });
  if (!relation) return true;
  const { blueprint } = relation;
  const before = await context.database.get({ blueprint, identifier });
  // It became the other kind: what it was goes with its columns.
  await removeKnown(surroundings, { blueprint: blueprint === 'table' ? 'view' : 'table', identifier });
  await tell(surroundings, 'databaseSchema', [schemaElement(names, database, schema)]);
  await relation.tell();
  const columns = new Set<string>();
  for await (const rows of readColumns(snapshot, { schemas: oids, relations: around.map(({ oid }) => oid) })) {
    const elements = rows.map((row) => columnElement(names, database, row));
    for (const element of elements) columns.add(element.identifier);
    await tell(surroundings, 'column', elements);
  }
  const gone = await removeOthers(surroundings, { blueprint, identifier }, columns);
  // Unknown and not made just now: it had another name or schema. A column that is gone may have another name, and views show it.
  return gone || (!before && !told.isNew);
}

async function relationOf(surroundings: Surroundings, { snapshot }: OpenDatabase, { table, view }: { table: RelationRow | undefined; view: RelationRow | undefined }): Promise<{ readonly blueprint: 'table' | 'view'; tell(): Promise<void> } | undefined> {
  if (table) return { blueprint: 'table', tell: () => tell(surroundings, 'table', [tableElement(surroundings.names, snapshot.database, table)]) };
  const { elements } = await viewsOf(surroundings, snapshot, view ? [view] : []);
  return elements.length === 0 ? undefined : { blueprint: 'view', tell: () => tell(surroundings, 'view', elements) };
}

async function firstOf<TRow>(pages: AsyncIterable<readonly TRow[]>): Promise<readonly TRow[]> {
  const all: TRow[] = [];
  for await (const rows of pages) all.push(...rows);
  return all;
}

async function tell<TBlueprint extends 'databaseSchema' | 'table' | 'view' | 'column'>({ context, log }: Surroundings, blueprint: TBlueprint, elements: readonly NewElement<TBlueprint>[]): Promise<void> {
  for (const { identifier, is, reason } of await context.database.upsert(blueprint, elements)) if (is === 'refused') log.warn(`${blueprint} ${identifier} was refused: ${reason ?? 'no reason given'}`);
}

async function removeKnown({ context }: Surroundings, ref: ElementRef<'table' | 'view' | 'column'>): Promise<void> {
  if (await context.database.get(ref)) await context.database.remove(ref);
}

/** Columns that the table has no more. Gives whether there were any. */
async function removeOthers({ context }: Surroundings, ref: ElementRef, present: ReadonlySet<string>): Promise<boolean> {
  const gone: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await context.database.children(ref, 'column', { limit: 1000, ...(cursor !== undefined && { cursor }) });
    gone.push(...page.elements.map(({ identifier }) => identifier).filter((identifier) => !present.has(identifier)));
    cursor = page.next;
  } while (cursor !== undefined);
  for (const identifier of gone) await context.database.remove({ blueprint: 'column', identifier });
  return gone.length > 0;
}
