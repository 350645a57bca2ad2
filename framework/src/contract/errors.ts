import { withoutUser } from '../shared';

/** What the runtime does about an error. */
export type Recovery =
  | 'retry' // again with backoff
  | 'wait' // again after a stated time
  | 'refresh' // renew credentials, then once more
  | 'skip' // this row becomes a dead letter
  | 'incomplete' // the partition ends and proves no absence
  | 'stop'; // the work ends as failed

/** Who can do something about it. */
export type Actor = 'operator' | 'author' | 'source' | 'portal' | 'nobody';

/** The folder of src/ in which it happened. */
export type Stage = 'config' | 'load' | 'portal' | 'register' | 'trigger' | 'fetch' | 'resync' | 'live' | 'store' | 'pipeline' | 'deliver' | 'connector' | 'ops';

export interface ErrorSpec {
  readonly recovery: Recovery;
  readonly act: Actor;
  readonly stage: Stage;
  /** Message with `%s` for each parameter: what happened, to what, what to do. */
  readonly text: string;
}

/** Every error this framework raises on purpose. Anything else that is thrown is a bug of ours or of an integration. */
export const errors = {
  CONFIG_INVALID: { recovery: 'stop', act: 'operator', stage: 'config', text: '%s' },
  DATA_FOLDER: { recovery: 'stop', act: 'operator', stage: 'store', text: 'cannot use the data folder %s: %s; set DATA_DIR to a writable folder, or configure mongodb' },
  STORE_HELD: { recovery: 'stop', act: 'operator', stage: 'store', text: 'the data folder %s is in use by %s; stop that process or set DATA_DIR' },
  STORE_UNREACHABLE: { recovery: 'retry', act: 'operator', stage: 'store', text: 'the store does not answer: %s' },
  STORE_TOO_NEW: { recovery: 'stop', act: 'operator', stage: 'store', text: 'the store has schema version %s, this release knows %s; run the newer release' },
  TOO_LARGE: { recovery: 'skip', act: 'source', stage: 'store', text: '%s has more than 15 MiB, also deflated: more than MongoDB stores in one document' },
  STORE_LOST: { recovery: 'retry', act: 'nobody', stage: 'store', text: 'another process took over the store; this one stands by' },
  STORE_CONTENDED: { recovery: 'retry', act: 'nobody', stage: 'store', text: '%s was changed by another writer 10 times in a row' },
  SOURCE_REFUSED: { recovery: 'stop', act: 'operator', stage: 'fetch', text: '%s refused our credentials (%s); check the settings of this entry' },
  SOURCE_FAILED: { recovery: 'stop', act: 'source', stage: 'fetch', text: '%s answered %s' },
  SOURCE_NOT_FOUND: { recovery: 'stop', act: 'source', stage: 'fetch', text: '%s is not there (404)' },
  SOURCE_UNREACHABLE: { recovery: 'retry', act: 'source', stage: 'fetch', text: '%s cannot be reached: %s' },
  SOURCE_HOST_REFUSED: { recovery: 'stop', act: 'author', stage: 'fetch', text: 'a call to %s was refused: this entry may only call %s' },
  SOURCE_NOT_READ: { recovery: 'retry', act: 'source', stage: 'connector', text: '%s could not be read: %s; nothing was removed' },
  SOURCE_UNREADABLE: { recovery: 'stop', act: 'source', stage: 'fetch', text: '%s did not answer JSON: %s' },
  INTEGRATION_FAILED: { recovery: 'stop', act: 'author', stage: 'resync', text: 'the integration failed: %s' },
  PORTAL_REFUSED: { recovery: 'stop', act: 'operator', stage: 'portal', text: 'the portal refused our credentials (%s); check port.clientId and port.clientSecret' },
  PORTAL_UNREACHABLE: { recovery: 'retry', act: 'portal', stage: 'portal', text: 'the portal cannot be reached: %s' },
  PORTAL_ANSWER: { recovery: 'stop', act: 'portal', stage: 'portal', text: 'the portal answered %s to %s: %s' },
  PORTAL_PATH: { recovery: 'skip', act: 'author', stage: 'portal', text: 'the identifier %s cannot stand in an address of the portal; map another one' },
  REGISTRATION_FAILED: { recovery: 'retry', act: 'operator', stage: 'register', text: '%s is not registered with the portal: %s' },
  MAPPING_EMPTY: { recovery: 'stop', act: 'operator', stage: 'resync', text: 'the mapping of %s has no resources; nothing was read and nothing deleted. Map something in the portal, or give the entry a mapping' },
  KIND_UNKNOWN: { recovery: 'stop', act: 'operator', stage: 'resync', text: 'there is no kind %s; %s offers %s' },
  RUN_SUPERSEDED: { recovery: 'stop', act: 'nobody', stage: 'resync', text: 'run %s was superseded' },
  PORT_TAKEN: { recovery: 'stop', act: 'operator', stage: 'ops', text: 'cannot listen on %s: %s; set HTTP_PORT (0 = any free port)' },
  ENTRY_UNKNOWN: { recovery: 'stop', act: 'operator', stage: 'resync', text: 'there is no entry %s in the configuration' },
  ENTRY_REFUSED: { recovery: 'stop', act: 'operator', stage: 'resync', text: 'the entry %s is %s; nothing was started' },
  COMMAND_REFUSED: { recovery: 'stop', act: 'operator', stage: 'ops', text: '%s' },
  SINK_AWAY: { recovery: 'retry', act: 'operator', stage: 'deliver', text: '%s' },
  SINK_DATABASE_MISSING: { recovery: 'retry', act: 'operator', stage: 'deliver', text: 'SINK_DATABASE_MISSING: the URL of the sink names no database; write it behind the host (mongodb://host:27017/app), or add `database`' },
  CONNECTOR_CONFIG: { recovery: 'stop', act: 'operator', stage: 'connector', text: '%s' },
  CONNECTOR_FATAL: { recovery: 'stop', act: 'operator', stage: 'connector', text: '%s' },
  CONNECTOR_TIMEOUT: { recovery: 'retry', act: 'source', stage: 'connector', text: '%s of %s did not return within %s ms' },
  TARGET_NAME_TAKEN: { recovery: 'stop', act: 'operator', stage: 'connector', text: 'the target %s is there already, by %s; choose another name' },
  TARGET_UNKNOWN: { recovery: 'stop', act: 'operator', stage: 'connector', text: 'there is no target %s in %s; it has %s' },
  TARGET_INVALID: { recovery: 'stop', act: 'operator', stage: 'connector', text: '%s' },
  TARGET_FIXED: { recovery: 'stop', act: 'operator', stage: 'connector', text: 'the target %s is named by %s; take it out there' },
  CONNECTOR_MISSING: { recovery: 'stop', act: 'operator', stage: 'connector', text: '%s has no connector, so there is nothing to %s' },
  CONTEXT_EARLY: { recovery: 'stop', act: 'author', stage: 'connector', text: '`deps.context` of %s was read in the body of its factory; it is there from setContext on: read it in start, refresh, engage and disconnect' },
  CONTEXT_CLOSED: { recovery: 'stop', act: 'author', stage: 'connector', text: 'the context of %s is closed: %s was refused' },
  SERVICE_NOT_DECLARED: { recovery: 'stop', act: 'author', stage: 'connector', text: '%s does not declare the service %s; name it in `services` of the integration' },
  NOT_HOME: { recovery: 'stop', act: 'author', stage: 'connector', text: '%s belongs to the metadata source %s; only its connectors may change it' },
  DIRECTION_NOT_PERMITTED: { recovery: 'stop', act: 'operator', stage: 'connector', text: '%s works %s: %s was refused; set `direction` of the entry' },
  ELEMENT_REFUSED: { recovery: 'skip', act: 'author', stage: 'connector', text: '%s was refused: %s' },
  ELEMENT_MISSING: { recovery: 'skip', act: 'author', stage: 'connector', text: '%s is not there' },
  NOT_AN_ASSET: { recovery: 'stop', act: 'author', stage: 'connector', text: '%s is no asset: only assets are published and withdrawn; a part follows its asset' },
  ZONES_NOT_CONFIGURED: { recovery: 'stop', act: 'operator', stage: 'connector', text: '%s has no zones to publish into; set `zones.publish` of the entry' },
  LISTENER_FAILED: { recovery: 'retry', act: 'operator', stage: 'connector', text: 'the listener to %s hears nothing: %s' },
  TRIGGER_FAILED: { recovery: 'retry', act: 'operator', stage: 'trigger', text: 'the trigger channel %s failed: %s' },
} as const satisfies Readonly<Record<string, ErrorSpec>>;

export type ErrorCode = keyof typeof errors;

/** The one error class: a code of the table, its parameters, and the cause. Messages never hold secret values or payloads. */
export class FrameworkError extends Error {
  readonly code: ErrorCode;
  readonly recovery: Recovery;
  readonly act: Actor;
  readonly stage: Stage;
  /** Set with `wait`, in milliseconds. */
  readonly waitMs?: number;
  /** HTTP status of the answer behind it, where there was one. */
  readonly status?: number;

  constructor(code: ErrorCode, parameters: readonly (string | number)[], options: { cause?: unknown; waitMs?: number; status?: number; recovery?: Recovery } = {}) {
    const spec: ErrorSpec = errors[code];
    let at = 0;
    super(spec.text.replace(/%s/g, () => String(parameters[at++] ?? '')), options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'FrameworkError';
    this.code = code;
    this.recovery = options.recovery ?? spec.recovery;
    this.act = spec.act;
    this.stage = spec.stage;
    if (options.waitMs !== undefined) this.waitMs = options.waitMs;
    if (options.status !== undefined) this.status = options.status;
  }
}

/** How many causes are told: an error may be its own cause. */
const CAUSES = 4;

/** Why it was thrown, with what its causes say beyond that: `fetch failed: connect ECONNREFUSED 127.0.0.1:8080`. One of ours says it all by itself. */
export function reasonOf(thrown: unknown): string {
  const said: string[] = [];
  for (let err = thrown, depth = 0; err !== undefined && err !== null && depth < CAUSES; depth++) {
    const text = messageOf(err);
    if (!said.some((before) => before.includes(text))) said.push(text);
    if (err instanceof FrameworkError) break;
    const { errors: several, cause } = err as { readonly errors?: unknown; readonly cause?: unknown };
    // Of several addresses that were tried, the first.
    err = Array.isArray(several) && several.length > 0 ? (several[0] as unknown) : cause;
  }
  return said.filter((text) => text !== '').join(': ') || String(thrown);
}

/** Errors of Node itself need not be of this realm. */
function messageOf(err: unknown): string {
  const { message, input } = err as { readonly message?: unknown; readonly input?: unknown };
  if (typeof message !== 'string') return String(err);
  // `new URL` says in a member what it could not read.
  return typeof input === 'string' && !message.includes(input) ? `${message}: ${withoutUser(input)}` : message;
}

/** Total: whatever was thrown becomes a FrameworkError with its cause, an abort stays what it is. */
export function toFrameworkError(thrown: unknown): FrameworkError {
  if (thrown instanceof FrameworkError) return thrown;
  return new FrameworkError('INTEGRATION_FAILED', [reasonOf(thrown)], { cause: thrown });
}

/** What scans and connectors throw on purpose: why, and what should happen. Default: it is tried again. */
export class SourceError extends FrameworkError {
  constructor(message: string, options: { recovery: 'retry' | 'wait' | 'incomplete' | 'stop'; waitMs?: number; cause?: unknown } = { recovery: 'retry' }) {
    super('SOURCE_FAILED', ['the source', message], options);
    this.name = 'SourceError';
  }
}

export const isAbort = (thrown: unknown): boolean => thrown instanceof Error && (thrown.name === 'AbortError' || thrown.name === 'TimeoutError');
