/// <reference path="../../shared/proxy-from-env.d.ts" />
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { isAxiosError } from 'axios';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import { withhold, type Clock } from '../../shared';

export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What came back, as text. Status 0: nothing did, and `text` says why. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  /** How long it asked us to wait, in milliseconds. */
  readonly afterMs?: number;
}

export interface HttpClient {
  /** Rejects only with the reason of an aborted signal. While the server asks for a pause, calls wait. */
  send(call: HttpCall, signal: AbortSignal): Promise<HttpAnswer>;
  /** A text without secrets. */
  clean(text: string): string;
  close(): void;
}

export interface HttpOptions {
  /** The one server this is used for: the proxy is chosen by it. */
  readonly url: string;
  /** For a whole exchange. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** What must stand in no message. */
  secrets(): readonly string[];
}

const SOCKETS = { keepAlive: true, maxSockets: 16 };
/** A longer pause is left to whoever sends again. */
const LONGEST_PAUSE_MS = 30_000;
const MAX_ANSWER = 64 * 1024 * 1024;

function openAgents(url: string): { readonly http: HttpAgent; readonly https: HttpAgent } {
  const proxy = getProxyForUrl(url);
  if (proxy === '') return { http: new HttpAgent(SOCKETS), https: new HttpsAgent(SOCKETS) };
  const agent = new HttpsProxyAgent(proxy, SOCKETS);
  return { http: agent, https: agent };
}

/** Text in and out, no redirects: credentials must not follow one to another host. Opens nothing before the first call. */
export function openHttp(options: HttpOptions): HttpClient {
  let agents: ReturnType<typeof openAgents> | undefined;
  let pausedUntil = 0;
  const clean = (text: string): string => withhold(text, options.secrets());

  async function exchange(call: HttpCall, signal: AbortSignal): Promise<HttpAnswer> {
    agents ??= openAgents(options.url);
    // The timeout of axios restarts with every byte; a server that trickles would hold the call for ever.
    const stop = new AbortController();
    const abort = (): void => stop.abort();
    const timer = setTimeout(abort, options.timeoutMs);
    signal.addEventListener('abort', abort, { once: true });
    try {
      const answer = await axios.request<string>({
        method: call.method,
        url: call.url,
        headers: call.headers,
        ...(call.body !== undefined && { data: call.body }),
        httpAgent: agents.http,
        httpsAgent: agents.https,
        proxy: false,
        maxRedirects: 0,
        maxBodyLength: Infinity,
        maxContentLength: MAX_ANSWER,
        responseType: 'text',
        transformRequest: [(data: unknown) => data],
        transformResponse: [(data: unknown) => data],
        validateStatus: () => true,
        signal: stop.signal,
      });
      const afterMs = retryAfter(String(answer.headers['retry-after'] ?? ''), options.clock.now());
      return { status: answer.status, text: answer.data ?? '', ...(afterMs !== undefined && { afterMs }) };
    } catch (err) {
      signal.throwIfAborted();
      return { status: 0, text: stop.signal.aborted ? `no answer within ${options.timeoutMs} ms` : clean(reasonOf(err)) };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  return {
    clean,
    async send(call, signal) {
      signal.throwIfAborted();
      const pause = pausedUntil - options.clock.now();
      if (pause > LONGEST_PAUSE_MS) return { status: 429, text: '', afterMs: pause };
      if (pause > 0) await options.clock.sleep(pause, signal);
      const answer = await exchange(call, signal);
      if (answer.afterMs !== undefined && isPassing(answer.status)) pausedUntil = Math.max(pausedUntil, options.clock.now() + answer.afterMs);
      return answer;
    },
    close() {
      agents?.http.destroy();
      agents?.https.destroy();
      agents = undefined;
    },
  };
}

/** May pass by itself. */
export const isPassing = (status: number): boolean => status === 0 || status === 408 || status === 429 || status >= 500;
export const isSuccess = (status: number): boolean => status >= 200 && status < 300;

/** Seconds or a date, in milliseconds from now; at most a day, for beyond it a clock went wrong. */
function retryAfter(text: string, now: number): number | undefined {
  if (text.trim() === '') return undefined;
  const seconds = Number(text);
  const wait = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(text) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), 86_400_000);
}

// Only code and message: the error of axios itself holds the request, hence credentials.
function reasonOf(err: unknown): string {
  if (!isAxiosError(err)) return err instanceof Error ? err.message : String(err);
  const { code, cause } = err;
  const message = err.message || (cause instanceof AggregateError ? cause.errors.map(String).join(', ') : '') || 'no connection';
  return code === undefined || message.includes(code) ? message : `${code}: ${message}`;
}
