import { setMaxListeners } from 'node:events';
import type { FrameworkError, Log, Secret } from '../contract';
import { objectOf, withhold, type Clock } from '../shared';
import { complaintOf, errorOf, succeeded, type Complaint, type Outcome } from './answer';
import { openLane, type Lane } from './lane';
import { openRateLimit } from './rate-limit';
import { retryAfter } from './retry';
import { openTokens } from './token';
import { openTransport } from './transport';
import type { Portal, Priority } from './types';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/v1`, encoded, with its query. */
  readonly path: string;
  readonly userAgent: string;
  /** JSON text. */
  readonly body?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** A POST or PATCH that does no harm when it is sent twice; the other methods always are. */
  readonly repeatable?: boolean;
  readonly priority?: Priority;
  readonly signal?: AbortSignal | undefined;
}

/** One credential at one portal: token, connections, limits, retries. */
export interface Wire {
  /** Any status is a result. Rejects when aborted, and with PORTAL_REFUSED or PORTAL_UNREACHABLE when no token is to be had. */
  send(call: Call): Promise<Outcome>;
  /** The JSON object of a 2xx answer; every other end is a FrameworkError. */
  ask(call: Call): Promise<Record<string, unknown>>;
  /** As `ask`, for calls whose answer says nothing else. */
  tell(call: Call): Promise<void>;
  /** As `ask`, but 404 is undefined. */
  find(call: Call): Promise<Record<string, unknown> | undefined>;
  /** What the portal said, free of our secrets. */
  complaint(outcome: Outcome): Complaint;
  error(call: Call, outcome: Outcome): FrameworkError;
  status(): ReturnType<Portal['status']>;
  /** Single entity writes and deletes. */
  readonly single: Lane;
  readonly bulk: Lane;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborts when the client is closed. */
  readonly closing: AbortSignal;
  close(): void;
}

export interface WireOptions {
  /** Without `/v1`. */
  readonly baseUrl: string;
  readonly clientId: Secret;
  readonly clientSecret: Secret;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Status of every answer, for the metric. */
  readonly onRequest?: ((status: number | 'network') => void) | undefined;
}

const SINGLES = 50;
const BULKS = 5;
// Waits from here on are news for an operator; shorter ones are everyday life.
const LONG_WAIT_MS = 10_000;

const always = new Set(['GET', 'PUT', 'DELETE']);
const whatOf = (call: Call): string => `${call.method} ${call.path.split('?', 1)[0]!}`;

export function openWire(options: WireOptions): Wire {
  const { clock, log } = options;
  const root = `${options.baseUrl.replace(/(\/v1)?\/*$/, '')}/v1`;
  const transport = openTransport(root);
  const closed = new AbortController();
  // Every call under way listens to it.
  setMaxListeners(0, closed.signal);
  const rate = openRateLimit(clock, closed.signal);
  let health: ReturnType<Portal['status']> = { ok: false, since: clock.now(), error: 'not connected yet' };

  const note = (error: string | undefined): void => {
    const ok = error === undefined;
    if (health.ok !== ok || health.error !== error) health = { ok, since: health.ok === ok ? health.since : clock.now(), ...(ok ? {} : { error }) };
  };

  const clean = (text: string): string => withhold(text, [options.clientId.reveal(), options.clientSecret.reveal(), tokens.current?.split(' ').pop() ?? '']);
  const complaint = (outcome: Outcome): Complaint => complaintOf(outcome, clean);

  /** One send, in its turn. `authorize` is asked when the turn has come, because a turn may be minutes away. */
  const once = async (call: Call, authorize?: () => Promise<string>): Promise<Omit<Outcome, 'resent'>> => {
    const answered = authorize === undefined ? undefined : await rate.pass(call.priority ?? 'resync', call.signal ?? closed.signal);
    try {
      const headers: Record<string, string> = { ...call.headers, accept: 'application/json', 'user-agent': call.userAgent };
      if (call.body !== undefined) headers['content-type'] = 'application/json';
      if (authorize !== undefined) headers['authorization'] = await authorize();
      const answer = await transport.send({ method: call.method, url: root + call.path, headers, ...(call.body === undefined ? {} : { body: call.body }) }, call.signal ?? closed.signal);
      options.onRequest?.(answer.status === 0 ? 'network' : answer.status);
      answered?.(answer.headers);
      return answer;
    } finally {
      answered?.();
    }
  };

  /** Sends until an answer is final. */
  const persist = async (call: Call, send: () => Promise<Omit<Outcome, 'resent'>>): Promise<Outcome> => {
    const repeatable = call.repeatable === true || always.has(call.method);
    for (let retry = 1; ; retry++) {
      const answer = await send();
      const waitMs = repeatable ? retryAfter(answer, retry, clock.now()) : undefined;
      const outcome = { ...answer, resent: retry > 1 };
      if (answer.status === 0 || answer.status >= 500) note(`${whatOf(call)}: ${answer.status === 0 ? '' : `${answer.status} `}${complaint(outcome).message}`);
      else if (answer.status !== 401) note(undefined);
      if (waitMs === undefined) return outcome;
      log[waitMs < LONG_WAIT_MS ? 'debug' : 'warn'](`the portal did not take a call (${answer.status === 0 ? answer.failure : answer.status}); again in ${Math.ceil(waitMs / 1_000)} s`, {
        call: whatOf(call),
        retry,
        ...(answer.headers['x-trace-id'] === undefined ? {} : { trace: answer.headers['x-trace-id'] }),
      });
      await clock.sleep(waitMs, call.signal ?? closed.signal);
    }
  };

  const tokens = openTokens({
    ...options,
    readable: complaint,
    fetch: async (body) => {
      const call: Call = { method: 'POST', path: '/auth/access_token', userAgent: options.userAgent, body, repeatable: true };
      const outcome = await persist(call, () => once(call));
      if (outcome.status >= 400 && outcome.status < 500) note(`${outcome.status} to our credentials`);
      return outcome;
    },
  });

  const send = async (call: Call): Promise<Outcome> => {
    let renewed = false;
    const outcome = await persist(call, async () => {
      let used = '';
      const authorize = async (): Promise<string> => (used = await tokens.get(call.signal));
      const answer = await once(call, authorize);
      // Refused before it had an effect, so any method may go again; only once, because a fresh token does not become better.
      if (answer.status !== 401 || renewed) return answer;
      renewed = true;
      tokens.drop(used);
      return once(call, authorize);
    });
    if (outcome.status === 401) note('401 with a fresh token');
    return outcome;
  };

  const error = (call: Call, outcome: Outcome): FrameworkError => errorOf(whatOf(call), outcome, complaint(outcome));

  const bodyOf = (call: Call, outcome: Outcome): Record<string, unknown> => {
    const body = succeeded(outcome) ? objectOf(outcome.text) : undefined;
    if (body === undefined) throw error(call, outcome);
    return body;
  };

  return {
    send,
    ask: async (call) => bodyOf(call, await send(call)),
    tell: async (call) => {
      const outcome = await send(call);
      if (!succeeded(outcome)) throw error(call, outcome);
    },
    find: async (call) => {
      const outcome = await send(call);
      return outcome.status === 404 ? undefined : bodyOf(call, outcome);
    },
    complaint,
    error,
    status: () => health,
    single: openLane(SINGLES),
    bulk: openLane(BULKS),
    clock,
    log,
    closing: closed.signal,
    close: () => {
      closed.abort();
      transport.close();
    },
  };
}
