import type { AuditRecord } from '../record';
import { detailIds } from '../messages';
import { severityOf } from '../severities';
import type { ConsoleOutput, DestinationType } from './destination';

/** Numbers of pino, so that these lines and those of the process log can be read as one. */
const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60, silent: Infinity } as const satisfies Readonly<Record<ConsoleOutput['level'], number>>;

/** The text log: one line a record, exceptions with their stack. Details are shown from level debug on. */
export const toConsole: DestinationType = {
  settings: {},
  excluded: ['TRACE', 'PERFMON', 'EVENT', 'TYPES', 'ACTIVITY'],
  open(_settings, { console: output }) {
    const line = output.format === 'json' ? jsonLine : prettyLine;
    return {
      name: 'console',
      // Rejects, and does not throw, where the output is gone.
      async write(records) {
        for (const record of records) if (weightOf(record) >= LEVELS[output.level]) output.write(line(record));
      },
    };
  },
};

const weightOf = ({ severity, messageId }: AuditRecord): number => (detailIds.has(messageId) ? LEVELS.debug : LEVELS[severityOf(severity).level]);

function jsonLine(record: AuditRecord): string {
  const { exception } = record;
  return JSON.stringify({
    level: LEVELS[severityOf(record.severity).level],
    time: record.timeStamp,
    name: 'integration-framework',
    msg: record.messageText,
    severity: record.severity,
    code: record.messageId,
    ...(record.connector !== undefined && { integration: record.connector }),
    ...(record.runId !== undefined && { runId: record.runId }),
    ...(exception !== undefined && { err: { type: exception.class, message: exception.message, ...(record.severity === 'EXCEPTION' && { stack: exception.stack }) } }),
  });
}

function prettyLine(record: AuditRecord): string {
  const line = `${record.timeStamp} ${record.severity} ${record.messageId} ${visible(record.messageText)}`;
  if (record.severity !== 'EXCEPTION' || record.exception === undefined) return line;
  return [line, ...record.exception.stack.split('\n').map((part) => `    ${visible(part)}`)].join('\n');
}

/** Nothing in a record begins another line, moves the cursor, or turns the direction of writing. */
const visible = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ');
