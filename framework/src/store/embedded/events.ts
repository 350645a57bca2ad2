import { scopeId, storable } from '../ids';
import type { Events, FeedEvent, NewFeedEvent, RowEvent } from '../store';
import type { Cells, Connection, Sql, Value } from './connection';
import { insertion, insertMany } from './insert';
import type { Names } from './names';
import { scopeNumber, scopeOf, scopesOf } from './row-codec';
import { packBody, unpackBody, type StoredBody } from './text';

const COLUMNS = ['scope', 'number', 'integration', 'id', 'row', 'event', 'origin', 'version', 'outvoted', 'data', 'keys', 'waits'];
const SELECT = `SELECT ${COLUMNS.map((column) => `e.${column}`).join(', ')} FROM events e`;
/** An event that is there already stays as it is. */
const INTO_EVENTS = insertion('INSERT OR IGNORE INTO events', COLUMNS);

const OUTVOTED = 1;
const ASKED = 2;

/** Sets of names recur, so each is a number, as every name is. */
const WAITS = 'waits ';
const waitsNumber = (sql: Sql, names: Names, waits: readonly string[]): number => names.of(sql, WAITS + JSON.stringify(waits));
const waitsOf = (sql: Sql, names: Names, n: number): readonly string[] => JSON.parse(names.name(sql, n).slice(WAITS.length)) as string[];

export function insertEvents(sql: Sql, names: Names, events: readonly NewFeedEvent[]): void {
  const values: Value[] = [];
  for (const event of events) {
    values.push(
      scopeNumber(sql, names, event),
      event.number,
      names.of(sql, event.integration),
      storable(event.id),
      storable(event.row),
      JSON.stringify(event.event),
      names.of(sql, event.origin),
      event.version ?? null,
      event.outvoted ? (event.asked ? ASKED : OUTVOTED) : 0,
      packBody(event.data),
      event.keys,
      waitsNumber(sql, names, event.waits),
    );
  }
  insertMany(sql, INTO_EVENTS, values);
}

/** Of these scopes, a JSON list of their numbers. */
export const forgetEvents = (sql: Sql, scopes: string): void => void sql.run('DELETE FROM events WHERE scope IN (SELECT value FROM json_each(?))', [scopes]);

/** The events of the feed, in a table of their own. An event is written in one transaction with its row, so there is nothing to heal. */
export function createEvents(connection: Connection, names: Names): Events {
  const eventOf = (sql: Sql, cells: Cells): FeedEvent => {
    const [n, number, , id, row, event, origin, version, outvoted, data, keys, waits] = cells;
    const scope = scopeOf(sql, names, n as number);
    return {
      _id: `${scopeId(scope)}/${number as number}`,
      ...scope,
      number: number as number,
      id: id as string,
      row: row as string,
      event: JSON.parse(event as string) as RowEvent,
      origin: names.name(sql, origin as number) as FeedEvent['origin'],
      ...(version !== null && { version: version as number }),
      ...(outvoted !== 0 && { outvoted: true }),
      ...(outvoted === ASKED && { asked: true }),
      data: unpackBody(data as StoredBody) ?? '',
      keys: keys as string,
      waits: waitsOf(sql, names, waits as number),
    };
  };
  /** JSON list of the sets that hold this name. */
  const setsWith = (sql: Sql, wait: string): string =>
    JSON.stringify(names.where(sql, (name) => name.startsWith(WAITS) && (JSON.parse(name.slice(WAITS.length)) as string[]).includes(wait)));

  /** Of some events, takes names off their sets; one that nobody waits for any more goes. */
  function narrow(sql: Sql, of: { readonly where: string; readonly values: readonly Value[]; keeps(wait: string): boolean }): void {
    for (const [n] of sql.all(`SELECT DISTINCT waits FROM events WHERE ${of.where}`, of.values)) {
      const before = waitsOf(sql, names, n as number);
      const left = before.filter((wait) => of.keeps(wait));
      if (left.length === 0) sql.run(`DELETE FROM events WHERE ${of.where} AND waits = ?`, [...of.values, n as number]);
      else if (left.length < before.length) sql.run(`UPDATE events SET waits = ? WHERE ${of.where} AND waits = ?`, [waitsNumber(sql, names, left), ...of.values, n as number]);
    }
  }

  return {
    append: (events) =>
      connection.transact((sql) => {
        insertEvents(sql, names, events);
        // Numbers are given once, so an event that was left out is not there under its own.
        return events.filter((event) => sql.get('SELECT 1 FROM events WHERE scope = ? AND number = ?', [scopeNumber(sql, names, event), event.number])).map(({ id }) => id);
      }),
    find: (query) =>
      connection.transact((sql) => {
        const { kind, integration, wait, after = -1, limit } = query;
        const where = 'e.scope = ? AND e.number > ? AND e.waits IN (SELECT value FROM json_each(?))';
        const values = [scopeNumber(sql, names, { integration, kind }), after, setsWith(sql, wait), limit];
        return sql.all(`${SELECT} INDEXED BY eventsNumber WHERE ${where} ORDER BY e.number LIMIT ?`, values).map((cells) => eventOf(sql, cells));
      }),
    get: (ids) =>
      connection.transact((sql) =>
        [...byScope(sql, names, ids)].flatMap(([scope, numbers]) =>
          sql.all(`${SELECT} WHERE e.scope = ? AND e.number IN (SELECT value FROM json_each(?))`, [scope, numbers]).map((cells) => eventOf(sql, cells)),
        ),
      ),
    served: (wait, ids) =>
      connection.transact((sql) => {
        for (const [scope, numbers] of byScope(sql, names, ids)) {
          narrow(sql, { where: 'scope = ? AND number IN (SELECT value FROM json_each(?))', values: [scope, numbers], keeps: (name) => name !== wait });
        }
      }),
    align: (integration, waits) =>
      connection.transact((sql) =>
        narrow(sql, { where: 'scope IN (SELECT value FROM json_each(?))', values: [scopesOf(sql, names, { integration })], keeps: (name) => waits.includes(name) }),
      ),
    count: (integration, wait) =>
      connection.transact((sql) => {
        const text = 'SELECT count(*) FROM events INDEXED BY eventsNumber WHERE scope IN (SELECT value FROM json_each(?)) AND waits IN (SELECT value FROM json_each(?))';
        return sql.get(text, [scopesOf(sql, names, { integration }), setsWith(sql, wait)])![0] as number;
      }),
    kinds: (integration) =>
      connection.transact((sql) => {
        const scopes = JSON.parse(scopesOf(sql, names, { integration })) as number[];
        return scopes.filter((n) => sql.get('SELECT 1 FROM events WHERE scope = ? LIMIT 1', [n]) !== undefined).map((n) => scopeOf(sql, names, n).kind);
      }),
    heal: () => Promise.resolve(),
    forget: (integration) => connection.transact((sql) => forgetEvents(sql, scopesOf(sql, names, { integration }))),
  };
}

/** The events that these ids name: number of the scope, and JSON list of the events' own numbers. */
function byScope(sql: Sql, names: Names, ids: readonly string[]): ReadonlyMap<number, string> {
  const found = new Map<string, number[]>();
  for (const id of ids) {
    const slash = id.lastIndexOf('/');
    const scope = id.slice(0, slash);
    const numbers = found.get(scope);
    if (numbers) numbers.push(Number(id.slice(slash + 1)));
    else found.set(scope, [Number(id.slice(slash + 1))]);
  }
  return new Map([...found].map(([scope, numbers]) => [names.of(sql, `scope ${scope}`), JSON.stringify(numbers)]));
}
