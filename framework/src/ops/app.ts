import express, { type NextFunction, type Request, type Response } from 'express';
import type { z } from 'zod';
import type { ProcessSettings } from '../config';
import { FrameworkError, type Log } from '../contract';
import { toJson } from '../shared';
import { refuseOperator } from './access';
import { problem, problemOf, type ProblemAnswer } from './problem';
import { pathPattern, type Answer, type Route } from './route';
import type { ServerState } from './server-state';

const MAX_BODY_BYTES = 1_048_576;
/** Paths of operators that no route has. */
const ELSEWHERE = '/api/…';

export interface AppOptions {
  readonly routes: readonly Route[];
  readonly server: ServerState;
  readonly process: Pick<ProcessSettings, 'exposed' | 'apiToken'>;
  readonly log: Log;
}

/** The express app: one table of routes, each behind its access rule, its body limit and its schemas. */
export function createApp(options: AppOptions): express.Express {
  const { routes, server, log } = options;
  const app = express();
  // `/API/v1` must not reach a route by another name than the rules know.
  app.enable('case sensitive routing');
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');

  app.use((_request, response, next) => {
    response.set({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    if (server.phase === 'closed') response.set('connection', 'close');
    next();
  });

  const body = express.raw({ type: () => true, limit: MAX_BODY_BYTES, inflate: false });
  for (const route of routes) {
    const guard = (request: Request, response: Response, next: NextFunction): void => {
      const refused = refuse(route.access, request, route.path);
      if (refused) send(response, refused);
      else next();
    };
    app[verbOf(route)](expressPath(route.path), guard, body, async (request: Request, response: Response) => {
      send(response, await answer(route, request), route.produces);
    });
  }

  const patterns = routes.map(({ method, path }) => ({ method, pattern: pathPattern(path) }));
  app.use((request, response) => {
    const refused = /^\/(?:api|documentations)(?:\/|$)/i.test(request.path) ? refuse('operator', request, ELSEWHERE) : undefined;
    const methods = patterns.filter(({ pattern }) => pattern.test(request.path)).flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    const allow = [...new Set(methods)].join(', ');
    if (refused) send(response, refused);
    else if (allow === '') send(response, problem(404, `there is nothing at ${request.path}`));
    else send(response, { ...problem(405, `${request.method} is not possible here; possible: ${allow}`), headers: { allow } });
  });

  // Express knows an error handler by its four parameters.
  app.use((thrown: unknown, request: Request, response: Response, _next: NextFunction) => {
    const known = problemOf(thrown);
    if (known === undefined || known.status === 500) log.error('a request failed', { method: request.method, path: request.route?.path ?? request.path, err: thrown });
    if (response.headersSent) response.destroy();
    else send(response, known ?? problem(500, 'internal error; the log has more'));
  });
  return app;

  function refuse(access: Route['access'], request: Request, path: string): ProblemAnswer | undefined {
    const refused = access === 'operator' ? refuseOperator(request, options.process) : undefined;
    if (refused?.status === 401) server.metrics.authFailure({});
    // Another media type is a mistake, no attempt.
    if (refused && refused.status !== 415) {
      const from = request.socket.remoteAddress;
      server.refused({ method: request.method, route: path, reason: refused.body.message, ...(from !== undefined && { from }) });
    }
    return refused;
  }

  async function answer(route: Route, request: Request): Promise<Answer> {
    const raw: Buffer = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const params = route.params ? parse(route.params, paramsOf(route, request), 'path') : { ok: true as const, value: {} };
    const query = route.query ? parse(route.query, { ...request.query }, 'query') : { ok: true as const, value: {} };
    const read = route.body ? parseBody(route.body, raw) : { ok: true as const, value: undefined };
    if (!params.ok) return problem(400, params.message);
    if (!query.ok) return problem(400, query.message);
    if (!read.ok) return problem(400, read.message);
    return route.handle({
      params: params.value,
      query: query.value,
      body: read.value,
      raw,
      headers: request.headers,
      server,
      runtime() {
        if (server.runtime === undefined) throw new FrameworkError('STORE_UNREACHABLE', ['this process stands by and does not own its store yet']);
        return server.runtime;
      },
    });
  }
}

const verbOf = (route: Route): 'get' | 'post' | 'delete' => ({ GET: 'get', POST: 'post', DELETE: 'delete' } as const)[route.method];

const expressPath = (path: string): string => path.replace(/\{(\w+)\+\}/, '*$1').replace(/\{(\w+)\}/g, ':$1');

function send(response: Response, { status, body, headers }: Answer, produces = 'application/json; charset=utf-8'): void {
  response.status(status);
  if (headers) response.set({ ...headers });
  if (body === undefined) response.end();
  else if (typeof body === 'string') response.set('content-type', produces).end(body);
  else response.set('content-type', 'application/json; charset=utf-8').end(toJson(body));
}

/**
 * Path parameters, decoded. A tail is a key as rows have it: percent-encoded members joined by `/`. Given whole, as one segment, it is decoded like any
 * other; given as several segments it is the key as it stands, and decoding it would lose which `/` belong to a member.
 */
function paramsOf({ path }: Route, request: Request): Record<string, string> {
  const params: Record<string, string> = {};
  const tail = /\{(\w+)\+\}$/.exec(path)?.[1];
  for (const [name, value] of Object.entries(request.params)) {
    if (name !== tail || !Array.isArray(value)) params[name] = String(value);
    else params[name] = value.length === 1 ? String(value[0]) : request.path.split('/').slice(path.split('/').length - 1).join('/');
  }
  return params;
}

type Parsed = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

function parse(schema: z.ZodType, value: unknown, where: string): Parsed {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const issues = parsed.error.issues.map(({ path, message }) => `${[where, ...path].join('.')}: ${message}`);
  return { ok: false, message: issues.join('; ') };
}

/** No body counts as an empty object. */
function parseBody(schema: z.ZodType, raw: Buffer): Parsed {
  const text = raw.toString('utf8').trim();
  if (text === '') return parse(schema, {}, 'body');
  try {
    return parse(schema, JSON.parse(text), 'body');
  } catch (err) {
    if (err instanceof SyntaxError) return { ok: false, message: 'the body is not JSON' };
    throw err;
  }
}
