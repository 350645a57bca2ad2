import { inspect } from 'node:util';
import { Secret, type HttpSpec } from '../contract';
import { deferred } from '../shared';
import { createHttp } from './index';
import { closeSources, failing, fixture, json, serve } from './test/source';

afterEach(closeSources);

describe('a request', () => {
  test('reaches the path below the base, with query, headers and a body as JSON', async () => {
    const bodies: string[] = [];
    const source = await serve((request, response) => {
      request.setEncoding('utf8').on('data', (text: string) => bodies.push(text));
      request.on('end', () => json(response, 200, '{"id": 12345678901234567890}'));
    });
    const http = createHttp({ baseUrl: `${source.url}/rest/api/3/`, headers: { 'x-client': 'framework' } }, fixture().options);
    const answer = await http.send({ method: 'POST', url: '/search', query: { q: 'a b&c', n: 5, flag: false, list: ['x', 'y'], none: undefined }, body: { big: 9007199254740993n } });
    expect(source.requests[0]!.url).toBe('/rest/api/3/search?q=a+b%26c&n=5&flag=false&list=x&list=y');
    expect(source.requests[0]!.headers).toMatchObject({ 'x-client': 'framework', 'content-type': 'application/json', accept: 'application/json' });
    expect(bodies).toEqual(['{"big":9007199254740993}']);
    expect(answer).toMatchObject({ status: 200, body: { id: 12345678901234567890n } });
  });

  test('keeps its connection', async () => {
    const ports = new Set<number | undefined>();
    const source = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      json(response, 200, {});
    });
    const http = createHttp({ baseUrl: source.url }, fixture().options);
    for (let n = 0; n < 3; n++) await http.get('/');
    expect(ports.size).toBe(1);
  });

  test('an empty body is undefined', async () => {
    const source = await serve((_, response) => json(response, 204, undefined));
    await expect(createHttp({ baseUrl: source.url }, fixture().options).get('/')).resolves.toBeUndefined();
  });

  test('at most `concurrency` at a time, and fewer when the spec says so', async () => {
    let current = 0;
    let most = 0;
    const source = await serve((_, response) => {
      most = Math.max(most, ++current);
      setImmediate(() => {
        current--;
        json(response, 200, {});
      });
    });
    const http = createHttp({ baseUrl: source.url, concurrency: 3 }, fixture({ concurrency: 10 }).options);
    await Promise.all(Array.from({ length: 20 }, () => http.get('/')));
    expect(most).toBeLessThanOrEqual(3);
    expect(source.requests).toHaveLength(20);
  });
});

describe('hosts', () => {
  test('another host is refused before anything is sent', async () => {
    const source = await serve((_, response) => json(response, 200, {}));
    const other = await serve((_, response) => json(response, 200, {}));
    const http = createHttp({ baseUrl: source.url, auth: () => ({ authorization: 'Bearer planted-secret' }) }, fixture().options);
    for (const url of [`${other.url}/x`, `//${new URL(other.url).host}/x`, 'http://example.com/', 'file:///etc/passwd']) {
      expect(await failing(http.get(url))).toMatchObject({ code: 'SOURCE_HOST_REFUSED', act: 'author' });
    }
    expect(other.requests).toHaveLength(0);
  });

  test('a host that the spec names is called', async () => {
    const other = await serve((_, response) => json(response, 200, { from: 'other' }));
    const http = createHttp({ baseUrl: 'http://127.0.0.1:9', otherHosts: [new URL(other.url).host] }, fixture().options);
    await expect(http.get(`${other.url}/x`)).resolves.toEqual({ from: 'other' });
  });

  test('plain text is refused where the base is encrypted', async () => {
    const http = createHttp({ baseUrl: 'https://source.example' }, fixture().options);
    expect(await failing(http.get('http://source.example/x'))).toMatchObject({ code: 'SOURCE_HOST_REFUSED' });
  });

  test('a redirect to the same host is followed with the credentials, one to another host is not', async () => {
    const other = await serve((_, response) => json(response, 200, {}));
    const source = await serve((request, response) => {
      if (request.url === '/old') json(response, 302, undefined, { location: '/new?x=1' });
      else if (request.url === '/away') json(response, 302, undefined, { location: `${other.url}/steal` });
      else if (request.url === '/loop') json(response, 302, undefined, { location: '/loop' });
      else json(response, 200, { authorization: request.headers.authorization });
    });
    const http = createHttp({ baseUrl: source.url, auth: () => ({ authorization: 'Bearer t' }) }, fixture().options);
    await expect(http.get('/old')).resolves.toEqual({ authorization: 'Bearer t' });
    expect(await failing(http.get('/away'))).toMatchObject({ code: 'SOURCE_HOST_REFUSED' });
    expect(other.requests).toHaveLength(0);
    expect(await failing(http.get('/loop'))).toMatchObject({ code: 'SOURCE_FAILED', status: 302 });
    expect(await failing(http.send({ method: 'POST', url: '/old', body: {} }))).toMatchObject({ code: 'SOURCE_FAILED', status: 302 });
  });
});

describe('credentials', () => {
  const tokens = (): { spec: Pick<HttpSpec, 'auth'>; asked: boolean[] } => {
    const asked: boolean[] = [];
    let token = 'old';
    return {
      asked,
      spec: {
        auth({ refresh }) {
          asked.push(refresh);
          if (refresh) token = 'new';
          return { authorization: `Bearer ${token}` };
        },
      },
    };
  };

  test('a 401 refreshes once, then the call goes through', async () => {
    const source = await serve((request, response) => json(response, request.headers.authorization === 'Bearer new' ? 200 : 401, { ok: true }));
    const { spec, asked } = tokens();
    const { options, statuses } = fixture();
    await expect(createHttp({ baseUrl: source.url, ...spec }, options).get('/')).resolves.toEqual({ ok: true });
    expect(asked).toEqual([false, true]);
    expect(statuses).toEqual([401, 200]);
  });

  test('may be fetched: by a client that holds none, while every place of ours waits for them', async () => {
    const source = await serve((request, response) => json(response, 200, request.url === '/token' ? { token: String(request.headers.authorization) } : {}));
    const spec: HttpSpec = {
      baseUrl: source.url,
      auth: async ({ http }) => ({ authorization: `for ${((await http.send({ method: 'POST', url: '/token', headers: { authorization: 'lasting' } })).body as { token: string }).token}` }),
    };
    await createHttp(spec, fixture({ concurrency: 1 }).options).get('/');
    expect(source.requests.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ['/token', 'lasting'],
      ['/', 'for lasting'],
    ]);
  });

  test('that cannot be fetched are the error of the call, after its own retries', async () => {
    const source = await serve((_, response) => json(response, 401, { message: 'unknown app' }));
    const spec: HttpSpec = { baseUrl: source.url, auth: async ({ http }) => ({ authorization: String(await http.get('/token')) }) };
    const err = await failing(createHttp(spec, fixture().options).get('/'));
    expect(err).toMatchObject({ code: 'SOURCE_REFUSED', status: 401 });
    expect(source.requests.map(({ url }) => url)).toEqual(['/token']);
  });

  test('a second 401 is SOURCE_REFUSED, without a retry', async () => {
    const source = await serve((_, response) => json(response, 401, { message: 'token expired' }));
    const { spec, asked } = tokens();
    const err = await failing(createHttp({ baseUrl: source.url, ...spec }, fixture().options).get('/'));
    expect(err).toMatchObject({ code: 'SOURCE_REFUSED', act: 'operator', recovery: 'stop', status: 401 });
    expect(err.message).toContain('token expired');
    expect(asked).toEqual([false, true]);
    expect(source.requests).toHaveLength(2);
  });

  test('calls that are refused together refresh together', async () => {
    let refreshes = 0;
    let refusals = 0;
    const allRefused = deferred<void>();
    const source = await serve((request, response) => {
      if (request.headers.authorization === 'Bearer new') return json(response, 200, {});
      if (++refusals === 5) allRefused.resolve();
      return json(response, 401, {});
    });
    let token = 'old';
    const spec: HttpSpec = {
      baseUrl: source.url,
      auth: async ({ refresh }) => {
        if (refresh) {
          refreshes++;
          await allRefused.promise; // so that every call was refused while this one renews
          token = 'new';
        }
        return { authorization: `Bearer ${token}` };
      },
    };
    const http = createHttp(spec, fixture().options);
    await Promise.all(Array.from({ length: 5 }, () => http.get('/')));
    expect(refreshes).toBe(1);
  });

  test('403 is SOURCE_REFUSED, without a refresh', async () => {
    const source = await serve((_, response) => json(response, 403, {}));
    const { spec, asked } = tokens();
    expect(await failing(createHttp({ baseUrl: source.url, ...spec }, fixture().options).get('/'))).toMatchObject({ code: 'SOURCE_REFUSED', status: 403 });
    expect(asked).toEqual([false]);
  });

  test('a rotated secret is used with the next call', async () => {
    const source = await serve((request, response) => json(response, 200, { got: request.headers.authorization }));
    let value = 'one';
    const secret = new Secret(() => value);
    const http = createHttp({ baseUrl: source.url, auth: () => ({ authorization: secret.reveal() }) }, fixture().options);
    await expect(http.get('/')).resolves.toEqual({ got: 'one' });
    value = 'two';
    await expect(http.get('/')).resolves.toEqual({ got: 'two' });
  });
});

describe('answers', () => {
  test('404 is SOURCE_NOT_FOUND, and an answer where the request takes it', async () => {
    const source = await serve((_, response) => json(response, 404, '<h1>none</h1>', { 'content-type': 'text/html' }));
    const http = createHttp({ baseUrl: source.url }, fixture().options);
    expect(await failing(http.get('/x'))).toMatchObject({ code: 'SOURCE_NOT_FOUND', status: 404 });
    await expect(http.send({ url: '/x', accept: [404] })).resolves.toMatchObject({ status: 404, body: undefined });
  });

  test('a refusal says why, in the words of the source, and nothing else of its body', async () => {
    const source = await serve((_, response) => json(response, 400, { errorMessages: ["Field 'x' does not exist."], errors: { jql: 'wrong' }, data: 'private' }));
    const err = await failing(createHttp({ baseUrl: source.url }, fixture().options).get('/'));
    expect(err.message).toBe(`GET ${source.url}/ answered 400: Field 'x' does not exist.; wrong`);
    expect(source.requests).toHaveLength(1);
  });

  test('a success that is not JSON is SOURCE_UNREADABLE, and quotes nothing', async () => {
    const source = await serve((_, response) => json(response, 200, '<html>private</html>', { 'content-type': 'text/html' }));
    const err = await failing(createHttp({ baseUrl: source.url }, fixture().options).get('/'));
    expect(err).toMatchObject({ code: 'SOURCE_UNREADABLE' });
    expect(inspect(err, { depth: 10 })).not.toContain('private');
  });
});

test('no secret is in an error or a log line, on any path of failure', async () => {
  const planted = 'pl@nted/secret+1';
  const secret = new Secret(planted);
  const basic = Buffer.from(`ann:${planted}`).toString('base64');
  const source = await serve((request, response) => {
    const path = new URL(request.url!, 'http://x').pathname;
    if (path.startsWith('/reset')) request.socket.destroy();
    else if (path.startsWith('/html')) json(response, 200, `<p>${planted}</p>`, { 'content-type': 'text/html' });
    else json(response, Number(path.split('/')[1]), { message: `you sent ${planted} and ${encodeURIComponent(planted)}` });
  });
  const other = await serve((_, response) => json(response, 200, {}));
  const { options, log } = fixture({ secrets: [secret], retries: 1 });
  const auth = (): Record<string, string> => ({ authorization: `Basic ${basic}`, 'x-token': secret.reveal() });
  const http = createHttp({ baseUrl: source.url, auth }, options);
  const paths = ['/400', '/401', '/403', '/404', '/429', '/500', '/reset', '/html'];
  const errors = await Promise.all([
    ...paths.map((path) => failing(http.get(`${path}/${encodeURIComponent(planted)}`, { token: planted }))),
    failing(http.get(`${other.url}/?token=${planted}`)),
  ]);
  expect(errors.map(({ code }) => code)).toEqual([
    'SOURCE_FAILED', 'SOURCE_REFUSED', 'SOURCE_REFUSED', 'SOURCE_NOT_FOUND', 'SOURCE_FAILED', 'SOURCE_FAILED', 'SOURCE_UNREACHABLE', 'SOURCE_UNREADABLE', 'SOURCE_HOST_REFUSED',
  ]);
  expect(log.lines.length).toBeGreaterThan(0);
  const everything = [...errors.map((err) => inspect(err, { depth: 20, showHidden: true }) + err.stack), ...log.lines].join('\n');
  for (const form of [planted, encodeURIComponent(planted), basic]) expect(everything).not.toContain(form);
});
