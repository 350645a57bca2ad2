import type { AuditQuery, AuditStore } from '../audit-store';
import type { AuditRecord } from '../record';

export interface MemoryStore extends AuditStore {
  /** Oldest first. */
  readonly records: readonly AuditRecord[];
  /** From now on `append` rejects with this; undefined: it works. */
  fail(with_: Error | undefined): void;
}

/** An audit store in memory, with a fault to switch on. */
export function memoryStore(): MemoryStore {
  const records: AuditRecord[] = [];
  let fault: Error | undefined;
  return {
    records,
    fail: (with_) => void (fault = with_),
    async append(more) {
      if (fault) throw fault;
      for (const record of more) if (!records.some(({ guid }) => guid === record.guid)) records.push(record);
    },
    async query(query) {
      const found = [...records].sort(newestFirst).filter((record) => matches(record, query));
      const page = found.slice(0, query.limit);
      const last = page.at(-1);
      return { records: page, next: last && found.length > page.length ? { at: Date.parse(last.timeStamp), guid: last.guid } : undefined };
    },
    async expire(before, limit) {
      const old = [...records].sort(newestFirst).reverse().filter(({ timeStamp }) => Date.parse(timeStamp) < before).slice(0, limit);
      records.splice(0, records.length, ...records.filter((record) => !old.includes(record)));
      return old.length;
    },
  };
}

const newestFirst = (a: AuditRecord, b: AuditRecord): number => Date.parse(b.timeStamp) - Date.parse(a.timeStamp) || (a.guid < b.guid ? 1 : -1);

function matches(record: AuditRecord, query: AuditQuery): boolean {
  const at = Date.parse(record.timeStamp);
  return (
    (query.severity === undefined || query.severity.includes(record.severity)) &&
    (query.component === undefined || query.component === record.component.name) &&
    (query.integration === undefined || query.integration === record.connector) &&
    (query.messageId === undefined || query.messageId === record.messageId) &&
    (query.from === undefined || at >= query.from) &&
    (query.to === undefined || at < query.to) &&
    (query.after === undefined || at < query.after.at || (at === query.after.at && record.guid < query.after.guid))
  );
}
