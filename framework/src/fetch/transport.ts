/// <reference path="../shared/proxy-from-env.d.ts" />
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosRequestConfig } from 'axios';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import { FrameworkError } from '../contract';
import type { Incoming, Send } from './outgoing';
import type { Redact } from './redact';

export interface TransportOptions {
  /** For one send, from the first byte out to the last byte in. */
  readonly timeoutMs: number;
  readonly concurrency: number;
  readonly signal: AbortSignal;
  readonly redact: Redact;
}

// A page of a list is some megabytes. What is a hundred times that is a mistake, and would take the process with it.
const MAX_BYTES = 256 * 1024 * 1024;

/** HTTP_PROXY, HTTPS_PROXY and NO_PROXY are obeyed: TLS goes through a tunnel of our own, so that its connections are kept too; plain text is axios's. */
function agents(concurrency: number): (url: URL) => AxiosRequestConfig {
  const keep = { keepAlive: true, maxSockets: concurrency };
  const httpAgent = new HttpAgent(keep);
  const direct = new HttpsAgent(keep);
  const tunnels = new Map<string, HttpsProxyAgent<string>>();
  return (url) => {
    if (url.protocol !== 'https:') return { httpAgent };
    const proxy = getProxyForUrl(url.href);
    if (proxy === '') return { httpsAgent: direct, proxy: false };
    const tunnel = tunnels.get(proxy) ?? new HttpsProxyAgent(proxy, keep);
    tunnels.set(proxy, tunnel);
    return { httpsAgent: tunnel, proxy: false };
  };
}

const UNKNOWN_ISSUER = new Set(['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY']);

function reasonOf(err: unknown): string {
  if (!(err instanceof Error)) return String(err);
  const code = 'code' in err ? String(err.code) : '';
  const reason = err.message || code || err.name;
  return UNKNOWN_ISSUER.has(code) ? `${reason}; name the file of its CA in NODE_EXTRA_CA_CERTS` : reason;
}

const headersOf = (headers: object): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), Array.isArray(value) ? value.join(', ') : String(value)]));

/** One send, one answer, whatever its status. Throws SOURCE_UNREACHABLE when there is none, or the reason of the signal when that aborted. */
export function createTransport(options: TransportOptions): Send {
  const agentsFor = agents(options.concurrency);
  return async (outgoing): Promise<Incoming> => {
    options.signal.throwIfAborted();
    const stop = new AbortController();
    const onAbort = (): void => stop.abort();
    options.signal.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(onAbort, options.timeoutMs);
    try {
      const answer = await axios.request<string>({
        ...agentsFor(outgoing.url),
        method: outgoing.method,
        url: outgoing.url.href,
        headers: outgoing.headers,
        data: outgoing.body,
        signal: stop.signal,
        responseType: 'text',
        transformRequest: [(data: unknown) => data],
        transformResponse: [(data: unknown) => data],
        validateStatus: () => true,
        maxRedirects: 0,
        maxContentLength: MAX_BYTES,
        maxBodyLength: MAX_BYTES,
      });
      return { status: answer.status, headers: headersOf(answer.headers), text: answer.data ?? '' };
    } catch (err) {
      options.signal.throwIfAborted();
      const reason = stop.signal.aborted ? `no answer within ${options.timeoutMs} ms` : options.redact(reasonOf(err));
      // No cause: axios puts the request, and with it our credentials, into its errors.
      throw new FrameworkError('SOURCE_UNREACHABLE', [outgoing.subject, reason]);
    } finally {
      clearTimeout(timer);
      options.signal.removeEventListener('abort', onAbort);
    }
  };
}
