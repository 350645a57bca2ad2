import type { NewElement } from '@integration-framework/framework';
import type { Names } from './names';
import type { Snapshot } from './snapshot';

/** Which tables and views of a database are meant. */
export interface Selection {
  /** Oids of schemas. */
  readonly schemas: readonly number[];
  /** Oids of these alone. Absent: all. */
  readonly relations?: readonly number[];
}

/** As parameters of a statement: `$1` and `$2`. */
export const parametersOf = ({ schemas, relations }: Selection): readonly unknown[] => [schemas, relations ?? null];
export const SELECTED = `c.relnamespace = ANY($1::oid[]) AND ($2::oid[] IS NULL OR c.oid = ANY($2::oid[]))`;

export const TABLE_KINDS = `('r', 'p', 'f')`;
export const VIEW_KINDS = `('v', 'm')`;

export interface RelationRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'r' | 'p' | 'f' | 'v' | 'm';
  readonly description: string | null;
  readonly owner: string;
  readonly partitionOf: string | null;
  readonly unlogged: boolean;
}

const relations = (kinds: string): string => `SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind, obj_description(c.oid, 'pg_class') AS description,
  pg_get_userbyid(c.relowner) AS owner, c.relpersistence = 'u' AS unlogged,
  CASE WHEN c.relispartition THEN (SELECT quote_ident(pn.nspname) || '.' || quote_ident(p.relname)
    FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE i.inhrelid = c.oid LIMIT 1) END AS "partitionOf"
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ${kinds} AND ${SELECTED}`;

const TYPES = { r: 'BASE TABLE', p: 'PARTITIONED TABLE', f: 'FOREIGN TABLE', v: 'VIEW', m: 'MATERIALIZED VIEW' } as const;

export const readTables = (snapshot: Snapshot, selection: Selection): AsyncGenerator<readonly RelationRow[]> => snapshot.pages<RelationRow>(relations(TABLE_KINDS), parametersOf(selection));
export const readViews = (snapshot: Snapshot, selection: Selection): AsyncGenerator<readonly RelationRow[]> => snapshot.pages<RelationRow>(relations(VIEW_KINDS), parametersOf(selection));

export function tableElement(names: Names, database: string, row: RelationRow): NewElement<'table'> {
  return { ...common(names, database, row), properties: propertiesOf(names, database, row) };
}

export function viewElement(names: Names, database: string, row: RelationRow & { readonly formula: string }): NewElement<'view'> {
  return { ...common(names, database, row), properties: { ...propertiesOf(names, database, row), formula: row.formula } };
}

const common = (names: Names, database: string, { schema, name }: RelationRow) => ({
  identifier: names.of(database, schema, name).identifier,
  relations: { databaseSchema: names.of(database, schema).identifier },
});

function propertiesOf(names: Names, database: string, row: RelationRow): NewElement<'table'>['properties'] {
  const { schema, name, description, owner, partitionOf, unlogged } = row;
  const more = { ...(partitionOf !== null && { partitionOf }), ...(unlogged && { unlogged: 'true' }) };
  return { qualifiedName: names.of(database, schema, name).qualifiedName, displayName: name, description, additionalProperties: { tableType: TYPES[row.kind], owner, ...more } };
}
