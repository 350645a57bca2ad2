/// <reference path="../../../shared/proxy-from-env.d.ts" />
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosRequestConfig } from 'axios';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';

export interface Request {
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** An address of the machine itself, which no proxy reaches. */
  readonly direct?: true;
  readonly timeoutMs?: number;
}
export interface Sent {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}
/** One request, one answer, whatever its status. Rejects when there is none: with an AbortError after `close`, else with a message without values of secrets. */
export type Send = (request: Request) => Promise<Sent>;

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 8 * 1024 * 1024;

/** Connections are kept and shared; HTTP_PROXY, HTTPS_PROXY and NO_PROXY are obeyed. */
export function createSend(signal: AbortSignal): Send {
  const [httpAgent, httpsAgent] = [new HttpAgent({ keepAlive: true }), new HttpsAgent({ keepAlive: true })];
  const tunnels = new Map<string, HttpsProxyAgent<string>>();
  signal.addEventListener('abort', () => [httpAgent, httpsAgent, ...tunnels.values()].forEach((agent) => agent.destroy()), { once: true });
  const agentsFor = ({ url, direct }: Request): AxiosRequestConfig => {
    const proxy = direct ? '' : getProxyForUrl(url.href);
    if (proxy === '') return { httpAgent, httpsAgent, proxy: false };
    if (url.protocol === 'http:') return { httpAgent };
    const tunnel = tunnels.get(proxy) ?? new HttpsProxyAgent(proxy, { keepAlive: true });
    tunnels.set(proxy, tunnel);
    return { httpsAgent: tunnel, proxy: false };
  };

  return async (request) => {
    const timeout = AbortSignal.timeout(request.timeoutMs ?? TIMEOUT_MS);
    try {
      const answer = await axios.request<string>({
        ...agentsFor(request),
        method: request.method ?? 'GET',
        url: request.url.href,
        headers: { ...request.headers },
        ...(request.body !== undefined && { data: request.body }),
        signal: AbortSignal.any([signal, timeout]),
        responseType: 'text',
        transformRequest: [(data: unknown) => data],
        transformResponse: [(data: unknown) => data],
        validateStatus: () => true,
        maxRedirects: 0,
        maxContentLength: MAX_BYTES,
      });
      const headers = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
      return { status: answer.status, headers, text: answer.data ?? '' };
    } catch (err) {
      signal.throwIfAborted();
      const reason = timeout.aborted ? 'no answer in time' : err instanceof Error ? err.message : String(err);
      // No cause: it holds the request, and with it our credentials.
      throw new Error(`${request.url.host}: ${reason}`);
    }
  };
}
