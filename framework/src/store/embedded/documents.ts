import { parseJson, toJson } from '../../contract';
import { newRev } from '../../shared';
import { storable } from '../ids';
import type { DocumentQuery, Documents, Stored, Writable } from '../store';
import type { Connection, Sql, Value } from './connection';
import type { Names } from './names';
import { prefixRange } from './text';

/** Replaces the document whose rev is still `rev`, inside a transaction that may hold other writes. */
export function replaceDocument(sql: Sql, at: { readonly collection: number; readonly rev: string }, document: Writable<Stored>): string | undefined {
  const rev = newRev();
  const changed = sql.run('UPDATE documents SET body = ?, rev = ? WHERE collection = ? AND id = ? AND rev = ?', [
    toJson(document),
    rev,
    at.collection,
    storable(document._id),
    at.rev,
  ]);
  return changed === 1 ? rev : undefined;
}

export function createDocuments(connection: Connection, names: Names): Documents {
  const number = (sql: Sql, collection: string): number => names.of(sql, `collection ${collection}`);
  const read = <T extends Stored>(body: unknown, rev: unknown): T => ({ ...(parseJson(body as string) as unknown as T), rev: rev as string });
  return {
    get: <T extends Stored>(collection: string, id: string) =>
      connection.derive((sql) => {
        const found = sql.get('SELECT body, rev FROM documents WHERE collection = ? AND id = ?', [number(sql, collection), storable(id)]);
        return found && read<T>(found[0], found[1]);
      }),
    insert: (collection, document) =>
      connection.transact((sql) => {
        const rev = newRev();
        const values = [number(sql, collection), storable(document._id), rev, toJson(document)];
        return sql.run('INSERT INTO documents(collection, id, rev, body) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING', values) === 1 ? rev : undefined;
      }),
    replace: (collection, document, rev) => connection.transact((sql) => replaceDocument(sql, { collection: number(sql, collection), rev }, document)),
    remove: (collection, id, rev) =>
      connection.transact((sql) => {
        const guard = rev === undefined ? '' : ' AND rev = ?';
        return sql.run(`DELETE FROM documents WHERE collection = ? AND id = ?${guard}`, [number(sql, collection), storable(id), ...(rev === undefined ? [] : [rev])]) === 1;
      }),
    list: <T extends Stored>(collection: string, query: DocumentQuery) =>
      connection.derive((sql) => {
        const { where, values } = filterOf(query);
        const order = query.order ? `json_extract(body, ?) ${query.order.descending ? 'DESC' : 'ASC'}, id` : 'id';
        const rows = sql.all(`SELECT body, rev FROM documents WHERE collection = ?${where} ORDER BY ${order} LIMIT ?`, [
          number(sql, collection),
          ...values,
          ...(query.order ? [pathOf(query.order.by)] : []),
          query.limit,
        ]);
        return rows.map(([body, rev]) => read<T>(body, rev));
      }),
  };
}

const pathOf = (field: string): string => `$."${field}"`;

function filterOf(query: DocumentQuery): { readonly where: string; readonly values: readonly Value[] } {
  let where = '';
  const values: Value[] = [];
  const add = (clause: string, ...bound: Value[]): void => {
    where += ` AND ${clause}`;
    values.push(...bound);
  };
  if (query.prefix !== undefined) add('id >= ? AND id < ?', ...prefixRange(query.prefix));
  if (query.after !== undefined) add('id > ?', storable(query.after));
  // JSON's true and false come out of json_extract as 1 and 0, so a number must not be mistaken for them: the type is compared too.
  for (const [field, value] of Object.entries(query.equals ?? {})) {
    if (typeof value === 'boolean') add('json_type(body, ?) = ?', pathOf(field), String(value));
    else add("json_extract(body, ?) = ? AND json_type(body, ?) NOT IN ('true', 'false')", pathOf(field), value, pathOf(field));
  }
  for (const [field, value] of Object.entries(query.below ?? {})) {
    const types = typeof value === 'number' ? "('integer', 'real')" : "('text')";
    add(`json_extract(body, ?) < ? AND json_type(body, ?) IN ${types}`, pathOf(field), value, pathOf(field));
  }
  return { where, values };
}
