import { placeOf, trailPage, type Audited, type AuditTrail, type TrailQuery } from '../audit-trail';
import { storable } from '../ids';
import type { Cells, Connection, Sql, Value } from './connection';
import { insertion, insertMany } from './insert';
import type { Names } from './names';
import { packBody, unpackBody, type StoredBody } from './text';

const INTO_AUDIT = insertion('INSERT OR IGNORE INTO audit', ['guid', 'at', 'severity', 'component', 'connector', 'message', 'record']);

export function createAuditTrail(connection: Connection, names: Names): AuditTrail {
  const name = (sql: Sql, text: string): number => names.of(sql, `audit ${text}`);
  /** Of what was never written: none. A question leaves nothing behind. */
  const known = (sql: Sql, text: string): number => names.where(sql, (other) => other === storable(`audit ${text}`))[0] ?? 0;

  /** The newest that match, of one severity or of all: the order of an index, read from its end. */
  function newest(sql: Sql, query: TrailQuery, severity: string | undefined): readonly Cells[] {
    const { component, integration, messageId, from, to, after } = query;
    const conditions: string[] = [];
    const values: Value[] = [];
    const where = (condition: string, ...bound: Value[]): void => {
      conditions.push(condition);
      values.push(...bound);
    };
    if (severity !== undefined) where('severity = ?', known(sql, severity));
    if (from !== undefined) where('at >= ?', from);
    // What comes after a place is before `to` as well; one bound leads to where the page begins.
    if (to !== undefined && !after) where('at < ?', to);
    if (after) where('(at, guid) < (?, ?)', after.at, storable(after.guid));
    if (component !== undefined) where('component = ?', known(sql, component));
    if (integration !== undefined) where('connector = ?', known(sql, integration));
    if (messageId !== undefined) where('message = ?', known(sql, messageId));
    const index = severity === undefined ? 'auditTime' : 'auditSeverity';
    const filter = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
    return sql.all(`SELECT at, guid, record FROM audit INDEXED BY ${index}${filter} ORDER BY at DESC, guid DESC LIMIT ?`, [...values, query.limit + 1]);
  }

  return {
    append: <T extends Audited>(records: readonly T[]) =>
      connection.transact((sql) => {
        const values = records.flatMap((record): Value[] => [
          storable(record.guid),
          placeOf(record).at,
          name(sql, record.severity),
          name(sql, record.component.name),
          record.connector === undefined ? null : name(sql, record.connector),
          name(sql, record.messageId),
          packBody(JSON.stringify(record)),
        ]);
        insertMany(sql, INTO_AUDIT, values);
      }),
    query: <T extends Audited>(query: TrailQuery) =>
      connection.derive((sql) => {
        const severities = query.severity === undefined ? [undefined] : [...new Set(query.severity)];
        const found = severities.flatMap((severity) => newest(sql, query, severity));
        if (severities.length > 1) found.sort(newestFirst);
        return trailPage(found.slice(0, query.limit + 1).map(([, , record]) => JSON.parse(unpackBody(record as StoredBody)!) as T), query.limit);
      }),
    expire: (before, limit) => connection.transact((sql) => sql.run('DELETE FROM audit WHERE n IN (SELECT n FROM audit INDEXED BY auditTime WHERE at < ? ORDER BY at, guid LIMIT ?)', [before, limit])),
  };
}

const newestFirst = ([at, guid]: Cells, [otherAt, otherGuid]: Cells): number => (otherAt as number) - (at as number) || ((guid as string) < (otherGuid as string) ? 1 : -1);
