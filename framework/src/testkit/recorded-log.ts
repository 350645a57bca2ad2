import { inspect } from 'node:util';
import type { Log } from '../contract';

export interface RecordedLog extends Log {
  /** One text a line: level, message, fields. */
  readonly lines: readonly string[];
}

/** A log that a test can read. */
export function recordedLog(): RecordedLog {
  const lines: string[] = [];
  const at = (level: string) => (message: string, fields?: Readonly<Record<string, unknown>>) => {
    lines.push(`${level} ${message}${fields === undefined ? '' : ` ${inspect(fields, { depth: 8, breakLength: Infinity })}`}`);
  };
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
