import { gzipSync } from 'node:zlib';
import { eventCatalogue, FrameworkError, Secret, type Live } from '../contract';
import { deferred } from '../shared';
import { BODY, bytesOf, call, expectRefused, open, routeWith, served, start, type Call } from './test/call-webhooks';
import { IMPORT_PATH, live, SECRET, sign, type ServeOptions } from './test/serve-webhooks';
import type { Receipt, WebhookRoute } from '.';

describe('3: authentication', () => {
  const basic: Live<unknown> = { ...live, verify: { scheme: 'basic', header: 'Authorization' } };
  const encoded = (text: string): string => `Authorization: Basic ${Buffer.from(text).toString('base64')}`;
  const token: Live<unknown> = { ...live, verify: { scheme: 'token', header: 'X-Token' } };
  const guarded = (live: Live<unknown>, more: { readonly headerName?: string; readonly username?: string } = {}) => ({ route: { live, authentication: { secret: [new Secret(SECRET)], ...more } } });

  test.each<[string, readonly string[], ServeOptions]>([
    ['no signature', [], {}],
    ['an empty one', ['X-Sign:'], {}],
    ['a wrong one', [`X-Sign: ${sign(BODY, 'other')}`], {}],
    ['of another body', [`X-Sign: ${sign(`${BODY} `)}`], {}],
    ['two right ones', [`X-Sign: ${sign(BODY)}`, `X-Sign: ${sign(BODY)}`], {}],
    ['a right and a wrong one', [`X-Sign: ${sign(BODY)}`, 'x-sign: sha256=00'], {}],
    ['a malformed one', [`X-Sign: sha1=${sign(BODY).slice(7)}`], {}],
    ['one too short', [`X-Sign: ${sign(BODY).slice(0, -2)}`], {}],
    ['the default header, where another is configured', [`X-Sign: ${sign(BODY)}`], guarded(live, { headerName: 'X-Mine' })],
    ['a wrong token', ['X-Token: other'], guarded(token)],
    ['a wrong password', [encoded('me:other')], guarded(basic, { username: 'me' })],
    ['a wrong user', [encoded(`you:${SECRET}`)], guarded(basic, { username: 'me' })],
    ['another scheme', [`Authorization: Bearer ${SECRET}`], guarded(basic, { username: 'me' })],
    ['no way to prove anything', [`X-Sign: ${sign(BODY)}`], routeWith({ verify: undefined as never })],
    ['a secret that became empty', [`X-Sign: ${sign(BODY, '')}`], { route: { authentication: { secret: [new Secret('')] } } }],
  ])('%s: 401, which never says why', async (_, signature, given) => {
    await start(given);
    const answer = await call({ signature });
    expect([answer.status, answer.text]).toEqual([401, '{"error":"Unauthorized","message":"invalid or missing credentials"}']);
    expectRefused('hub unauthorized');
    expect(served.authFailures).toEqual(['hub']);
  });

  test.each<[string, readonly string[], ServeOptions]>([
    ['the right one', [`X-Sign: ${sign(BODY)}`], {}],
    ['its name in another case', [`x-SIGN: ${sign(BODY)}`], {}],
    ['hex in upper case, without prefix', [`X-Sign: ${sign(BODY).slice(7).toUpperCase()}`], {}],
    ['by the older secret', [`X-Sign: ${sign(BODY, 'an old one')}`], {}],
    ['in the configured header', [`x-mine: ${sign(BODY)}`], guarded(live, { headerName: 'X-Mine' })],
    ['a token', [`X-Token: ${SECRET}`], guarded(token)],
    ['a password', [encoded(`me:${SECRET}`)], guarded(basic, { username: 'me' })],
    ['an open route', [], { route: { authentication: 'none' } }],
  ])('%s: taken, and the delivery holds no proof', async (_, signature, given) => {
    await start(given);
    expect((await call({ signature: [...signature, 'Cookie: a=b', 'X-Id: 7'] })).status).toBe(200);
    expect(served.counted).toEqual(['hub accepted']);
    expect(served.accepted[0]).toMatchObject({ body: { event: 'thing_changed', thing: { id: 1 } }, text: BODY, at: 5, origin: 'webhook' });
    expect(Object.keys(served.accepted[0]!.headers).sort()).toEqual(['content-length', 'content-type', 'host', 'x-id']);
  });

  test('comes before all that follows', async () => {
    await start({ route: { busy: () => ({ reason: 'full', retryAfterS: 1 }) } });
    expect((await call({ body: 'no json', signature: [], type: 'Content-Type: text/plain' })).status).toBe(401);
  });
});

describe('4: what the body claims to be', () => {
  const unsupported = { status: 415, body: { error: 'Unsupported Media Type', message: expect.any(String) } };

  test.each(['text/plain', 'application/xml', 'application/jsonp', 'application/json5', 'text/x+json', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded', 'json', 'x-application/json'])('%s: 415', async (type) => {
    await start();
    expect(await call({ type: `Content-Type: ${type}` })).toMatchObject(unsupported);
    expectRefused('hub refused');
  });

  test.each(['', 'Content-Type:', 'Content-Type: application/json; charset=utf-8', 'content-type: APPLICATION/JSON', 'Content-Type: text/json', 'Content-Type: application/vnd.x.y-1+json;v=1'])('"%s": taken', async (type) => {
    await start();
    expect((await call({ type })).status).toBe(200);
  });

  test('gzip, or several encodings: 415; identity: taken', async () => {
    await start();
    expect(await call({ body: gzipSync(BODY), headers: ['Content-Encoding: gzip'] })).toMatchObject(unsupported);
    expect(await call({ headers: ['Content-Encoding: identity', 'Content-Encoding: br'] })).toMatchObject(unsupported);
    expectRefused('hub refused', 'hub refused');
    expect((await call({ headers: ['Content-Encoding: Identity'] })).status).toBe(200);
  });

  describe('a form', () => {
    const form = (body: string | Buffer): Call => ({ body, type: 'Content-Type: application/x-www-form-urlencoded' });
    beforeEach(() => start(routeWith({ form: true })));

    test('with the field `payload`: its JSON is the delivery', async () => {
      const text = '{ "event": "thing_changed", "thing": {"id":"ä+& %"} }';
      expect((await call(form(`a=b&${new URLSearchParams({ payload: text })}&c`))).status).toBe(200);
      expect((await call(form(`payload=${encodeURIComponent(text)}`))).status).toBe(200);
      expect(served.accepted.map((delivery) => [delivery.text, delivery.body])).toEqual(Array(2).fill([text, { event: 'thing_changed', thing: { id: 'ä+& %' } }]));
    });

    test.each(['', 'a=b', 'xpayload=1', 'payload'])('"%s", without that field: 415', async (body) => {
      expect(await call(form(body))).toMatchObject(unsupported);
      expectRefused('hub refused');
    });

    test.each(['payload=%7B', 'payload=%FF%FE', 'payload=%zz', 'payload=%7B%22a%22%3A%22%E2%82%22%7D'])('%s is no JSON: 400', async (body) => {
      expect((await call(form(body))).status).toBe(400);
      expectRefused('hub refused');
    });

    test('an empty field is an empty body', async () => {
      expect((await call(form('payload='))).body).toMatchObject({ status: 'ignored', reason: 'empty' });
    });
  });
});

describe('5: not now', () => {
  test.each<[string, Call]>([
    ['a delivery', {}],
    ['an empty one', { body: '' }],
    ['one that is no JSON', { body: 'x' }],
  ])('%s, too much undelivered: 503 with Retry-After', async (_, given) => {
    await start({ route: { busy: () => ({ reason: 'more is undelivered than the pipelines of this entry may hold', retryAfterS: 2.5 }) } });
    const answer = await call(given);
    expect([answer.status, answer.headers['retry-after'], answer.body]).toEqual([503, '3', { error: 'Service Unavailable', message: 'more is undelivered than the pipelines of this entry may hold' }]);
    expectRefused('hub unavailable');
  });

  test.each<[string, unknown, number, string | undefined]>([
    ['the store is away', new FrameworkError('STORE_UNREACHABLE', ['mongodb://secret@host']), 503, '5'],
    ['another process has the store', new FrameworkError('STORE_LOST', []), 503, '5'],
    ['too many writers', new FrameworkError('STORE_CONTENDED', ['x']), 503, '5'],
    ['the process stops', Object.assign(new Error('stop'), { name: 'AbortError' }), 503, '5'],
    ['more than the store holds', new FrameworkError('TOO_LARGE', ['x']), 413, undefined],
  ])('%s', async (_, thrown, status, retryAfter) => {
    await start({ route: { accept: () => Promise.reject(thrown as Error) } });
    const answer = await call();
    expect([answer.status, answer.headers['retry-after']]).toEqual([status, retryAfter]);
    expect(answer.text).not.toContain('secret');
    expect(served.counted).toEqual([`hub ${status === 503 ? 'unavailable' : 'refused'}`]);
    expect(served.log.lines).toEqual([]);
  });

  test.each<[string, WebhookRoute['accept']]>([
    ['rejects', () => Promise.reject(new Error('a bug'))],
    ['is one of the store that no waiting helps', () => Promise.reject(new FrameworkError('DATA_FOLDER', ['x', 'a bug']))],
    ['throws', () => { throw new Error('a bug'); }],
  ])('a bug that %s: 500, logged without payload, and the next call is served', async (_, accept) => {
    await start({ route: { accept } });
    const connection = await open();
    for (let times = 0; times < 2; times++) {
      connection.send(bytesOf());
      expect(await connection.answer()).toMatchObject({ status: 500, body: { error: 'Internal Server Error', message: 'internal error; the log has more' } });
    }
    expect(served.counted).toEqual(['hub failed', 'hub failed']);
    expect(served.log.lines).toHaveLength(2);
    expect(served.log.lines[0]).toMatch(/^error .*integration: 'hub'.*a bug/s);
    expect(served.log.lines.join()).not.toMatch(/thing_changed|planted|sha256/);
  });
});

describe('6: what the body holds', () => {
  test.each(['', '\uFEFF'])('nothing ("%s"): ignored, with the id of the vendor, else one of ours', async (body) => {
    await start();
    expect((await call({ body, headers: ['X-Id: 77'] })).body).toEqual({ status: 'ignored', reason: 'empty', deliveryId: '77' });
    const answer = await call({ body, type: '' });
    expect([answer.status, answer.body]).toEqual([200, { status: 'ignored', reason: 'empty', deliveryId: expect.stringMatching(/^[0-9a-f-]{36}$/) }]);
    expectRefused('hub ignored', 'hub ignored');
  });

  test.each<[string, string | Buffer]>([
    ['text', 'hello'],
    ['white space', ' \n'],
    ['half of it', BODY.slice(0, -1)],
    ['two of it', BODY + BODY],
    ['invalid UTF-8', Buffer.concat([Buffer.from('{"event":"'), Buffer.from([0xff]), Buffer.from('"}')])],
    ['UTF-16', Buffer.from(BODY, 'utf16le')],
    ['two byte order marks', `\uFEFF\uFEFF${BODY}`],
    ['gzip that says nothing', gzipSync(BODY)],
    ['long integers, and no end', '{"a":12345678901234567890'],
    ['long integers, too deep', `{"n":12345678901234567890,"a":${'['.repeat(500)}`],
  ])('%s is no JSON: 400', async (_, body) => {
    await start();
    expect(await call({ body })).toMatchObject({ status: 400, body: { error: 'Bad Request', message: 'the body is no JSON text in UTF-8' } });
    expectRefused('hub refused');
    expect(served.log.lines).toEqual([]);
  });

  test('a byte order mark is no part of the text; integers keep their digits; other values than objects are for routing to judge', async () => {
    await start();
    expect((await call({ body: `\uFEFF${BODY}` })).status).toBe(200);
    expect((await call({ body: '{"id":12345678901234567890,"ä":"😀"}' })).status).toBe(200);
    expect((await call({ body: 'null' })).status).toBe(200);
    expect(served.accepted.map(({ text, body }) => [text, body])).toEqual([
      [BODY, { event: 'thing_changed', thing: { id: 1 } }],
      ['{"id":12345678901234567890,"ä":"😀"}', { id: 12345678901234567890n, ä: '😀' }],
      ['null', null],
    ]);
  });
});

describe('7 to 10: the receipt', () => {
  test.each<[Receipt, string]>([
    [{ status: 'duplicate', deliveryId: 'a' }, '{"status":"duplicate","deliveryId":"a"}'],
    [{ status: 'ignored', reason: 'ping', deliveryId: 'a' }, '{"status":"ignored","reason":"ping","deliveryId":"a"}'],
    [{ status: 'dead-lettered', reason: 'KEY_MISSING', deliveryId: 'ä"\n' }, '{"status":"dead-lettered","reason":"KEY_MISSING","deliveryId":"ä\\"\\n"}'],
    [{ status: 'accepted', deliveryId: 'a' }, '{"status":"accepted","deliveryId":"a"}'],
  ])('%j is answered with 200', async (receipt, text) => {
    await start({ route: { accept: async () => receipt } });
    const answer = await call();
    expect([answer.status, answer.text]).toEqual([200, text]);
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', connection: 'keep-alive' });
    expect(served.counted).toEqual([`hub ${receipt.status}`]);
  });

  test('no answer before it is stored', async () => {
    const stored = deferred<Receipt>();
    const asked = deferred<void>();
    await start({ route: { accept: () => (asked.resolve(), stored.promise) } });
    let isAnswered = false;
    const answer = call().finally(() => (isAnswered = true));
    await asked.promise;
    await call({ method: 'GET' }); // another round trip
    expect(isAnswered).toBe(false);
    stored.resolve({ status: 'accepted', deliveryId: 'a' });
    expect((await answer).status).toBe(200);
  });
});

describe('the import route', () => {
  const importing: Call = { path: IMPORT_PATH, body: '', type: '', signature: [`X-Hub-Signature-256: ${sign('')}`] };

  test('starts a resync, whatever the body is', async () => {
    await start();
    const ticket = { runs: [{ identifier: 'hub', runId: 'r1', status: 'running', joined: false }] };
    const answer = await call(importing);
    expect([answer.status, answer.body]).toEqual([202, ticket]);
    const other = await call({ ...importing, body: 'text', type: 'Content-Type: text/plain', signature: [`X-Hub-Signature-256: ${sign('text')}`] });
    expect([other.status, other.body]).toEqual([202, ticket]);
    expect(served.counted).toEqual(['hub requested', 'hub requested']);
    expect(served.accepted).toEqual([]);
  });

  test.each<[string, Call, ServeOptions, number]>([
    ['GET', { method: 'GET' }, {}, 405],
    ['more than 1 MiB', { body: 'x'.repeat(1_048_577) }, {}, 413],
    ['unsigned', { signature: [] }, {}, 401],
    ['signed in the header of the webhook', { signature: [`X-Sign: ${sign('')}`] }, {}, 401],
    ['busy', {}, { importing: { busy: () => ({ reason: 'full', retryAfterS: 1 }) } }, 503],
    ['the store is away', {}, { importing: { request: () => Promise.reject(new FrameworkError('STORE_UNREACHABLE', ['x'])) } }, 503],
    ['an entry that does not run', {}, { importing: { request: () => Promise.reject(new FrameworkError('ENTRY_REFUSED', ['hub', 'disabled'])) } }, 409],
    ['a bug', {}, { importing: { request: () => Promise.reject(new Error('a bug')) } }, 500],
  ])('%s', async (_, given, options, status) => {
    await start(options);
    expect((await call({ ...importing, ...given })).status).toBe(status);
  });
});

test('a fallback header is a proof too', async () => {
  const fallback = eventCatalogue({ verify: { scheme: 'hmac', header: 'X-Sign', fallbackHeader: 'X-Other' }, eventType: [{ member: 'event' }], rules: [{ kind: 'thing', write: ['thing_changed'], keys: ['thing.id*'] }] });
  await start({ route: { live: fallback } });
  expect((await call({ signature: [`X-Other: ${sign(BODY)}`] })).status).toBe(200);
  expect(served.accepted[0]!.headers).not.toHaveProperty('x-other');
});
