import { getEventListeners } from 'node:events';
import { fakeClock } from '../testkit';
import { connectTo, RUN, scriptedPortal, type ScriptedPortal, type SeenCall } from '../../test/portal/scripted-portal';
import { MAX_BYTES } from './pack';

const BULK = 'POST /blueprints/b/entities/bulk';
const SINGLE = 'POST /blueprints/b/entities';
const entity = (identifier: string, more: object = {}): string => JSON.stringify({ identifier, properties: {}, ...more });
const entities = (count: number): string[] => Array.from({ length: count }, (_, at) => entity(`e${at}`));
const asked = ({ body }: SeenCall): { identifier: string }[] => (JSON.parse(body) as { entities: { identifier: string }[] }).entities;

describe('upsert', () => {
  let server: ScriptedPortal;
  beforeEach(async () => (server = await scriptedPortal()));
  afterEach(() => server[Symbol.asyncDispose]());

  it('sends twenty at a time, as the owner, with the options of the mapping and the run', async () => {
    const { client } = connectTo(server.baseUrl);
    const results = await client.upsert('b', entities(45), RUN);
    expect(results).toEqual(Array.from({ length: 45 }, (_, at) => ({ ok: true, identifier: `e${at}`, created: true })));
    const calls = server.seen.filter(({ call }) => call === BULK);
    expect(calls.map((call) => asked(call).length).sort()).toEqual([20, 20, 5]);
    expect(Object.fromEntries(calls[0]!.query)).toEqual({
      upsert: 'true',
      merge: 'true',
      create_missing_related_entities: 'false',
      ocean_info_event_type: 'resync',
      ocean_info_resync_id: RUN.runId,
    });
    expect(calls[0]!.headers['user-agent']).toBe('integration-framework/git/1.2.3/mine/exporter');
    expect(calls[0]!.headers['content-type']).toBe('application/json');
  });

  it('nothing to send is no call', async () => {
    const { client } = connectTo(server.baseUrl);
    await expect(client.upsert('b', [], RUN)).resolves.toEqual([]);
    expect(server.seen).toEqual([]);
  });

  it('sends the text as it is, digits and all, and encodes the blueprint', async () => {
    const { client } = connectTo(server.baseUrl);
    const text = '{"identifier":"x","properties":{"big":12345678901234567890,"é":"€"}}';
    await client.upsert('a/b c', [text], { merge: false, createMissingRelatedEntities: true });
    const [call] = server.seen.filter(({ call }) => call === 'POST /blueprints/a%2Fb%20c/entities/bulk');
    expect(call!.body).toBe(`{"entities":[${text}]}`);
    expect(Object.fromEntries(call!.query)).toMatchObject({ merge: 'false', create_missing_related_entities: 'true', ocean_info_event_type: 'http_request' });
  });

  it('joins rows by index, whatever their order; an entity without a row has failed', async () => {
    server.answer(({ call }) =>
      call === BULK
        ? {
            status: 207,
            body: {
              ok: true,
              entities: [
                { identifier: 'real-3', index: 3, created: false },
                { identifier: 'e0', index: 0, created: true },
                { identifier: 'e9', index: 9, created: true },
              ],
              errors: [
                { identifier: 'e4', index: 4, statusCode: 422, error: 'invalid', message: 'x must be a string' },
                { identifier: 'e1', index: 1, statusCode: 404, error: 'not_found', message: 'no entity t' },
                { identifier: 'unknown', index: 5, statusCode: 404, error: 'not_found', message: 'found none' },
                { identifier: 'e6', index: 6, statusCode: 503, error: 'busy', message: 'later' },
                { identifier: 'nowhere', index: -1, statusCode: 422 },
              ],
            },
          }
        : undefined,
    );
    const { client } = connectTo(server.baseUrl);
    const results = await client.upsert('b', entities(7), RUN);
    expect(results).toEqual([
      { ok: true, identifier: 'e0', created: true },
      { ok: false, status: 404, code: 'not_found', message: 'no entity t', unmet: true, transient: false },
      { ok: false, status: 207, code: 'no_row', message: expect.any(String), unmet: false, transient: false },
      { ok: true, identifier: 'real-3', created: false },
      { ok: false, status: 422, code: 'invalid', message: 'x must be a string', unmet: false, transient: false },
      { ok: false, status: 404, code: 'not_found', message: 'found none', unmet: false, transient: false },
      { ok: false, status: 503, code: 'busy', message: 'later', unmet: false, transient: true },
    ]);
  });

  it('an entity that is really called unknown may wait for its relation', async () => {
    server.answer(({ call }) => (call === BULK ? { status: 207, body: { ok: false, entities: [], errors: [{ identifier: 'unknown', index: 0, statusCode: 404, error: 'not_found', message: 'm' }] } } : undefined));
    const { client } = connectTo(server.baseUrl);
    await expect(client.upsert('b', [entity('unknown')], RUN)).resolves.toMatchObject([{ unmet: true }]);
  });

  it('after 413 sends them one by one, in order', async () => {
    server.answer(({ call, body }) => {
      if (call === BULK) return { status: 413, body: { ok: false, error: 'payload_too_large' } };
      if (call !== SINGLE) return undefined;
      const { identifier } = JSON.parse(body) as { identifier: string };
      if (identifier === 'e1') return { status: 404, body: { ok: false, error: 'not_found', message: 'no blueprint t' } };
      if (identifier === 'e2') return { status: 413, body: { ok: false, error: 'payload_too_large' } };
      return { status: identifier === 'e0' ? 201 : 200, body: { ok: true, entity: { identifier } } };
    });
    const { client } = connectTo(server.baseUrl);
    const results = await client.upsert('b', entities(4), RUN);
    expect(results).toEqual([
      { ok: true, identifier: 'e0', created: true },
      { ok: false, status: 404, code: 'not_found', message: expect.stringMatching(/^no blueprint t \(trace trace-\d+\)$/), unmet: true, transient: false },
      { ok: false, status: 413, code: 'payload_too_large', message: expect.stringContaining(`${entities(3)[2]!.length} bytes`), unmet: false, transient: false },
      { ok: true, identifier: 'e3', created: false },
    ]);
  });

  it('never sends more than 1 MiB: what cannot fit has failed, with its size', async () => {
    const { client } = connectTo(server.baseUrl);
    const large = entity('large', { title: 'x'.repeat(MAX_BYTES) });
    const results = await client.upsert('b', [entity('a'), large, entity('c')], RUN);
    expect(results).toMatchObject([{ ok: true }, { ok: false, status: 413, message: expect.stringContaining(String(large.length)) }, { ok: true }]);
    expect(Math.max(...server.seen.map(({ body }) => body.length))).toBeLessThan(1_000);
  });

  it.each([
    [403, { unmet: false, transient: false, code: 'forbidden' }],
    [404, { unmet: true, transient: false, code: 'forbidden' }],
    [422, { unmet: false, transient: false, code: 'forbidden' }],
  ])('a whole call refused with %s refuses each of its entities, and no other call', async (status, expected) => {
    server.answer(({ call }, nth) => (call === BULK && nth === 1 ? { status, body: { ok: false, error: 'forbidden', message: 'no' } } : undefined));
    const { client } = connectTo(server.baseUrl);
    const results = await client.upsert('b', entities(40), RUN);
    const refused = results.filter((result) => !result.ok);
    expect(refused).toHaveLength(20);
    for (const result of refused) expect(result).toMatchObject({ status, ...expected });
  });

  it('retries used up: transient, and the calls that have not gone out stay here', async () => {
    server.answer(({ call }) => (call === BULK ? { status: 503, body: { ok: false, error: 'unavailable', message: 'down' } } : undefined));
    const { client, portal } = connectTo(server.baseUrl, { clock: fakeClock() });
    const results = await client.upsert('b', entities(400), RUN);
    expect(results).toHaveLength(400);
    for (const result of results) expect(result).toMatchObject({ ok: false, status: 503, unmet: false, transient: true });
    expect(server.count(BULK)).toBeLessThanOrEqual(5 * 11);
    expect(portal.status()).toMatchObject({ ok: false, error: expect.stringContaining('503') });
  });

  it('a connection that breaks is retried', async () => {
    server.answer(({ call }, nth) => (call === BULK && nth < 3 ? 'reset' : undefined));
    const { client } = connectTo(server.baseUrl, { clock: fakeClock() });
    await expect(client.upsert('b', entities(1), RUN)).resolves.toMatchObject([{ ok: true }]);
    expect(server.count(BULK)).toBe(3);
  });

  it.each([['without a token', 401, 'PORTAL_REFUSED'], ['without an answer to the token call', 'reset', 'PORTAL_UNREACHABLE']] as const)('%s everything is transient', async (_, reply, code) => {
    server.answer(() => (reply === 'reset' ? 'reset' : { status: reply, body: { ok: false, error: 'unauthorized' } }));
    const { client } = connectTo(server.baseUrl, { clock: fakeClock() });
    const results = await client.upsert('b', entities(30), RUN);
    for (const result of results) expect(result).toMatchObject({ ok: false, code, transient: true });
    expect(server.count(BULK)).toBe(0);
  });

  it('an answer that is no JSON may pass', async () => {
    server.answer(({ call }) => (call === BULK ? { body: '<html>' } : undefined));
    const { client } = connectTo(server.baseUrl);
    await expect(client.upsert('b', entities(1), RUN)).resolves.toMatchObject([{ ok: false, transient: true, unmet: false }]);
  });

  it('a blueprint that no address can carry refuses its entities without a call', async () => {
    const { client } = connectTo(server.baseUrl);
    await expect(client.upsert('..', entities(2), RUN)).resolves.toMatchObject([{ code: 'PORTAL_PATH', transient: false }, { code: 'PORTAL_PATH' }]);
    expect(server.seen).toEqual([]);
  });

  it('at most five bulks are in flight, and live events overtake a resync', async () => {
    let inFlight = 0;
    let most = 0;
    const order: string[] = [];
    let full!: () => void;
    const five = new Promise<void>((reached) => (full = reached));
    server.answer(async ({ call, query }) => {
      if (call !== BULK) return undefined;
      most = Math.max(most, ++inFlight);
      if (inFlight === 5) full();
      await five;
      inFlight--;
      order.push(query.get('ocean_info_event_type')!);
      return undefined;
    });
    const { client } = connectTo(server.baseUrl);
    const resync = client.upsert('b', entities(600), RUN);
    const live = client.upsert('b', entities(1), { merge: true, createMissingRelatedEntities: false });
    await Promise.all([resync, live]);
    expect(most).toBe(5);
    expect(order.indexOf('http_request')).toBeLessThan(12);
  });

  it('an abort ends it at once and leaves no listener', async () => {
    const stop = new AbortController();
    server.answer(({ call }) => {
      if (call !== BULK) return undefined;
      setImmediate(() => stop.abort(new Error('stopped')));
      return 'hang';
    });
    const { client } = connectTo(server.baseUrl);
    await expect(client.upsert('b', entities(400), RUN, stop.signal)).rejects.toThrow('stopped');
    await new Promise(setImmediate);
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
    expect(server.count(BULK)).toBeLessThanOrEqual(5);
  });
});
