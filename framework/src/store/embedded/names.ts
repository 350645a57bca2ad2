import { storable } from '../ids';
import type { Connection, Sql } from './connection';

/** Names that recur in many rows (scopes, partitions, pipelines, sets of kinds) as small integers. Never removed: there are few. */
export interface Names {
  /** The integer of the name, allotted when it is new. */
  of(sql: Sql, name: string): number;
  name(sql: Sql, n: number): string;
  /** Integers of all known names for which this holds. */
  where(sql: Sql, holds: (name: string) => boolean): readonly number[];
}

export function createNames(connection: Connection): Names {
  const byName = new Map<string, number>();
  const byNumber = new Map<number, string>();
  let loaded = false;
  connection.onRollback(() => {
    byName.clear();
    byNumber.clear();
    loaded = false;
  });
  const remember = (n: number, name: string): void => {
    byName.set(name, n);
    byNumber.set(n, name);
  };
  const load = (sql: Sql): void => {
    if (loaded) return;
    for (const [n, name] of sql.all('SELECT n, name FROM names')) remember(n as number, name as string);
    loaded = true;
  };
  return {
    of(sql, given) {
      const name = storable(given);
      load(sql);
      const known = byName.get(name);
      if (known !== undefined) return known;
      const n = sql.get('INSERT INTO names(name) VALUES (?) RETURNING n', [name])![0] as number;
      remember(n, name);
      return n;
    },
    name(sql, n) {
      load(sql);
      return byNumber.get(n) ?? '';
    },
    where(sql, holds) {
      load(sql);
      return [...byName].filter(([name]) => holds(name)).map(([, n]) => n);
    },
  };
}
