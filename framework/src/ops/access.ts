import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { ProcessSettings } from '../config';
import { sameText } from '../trigger';
import { problem, refusal, type ProblemAnswer } from './problem';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * May this request use the operators' routes? On a loopback address they are open, so whatever could carry a stranger's request to them is refused:
 * a proxy (401), a name that is not this machine's, or a page of another origin (403), a write that a browser sends without asking first (415).
 * On any other address a bearer token is needed. Undefined = yes.
 */
export function refuseOperator(request: IncomingMessage, settings: Pick<ProcessSettings, 'exposed' | 'apiToken'>): ProblemAnswer | undefined {
  return (settings.exposed ? refuseStranger(request, settings) : refuseCarried(request)) ?? refuseMediaType(request);
}

function refuseStranger(request: IncomingMessage, settings: Pick<ProcessSettings, 'apiToken'>): ProblemAnswer | undefined {
  const refused: ProblemAnswer = { ...refusal('NOT_AUTHENTICATED', 'needs `Authorization: Bearer` with the value of API_TOKEN'), headers: { 'www-authenticate': 'Bearer' } };
  const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const expected = settings.apiToken?.reveal();
  if (given === undefined || expected === undefined || expected === '') return refused;
  return sameText(given, expected) ? undefined : refused;
}

function refuseCarried(request: IncomingMessage): ProblemAnswer | undefined {
  const carried = Object.keys(request.headers).find((name) => name === 'forwarded' || name.startsWith('x-forwarded-'));
  if (carried !== undefined) return refusal('NOT_AUTHENTICATED', `a forwarded request (${carried}) is not accepted on a loopback address; set HTTP_ADDRESS and API_TOKEN`);
  if (!isLoopbackName(hostName(request.headers.host))) return refusal('NOT_PERMITTED', 'the Host header does not name this machine; call 127.0.0.1 or localhost');
  const { origin } = request.headers;
  if (origin !== undefined && !isLoopbackName(originName(origin))) return refusal('NOT_PERMITTED', 'a page of another origin may not call this');
  return undefined;
}

/** A write without a body needs no media type: there is nothing to misread, and pages of other origins are refused by their Origin. */
function refuseMediaType(request: IncomingMessage): ProblemAnswer | undefined {
  if (READS.has(request.method ?? 'GET')) return undefined;
  const type = request.headers['content-type'];
  const empty = request.headers['transfer-encoding'] === undefined && Number(request.headers['content-length'] ?? '0') === 0;
  if (type === undefined ? empty : /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type)) return undefined;
  return problem(415, 'send JSON with `Content-Type: application/json`');
}

const isLoopbackName = (name: string | undefined): boolean => name !== undefined && (name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.')));

/** Name in a Host header, without port and brackets. */
const hostName = (host: string | undefined): string | undefined => (host === undefined ? undefined : originName(`http://${host}`));

function originName(origin: string): string | undefined {
  if (!URL.canParse(origin)) return undefined;
  return new URL(origin).hostname.replace(/^\[|\]$/g, '');
}
