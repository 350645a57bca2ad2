import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { FrameworkError, Secret } from '../contract';
import { recordedLog } from '../testkit';
import { serve, type CallOptions, type ServeOptions, type Served } from './test/serve';
import { createHttpServer, createMetrics } from '.';

let served: Served;
const start = async (options?: ServeOptions): Promise<Served['call']> => {
  served = await serve(options);
  return served.call;
};
afterEach(() => served?.close());

const LIST = '/api/v1/integrations';
const RESYNC = '/api/v1/integrations/first/resync';

describe('access on a loopback address', () => {
  it('is open', async () => {
    const call = await start();
    expect((await call(LIST)).status).toBe(200);
    expect((await call('/documentations/json')).status).toBe(200);
  });

  it.each(['Forwarded', 'X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Anything'])('refuses what a proxy forwarded (%s) with 401', async (header) => {
    const call = await start();
    const answer = await call(LIST, { headers: { [header]: 'x' } });
    expect(answer.status).toBe(401);
    expect(answer.body.error).toBe('Unauthorized');
  });

  it.each(['evil.example', 'evil.example:8080', '127.0.0.1.evil.example', 'localhost@evil.example', '192.168.0.1', '[::2]', '%'])('refuses the foreign Host "%s" with 403', async (Host) => {
    const call = await start();
    expect(await call(LIST, { headers: { Host } })).toMatchObject({ status: 403, body: { code: 'NOT_PERMITTED' } });
  });

  it.each(['localhost', 'LOCALHOST:1', '127.0.0.1', '127.8.8.8:90', '[::1]:8080'])('takes the Host "%s"', async (Host) => {
    const call = await start();
    expect((await call(LIST, { headers: { Host } })).status).toBe(200);
  });

  it('refuses a request without Host with 403', async () => {
    await start();
    const socket = connect(Number(new URL(served.url).port), '127.0.0.1');
    socket.write(`GET ${LIST} HTTP/1.0\r\n\r\n`);
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    expect(text).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('refuses a page of another origin with 403, and takes its own', async () => {
    const call = await start();
    expect((await call(RESYNC, { method: 'POST', headers: { Origin: 'https://evil.example' } })).status).toBe(403);
    expect((await call(RESYNC, { method: 'POST', headers: { Origin: 'null' } })).status).toBe(403);
    expect((await call(RESYNC, { method: 'POST', headers: { Origin: 'http://localhost:8080' } })).status).toBe(202);
  });

  it.each([
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['multipart/form-data; boundary=x', 415],
    ['application/jsonp', 415],
    ['application/json', 202],
    ['application/json; charset=utf-8', 202],
    ['application/merge-patch+json', 202],
  ])('answers a write of %s with %i', async (type, status) => {
    const call = await start();
    expect((await call(RESYNC, { method: 'POST', headers: { 'content-type': type }, body: '{}' })).status).toBe(status);
  });

  it('takes a write without a body and without a media type, not one with a body', async () => {
    const call = await start();
    expect((await call(RESYNC, { method: 'POST' })).status).toBe(202);
    expect((await call(RESYNC, { method: 'POST', body: '{}' })).status).toBe(415);
    expect((await call(RESYNC, { method: 'POST', headers: { 'transfer-encoding': 'chunked' }, body: '{}' })).status).toBe(415);
  });

  it('applies the rules also to paths that are not there, whatever their case', async () => {
    const call = await start();
    const foreign: CallOptions = { headers: { Host: 'evil.example' } };
    expect((await call('/api/v1/nothing', foreign)).status).toBe(403);
    expect((await call('/API/V1/integrations', foreign)).status).toBe(403);
    expect((await call('/api/v1/nothing')).status).toBe(404);
    expect((await call('/API/V1/integrations')).status).toBe(404);
  });

  it('leaves health and metrics open to everybody', async () => {
    const call = await start();
    for (const path of ['/health/live', '/-/healthz', '/health/ready', '/-/ready', '/-/check-up', '/metrics', '/']) {
      expect((await call(path, { headers: { Host: 'evil.example', 'X-Forwarded-For': '1.2.3.4' } })).status).toBe(200);
    }
  });
});

describe('access on any other address', () => {
  const exposed = { httpAddress: '127.0.0.1', exposed: true, apiToken: new Secret('the-token') };

  it.each([
    [{}, 401],
    [{ Authorization: '' }, 401],
    [{ Authorization: 'Bearer' }, 401],
    [{ Authorization: 'Bearer wrong' }, 401],
    [{ Authorization: 'Bearer the-token-and-more' }, 401],
    [{ Authorization: 'Basic the-token' }, 401],
    [{ Authorization: 'Bearer the-token' }, 200],
    [{ Authorization: 'bearer the-token', Host: 'framework.example', 'X-Forwarded-For': '1.2.3.4' }, 200],
  ])('answers %j with %i', async (headers, status) => {
    const call = await start({ process: exposed });
    const answer = await call(LIST, { headers });
    expect(answer.status).toBe(status);
    if (status === 401) expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(answer.text).not.toContain('the-token');
  });

  it('answers 401 to everybody when no token is set', async () => {
    const call = await start({ process: { exposed: true } });
    expect((await call(LIST)).status).toBe(401);
    expect((await call(LIST, { headers: { Authorization: 'Bearer undefined' } })).status).toBe(401);
    expect((await call('/documentations/json')).status).toBe(401);
    expect((await call('/api/v1/nothing')).status).toBe(401);
    expect((await call('/health/live')).status).toBe(200);
  });

  it('counts the failures', async () => {
    const call = await start({ process: exposed });
    await call(LIST);
    await call('/api/v1/nothing');
    expect((await call('/metrics')).text).toContain('if_auth_failures_total 2');
  });
});

describe('errors', () => {
  it('answers 404 with the shape of all errors', async () => {
    const call = await start();
    for (const path of ['/nothing', '/api', '/api/v1', '/health', '//api/v1/integrations']) {
      expect(await call(path)).toMatchObject({ status: 404, body: { error: 'Not Found', message: expect.any(String) } });
    }
  });

  it.each([
    ['DELETE', LIST, 'GET, HEAD'],
    ['GET', RESYNC, 'POST'],
    ['PUT', '/api/v1/dead-letters/1', 'GET, HEAD, DELETE'],
    ['OPTIONS', LIST, 'GET, HEAD'],
    ['POST', '/health/live', 'GET, HEAD'],
    // `resync` is also a possible identifier.
    ['DELETE', '/api/v1/integrations/resync', 'GET, HEAD, POST'],
    ['GET', '/resync/first', 'POST'],
  ])('answers %s %s with 405, Allow: %s', async (method, path, allow) => {
    const call = await start();
    expect(await call(path, { method })).toMatchObject({ status: 405, headers: { allow }, body: { error: 'Method Not Allowed' } });
  });

  it('answers HEAD as GET without a body', async () => {
    const call = await start();
    expect(await call(LIST, { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  });

  it.each([
    [`${LIST}?limit=0`, 'query.limit'],
    [`${LIST}?limit=1001`, 'query.limit'],
    [`${LIST}?limit=ten`, 'query.limit'],
    [`${LIST}?limit=1&limit=2`, 'query.limit'],
    [`${LIST}?limt=1`, 'limt'],
    [`${LIST}?cursor=nonsense`, 'cursor'],
    ['/api/v1/runs?state=broken', 'query.state'],
    ['/api/v1/runs?cursor=W10', 'cursor'],
    ['/api/v1/dead-letters?cursor=W10', 'cursor'],
    ['/api/v1/rows?cursor=W10', 'cursor'],
  ])('answers %s with 400 and names %s', async (path, named) => {
    const call = await start();
    const answer = await call(path);
    expect(answer).toMatchObject({ status: 400, body: { error: 'Bad Request' } });
    expect(answer.body.message).toContain(named);
  });

  it.each([
    ['{"kinds":"branch"}', 'body.kinds'],
    ['{"kinds":[]}', 'body.kinds'],
    ['{"focre":true}', 'focre'],
    ['[]', 'body'],
    ['{"kinds":', 'not JSON'],
  ])('answers the body %s with 400', async (body, named) => {
    const call = await start();
    const answer = await call(RESYNC, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain(named);
  });

  it('answers a path that does not decode with 400', async () => {
    const call = await start();
    expect((await call('/api/v1/runs/%E0%A4%A')).status).toBe(400);
  });

  it('answers a body over 1 MiB with 413, declared or streamed, and takes one of 1 MiB', async () => {
    const call = await start();
    const json = { 'content-type': 'application/json' };
    const over = Buffer.alloc(1_048_577, 0x20);
    expect((await call('/api/v1/config/validate', { method: 'POST', headers: json, body: over })).status).toBe(413);
    expect((await call('/resync', { method: 'POST', headers: { 'transfer-encoding': 'chunked' }, body: over })).status).toBe(413);
    expect((await call('/api/v1/config/validate', { method: 'POST', headers: json, body: over.subarray(1) })).status).toBe(200);
  });

  it('answers an encoded body with 415', async () => {
    const call = await start();
    expect((await call(RESYNC, { method: 'POST', headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' }, body: '{}' })).status).toBe(415);
  });

  it('answers 503 with Retry-After when the store does not answer', async () => {
    const down = () => Promise.reject(new FrameworkError('STORE_UNREACHABLE', ['connection refused']));
    const call = await start({ runtime: { requestResync: down, integrations: down } });
    expect(await call(RESYNC, { method: 'POST' })).toMatchObject({ status: 503, headers: { 'retry-after': '5' }, body: { code: 'STORE_UNREACHABLE' } });
    expect((await call(LIST)).status).toBe(503);
  });

  it('answers a bug with 500, tells the log and not the caller', async () => {
    const call = await start({ runtime: { integrations: () => Promise.reject(new Error('password=hunter2')) } });
    const answer = await call(LIST);
    expect(answer).toMatchObject({ status: 500, body: { error: 'Internal Server Error' } });
    expect(answer.text).not.toContain('hunter2');
    expect(served.log.lines.join()).toContain('hunter2');
  });
});

describe('the life of the server', () => {
  it('lives, and is not ready, while the process stands by', async () => {
    const call = await start({ attached: false });
    expect((await call('/health/live')).status).toBe(200);
    expect(await call('/health/ready')).toMatchObject({ status: 503, body: { status: 'KO', checks: { store: expect.stringContaining('standing by') } } });
    expect(await call(LIST)).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect((await call('/metrics')).status).toBe(200);
    served.server.attach(served.runtime);
    expect((await call('/health/ready')).status).toBe(200);
    expect((await call(LIST)).status).toBe(200);
  });

  it('is not ready but serves while it drains', async () => {
    const call = await start();
    served.server.drain();
    expect(await call('/health/ready')).toMatchObject({ status: 503, body: { checks: { routes: 'stopping', store: 'ok' } } });
    expect((await call(RESYNC, { method: 'POST' })).status).toBe(202);
  });

  it('takes no work once intake is closed, and can still be read', async () => {
    const hot = ({ url }: IncomingMessage, response: ServerResponse): boolean => url === '/git/webhook' && response.end('hot') === response;
    const call = await start({ hotRoutes: { handler: hot } });
    expect((await call('/git/webhook', { method: 'POST' })).text).toBe('hot');
    served.server.closeIntake();
    expect(await call(RESYNC, { method: 'POST' })).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect((await call('/resync', { method: 'POST' })).status).toBe(503);
    expect((await call('/git/webhook', { method: 'POST' })).status).toBe(503);
    expect((await call('/health/live')).text).toContain('OK');
  });

  it('gives requests to the built-in portal and to hot routes before express sees them', async () => {
    const seen: string[] = [];
    const routesOf = (name: string, prefix: string): ServeOptions['localPortal'] => ({
      handler(incoming, response) {
        if (!incoming.url?.startsWith(prefix)) return false;
        seen.push(name);
        response.writeHead(200, { 'content-type': 'text/plain' }).end(name);
        return true;
      },
    });
    const call = await start({ localPortal: routesOf('portal', '/v1/')!, hotRoutes: routesOf('hot', '/jira/')! });
    expect((await call('/v1/blueprints')).text).toBe('portal');
    expect((await call('/jira/webhook', { method: 'POST', body: 'x' })).text).toBe('hot');
    expect((await call(LIST)).status).toBe(200);
    served.server.closeIntake();
    expect((await call('/v1/entities', { method: 'POST', body: 'x' })).text).toBe('portal');
    expect(seen).toEqual(['portal', 'hot', 'portal']);
  });

  it('ends when the requests in flight have ended, and waits no longer than it may', async () => {
    let answerNow = (): void => undefined;
    let asked = (): void => undefined;
    const arrived = new Promise<void>((resolve) => (asked = resolve));
    const slow = new Promise<void>((resolve) => (answerNow = resolve));
    const call = await start({
      runtime: {
        async integrations() {
          asked();
          await slow;
          return [];
        },
      },
    });
    const inFlight = call(LIST);
    await arrived;
    const closed = served.server.close();
    answerNow();
    expect((await inFlight).status).toBe(200);
    await closed;
    await expect(call('/health/live')).rejects.toThrow(/ECONNREFUSED/);
  });

  it('cuts off what does not end', async () => {
    await start({ runtime: { integrations: () => new Promise(() => undefined) } });
    const { port } = new URL(served.url);
    const socket = connect(Number(port), '127.0.0.1');
    const cut = new Promise((resolve) => socket.on('close', resolve).on('error', () => undefined));
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
    socket.write(`GET ${LIST} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await new Promise<void>((resolve) => request(`${served.url}/health/live`, { agent: false }, (incoming) => void incoming.resume().on('end', () => resolve())).end());
    await served.server.close(10);
    await cut;
  });

  it('throws PORT_TAKEN when the port is in use', async () => {
    await start();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const second = createHttpServer({ hotPaths: [], onRefused: () => undefined, name: 'n', version: '0', process: { httpPort: port, httpAddress: '127.0.0.1', exposed: false }, metrics: await createMetrics(), log: recordedLog() });
    await expect(second.listen()).rejects.toMatchObject({ code: 'PORT_TAKEN', message: expect.stringContaining(`127.0.0.1:${port}`) });
    await second.close();
    await new Promise((resolve) => other.close(resolve));
  });
});
