import type { NewElement } from '@integration-framework/framework';
import type { Names } from './names';
import type { Snapshot } from './snapshot';

export interface SchemaRow {
  readonly oid: number;
  readonly name: string;
  readonly description: string | null;
  readonly owner: string;
}

/** The server's own, unless they are asked for. */
export const SYSTEM = ['pg_*', 'information_schema'];

// What belongs to sessions and to the storage is never a part of the catalog.
const SCHEMAS = `SELECT oid, nspname AS name, obj_description(oid, 'pg_namespace') AS description, pg_get_userbyid(nspowner) AS owner
FROM pg_namespace WHERE nspname !~ '^pg_(toast|temp_|toast_temp_)' ORDER BY nspname`;

/** All that are there, whether or not the role may use them. */
export const readSchemas = (snapshot: Snapshot): Promise<readonly SchemaRow[]> => snapshot.rows<SchemaRow>(SCHEMAS);

export function schemaElement(names: Names, database: string, row: SchemaRow): NewElement<'databaseSchema'> {
  const { identifier, qualifiedName } = names.of(database, row.name);
  return {
    identifier,
    properties: { qualifiedName, name: row.name, displayName: row.name, description: row.description, additionalProperties: { owner: row.owner } },
    relations: { database: names.of(database).identifier },
  };
}
