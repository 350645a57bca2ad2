import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import { FrameworkError, isAbort } from '../contract';
import type { Receipt } from './intake';
import type { Busy, CallResult } from './webhook-route';

/** Name and value in turn. */
type Headers = readonly string[];

export interface Answer {
  readonly status: number;
  /** JSON text. */
  readonly text: string;
  readonly headers?: Headers;
  /** What is counted. */
  readonly result: CallResult;
}

const HEADERS: Headers = ['content-type', 'application/json; charset=utf-8', 'cache-control', 'no-store', 'x-content-type-options', 'nosniff'];
/** A sender that is still writing gets this long to read the answer before the connection goes. */
const LINGER_MS = 1_000;
const RETRY_AFTER_S = 5;
const RESULTS: Readonly<Partial<Record<number, CallResult>>> = { 401: 'unauthorized', 500: 'failed', 503: 'unavailable' };

export const receiptAnswer = ({ status, reason, deliveryId }: Receipt): Answer => ({ status: 200, text: JSON.stringify({ status, reason, deliveryId }), result: status });

export const ticketAnswer = (ticket: unknown): Answer => ({ status: 202, text: JSON.stringify({ runs: [ticket] }), result: 'requested' });

/** The body is that of every error of this server. */
export function refusal(status: number, message: string, headers: Headers = []): Answer {
  return { status, text: JSON.stringify({ error: STATUS_CODES[status], message }), headers, result: RESULTS[status] ?? 'refused' };
}

export const unsupported = refusal(415, 'send JSON as it is: media type application/json, no content encoding');
export const noJson = refusal(400, 'the body is no JSON text in UTF-8');

export const unavailable = ({ reason, retryAfterS }: Busy): Answer => refusal(503, reason, ['retry-after', String(Math.max(1, Math.ceil(retryAfterS)))]);

/** The answer to what `accept` or `request` threw; undefined for a bug, whose message is not for callers. */
export function answerToThrown(thrown: unknown): Answer | undefined {
  if (isAbort(thrown)) return unavailable({ reason: 'this process is stopping', retryAfterS: RETRY_AFTER_S });
  if (!(thrown instanceof FrameworkError)) return undefined;
  if (thrown.code === 'TOO_LARGE') return refusal(413, 'the body is more than the store can hold');
  if (thrown.code === 'ENTRY_REFUSED') return refusal(409, thrown.message);
  const storeIsAway = thrown.stage === 'store' && thrown.recovery === 'retry';
  return storeIsAway ? unavailable({ reason: 'the store does not answer; send it again', retryAfterS: RETRY_AFTER_S }) : undefined;
}

export function send(response: ServerResponse, answer: Answer): void {
  writeHead(response, answer).end(answer.text);
}

/**
 * Answers a call whose body is not read to its end, and closes. What still comes is dropped for a moment: a connection that is closed on unread bytes is reset, and the sender
 * would see that instead of the answer.
 */
export function sendAndClose(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  writeHead(response, { ...answer, headers: [...(answer.headers ?? []), 'connection', 'close'] }).write(answer.text);
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  request.once('end', end).once('close', end).resume();
}

function writeHead(response: ServerResponse, { status, text, headers = [] }: Answer): ServerResponse {
  return response.writeHead(status, [...HEADERS, 'content-length', String(Buffer.byteLength(text)), ...headers]);
}
