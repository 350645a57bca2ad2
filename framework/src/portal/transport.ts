/// <reference path="../shared/proxy-from-env.d.ts" />
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { isAxiosError } from 'axios';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';

export interface WireRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What came back, as text. Status 0: nothing did, and `failure` says why in words without secrets. */
export interface WireAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly failure?: string;
}

export interface Transport {
  /** Rejects only with the reason of an aborted signal. */
  send(request: WireRequest, signal?: AbortSignal): Promise<WireAnswer>;
  close(): void;
}

const TIMEOUT_MS = 60_000;
const SOCKETS = { keepAlive: true, maxSockets: 100, maxFreeSockets: 50 };

function agentsFor(baseUrl: string): { readonly http: HttpAgent; readonly https: HttpAgent } {
  const proxy = getProxyForUrl(baseUrl);
  if (proxy === '') return { http: new HttpAgent(SOCKETS), https: new HttpsAgent(SOCKETS) };
  const agent = new HttpsProxyAgent(proxy, SOCKETS);
  return { http: agent, https: agent };
}

/**
 * The one place that knows axios. Text in and out, no redirects (a token must not follow one to another host), keep-alive, 60 s for a whole exchange.
 * The proxy is that of `baseUrl`, the only host this is used for.
 */
export function openTransport(baseUrl: string, timeoutMs: number = TIMEOUT_MS): Transport {
  const agents = agentsFor(baseUrl);
  const client = axios.create({
    httpAgent: agents.http,
    httpsAgent: agents.https,
    proxy: false,
    maxRedirects: 0,
    maxBodyLength: Infinity,
    maxContentLength: Infinity,
    responseType: 'text',
    transformRequest: [(data: unknown) => data],
    transformResponse: [(data: unknown) => data],
    validateStatus: () => true,
  });

  return {
    send: async (request, signal) => {
      signal?.throwIfAborted();
      // axios' own timeout restarts with every byte; a server that trickles would hold the call for ever.
      const stop = new AbortController();
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        stop.abort();
      }, timeoutMs);
      const abort = (): void => stop.abort();
      signal?.addEventListener('abort', abort, { once: true });
      try {
        const { method, url, headers, body } = request;
        const answer = await client.request<string>({ method, url, headers, ...(body === undefined ? {} : { data: body }), signal: stop.signal });
        return { status: answer.status, headers: flat(answer.headers), text: answer.data ?? '' };
      } catch (err) {
        if (signal?.aborted) throw signal.reason;
        if (late) return failed(`no answer within ${timeoutMs / 1_000} s`);
        return failed(reasonOf(err));
      } finally {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
      }
    },
    close: () => {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

const failed = (failure: string): WireAnswer => ({ status: 0, headers: {}, text: '', failure });

function flat(headers: object): Record<string, string> {
  const flattened: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) flattened[name.toLowerCase()] = String(value);
  return flattened;
}

// Only code and message: the axios error itself holds the request, hence the token.
function reasonOf(err: unknown): string {
  if (!isAxiosError(err)) return err instanceof Error ? err.message : String(err);
  const message = err.message || (err.cause instanceof AggregateError ? err.cause.errors.map(String).join(', ') : 'no connection');
  return err.code === undefined || message.includes(err.code) ? message : `${err.code}: ${message}`;
}
