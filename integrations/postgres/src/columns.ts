import type { NewElement } from '@integration-framework/framework';
import type { Names } from './names';
import { parametersOf, SELECTED, TABLE_KINDS, VIEW_KINDS, type Selection } from './relations';
import { sizesOf } from './sizes';
import type { Snapshot } from './snapshot';

export interface ColumnRow {
  readonly schema: string;
  readonly relation: string;
  readonly ofView: boolean;
  readonly name: string;
  readonly position: number;
  readonly type: string;
  readonly fullType: string;
  /** Of a domain: what lies below. */
  readonly baseType: number;
  readonly modifier: number;
  readonly nullable: boolean;
  readonly default: string | null;
  readonly generated: string | null;
  readonly identity: '' | 'a' | 'd';
  readonly description: string | null;
  readonly primaryKey: string | null;
  readonly primaryKeyPosition: number | null;
  /** Schema, table and column that each leads to, with the names of the constraints. */
  readonly foreignKeys: readonly (readonly [schema: string, relation: string, column: string, names: string])[] | null;
}

// A foreign key to a partitioned table stands there once more for each partition; the one that was written is enough.
const COLUMNS = `SELECT n.nspname AS schema, c.relname AS relation, c.relkind IN ${VIEW_KINDS} AS "ofView", a.attname AS name, a.attnum AS position,
  format_type(a.atttypid, NULL) AS type, format_type(a.atttypid, a.atttypmod) AS "fullType",
  CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END AS "baseType", CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END AS modifier,
  NOT (a.attnotnull OR t.typtype = 'd' AND t.typnotnull) AS nullable,
  CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS default, CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END AS generated,
  a.attidentity AS identity, col_description(a.attrelid, a.attnum) AS description,
  pk.name AS "primaryKey", pk.position AS "primaryKeyPosition", fk.targets AS "foreignKeys"
FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  LEFT JOIN LATERAL (
    SELECT p.conname AS name, array_position(p.conkey, a.attnum) AS position FROM pg_constraint p WHERE p.conrelid = a.attrelid AND p.contype = 'p' AND a.attnum = ANY(p.conkey) LIMIT 1
  ) pk ON true
  LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_array(one.schema, one.relation, one.name, one.names) ORDER BY one.schema, one.relation, one.name) AS targets FROM (
      SELECT fn.nspname AS schema, fc.relname AS relation, fa.attname AS name, string_agg(f.conname, ', ' ORDER BY f.conname) AS names
      FROM pg_constraint f
        CROSS JOIN LATERAL unnest(f.conkey, f.confkey) AS pair(own, other)
        JOIN pg_class fc ON fc.oid = f.confrelid
        JOIN pg_namespace fn ON fn.oid = fc.relnamespace
        JOIN pg_attribute fa ON fa.attrelid = f.confrelid AND fa.attnum = pair.other
      WHERE f.conrelid = a.attrelid AND f.contype = 'f' AND pair.own = a.attnum AND fc.relnamespace = ANY($1::oid[])
        AND NOT EXISTS (SELECT FROM pg_constraint p WHERE p.oid = f.conparentid AND p.conrelid = f.conrelid)
      GROUP BY 1, 2, 3
    ) one
  ) fk ON true
WHERE c.relkind IN ${TABLE_KINDS.replace(')', ', ')}${VIEW_KINDS.replace('(', '')} AND ${SELECTED}`;

/** Columns of tables and views alike. */
export const readColumns = (snapshot: Snapshot, selection: Selection): AsyncGenerator<readonly ColumnRow[]> => snapshot.pages<ColumnRow>(COLUMNS, parametersOf(selection));

const IDENTITY = { a: 'ALWAYS', d: 'BY DEFAULT' } as const;

export function columnElement(names: Names, database: string, row: ColumnRow): NewElement<'column'> {
  const { identifier, qualifiedName } = names.of(database, row.schema, row.relation, row.name);
  const anchor = names.of(database, row.schema, row.relation).identifier;
  const { scale, ...sizes } = sizesOf(row.baseType, row.modifier);
  const additionalProperties = {
    ...(row.fullType !== row.type && { type: row.fullType }),
    ...(scale !== undefined && { scale: String(scale) }),
    ...(row.identity !== '' && { identity: IDENTITY[row.identity] }),
    ...(row.primaryKeyPosition !== null && { primaryKeyPosition: String(row.primaryKeyPosition) }),
  };
  const foreignKey = (row.foreignKeys ?? []).map(([schema, relation, column, name]) => ({ to: names.of(database, schema, relation, column).identifier, properties: { name } }));
  return {
    identifier,
    properties: {
      ...{ qualifiedName, displayName: row.name, description: row.description, elementPosition: row.position, dataType: row.type, ...sizes },
      ...{ isNullable: row.nullable, defaultValue: row.default, formula: row.generated, additionalProperties },
      ...(row.primaryKey !== null && { primaryKey: { name: row.primaryKey } }),
    },
    relations: { ...(row.ofView ? { tableView: anchor } : { table: anchor }), foreignKey },
  };
}
