import os from 'node:os';

export type Cell = string | number;

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** What has to be known to read the figures. */
  readonly notes?: readonly string[];
}

/** Something that holds however fast the machine is: a run that wrote nothing, two ways to the same entity. */
export interface Fact {
  readonly what: string;
  readonly holds: boolean;
}

export interface SuiteResult {
  readonly tables: readonly Table[];
  readonly facts: readonly Fact[];
}

export interface SuiteOptions {
  /** Size `full` under the `--scale` that was asked for, never below `least`. */
  size(full: number, least?: number): number;
  /** Folder for CPU profiles of the measured processes. */
  readonly profiles?: string;
}

export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGigabytes: number;
  readonly node: string;
  readonly loadBefore: number;
}

export const machine = (): Machine => ({
  cores: os.availableParallelism(),
  processor: os.cpus()[0]?.model ?? 'unknown',
  memoryGigabytes: Math.round(os.totalmem() / 2 ** 30),
  node: process.version,
  loadBefore: Math.round((os.loadavg()[0] ?? 0) * 10) / 10,
});

export const machineLine = ({ cores, processor, memoryGigabytes, node, loadBefore }: Machine): string =>
  `${cores} cores (${processor}), ${memoryGigabytes} GB, node ${node}, load before ${loadBefore}`;

/** Three figures are all that a single run can promise. */
export const figure = (value: number): number => (Number.isFinite(value) && value !== 0 ? Number(value.toPrecision(3)) : value);

export const rate = (count: number, seconds: number): number => Math.round(count / seconds);

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[sorted.length / 2 - 1] ?? upper)) / 2;
}

function textOf(cell: Cell): string {
  if (typeof cell === 'string') return cell;
  return Number.isFinite(cell) ? cell.toLocaleString('en-US', { maximumFractionDigits: 3 }) : '-';
}

/** Numbers to the right, words to the left. */
export function renderTable({ title, columns, rows, notes = [] }: Table): string {
  const texts = [columns, ...rows.map((row) => row.map(textOf))];
  const widths = columns.map((_column, at) => Math.max(...texts.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((text, at) => (typeof rows[0]?.[at] === 'number' ? text.padStart(widths[at] ?? 0) : text.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
  return [title, ...texts.map((row) => `  ${line(row)}`), ...notes.map((note) => `  ${note}`)].join('\n');
}

export const renderFact = ({ what, holds }: Fact): string => `  ${holds ? 'holds ' : 'BROKEN'}  ${what}`;
