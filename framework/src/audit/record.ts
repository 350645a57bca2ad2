import type { Component } from '../contract';
import type { RecordedException, ShownValue } from './show-value';
import type { Severity } from './severities';

/** The process that speaks. */
export interface Originator {
  /** Name of this process among others. */
  readonly server: string;
  readonly type: string;
  readonly organisation: string;
}

/** Whose work a record is about. */
export interface Scope {
  /** Identifier of the entry. */
  readonly connector?: string;
  /** A new one for each instance of the connector. */
  readonly instanceId?: string;
  readonly runId?: string;
  readonly requestId?: string;
}

/** One line of the audit log. Plain JSON; no secret values, every text of bounded length. */
export interface AuditRecord extends Scope {
  /** Unique. Of two records of a process the later has the greater guid, as text. */
  readonly guid: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly timeStamp: string;
  readonly originator: Originator;
  readonly component: Component;
  /** What the speaker was doing. */
  readonly actionDescription: string;
  readonly severityCode: number;
  readonly severity: Severity;
  readonly messageId: string;
  readonly messageText: string;
  readonly messageParameters: Readonly<Record<string, ShownValue>>;
  readonly additionalInformation: readonly string[];
  readonly systemAction: string;
  readonly userAction: string;
  readonly exception?: RecordedException;
}
