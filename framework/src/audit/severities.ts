/** Level of a severity in a text log. */
export type AuditLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

export interface SeveritySpec {
  readonly code: number;
  readonly name: string;
  /** When a message has it. */
  readonly use: string;
  readonly level: AuditLevel;
}

/** Categories, not levels: a destination names the ones it takes. The codes stand in stored records and never change. */
export const severities = [
  { code: 0, name: 'UNKNOWN', use: 'not set; a test fails on it', level: 'warn' },
  { code: 1, name: 'INFO', use: 'normal operation', level: 'info' },
  { code: 2, name: 'EVENT', use: 'event sent or received', level: 'debug' },
  { code: 3, name: 'DECISION', use: 'why this path was taken', level: 'info' },
  { code: 4, name: 'ACTION', use: 'an operator must look', level: 'warn' },
  { code: 5, name: 'ERROR', use: 'function is restricted', level: 'error' },
  { code: 6, name: 'EXCEPTION', use: 'unexpected, with stack', level: 'error' },
  { code: 7, name: 'SECURITY', use: 'access attempted without right', level: 'warn' },
  { code: 8, name: 'STARTUP', use: 'component starts', level: 'info' },
  { code: 9, name: 'SHUTDOWN', use: 'component stops', level: 'info' },
  { code: 10, name: 'ASSET', use: 'auditable action on an asset', level: 'info' },
  { code: 11, name: 'TYPES', use: 'blueprint change', level: 'info' },
  { code: 12, name: 'COHORT', use: 'ownership of the store: taken, lost, standing by', level: 'info' },
  { code: 13, name: 'TRACE', use: 'for debugging, off by default', level: 'trace' },
  { code: 14, name: 'PERFMON', use: 'timing, off by default', level: 'trace' },
  { code: 15, name: 'ACTIVITY', use: 'user activity', level: 'info' },
] as const satisfies readonly SeveritySpec[];

export type Severity = (typeof severities)[number]['name'];

const byName = new Map<string, SeveritySpec & { readonly name: Severity }>(severities.map((severity) => [severity.name, severity]));

/** What is known of a severity; of any other text what is known of UNKNOWN. */
export const severityOf = (name: string): SeveritySpec & { readonly name: Severity } => byName.get(name) ?? severities[0];
