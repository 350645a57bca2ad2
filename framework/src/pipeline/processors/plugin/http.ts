import { isObject, parseJson, type Clock, type JsonObject } from '../../../shared';
import { MAX_BYTES, readAnswer, requestText, tooLarge, type Answer, type Call, type PluginLine } from './protocol';

const END_MS = 5_000;
/** A plugin that asks for more is asked again after this: a longer wait is what dead letters and replay are for. */
const MAX_WAIT_MS = 30_000;
/** The request did not reach it. */
const UNREACHED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

export interface HttpOptions {
  readonly url: string;
  readonly clock: Clock;
}

async function readBody(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseAnswer(text: string | undefined): Answer {
  let message: unknown;
  try {
    message = text === undefined ? undefined : parseJson(text);
  } catch {
    message = undefined;
  }
  const answer = isObject(message) ? readAnswer(message as JsonObject) : undefined;
  return answer ?? { is: 'broken', cause: text === undefined ? 'it answered with more than 32 MiB' : 'it answered 200 with a body that is no answer' };
}

async function answerOf(response: Response): Promise<Answer> {
  const { status } = response;
  if (status === 200) return parseAnswer(await readBody(response));
  await response.body?.cancel();
  if (status === 204) return { is: 'result', result: { discard: true } };
  const retryable = status === 408 || status === 429 || status >= 500;
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const wait = retryable && seconds >= 0 ? { afterMs: Math.min(seconds * 1000, MAX_WAIT_MS) } : {};
  return { is: 'error', code: String(status), message: `the plugin answered ${status}`, retryable, ...wait };
}

function failureOf(err: unknown): Answer {
  const cause = (err as { readonly cause?: { readonly code?: string } }).cause?.code ?? 'no answer';
  return UNREACHED.has(cause) ? { is: 'away', cause: `it cannot be reached (${cause})` } : { is: 'broken', cause: `the connection broke (${cause})` };
}

/** A plugin that runs by itself: each request is a POST to `<url>/<method>`. */
export function connectHttp({ url, clock }: HttpOptions): PluginLine {
  const place = url.replace(/\/+$/, '');
  const flying = new Set<AbortController>();
  let ended = false;
  let lastId = 0;
  const post = async ({ method, params, signal }: Call): Promise<Answer> => {
    const body = requestText(String(++lastId), { method, ...(params && { params }) });
    if (Buffer.byteLength(body) > MAX_BYTES) return tooLarge;
    try {
      return await answerOf(await fetch(`${place}/${method}`, { method: 'POST', body, headers: { 'content-type': 'application/json' }, redirect: 'manual', signal }));
    } catch (err) {
      return failureOf(err);
    }
  };
  const shutDown = async (): Promise<void> => {
    const enough = new AbortController();
    const late = clock.sleep(END_MS, enough.signal).catch(() => undefined);
    await Promise.race([post({ method: 'shutdown', signal: enough.signal }), late]);
    enough.abort();
  };
  return {
    // Nothing tells when it goes: the next request does.
    gone: new Promise(() => undefined),
    async call(call) {
      const request = new AbortController();
      flying.add(request);
      call.signal.addEventListener('abort', () => request.abort(), { once: true });
      const answer = await post({ ...call, signal: request.signal });
      flying.delete(request);
      return ended ? { is: 'away', cause: 'we ended it' } : answer;
    },
    async end(how) {
      if (ended) return;
      ended = true;
      for (const request of flying) request.abort();
      if (how === 'shutdown') await shutDown();
    },
  };
}
