import { deferred } from '../shared';
import { BODY, bytesOf, call, chunk, expectRefused, head, open, served, start } from './test/call-webhooks';
import { PATH, sign } from './test/serve-webhooks';
import type { Receipt } from '.';

describe('1: path and method', () => {
  test.each(['/other', `${PATH}/`, '/HOOK', '/%68ook', '/', `//hook`, `http://x${PATH}`])('%s is not ours', async (path) => {
    await start();
    expect((await call({ path })).status).toBe(404);
    expectRefused();
  });

  test('a query string is no part of the path', async () => {
    await start();
    expect((await call({ path: `${PATH}?a=/b` })).status).toBe(200);
  });

  test.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s is 405', async (method) => {
    await start();
    const answer = await call({ method });
    expect([answer.status, answer.headers['allow'], answer.body]).toEqual([405, 'POST', { error: 'Method Not Allowed', message: 'only POST is possible here' }]);
    expectRefused();
  });

  test('HEAD is 405 without a body', async () => {
    await start();
    const connection = await open();
    connection.send(`HEAD ${PATH} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(await connection.answer('HEAD')).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    connection.send(bytesOf());
    expect((await connection.answer()).status).toBe(200);
  });
});

describe('2: size and time of the body', () => {
  const tooLarge = { status: 413, headers: { connection: 'close' }, body: { error: 'Payload Too Large', message: 'the body is too large' } };

  test('at the limit it is taken, declared and streamed', async () => {
    await start({ route: { maxBodyBytes: BODY.length } });
    expect((await call()).status).toBe(200);
    const connection = await open();
    connection.send(head('Transfer-Encoding: chunked', `X-Sign: ${sign(BODY)}`) + chunk(BODY.slice(0, 10)) + chunk(BODY.slice(10)) + chunk(''));
    expect((await connection.answer()).status).toBe(200);
    expect(served.accepted.map(({ text }) => text)).toEqual([BODY, BODY]);
  });

  test('declared too large: refused before a byte of it came, then closed', async () => {
    await start();
    const connection = await open();
    connection.send(head('Content-Length: 1025'));
    expect(await connection.answer()).toMatchObject(tooLarge);
    await connection.closed();
    expectRefused('hub refused');
  });

  test('declared too large, signature and all: the sender reads the answer though it is still sending', async () => {
    await start();
    const connection = await open();
    const body = 'x'.repeat(4_000_000);
    connection.send(bytesOf({ body }));
    expect(await connection.answer()).toMatchObject(tooLarge);
    await connection.closed();
    expectRefused('hub refused');
  });

  test('streamed too large: refused as soon as that shows, then closed', async () => {
    await start();
    const connection = await open();
    connection.send(head('Transfer-Encoding: chunked') + chunk('x'.repeat(1_000)) + chunk('x'.repeat(25)));
    expect(await connection.answer()).toMatchObject(tooLarge);
    connection.send(chunk('x'.repeat(500_000)));
    await connection.closed();
    expectRefused('hub refused');
  });

  test('not complete in time, declared and streamed: 408, then closed', async () => {
    await start({ bodyTimeoutMs: 30 });
    const both = [await open(), await open()];
    both[0]!.send(head('Content-Length: 100') + 'some');
    both[1]!.send(head('Transfer-Encoding: chunked') + chunk('some'));
    for (const connection of both) expect(await connection.answer()).toMatchObject({ status: 408, headers: { connection: 'close' }, body: { error: 'Request Timeout', message: 'the body was not complete in time' } });
    await Promise.all(both.map((connection) => connection.closed()));
    expectRefused('hub refused', 'hub refused');
  });

  test('bytes that trickle in do not prolong the time', async () => {
    await start({ bodyTimeoutMs: 60 });
    const connection = await open();
    connection.send(head('Content-Length: 1000'));
    const trickle = setInterval(() => connection.send('x'), 10);
    expect((await connection.answer()).status).toBe(408);
    clearInterval(trickle);
  });

  test('a sender that goes away in the middle is nobody to answer', async () => {
    await start();
    const connection = await open();
    connection.send(head('Content-Length: 100') + 'some');
    connection.send('more');
    await call(); // the server has read what came before
    connection.close();
    await served.drain();
    expect(served.counted).toEqual(['hub accepted']);
    expect(served.log.lines).toEqual([]);
  });
});

describe('connections', () => {
  test('stay after answers to bodies that were read', async () => {
    await start();
    const connection = await open();
    for (const [given, status] of [[{ signature: [] }, 401], [{ type: 'Content-Type: text/plain' }, 415], [{ body: 'x' }, 400], [{ method: 'PUT' }, 405], [{ path: '/other' }, 404], [{}, 200]] as const) {
      connection.send(bytesOf(given));
      expect((await connection.answer()).status).toBe(status);
    }
  });

  test('requests in one packet are answered in order, though the first is stored last', async () => {
    const first = deferred<Receipt>();
    let calls = 0;
    const both = deferred<void>();
    await start({
      route: {
        accept: ({ headers }) => {
          if (++calls === 2) both.resolve();
          return calls === 1 ? first.promise : Promise.resolve({ status: 'accepted', deliveryId: String(headers['x-id']) });
        },
      },
    });
    const connection = await open();
    connection.send(Buffer.concat([bytesOf({ headers: ['X-Id: 1'] }), bytesOf({ headers: ['X-Id: 2'] }), bytesOf({ signature: [] })]));
    await both.promise;
    first.resolve({ status: 'duplicate', deliveryId: '1' });
    expect([await connection.answer(), await connection.answer(), await connection.answer()].map(({ body }) => body)).toEqual([
      { status: 'duplicate', deliveryId: '1' },
      { status: 'accepted', deliveryId: '2' },
      { error: 'Unauthorized', message: 'invalid or missing credentials' },
    ]);
  });

  test('a body that comes byte by byte is one body', async () => {
    await start();
    const connection = await open();
    for (const byte of bytesOf()) connection.send(Buffer.from([byte]));
    expect((await connection.answer()).status).toBe(200);
    expect(served.accepted[0]!.text).toBe(BODY);
  });

  test('two lengths: 400 of the server, and nothing reaches a route', async () => {
    await start();
    const connection = await open();
    connection.send(head('Content-Length: 2', 'Content-Length: 4', `X-Sign: ${sign('{}')}`) + '{}{}');
    await connection.closed();
    expectRefused();
  });
});

describe('drain', () => {
  test('resolves at once when nothing is in flight, else when all is answered', async () => {
    const stored = deferred<Receipt>();
    const asked = deferred<void>();
    await start({ route: { accept: () => (asked.resolve(), stored.promise) } });
    await served.drain();
    const answer = call();
    await asked.promise;
    let isDrained = false;
    const drained = served.drain().then(() => (isDrained = true));
    await call({ method: 'GET' });
    expect(isDrained).toBe(false);
    stored.resolve({ status: 'accepted', deliveryId: 'a' });
    await Promise.all([drained, served.drain()]);
    expect((await answer).status).toBe(200);
  });

  test('a sender that went away is not waited for', async () => {
    const asked = deferred<void>();
    await start({ route: { accept: () => (asked.resolve(), new Promise<never>(() => undefined)) } });
    const connection = await open();
    connection.send(bytesOf());
    await asked.promise;
    connection.close();
    await served.drain();
  });
});
