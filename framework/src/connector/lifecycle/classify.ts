import { ConfigError, FatalError, FrameworkError, reasonOf, toFrameworkError, type Recovery } from '../../contract';

/** `config`: waits for a changed file. `fatal`: waits for a restart. `transient`: tried again for ever. `unknown`: tried again, until it were too many in a row. */
export type ErrorClass = 'config' | 'fatal' | 'transient' | 'unknown';

const NETWORK = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EPIPE', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'ERR_NETWORK', 'ERR_SOCKET_CONNECTION_TIMEOUT'],
  ...['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_SOCKET'],
]);
const PASSING: ReadonlySet<string> = new Set(['retry', 'wait', 'refresh'] satisfies Recovery[]);
/** How many causes are followed: an error may be its own cause. */
const DEPTH = 5;

/** Of whatever was thrown. Own error classes are known by name too: an integration may bring a copy of this framework along. */
export function classify(thrown: unknown): ErrorClass {
  for (const err of causesOf(thrown)) {
    if (err instanceof ConfigError || nameOf(err) === 'ConfigError' || codeOf(err) === 'CONFIG_INVALID') return 'config';
    if (err instanceof FatalError || nameOf(err) === 'FatalError') return 'fatal';
  }
  return causesOf(thrown).some(isTransient) ? 'transient' : 'unknown';
}

/** How long the other side asks us to wait, in milliseconds. */
export function statedWait(thrown: unknown, now: number): number | undefined {
  for (const err of causesOf(thrown)) {
    const waitMs = memberOf(err, 'waitMs');
    if (typeof waitMs === 'number') return waitMs;
    const header = memberOf(memberOf(memberOf(err, 'response'), 'headers'), 'retry-after');
    if (typeof header !== 'string' && typeof header !== 'number') continue;
    const seconds = Number(header);
    const wait = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(String(header)) - now;
    if (wait > 0) return wait;
  }
  return undefined;
}

/** What stands in the status: a code that an operator can look up, and the text. */
export function describeError(thrown: unknown): { readonly code: string; readonly message: string } {
  const code = thrown instanceof FrameworkError ? undefined : codeOf(thrown);
  return thrown instanceof Error && code !== undefined ? { code, message: reasonOf(thrown) } : pick(toFrameworkError(thrown));
}

const pick = ({ code, message }: FrameworkError): { readonly code: string; readonly message: string } => ({ code, message });

function isTransient(err: unknown): boolean {
  if ((err instanceof FrameworkError || nameOf(err) === 'SourceError') && PASSING.has(textOf(memberOf(err, 'recovery')) ?? '')) return true;
  if (NETWORK.has(codeOf(err) ?? '') || nameOf(err) === 'TimeoutError') return true;
  return [memberOf(err, 'status'), memberOf(err, 'statusCode'), memberOf(memberOf(err, 'response'), 'status')].some((status) => typeof status === 'number' && (status === 429 || (status >= 500 && status < 600)));
}

function causesOf(thrown: unknown): readonly unknown[] {
  const found: unknown[] = [];
  for (let err = thrown, depth = 0; err !== undefined && err !== null && depth < DEPTH; err = memberOf(err, 'cause'), depth++) {
    found.push(err);
    if (err instanceof AggregateError) found.push(...(err.errors as unknown[]));
  }
  return found;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const nameOf = (err: unknown): string | undefined => textOf(memberOf(err, 'name'));
const codeOf = (err: unknown): string | undefined => textOf(memberOf(err, 'code'));
