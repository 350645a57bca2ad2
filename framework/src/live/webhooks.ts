import type { IncomingMessage, ServerResponse } from 'node:http';
import { ConfigError, importVerifier, type Log, type Verifier } from '../contract';
import type { Guarded } from '../load';
import { deferred, jsonOf, newId, type Clock, type Deferred } from '../shared';
import { verify, type IncomingCall } from './verify';
import { answerToThrown, noJson, receiptAnswer, refusal, send, sendAndClose, ticketAnswer, unavailable, unsupported, type Answer } from './webhook-answer';
import { readBody } from './webhook-body';
import { contentOf } from './webhook-media';
import { createReceive, type Receive } from './webhook-receive';
import type { CallResult, ImportRoute, ListenerRoute, WebhookRoute } from './webhook-route';

export interface WebhooksOptions {
  readonly routes: readonly WebhookRoute[];
  readonly imports: readonly ImportRoute[];
  readonly log: Log;
  readonly clock: Pick<Clock, 'now'>;
  count(result: CallResult, integration: string): void;
  authFailed(integration: string, route: string): void;
  /** Time for the whole body of a call. Default: 10 s. */
  readonly bodyTimeoutMs?: number;
}

export interface Webhooks {
  /** Opens a route; gives how to close it. Throws CONNECTOR_CONFIG when the path is taken. */
  open(route: ListenerRoute): () => void;
  /** Takes a call whose path is one of the routes; false: not ours, untouched. */
  handler(request: IncomingMessage, response: ServerResponse): boolean;
  /** Resolves when every call that was taken is answered. */
  drain(): Promise<void>;
}

const BODY_TIMEOUT_MS = 10_000;
const MAX_IMPORT_BYTES = 1_048_576;
const MAX_LISTENER_BYTES = 1_048_576;
const RETRY_AFTER_S = 5;

const wrongMethod = refusal(405, 'only POST is possible here', ['allow', 'POST']);
const unread = { 'too-large': refusal(413, 'the body is too large'), 'too-slow': refusal(408, 'the body was not complete in time') };
const unauthorized = refusal(401, 'invalid or missing credentials');
const failed = refusal(500, 'internal error; the log has more');

/** What stands behind a path. */
interface Door {
  readonly integration: string;
  readonly maxBodyBytes: number;
  admits(call: IncomingCall): boolean;
  /** Of those who are admitted. */
  readonly take: Receive;
}

/** The routes that vendors call, at node:http: the steps of pipelines.md 4, in that order. */
export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { log, bodyTimeoutMs: timeoutMs = BODY_TIMEOUT_MS } = options;
  const doors = doorsOf(options);
  let inFlight = 0;
  let idle: Deferred<void> | undefined;

  const left = (): void => {
    if (--inFlight > 0) return;
    idle?.resolve();
    idle = undefined;
  };

  async function serve(door: Door, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { integration, maxBodyBytes: maxBytes } = door;
    const body = await readBody(request, { maxBytes, timeoutMs });
    if (body === 'gone') return;
    const isRead = typeof body !== 'string';
    const answer = isRead ? await answerTo(door, request, body) : unread[body];
    options.count(answer.result, integration);
    if (answer === unauthorized) options.authFailed(integration, pathOf(request.url ?? ''));
    if (isRead) send(response, answer);
    else sendAndClose(request, response, answer);
  }

  async function answerTo(door: Door, request: IncomingMessage, body: Buffer): Promise<Answer> {
    try {
      return door.admits({ rawHeaders: request.rawHeaders, body }) ? await door.take(request, body) : unauthorized;
    } catch (err) {
      const known = answerToThrown(err);
      if (!known) log.error('a call could not be taken', { integration: door.integration, err });
      return known ?? failed;
    }
  }

  return {
    open(route) {
      const { path, integration, verify: verifier, authentication } = route;
      if (doors.has(path)) throw new ConfigError(`the route ${path} is taken; give the listener another path`);
      const door: Door = { integration, maxBodyBytes: MAX_LISTENER_BYTES, admits: guardOf(authentication, verifier), take: takeCall(route) };
      doors.set(path, door);
      return () => void (doors.get(path) === door && doors.delete(path));
    },
    handler(request, response) {
      const door = doors.get(pathOf(request.url ?? ''));
      if (!door) return false;
      inFlight++;
      response.once('close', left);
      if (request.method !== 'POST') send(response, wrongMethod);
      else
        serve(door, request, response).catch((err: unknown) => {
          log.error('a call could not be answered', { integration: door.integration, err });
          response.destroy();
        });
      return true;
    },
    drain: () => (inFlight === 0 ? Promise.resolve() : (idle ??= deferred()).promise),
  };
}

const pathOf = (url: string): string => {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
};

function doorsOf(options: WebhooksOptions): Map<string, Door> {
  const doors = new Map<string, Door>();
  for (const route of options.routes) {
    const { integration, maxBodyBytes, authentication, live } = route;
    doors.set(route.path, { integration, maxBodyBytes, admits: guardOf(authentication, live.verify), take: createReceive(route, options.clock) });
  }
  for (const route of options.imports) {
    const { integration, authentication } = route;
    doors.set(route.path, { integration, maxBodyBytes: MAX_IMPORT_BYTES, admits: guardOf(authentication, importVerifier), take: () => takeImport(route) });
  }
  return doors;
}

/** Who is let in. Without a way to prove itself nobody is. */
function guardOf(authentication: Guarded, verifier: Verifier | undefined): Door['admits'] {
  if (authentication === 'none') return () => true;
  return (call) => verifier !== undefined && verify(verifier, call, authentication);
}

/** What a listener of a connector is told: the body as JSON, the headers without what proves the sender. */
const takeCall = ({ heard, verify: { header }, authentication }: ListenerRoute): Receive => {
  const proofs = [header, authentication === 'none' ? undefined : authentication.headerName, 'authorization', 'cookie'].flatMap((name) => name?.toLowerCase() ?? []);
  return async ({ headers }, body) => {
    const content = contentOf(headers, body, false);
    if (content === 'unsupported') return unsupported;
    const value = content === 'unreadable' ? undefined : jsonOf(content.text);
    if (value === undefined) return noJson;
    const shown = Object.entries(headers).flatMap(([name, text]) => (typeof text === 'string' && !proofs.includes(name) ? [[name, text] as const] : []));
    try {
      await heard({ headers: Object.fromEntries(shown), body: value });
    } catch {
      // What the connector could not take it can take later; the connector's own record says why.
      return unavailable({ reason: 'the connector did not take it; send it again', retryAfterS: RETRY_AFTER_S });
    }
    return receiptAnswer({ status: 'accepted', deliveryId: newId() });
  };
};

async function takeImport(route: ImportRoute): Promise<Answer> {
  const busy = route.busy();
  return busy ? unavailable(busy) : ticketAnswer(await route.request());
}
