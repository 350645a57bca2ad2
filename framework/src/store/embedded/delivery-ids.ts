import { hashText } from '../../contract';
import { tellDeliveries, type Mark } from '../take-deliveries';
import type { AcceptBatch } from '../store';
import type { Connection, Sql } from './connection';
import { insertion, insertMany } from './insert';

/** Ids that wait in memory and in `arrivals`. A tree of 100,000 ids has some 200 pages: so many at once write each of them once. */
const MOVE_AT = 2_000;
const INTO_DELIVERIES = insertion('INSERT OR REPLACE INTO deliveries', ['id', 'hash', 'at']);

/** By what deliveries are known again. */
export interface DeliveryIds {
  /** For each delivery: did it come before? The ids of those that did not are written. */
  take(sql: Sql, batch: AcceptBatch): readonly boolean[];
  /** So many wait that it is time to `move` them. */
  isFull(): boolean;
  move(sql: Sql): void;
  /** Forgets what came before this time. Gives how many. */
  expire(sql: Sql, before: number, limit: number): number;
}

interface Arrived {
  readonly hash: number;
  readonly at: number;
}

/**
 * Ids come in random order, so in a tree each new one writes a page of its own. So they are written one behind the other, a batch in one row of `arrivals`, are known from
 * memory until there are many, and move into the tree together, in its order.
 */
export function createDeliveryIds(connection: Connection): DeliveryIds {
  let recent: Map<number, Arrived> | undefined;
  connection.onRollback(() => (recent = undefined));

  function load(sql: Sql): Map<number, Arrived> {
    const loaded = new Map<number, Arrived>();
    for (const [at, marks] of sql.all('SELECT at, marks FROM arrivals ORDER BY n')) {
      const numbers = JSON.parse(marks as string) as number[];
      for (let n = 0; n < numbers.length; n += 2) loaded.set(numbers[n]!, { hash: numbers[n + 1]!, at: at as number });
    }
    return loaded;
  }

  function move(sql: Sql): void {
    const moving = [...(recent ??= load(sql))].sort(([a], [b]) => a - b);
    insertMany(sql, INTO_DELIVERIES, moving.flatMap(([id, { hash, at }]) => [id, hash, at]));
    sql.run('DELETE FROM arrivals');
    recent = new Map();
  }

  return {
    take(sql, { deliveries, since, at }) {
      const marks = deliveries.map(({ id, hash }): Mark<number> => (id === undefined ? undefined : { id: integerOf(id), hash: integerOf(hash) }));
      const ids = marks.flatMap((mark) => (mark === undefined ? [] : [mark.id]));
      if (ids.length === 0) return [];
      recent ??= load(sql);
      const before = new Map(sql.all('SELECT id, hash FROM deliveries WHERE id IN (SELECT value FROM json_each(?)) AND at >= ?', [JSON.stringify(ids), since]) as readonly (readonly [number, number])[]);
      for (const id of ids) {
        const known = recent.get(id);
        if (known && known.at >= since) before.set(id, known.hash);
      }
      const { known, taken } = tellDeliveries(marks, before);
      for (const [id, hash] of taken) recent.set(id, { hash, at });
      if (taken.size > 0) sql.run('INSERT INTO arrivals(at, marks) VALUES (?, ?)', [at, JSON.stringify([...taken].flat())]);
      return known;
    },
    isFull: () => recent !== undefined && recent.size >= MOVE_AT,
    move,
    expire(sql, before, limit) {
      move(sql);
      return sql.run('DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE at < ? LIMIT ?)', [before, limit]);
    },
  };
}

/**
 * An integer that stands for a text: a fraction of its room. Two ids that met in one (of a pair one in 2^48) would at worst forget each other: for a delivery to be taken for
 * another, their bodies would have to meet too.
 */
const integerOf = (text: string): number => Buffer.from(hashText(text).slice(0, 8), 'base64url').readUIntBE(0, 6);
