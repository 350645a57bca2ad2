import type { SettingsSpec } from '../../contract';
import type { Clock } from '../../shared';
import type { AuditStore } from '../audit-store';
import type { AuditRecord } from '../record';
import { severities, type AuditLevel, type Severity } from '../severities';

/** Where records go. Only one call of `write` at a time. */
export interface Destination {
  /** Unique among the destinations of a process: `console`, `file audit.ndjson`. */
  readonly name: string;
  accepts(severity: Severity): boolean;
  /** Resolves when all of them are written. Rejects when they are not: it is then given the same records again, so a repeated guid must do no harm. */
  write(records: readonly AuditRecord[]): Promise<void>;
  close?(): Promise<void>;
}

/** The text log of the process, as the console destination finds it. */
export interface ConsoleOutput {
  /** One line, without its end. */
  write(line: string): void;
  readonly format: 'pretty' | 'json';
  /** Records of a lower level are passed over. */
  readonly level: AuditLevel | 'fatal' | 'silent';
}

/** What destinations are made from, beside their settings. */
export interface DestinationMeans {
  readonly clock: Clock;
  readonly console: ConsoleOutput;
  readonly store: AuditStore;
}

/** One kind of destination: one file, and one line in index.ts. `open` has no side effects: it opens with the first `write`. */
export interface DestinationType<TSettings = Readonly<Record<string, unknown>>> {
  /** Keys beside `kind`, `include` and `exclude`. */
  readonly settings: SettingsSpec;
  /** What it does not take unless `include` names it. */
  readonly excluded: readonly Severity[];
  open(settings: TSettings, means: DestinationMeans): Omit<Destination, 'accepts'>;
}

const names = severities.map(({ name }) => name).filter((name) => name !== 'UNKNOWN');

/** Keys of every destination. */
export const selectionSettings = {
  include: { type: 'list', enum: names, description: 'The severities it takes; an empty list silences it. Default: all, without those that its kind leaves out.' },
  exclude: { type: 'list', enum: names, description: 'Severities taken off these.' },
} as const satisfies SettingsSpec;

/** As `include` and `exclude` say it. */
export interface Selection {
  readonly include?: readonly Severity[];
  readonly exclude?: readonly Severity[];
}

export function selector({ include, exclude = [] }: Selection, excluded: readonly Severity[]): Destination['accepts'] {
  const taken = new Set<Severity>(include ?? severities.map(({ name }) => name).filter((name) => !excluded.includes(name)));
  for (const severity of exclude) taken.delete(severity);
  return (severity) => taken.has(severity);
}
