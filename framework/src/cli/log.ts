import { createRequire } from 'node:module';
import { pino, type Logger } from 'pino';
import type * as Pretty from 'pino-pretty';
import type { ProcessSettings } from '../config';
import { FrameworkError, type Log, type Secret } from '../contract';
import type { FrameworkLog } from '../runtime/open-audit';
import { withhold } from '../shared';

/** Shorter values would redact half of every line, and protect nothing. */
const SHORTEST = 4;

export interface ProcessLog extends FrameworkLog {
  /** From now on these values are taken out of every line, whoever wrote them there. */
  hide(secrets: readonly Secret[]): void;
  /** Everything is on stderr. */
  flush(): void;
}

/** The log of the process: one JSON object a line on stderr, or text for people. */
export function createLog(settings: Pick<ProcessSettings, 'logLevel' | 'logFormat'>): ProcessLog {
  const hidden: Secret[] = [];
  const target = settings.logFormat === 'pretty' ? prettyStream() : process.stderr;
  const redact = (text: string): string => withhold(text, hidden.map((secret) => secret.reveal()).filter((value) => value.length >= SHORTEST));
  const logger: Logger = pino(
    { level: settings.logLevel, base: { name: 'integration-framework' }, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: shownError } },
    { write: (line: string) => void target.write(redact(line)) },
  );
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error'): Log['info'] =>
    (message, fields) =>
      logger[level](fields ?? {}, message);
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    hide: (secrets) => void hidden.push(...secrets),
    redact,
    console: { write: (line) => void process.stderr.write(`${redact(line)}\n`), format: settings.logFormat, level: settings.logLevel },
    flush: () => logger.flush(),
  };
}

/** What went wrong, with its causes. A stack only where the error is none of ours: there it leads to the bug. */
function shownError(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return { message: String(thrown) };
  const cause = thrown.cause === undefined ? {} : { cause: thrown.cause instanceof Error ? thrown.cause.message : String(thrown.cause) };
  if (thrown instanceof FrameworkError) return { code: thrown.code, message: thrown.message, ...cause };
  return { type: thrown.name, message: thrown.message, stack: thrown.stack, ...cause };
}

function prettyStream(): { write(line: string): unknown } {
  // Loaded only where a person looks.
  const { prettyFactory } = createRequire(__filename)('pino-pretty') as typeof Pretty;
  const pretty = prettyFactory({ colorize: process.stderr.isTTY, ignore: 'pid,hostname,name', translateTime: 'SYS:HH:MM:ss', singleLine: true });
  return { write: (line) => process.stderr.write(pretty(JSON.parse(line) as object)) };
}
