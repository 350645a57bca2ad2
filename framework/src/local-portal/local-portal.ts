import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Secret, type Log } from '../contract';
import type { Clock } from '../shared';
import { actionRoutes } from './action-routes';
import { announce } from './announce';
import { blueprintRoutes } from './blueprint-routes';
import { blueprintStore } from './blueprint-store';
import { keptCredentials, type Credentials } from './credentials';
import { documents } from './documents';
import { entityRoutes } from './entity-routes';
import { entityStore } from './entity-store';
import { Refusal, refusalAnswer, type Answer } from './envelope';
import { ingestRoutes } from './ingest-routes';
import { integrationRoutes } from './integration-routes';
import { kindRoutes } from './kind-routes';
import { organizationRoutes } from './organization-routes';
import { ORGANIZATION, type KafkaCredentials, type Parts } from './parts';
import { rateLimit, type RateLimit, type RateLimitOptions } from './rate-limit';
import { clientGone, readBody } from './read-body';
import { router } from './router';
import { searchRoutes } from './search-routes';
import { openStore } from './store';
import { tokens } from './tokens';

export interface LocalPortalOptions {
  /** Data folder: holds `portal.db` and, without configured credentials, `portal-credentials.json`. */
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly credentials?: { readonly clientId: string; readonly clientSecret: string };
  /** Absent: nothing is refused. */
  readonly rateLimit?: RateLimitOptions;
  /** Sends to Kafka; absent when no brokers are configured. */
  readonly publish?: (topic: string, message: string) => Promise<void>;
  /** What `GET /kafka-credentials` answers. */
  readonly kafka?: KafkaCredentials;
  /** Feature flags of the organization, none by default. */
  readonly featureFlags?: readonly string[];
}

export interface LocalPortal {
  /** Takes a request whose path is `/v1` or below it; false: not ours, untouched. */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => boolean;
  readonly credentials: Credentials;
  /** Ends calls to webhooks and closes the file. Answer no requests after it. */
  close(): void;
}

const REQUESTS_TOPIC_FLAG = 'OCEAN_KAFKA_INTEGRATION_RESYNC_REQUESTS_TOPIC_ENABLED';

/** The built-in portal: Port's API over `portal.db`. Throws DATA_FOLDER, STORE_TOO_NEW. */
export function createLocalPortal(options: LocalPortalOptions): LocalPortal {
  const { clock, log, featureFlags = [] } = options;
  const credentials = options.credentials ? { clientId: options.credentials.clientId, clientSecret: new Secret(options.credentials.clientSecret) } : keptCredentials(options.folder);
  const store = openStore(options.folder);
  const parts: Parts = {
    store,
    clock,
    log,
    featureFlags,
    blueprints: blueprintStore(store, clock),
    entities: entityStore(store),
    tokens: tokens({ credentials, settings: documents(store, 'settings'), clock }),
    announce: announce({
      organization: ORGANIZATION,
      requestsTopic: featureFlags.includes(REQUESTS_TOPIC_FLAG),
      clientSecret: credentials.clientSecret,
      clock,
      log,
      ...(options.publish ? { publish: options.publish } : {}),
    }),
    ...(options.kafka ? { kafka: options.kafka } : {}),
  };
  return {
    handler: listener(parts, rateLimit(options.rateLimit, clock)),
    credentials,
    close() {
      parts.announce.close();
      store.close();
    },
  };
}

// More exact paths first: the order decides between a path's words and an identifier that is spelled like them.
const routesOf = (parts: Parts) => [organizationRoutes, integrationRoutes, kindRoutes, ingestRoutes, searchRoutes, entityRoutes, blueprintRoutes, actionRoutes].flatMap((routes) => routes(parts));

function listener(parts: Parts, limit: RateLimit): LocalPortal['handler'] {
  const match = router(routesOf(parts));

  const answer = async (request: IncomingMessage, path: string, query: string): Promise<Answer> => {
    const found = match(request.method ?? 'GET', path);
    const body = await readBody(request);
    if (!limit.take()) throw new Refusal(429, 'rate_limited', { message: 'too many requests; wait for x-ratelimit-reset' });
    if (!found?.route.open && !parts.tokens.accepts(request.headers.authorization)) throw new Refusal(401, 'unauthorized', { message: 'a valid token is required: POST /v1/auth/access_token' });
    if (!found) throw new Refusal(404, 'not_found', { message: `${request.method ?? ''} /v1${path} is not known here` });
    const answered = await found.route.answer({ at: found.at, query: new URLSearchParams(query), body, headers: request.headers, agent: request.headers['user-agent'] ?? '', origin: originOf(request) });
    await parts.store.durable();
    return answered;
  };

  return (request, response) => {
    const url = request.url ?? '';
    if (!/^\/v1(?:[/?]|$)/.test(url)) return false;
    const [path = '', query = ''] = split(url.slice('/v1'.length), '?');
    const traceId = randomUUID();
    answer(request, path.replace(/\/+$/, ''), query)
      .catch((err: unknown) => failure(err, { parts, traceId }))
      .then((answered) => answered && write(response, answered, { 'x-trace-id': traceId, ...limit.headers() }))
      .catch((err: unknown) => parts.log.error('an answer of the built-in portal could not be sent', { traceId, err }));
    return true;
  };
}

function failure(err: unknown, { parts, traceId }: { readonly parts: Parts; readonly traceId: string }): Answer | undefined {
  if (err === clientGone) return undefined;
  if (err instanceof Refusal) return refusalAnswer(err);
  parts.log.error('the built-in portal failed', { traceId, err });
  return refusalAnswer(new Refusal(500, 'internal_error', { message: `the portal failed; its log says why (trace ${traceId})` }));
}

function write(response: ServerResponse, answer: Answer, headers: Readonly<Record<string, string>>): void {
  response.writeHead(answer.status, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(answer.text), ...headers });
  response.end(answer.text);
}

function originOf(request: IncomingMessage): string {
  const forwarded = request.headers['x-forwarded-proto'];
  return `${forwarded === 'https' ? 'https' : 'http'}://${request.headers.host ?? `127.0.0.1:${request.socket.localPort ?? 80}`}`;
}

function split(text: string, at: string): [string, string] {
  const index = text.indexOf(at);
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
}
