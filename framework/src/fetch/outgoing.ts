import { FrameworkError, toJson, type HttpRequest, type HttpSpec } from '../contract';
import type { Redact } from './redact';

/** A request as it leaves, without credentials. */
export interface Outgoing {
  readonly method: NonNullable<HttpRequest['method']>;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What messages call the request: never its query, user or password, and without values of secrets. */
  readonly subject: string;
  /** May be sent twice without harm. */
  readonly repeatable: boolean;
}
/** An answer as it came. */
export interface Incoming {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}
export type Send = (outgoing: Outgoing) => Promise<Incoming>;

/** Refuses every host that the spec does not name, and plain text where `baseUrl` is encrypted. */
export function assertHost(spec: HttpSpec, url: URL): void {
  const base = new URL(spec.baseUrl);
  const hosts = [base.host, ...(spec.otherHosts ?? [])];
  const encrypted = url.protocol === 'https:' || (url.protocol === 'http:' && base.protocol === 'http:');
  if (!hosts.includes(url.host) || !encrypted) throw new FrameworkError('SOURCE_HOST_REFUSED', [url.origin, hosts.join(', ')]);
}

const withSlash = (url: string): string => (url.endsWith('/') ? url : `${url}/`);

/** Relative to `baseUrl` whatever slashes stand between them: `/search` under `https://host/rest/api/3` keeps the path of the base. */
function resolve(spec: HttpSpec, url: string): URL {
  const isAbsolute = /^[a-z][a-z0-9+.-]*:/i.test(url) || url.startsWith('//');
  return new URL(isAbsolute ? url : url.replace(/^\/+/, ''), isAbsolute ? spec.baseUrl : withSlash(spec.baseUrl));
}

const REPEATABLE = new Set(['GET', 'PUT', 'DELETE']);

export function prepare(spec: HttpSpec, request: HttpRequest, redact: Redact): Outgoing {
  const url = resolve(spec, request.url);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    for (const item of Array.isArray(value) ? value : [value]) if (item !== undefined) url.searchParams.append(name, String(item));
  }
  assertHost(spec, url);
  const method = request.method ?? 'GET';
  const body = request.body === undefined ? undefined : toJson(request.body);
  return {
    method,
    url,
    headers: { accept: 'application/json', ...(body !== undefined && { 'content-type': 'application/json' }), ...spec.headers, ...request.headers },
    ...(body !== undefined && { body }),
    subject: redact(`${method} ${url.origin}${url.pathname}`),
    repeatable: request.idempotent ?? REPEATABLE.has(method),
  };
}
