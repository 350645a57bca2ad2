import type { HttpSpec } from '../contract';
import { createHttp } from './index';
import { closeSources, failing, fixture, json, serve } from './test/source';

afterEach(closeSources);

describe('retries', () => {
  /** Answers the statuses in order, then 200. */
  const flaky = (steps: readonly (number | [number, Record<string, string>] | 'reset' | 'silent')[]) => {
    const rest = [...steps];
    return serve((request, response) => {
      const step = rest.shift();
      if (step === undefined) json(response, 200, { ok: true });
      else if (step === 'reset') request.socket.destroy();
      else if (step === 'silent') return;
      else if (typeof step === 'number') json(response, step, {});
      else json(response, step[0], {}, step[1]);
    });
  };

  test.each([408, 429, 500, 502, 503, 504])('%d is tried again with growing waits', async (status) => {
    const source = await flaky([status, status, status]);
    const { options, clock, waited, statuses } = fixture();
    await expect(createHttp({ baseUrl: source.url }, options).get('/')).resolves.toEqual({ ok: true });
    expect(statuses).toEqual([status, status, status, 200]);
    expect(clock.waits).toHaveLength(3);
    expect(waited).toEqual(clock.waits);
    for (const [index, wait] of clock.waits.entries()) expect(wait).toBeLessThanOrEqual(500 * 2 ** index);
  });

  test('a 500 that stays is SOURCE_FAILED after `retries` further sends', async () => {
    const source = await serve((_, response) => json(response, 500, { message: 'database down' }));
    const err = await failing(createHttp({ baseUrl: source.url }, fixture({ retries: 2 }).options).get('/things?token=x'));
    expect(err).toMatchObject({ code: 'SOURCE_FAILED', status: 500 });
    expect(err.message).toBe(`GET ${source.url}/things answered 500: database down`);
    expect(source.requests).toHaveLength(3);
  });

  test.each([
    ['seconds', '7', 7_000],
    ['a date', new Date(Date.UTC(2026, 0, 1, 0, 2)).toUTCString(), 120_000],
    ['a date that is past', new Date(Date.UTC(2025, 0, 1)).toUTCString(), 0],
    ['ten years', '315360000', 24 * 60 * 60 * 1000],
  ])('Retry-After as %s is obeyed', async (_, value, waitMs) => {
    const source = await flaky([[429, { 'retry-after': value }]]);
    const { options, clock, waited } = fixture();
    await expect(createHttp({ baseUrl: source.url }, options).get('/')).resolves.toEqual({ ok: true });
    expect(clock.waits).toEqual(waitMs === 0 ? [] : [waitMs]);
    expect(waited).toEqual(clock.waits);
  });

  test.each([
    ['epoch seconds', 429, String(Date.UTC(2026, 0, 1, 0, 1) / 1000)],
    ['a date', 429, '2026-01-01T00:01:00Z'],
    ['seconds', 429, '60'],
    ['epoch seconds with 403', 403, String(Date.UTC(2026, 0, 1, 0, 1) / 1000)],
  ])('x-ratelimit-reset as %s is obeyed', async (_, status, value) => {
    const source = await flaky([[status, { 'x-ratelimit-reset': value, 'x-ratelimit-remaining': '0' }]]);
    const { options, clock } = fixture();
    await expect(createHttp({ baseUrl: source.url }, options).get('/')).resolves.toEqual({ ok: true });
    expect(clock.waits).toEqual([60_000]);
  });

  test('a limit of the source holds every call of the client, and is counted once', async () => {
    let limited = true;
    const source = await serve((_, response) => {
      if (limited) json(response, 429, {}, { 'retry-after': '30' });
      else json(response, 200, {});
    });
    const { options, waited, clock } = fixture({ concurrency: 4 });
    const sleep = clock.sleep.bind(clock);
    const http = createHttp({ baseUrl: source.url }, {
      ...options,
      clock: {
        now: clock.now,
        async sleep(ms, signal) {
          limited = false;
          return sleep(ms, signal);
        },
      },
    });
    await Promise.all(Array.from({ length: 4 }, () => http.get('/')));
    expect(waited.reduce((sum, ms) => sum + ms, 0)).toBe(30_000);
  });

  test('a wait that only the body tells', async () => {
    let calls = 0;
    const source = await serve((_, response) => json(response, 200, ++calls === 1 ? { error: 'slow down' } : { ok: true }));
    const { options, clock } = fixture();
    const rateLimit: HttpSpec['rateLimit'] = ({ body }) => ((body as { error?: string }).error === 'slow down' ? 9_000 : undefined);
    await expect(createHttp({ baseUrl: source.url, rateLimit }, options).get('/')).resolves.toEqual({ ok: true });
    expect(clock.waits).toEqual([9_000]);
  });

  test('a connection that breaks is tried again, then SOURCE_UNREACHABLE', async () => {
    const source = await flaky(['reset', 'reset']);
    const { options, statuses } = fixture();
    await expect(createHttp({ baseUrl: source.url }, options).get('/')).resolves.toEqual({ ok: true });
    expect(statuses).toEqual(['network', 'network', 200]);
    const dead = await serve((request) => request.socket.destroy());
    expect(await failing(createHttp({ baseUrl: dead.url }, fixture({ retries: 1 }).options).get('/'))).toMatchObject({ code: 'SOURCE_UNREACHABLE', recovery: 'retry' });
    expect(dead.requests).toHaveLength(2);
  });

  test('a source that does not answer in time is tried again', async () => {
    const source = await flaky(['silent']);
    const { options, statuses } = fixture({ timeoutMs: 100 });
    await expect(createHttp({ baseUrl: source.url }, options).get('/')).resolves.toEqual({ ok: true });
    expect(statuses).toEqual(['network', 200]);
  });

  test('a body that never ends counts as no answer', async () => {
    const source = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"a":');
    });
    const err = await failing(createHttp({ baseUrl: source.url }, fixture({ timeoutMs: 100, retries: 0 }).options).get('/'));
    expect(err).toMatchObject({ code: 'SOURCE_UNREACHABLE' });
    expect(err.message).toContain('no answer within 100 ms');
  });

  test('a POST is sent once, unless it says that twice does no harm, or a limit refused it', async () => {
    const broken = await serve((_, response) => json(response, 503, {}));
    expect(await failing(createHttp({ baseUrl: broken.url }, fixture().options).send({ method: 'POST', url: '/', body: {} }))).toMatchObject({ code: 'SOURCE_FAILED' });
    expect(broken.requests).toHaveLength(1);
    const reset = await serve((request) => request.socket.destroy());
    expect(await failing(createHttp({ baseUrl: reset.url }, fixture().options).send({ method: 'POST', url: '/', body: {} }))).toMatchObject({ code: 'SOURCE_UNREACHABLE' });
    expect(reset.requests).toHaveLength(1);
    const again = await flaky([503]);
    await expect(createHttp({ baseUrl: again.url }, fixture().options).send({ method: 'POST', url: '/', body: {}, idempotent: true })).resolves.toMatchObject({ status: 200 });
    const limited = await flaky([429]);
    await expect(createHttp({ baseUrl: limited.url }, fixture().options).send({ method: 'POST', url: '/', body: {} })).resolves.toMatchObject({ status: 200 });
  });

  test('a stop ends a wait, and a call in flight, at once', async () => {
    const stop = new AbortController();
    const reason = new DOMException('stopped', 'AbortError');
    const source = await serve(() => stop.abort(reason));
    const { options, statuses } = fixture({ signal: stop.signal });
    await expect(createHttp({ baseUrl: source.url }, options).get('/')).rejects.toBe(reason);
    expect(statuses).toEqual([]);

    const waiting = new AbortController();
    const limited = await serve((_, response) => json(response, 429, {}, { 'retry-after': '3600' }));
    const http = createHttp({ baseUrl: limited.url }, {
      ...fixture({ signal: waiting.signal }).options,
      clock: {
        now: () => 0,
        sleep: (_, signal) => {
          waiting.abort(reason);
          signal?.throwIfAborted();
          return Promise.resolve();
        },
      },
    });
    await expect(http.get('/')).rejects.toBe(reason);
    expect(limited.requests).toHaveLength(1);
  });
});
