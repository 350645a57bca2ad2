/// <reference path="../shared/proxy-from-env.d.ts" />
import http from 'node:http';
import https from 'node:https';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import type { Secret } from '../contract';
import { sign } from './sign';

const TIMEOUT_MS = 10_000;

export interface SignedPost {
  readonly url: string;
  /** Compact JSON: what is signed is what is sent. */
  readonly body: string;
  readonly secret: Secret;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly signal: AbortSignal;
}

/** Sends once; gives undefined when it was taken (2xx), else why not. Redirects are not followed. Never rejects. */
export function postSigned({ url, body, secret, now, signal }: SignedPost): Promise<string | undefined> {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return Promise.resolve('the registered URL is no http(s) URL');
  const timestamp = Math.floor(now / 1_000);
  const proxy = getProxyForUrl(url);
  return new Promise((resolve) => {
    const request = (/^https:/i.test(url) ? https : http).request(
      url,
      {
        method: 'POST',
        signal,
        timeout: TIMEOUT_MS,
        ...(proxy === '' ? {} : { agent: new HttpsProxyAgent(proxy) }),
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'x-port-timestamp': String(timestamp),
          'x-port-signature': sign(secret.reveal(), { timestamp, body }),
        },
      },
      (response) => {
        response.resume();
        const { statusCode = 0 } = response;
        resolve(statusCode >= 200 && statusCode < 300 ? undefined : `it answered ${statusCode}`);
      },
    );
    request.on('timeout', () => request.destroy(new Error('it did not answer in time')));
    request.on('error', (err) => resolve(err.message));
    request.end(body);
  });
}
