import { parseJson, toJson, type JsonObject } from '../shared';
import type { Store } from './store';

/** Small things kept whole as JSON: one table, one name for each collection. */
export interface Documents {
  get(id: string): JsonObject | undefined;
  /** In the order of ids; with a prefix those whose id begins with it. */
  list(prefix?: string): readonly JsonObject[];
  put(id: string, body: JsonObject): void;
  delete(id: string): boolean;
  /** Those whose id begins with this (ASCII) text. */
  deleteUnder(prefix: string): void;
}

export function documents(store: Store, collection: string): Documents {
  const parse = (row: unknown): JsonObject => parseJson((row as { body: string }).body) as JsonObject;
  return {
    get(id) {
      const row = store.statement('SELECT body FROM documents WHERE collection = ? AND id = ?').get(collection, id);
      return row === undefined ? undefined : parse(row);
    },
    list: (prefix = '') => store.statement('SELECT body FROM documents WHERE collection = ? AND substr(id, 1, ?) = ? ORDER BY id').all(collection, prefix.length, prefix).map(parse),
    put(id, body) {
      store.statement('INSERT INTO documents(collection, id, body) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body').run(collection, id, toJson(body));
    },
    delete: (id) => store.statement('DELETE FROM documents WHERE collection = ? AND id = ?').run(collection, id).changes > 0,
    deleteUnder(prefix) {
      store.statement('DELETE FROM documents WHERE collection = ? AND substr(id, 1, ?) = ?').run(collection, prefix.length, prefix);
    },
  };
}
