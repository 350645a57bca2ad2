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
      const found = [...records].sort((a, b) => (a.guid < b.guid ? 1 : -1)).filter((record) => matches(record, query));
      const page = found.slice(0, query.limit);
      return { records: page, next: found.length > page.length ? page.at(-1)?.guid : undefined };
    },
    async expire(before) {
      const kept = records.filter(({ timeStamp }) => Date.parse(timeStamp) >= before);
      return records.splice(0, records.length, ...kept).length - kept.length;
    },
  };
}

function matches(record: AuditRecord, query: AuditQuery): boolean {
  const at = Date.parse(record.timeStamp);
  return (
    (query.severity === undefined || query.severity.includes(record.severity)) &&
    (query.component === undefined || query.component === record.component.name) &&
    (query.integration === undefined || query.integration === record.connector) &&
    (query.messageId === undefined || query.messageId === record.messageId) &&
    (query.from === undefined || at >= query.from) &&
    (query.to === undefined || at < query.to) &&
    (query.cursor === undefined || record.guid < query.cursor)
  );
}
