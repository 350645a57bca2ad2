import { applyPurge, applySweep, isDirty, type RowState } from '../apply';
import { encodeSegment, newRev } from '../../shared';
import { rowId, storable } from '../ids';
import type { Dirty, Row, RowQuery, Rows, Scope, SweepFilter } from '../store';
import type { Cells, Connection, Sql, Value } from './connection';
import type { Numbers } from './insert';
import type { Names } from './names';
import { forgetEvents } from './events';
import { META, META_COLUMNS, placeOf, rowOf, scopeNumber, scopeOf, scopesOf, withContent } from './row-codec';
import { claimRows, observeRows, setAnchors, setHeaders, writeRow } from './row-writes';
import { prefixRange } from './text';

const WHOLE = `SELECT r.n, r.rev, r.id, ${META_COLUMNS.map((column) => `r.${column}`).join(', ')}, b.row, b.data, b.event FROM rows r LEFT JOIN bodies b ON b.n = r.n`;
const FROM_META = 3;
const FROM_BODY = FROM_META + META_COLUMNS.length;

/** Above so many due rows a walk in `_id` order meets enough of them; below, the index of the due ones is the shorter way. */
const MANY_DUE = 5_000;

export function createRows(connection: Connection, part: { readonly names: Names; readonly numbers: Numbers }): Rows {
  const { names } = part;
  const whole = (sql: Sql, cells: Cells): Row => ({ ...withContent(rowOf(sql, names, { place: placeOf(cells[2] as string), cells, from: FROM_META }), cells, FROM_BODY), rev: cells[1] as string });
  const number = (sql: Sql, scope: Scope): number => scopeNumber(sql, names, scope);
  const count = (sql: Sql, text: string, values: readonly Value[]): number => sql.get(text, values)![0] as number;
  const candidatesOf = (sql: Sql, filter: SweepFilter): { readonly where: string; readonly values: readonly Value[] } => ({
    where: `scope = ? AND gone = 0 AND seen < ? AND stamp < ? AND part NOT IN (SELECT value FROM json_each(?))${filter.truth === 'mixed' ? ' AND heard < ?' : ''}`,
    values: [
      number(sql, filter.scope),
      filter.generation,
      filter.startStamp,
      JSON.stringify(filter.incomplete.map((name) => names.of(sql, name))),
      ...(filter.truth === 'mixed' ? [filter.startStamp] : []),
    ],
  });

  /** The same question as isUntreated of apply.ts. */
  const untreatedOf = (sql: Sql, filter: SweepFilter, policy: 'immediate' | 'verify'): { readonly where: string; readonly values: readonly Value[] } => {
    const { where, values } = candidatesOf(sql, filter);
    const immediate = policy === 'immediate';
    return { where: `${where} AND (ask IS NULL OR ask < ?${immediate ? ' OR heard <= ?' : ''})`, values: [...values, filter.startStamp, ...(immediate ? [filter.startStamp] : [])] };
  };

  return {
    observe: (batch, checkpoint) => connection.transact((sql) => observeRows(sql, part, { batch, checkpoint })),
    claim: (batch) => connection.transact((sql) => claimRows(sql, part, batch)),
    setHeaders: (changes, of) => connection.transact((sql) => setHeaders(sql, names, { changes, ...of })),
    setAnchors: (changes) => connection.transact((sql) => setAnchors(sql, changes)),
    get: (ids) => connection.derive((sql) => sql.all(`${WHOLE} WHERE r.id IN (SELECT value FROM json_each(?))`, [JSON.stringify(ids.map(storable))]).map((cells) => whole(sql, cells))),
    find: (query) =>
      connection.derive((sql) => {
        const { where, values, source } = filterOf(sql, names, query);
        return sql.all(`${WHOLE.replace('FROM rows r', `FROM rows r ${source}`)} WHERE ${where} ORDER BY r.id LIMIT ?`, [...values, query.limit]).map((cells) => whole(sql, cells));
      }),
    alive: (scope) => connection.derive((sql) => count(sql, 'SELECT count(*) FROM rows WHERE scope = ? AND gone = 0', [number(sql, scope)])),
    largestStamp: (scope) =>
      connection.derive((sql) => count(sql, 'SELECT coalesce(max(max(stamp, heard, coalesce(ask, -1))), -1) FROM rows WHERE scope = ?', [number(sql, scope)])),
    candidates: (filter) =>
      connection.derive((sql) => {
        const { where, values } = candidatesOf(sql, filter);
        return count(sql, `SELECT count(*) FROM rows WHERE ${where}`, values);
      }),
    anySeen: (scope, generation) =>
      connection.derive((sql) => sql.get('SELECT 1 FROM rows WHERE scope = ? AND gone = 0 AND seen >= ? LIMIT 1', [number(sql, scope), generation]) !== undefined),
    sweepable: (filter, { policy, limit }) =>
      connection.derive((sql) => {
        const { where, values } = untreatedOf(sql, filter, policy);
        return sql.all(`SELECT id FROM rows WHERE ${where} LIMIT ?`, [...values, limit]).map(([id]) => ({ _id: id as string, key: placeOf(id as string).key }));
      }),
    sweep: (filter, batch) =>
      connection.transact((sql) => {
        const { where, values } = untreatedOf(sql, filter, batch.policy);
        const only = batch.only === undefined ? '' : ' AND id IN (SELECT value FROM json_each(?))';
        const rows = sql.all(`SELECT n, rev, id, ${META} FROM rows WHERE ${where}${only} LIMIT ?`, [...values, ...(batch.only ? [JSON.stringify(batch.only.map(storable))] : []), batch.limit]);
        const rev = newRev();
        let asked = 0;
        const dirty: Dirty[] = [];
        for (const cells of rows) {
          const stored = rowOf(sql, names, { place: placeOf(cells[2] as string), cells, from: FROM_META });
          const { row, content } = applySweep(stored, filter, batch);
          writeRow(sql, names, { n: cells[0] as number, row, content, rev });
          if (row.ask !== undefined && row.ask !== stored.ask) asked++;
          if (row.gone && isDirty(row, '')) dirty.push(dirtyOf(row));
        }
        return { dirty, asked, done: rows.length < batch.limit };
      }),
    scopes: () =>
      connection.derive((sql) =>
        sql.all('SELECT scope, sum(gone = 0), sum(gone), count(ask) FROM rows GROUP BY scope').map(([scope, alive, gone, asks]) => ({
          ...scopeOf(sql, names, scope as number),
          alive: alive as number,
          gone: gone as number,
          asks: asks as number,
        })),
      ),
    expire: (before, limit) =>
      connection.transact((sql) => {
        const old = sql.all("SELECT n FROM rows WHERE gone = 1 AND goneAt < ? AND ask IS NULL AND coalesce(mappedFace, '') = '' LIMIT ?", [before, limit]);
        const ns = JSON.stringify(old.map(([n]) => n));
        sql.run('DELETE FROM bodies WHERE n IN (SELECT value FROM json_each(?))', [ns]);
        return sql.run('DELETE FROM rows WHERE n IN (SELECT value FROM json_each(?))', [ns]);
      }),
    buryAll: (integration, batch) =>
      connection.transact((sql) => {
        const scopes = scopesOf(sql, names, { integration });
        const rows = sql.all(`SELECT n, rev, id, ${META} FROM rows WHERE gone = 0 AND scope IN (SELECT value FROM json_each(?)) LIMIT ?`, [scopes, batch.limit]);
        const rev = newRev();
        return rows.map((cells) => {
          const row = applyPurge(rowOf(sql, names, { place: placeOf(cells[2] as string), cells, from: FROM_META }), batch.at);
          writeRow(sql, names, { n: cells[0] as number, row, content: 'set', rev });
          return row;
        }).filter((row) => isDirty(row, '')).map(dirtyOf);
      }),
    forget: (integration) =>
      connection.transact((sql) => {
        const scopes = scopesOf(sql, names, { integration });
        sql.run('DELETE FROM bodies WHERE n IN (SELECT n FROM rows WHERE scope IN (SELECT value FROM json_each(?)))', [scopes]);
        sql.run('DELETE FROM rows WHERE scope IN (SELECT value FROM json_each(?))', [scopes]);
        forgetEvents(sql, scopes);
      }),
  };
}

const dirtyOf = (row: RowState): Dirty => ({ _id: row._id, key: row.key, face: row.face ?? '', gone: row.gone });

function filterOf(sql: Sql, names: Names, query: RowQuery): { readonly where: string; readonly values: readonly Value[]; readonly source: string } {
  const { integration, kind } = query;
  // The scope decides; the range of ids lets a walk in `_id` order begin and end with it.
  const clauses: string[] = ['r.scope IN (SELECT value FROM json_each(?))', 'r.id >= ?', 'r.id < ?'];
  const values: Value[] = [scopesOf(sql, names, { integration, kind }), ...prefixRange(kind === undefined ? `${encodeSegment(integration)}/` : rowId({ integration, kind }, ''))];
  const add = (clause: string, ...bound: Value[]): void => {
    clauses.push(clause);
    values.push(...bound);
  };
  if (query.after !== undefined) add('r.id > ?', storable(query.after));
  if (query.gone !== undefined) add('r.gone = ?', query.gone ? 1 : 0);
  if (query.partition !== undefined) add('r.part = ?', names.of(sql, query.partition));
  if (query.mappedNot !== undefined) add('r.mappedBy IS NOT ?', names.of(sql, query.mappedNot));
  let source = '';
  if (query.anchors !== undefined) {
    // Of one anchor the index gives the rows in order.
    if (query.anchors.length === 1) add('r.anchor = ?', query.anchors[0]!);
    else add('r.anchor IN (SELECT value FROM json_each(?))', JSON.stringify(query.anchors));
    source = 'INDEXED BY rowsAnchor';
  }
  if (query.dueBy !== undefined) {
    const many = source !== '' || isMany(sql, 'due');
    // The plus hides the index.
    add(many ? '+r.due <= ?' : 'r.due <= ?', query.dueBy);
    if (!many) source = 'INDEXED BY rowsDue';
  }
  if (query.asking === true) {
    const many = source !== '' || isMany(sql, 'ask');
    add(many ? '+r.ask IS NOT NULL' : 'r.ask IS NOT NULL');
    if (!many) source = 'INDEXED BY rowsAsk';
  }
  if (query.asking === false) add('r.ask IS NULL');
  return { where: clauses.join(' AND '), values, source };
}

const isMany = (sql: Sql, column: 'due' | 'ask'): boolean => sql.get(`SELECT count(*) FROM (SELECT 1 FROM rows WHERE ${column} IS NOT NULL LIMIT ${MANY_DUE})`)![0] === MANY_DUE;
