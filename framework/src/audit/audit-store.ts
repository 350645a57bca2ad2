import type { AuditRecord } from './record';
import type { Severity } from './severities';

/** Records are kept this long by the store. */
export const AUDIT_KEPT_MS = 14 * 24 * 3_600_000;

export interface AuditQuery {
  /** Any of these; absent: all. */
  readonly severity?: readonly Severity[];
  /** Name of the component. */
  readonly component?: string;
  /** Identifier of the entry: `connector` of the record. */
  readonly integration?: string;
  readonly messageId?: string;
  /** Epoch ms: from this instant on. */
  readonly from?: number;
  /** Epoch ms: before this instant. */
  readonly to?: number;
  /** `next` of the last answer to the same query. */
  readonly after?: AuditPlace;
  readonly limit: number;
}

/** Where a page of records ended. */
export interface AuditPlace {
  /** Epoch ms. */
  readonly at: number;
  readonly guid: string;
}

export interface AuditPage {
  /** Newest first, those of one millisecond by guid. */
  readonly records: readonly AuditRecord[];
  /** The place of the last of them when there are more. */
  readonly next: AuditPlace | undefined;
}

/** The collection `framework.audit`, as the audit log and its readers see it; `audit` of every store is one. */
export interface AuditStore {
  /** A record whose guid is there already changes nothing. */
  append(records: readonly AuditRecord[]): Promise<void>;
  query(query: AuditQuery): Promise<AuditPage>;
  /** Removes records from before this instant (epoch ms), the oldest first, at most `limit`. Gives how many. */
  expire(before: number, limit: number): Promise<number>;
}
