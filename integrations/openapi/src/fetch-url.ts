import type { Secret } from '@integration-framework/framework';
import { Unread } from './unread';

export interface FetchOptions {
  readonly authorization?: Secret;
  readonly header: string;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}
/** What the server said of a document, by which it can tell whether that changed. */
export interface Validators {
  readonly etag?: string;
  readonly lastModified?: string;
}
export interface Fetched extends Validators {
  readonly bytes: Buffer;
}

// As many as browsers are patient with is too many for a document.
const MOST_REDIRECTS = 5;

/** The document, or undefined when it is still what `known` says. Throws Unread for every other answer, and for none. */
export async function fetchUrl(url: URL, known: Validators, options: FetchOptions): Promise<Fetched | undefined> {
  const limit = AbortSignal.timeout(options.timeoutMs);
  const signal = AbortSignal.any([options.signal, limit]);
  try {
    let at = url;
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      const answer = await get(at, { redirect: 'manual', signal, headers: headersFor(at, { from: url, known, options }) });
      const next = redirectOf(answer, at);
      if (next === undefined) return await read(answer, known, options.maxBytes);
      await answer.body?.cancel();
      if (at.protocol === 'https:' && next.protocol === 'http:') throw new Unread(`it redirects to plain http at ${next.host}`);
      at = next;
    }
    throw new Unread(`it redirects more than ${MOST_REDIRECTS} times`);
  } catch (err) {
    options.signal.throwIfAborted();
    if (err instanceof Unread) throw err;
    throw new Unread(limit.aborted ? `no whole answer within ${options.timeoutMs} ms; raise timeout` : reasonOf(err));
  }
}

/** A server may close a kept connection just as it is used again: that says nothing of the document, and the next one is new. */
async function get(at: URL, request: RequestInit): Promise<Response> {
  try {
    return await fetch(at, request);
  } catch (err) {
    if (!CLOSED.has(codeOf(err) ?? '')) throw err;
    return fetch(at, request);
  }
}
const CLOSED = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** Credentials go to the origin that the configuration names, and nowhere else. */
function headersFor(at: URL, { from, known, options }: { readonly from: URL; readonly known: Validators; readonly options: FetchOptions }): Headers {
  const headers = new Headers({ accept: 'application/vnd.oai.openapi+json, application/json, application/vnd.oai.openapi, application/yaml, */*;q=0.5' });
  if (known.etag !== undefined) headers.set('if-none-match', known.etag);
  if (known.lastModified !== undefined) headers.set('if-modified-since', known.lastModified);
  if (options.authorization !== undefined && at.origin === from.origin) headers.set(options.header, options.authorization.reveal());
  return headers;
}

function redirectOf(answer: Response, at: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(answer.status)) return undefined;
  const location = answer.headers.get('location');
  if (location === null || !URL.canParse(location, at.href)) throw new Unread(`it answered ${answer.status} without a place to go on`);
  const next = new URL(location, at);
  if (next.protocol !== 'http:' && next.protocol !== 'https:') throw new Unread(`it redirects to ${next.protocol}`);
  return next;
}

async function read(answer: Response, known: Validators, maxBytes: number): Promise<Fetched | undefined> {
  if (answer.status === 304 && (known.etag !== undefined || known.lastModified !== undefined)) return undefined;
  if (answer.status !== 200) {
    await answer.body?.cancel();
    throw new Unread(`it answered ${answer.status}${answer.status === 401 || answer.status === 403 ? '; check authorization' : ''}`, answer.status);
  }
  const [etag, lastModified] = [answer.headers.get('etag'), answer.headers.get('last-modified')];
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > maxBytes) throw new Unread(`it has more than ${maxBytes} bytes; raise maxBytes`);
    chunks.push(chunk as Uint8Array);
  }
  return { bytes: Buffer.concat(chunks), ...(etag !== null && { etag }), ...(lastModified !== null && { lastModified }) };
}

/** Of a network failure: the code says more than "fetch failed". Never the request, which holds the credentials. */
function reasonOf(err: unknown): string {
  const { cause } = err as { readonly cause?: { readonly message?: unknown } };
  const reason = codeOf(err) ?? cause?.message;
  return typeof reason === 'string' ? `no answer (${reason})` : 'no answer';
}

function codeOf(err: unknown): string | undefined {
  const code = (err as { readonly cause?: { readonly code?: unknown } }).cause?.code;
  return typeof code === 'string' ? code : undefined;
}
