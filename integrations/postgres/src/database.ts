import type { AuditLog, IntegrationContext, Log, NewElement } from '@integration-framework/framework';
import type { Connection, Server } from './connect';
import { messages } from './messages';
import type { Names } from './names';
import { viewElement, type RelationRow } from './relations';
import { readSchemas, SYSTEM, type SchemaRow } from './schemas';
import { takeSnapshot, type Snapshot } from './snapshot';

/** What the parts of the connector share. */
export interface Surroundings {
  readonly server: Server;
  readonly names: Names;
  readonly context: IntegrationContext<'database'>;
  readonly auditLog: AuditLog;
  readonly log: Log;
}

/** A database at one moment, with the schemas that belong to the catalog. */
export interface OpenDatabase {
  readonly snapshot: Snapshot;
  readonly schemas: readonly SchemaRow[];
}

export async function openDatabase({ server, context }: Surroundings, connection: Connection): Promise<OpenDatabase> {
  const { includeSchemas = [], excludeSchemas = [] } = server.settings;
  const snapshot = await takeSnapshot(connection);
  try {
    const all = await readSchemas(snapshot);
    return { snapshot, schemas: all.filter(({ name }) => context.shouldCatalogue(name, [...SYSTEM, ...excludeSchemas], includeSchemas)) };
  } catch (err) {
    await snapshot.end();
    throw err;
  }
}

/**
 * Views with what they are made of. The server tells that of now, not of the snapshot: of a view that went since, or is locked, we say what the catalog has, so that
 * it is not taken for gone. `missing` counts those of which it has nothing.
 */
export async function viewsOf({ names, context, auditLog }: Surroundings, snapshot: Snapshot, rows: readonly RelationRow[]): Promise<{ readonly elements: readonly NewElement<'view'>[]; readonly missing: number }> {
  const { database } = snapshot;
  const found = await snapshot.definitions(rows.map(({ oid }) => oid));
  const formulaOf = async ({ oid, schema, name }: RelationRow): Promise<string | undefined> =>
    found.get(oid) ?? (await context.database.get({ blueprint: 'view', identifier: names.of(database, schema, name).identifier }))?.properties.formula;
  const elements: NewElement<'view'>[] = [];
  for (const row of rows) {
    const formula = await formulaOf(row);
    if (formula !== undefined) elements.push(viewElement(names, database, { ...row, formula }));
  }
  const unread = rows.length - found.size;
  if (unread > 0) auditLog.log('refresh', messages.unread, { count: unread, database, server: names.server });
  return { elements, missing: rows.length - elements.length };
}
