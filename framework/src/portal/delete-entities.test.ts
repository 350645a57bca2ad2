import { fakeClock, recordedLog } from '../testkit';
import { connectTo, scriptedPortal, type Reply, type ScriptedPortal, type SeenCall } from '../../test/portal/scripted-portal';

const BULK = 'POST /blueprints/b/bulk/entities/delete';
const SEARCH = 'POST /entities/search';
const ids = (count: number): string[] => Array.from({ length: count }, (_, at) => `e${at}`);
const askedIn = ({ body }: SeenCall): string[] => (JSON.parse(body) as { entities: string[] }).entities;
const searchedIn = ({ body }: SeenCall): string[] => (JSON.parse(body) as { rules: { value: string[] }[] }).rules[0]!.value;
const there = (...identifiers: string[]): Reply => ({ body: { ok: true, entities: identifiers.map((identifier) => ({ identifier, blueprint: 'b' })) } });

describe('deleteEntities', () => {
  let server: ScriptedPortal;
  beforeEach(async () => (server = await scriptedPortal()));
  afterEach(() => server[Symbol.asyncDispose]());

  it('with dependents: a hundred at a time', async () => {
    server.answer((seen) => (seen.call === BULK ? { body: { ok: true, deletedEntities: askedIn(seen) } } : undefined));
    const { client } = connectTo(server.baseUrl);
    const gone = await client.deleteEntities('b', ids(250), { deleteDependents: true, runId: 'r' });
    expect([...gone].sort()).toEqual(ids(250).sort());
    const calls = server.seen.filter(({ call }) => call === BULK);
    expect(calls.map((call) => askedIn(call).length)).toEqual([100, 100, 50]);
    expect(Object.fromEntries(calls[0]!.query)).toEqual({ delete_dependents: 'true', ocean_info_event_type: 'resync', ocean_info_resync_id: 'r' });
    expect(calls[0]!.headers['user-agent']).toBe('integration-framework/git/1.2.3/mine/exporter');
    expect(server.count(SEARCH)).toBe(0);
  });

  it('looks again for what the answer does not name', async () => {
    server.answer((seen) => (seen.call === BULK ? { body: { ok: true, deletedEntities: ['e0', 'other'] } } : seen.call === SEARCH ? there('e2') : undefined));
    const log = recordedLog();
    const { client } = connectTo(server.baseUrl, { log });
    const gone = await client.deleteEntities('b', ids(3), { deleteDependents: true });
    expect([...gone]).toEqual(['e0', 'e1']);
    expect(searchedIn(server.seen.find(({ call }) => call === SEARCH)!)).toEqual(['e1', 'e2']);
    expect(log.lines.join()).toContain('the portal kept 1 of 3 entities');
  });

  it('believes no search that is not a list', async () => {
    server.answer((seen) => (seen.call === BULK ? { body: { ok: true, deletedEntities: ['e0'] } } : seen.call === SEARCH ? { body: { ok: true } } : undefined));
    const { client } = connectTo(server.baseUrl);
    expect([...(await client.deleteEntities('b', ids(2), { deleteDependents: true }))]).toEqual(['e0']);
  });

  it('a bulk that fails as a whole goes one by one', async () => {
    server.answer(({ call }) => {
      if (call === BULK) return { status: 422, body: { ok: false, error: 'protected', message: 'e1 is protected' } };
      if (call.endsWith('/e1')) return { status: 422, body: { ok: false, error: 'protected', message: 'e1 is protected' } };
      return call.startsWith('DELETE') ? { body: { ok: true } } : undefined;
    });
    const log = recordedLog();
    const { client } = connectTo(server.baseUrl, { log });
    expect([...(await client.deleteEntities('b', ids(3), { deleteDependents: true }))].sort()).toEqual(['e0', 'e2']);
    expect(log.lines.join()).toContain('e1 is protected');
  });

  it('without dependents: one by one, again while that helps; 404 is gone', async () => {
    const left = new Set(['e0', 'e1', 'e2', 'cycle1', 'cycle2']);
    const blocks: Record<string, string> = { e0: 'e1', e1: 'e2', cycle1: 'cycle2', cycle2: 'cycle1' };
    server.answer(({ call, query }) => {
      const identifier = /^DELETE \/blueprints\/b\/entities\/(.+)$/.exec(call)?.[1];
      if (identifier === undefined) return undefined;
      expect(query.get('delete_dependents')).toBe('false');
      if (!left.has(identifier)) return { status: 404, body: { ok: false, error: 'not_found' } };
      if (left.has(blocks[identifier] ?? '')) return { status: 409, body: { ok: false, error: 'has_dependents', message: `${blocks[identifier]} points to it` } };
      left.delete(identifier);
      return { body: { ok: true } };
    });
    const log = recordedLog();
    const { client } = connectTo(server.baseUrl, { log });
    const gone = await client.deleteEntities('b', ['cycle1', 'e0', 'e1', 'e2', 'cycle2', 'never'], { deleteDependents: false });
    expect([...gone].sort()).toEqual(['e0', 'e1', 'e2', 'never']);
    expect([...left]).toEqual(['cycle1', 'cycle2']);
    expect(server.count(BULK)).toBe(0);
    // Whoever asked tries again, and tells it when that does not help.
    expect(log.lines.filter((line) => line.includes('the portal kept'))).toEqual([expect.stringMatching(/^debug the portal kept 2 of 6 .* points to it/s) as string]);
  });

  it('an identifier that no address can carry cannot exist, and asks for nothing', async () => {
    const { client } = connectTo(server.baseUrl);
    expect([...(await client.deleteEntities('b', ['..', '.', ''], { deleteDependents: false }))]).toEqual(['..', '.', '']);
    expect([...(await client.deleteEntities('..', ['a'], { deleteDependents: true }))]).toEqual(['a']);
    expect(server.seen).toEqual([]);
  });

  it('encodes identifiers', async () => {
    server.answer(({ call }) => (call.startsWith('DELETE') ? { body: { ok: true } } : undefined));
    const { client } = connectTo(server.baseUrl);
    await client.deleteEntities('b', ['a/../b?c'], { deleteDependents: false });
    expect(server.count('DELETE /blueprints/b/entities/a%2F..%2Fb%3Fc')).toBe(1);
  });

  it('a portal that cannot be asked is an error only while nothing is gone', async () => {
    let up = true;
    server.answer((seen) => {
      if (seen.call !== BULK) return undefined;
      if (!up) return { status: 503 };
      up = false;
      return { body: { ok: true, deletedEntities: askedIn(seen) } };
    });
    const { client } = connectTo(server.baseUrl, { clock: fakeClock() });
    expect((await client.deleteEntities('b', ids(150), { deleteDependents: true })).size).toBeGreaterThanOrEqual(50);
    await expect(client.deleteEntities('b', ids(3), { deleteDependents: true })).rejects.toMatchObject({ code: 'PORTAL_UNREACHABLE', status: 503 });
  });

  it('403 is told, not retried one by one', async () => {
    server.answer(({ call }) => (call === BULK ? { status: 403, body: { ok: false, error: 'forbidden', message: 'not yours' } } : undefined));
    const log = recordedLog();
    const { client } = connectTo(server.baseUrl, { log });
    expect((await client.deleteEntities('b', ids(3), { deleteDependents: true })).size).toBe(0);
    expect(server.seen).toHaveLength(2);
    expect(log.lines.join()).toContain('not yours');
  });

  it('an abort ends it', async () => {
    const stop = new AbortController();
    server.answer(({ call }) => {
      if (call !== BULK) return undefined;
      setImmediate(() => stop.abort(new Error('stopped')));
      return 'hang';
    });
    const { client } = connectTo(server.baseUrl);
    await expect(client.deleteEntities('b', ids(3), { deleteDependents: true }, stop.signal)).rejects.toThrow('stopped');
  });
});
