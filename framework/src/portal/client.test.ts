import { fakeClock, recordedLog } from '../testkit';
import { connectTo, scriptedPortal, type ScriptedPortal, type SeenCall } from '../../test/portal/scripted-portal';

const body = ({ body: text }: SeenCall): unknown => JSON.parse(text);

describe('the calls of an integration', () => {
  let server: ScriptedPortal;
  beforeEach(async () => (server = await scriptedPortal()));
  afterEach(() => server[Symbol.asyncDispose]());
  const last = (): SeenCall => server.seen.at(-1)!;
  const integration = { identifier: 'mine', installationId: 'mine' };

  it('not registered is undefined; as found with all digits', async () => {
    const { client } = connectTo(server.baseUrl);
    await expect(client.integration()).resolves.toBeUndefined();
    server.answer(({ call }) => (call === 'GET /integration/other%2Fone' ? { body: '{"ok":true,"integration":{"identifier":"x","config":{"big":12345678901234567890}}}' } : undefined));
    await expect(client.integration('other/one')).resolves.toEqual({ identifier: 'x', config: { big: 12345678901234567890n } });
    expect(last().headers['user-agent']).toBe('integration-framework/git/1.2.3/mine');
  });

  it('creates and patches; patches never trigger a resync and always name the version', async () => {
    server.answer(({ call }) => (/ \/integration/.test(call) ? { body: { ok: true, integration } } : undefined));
    const { client } = connectTo(server.baseUrl);
    await expect(client.createIntegration({ a: 1 }, { createResources: true })).resolves.toEqual(integration);
    expect(last().query.get('integration_modes')).toBe('create_resources');
    await client.createIntegration({ a: 1 });
    expect(last().query.get('integration_modes')).toBeNull();
    await client.patchIntegration({ title: 't' });
    expect(last()).toMatchObject({ call: 'PATCH /integration/mine', headers: { 'x-skip-resync': 'true' } });
    expect(body(last())).toEqual({ version: '1.2.3', title: 't' });
    await client.putMapping({ resources: [] });
    expect(last()).toMatchObject({ call: 'PATCH /integration/mine/config', headers: { 'x-skip-resync': 'true' } });
    expect(body(last())).toEqual({ config: { resources: [] } });
  });

  it('patches that set the same state twice are retried', async () => {
    server.answer(({ call }, nth) => (call.startsWith('PATCH') ? (nth === 1 ? { status: 503 } : { body: { ok: true, integration } }) : undefined));
    const { client } = connectTo(server.baseUrl, { clock: fakeClock() });
    await client.patchIntegration({});
    await client.putMapping({});
    await client.resyncState({ status: 'running' });
    expect(['', '/config', '/resync-state'].map((path) => server.count(`PATCH /integration/mine${path}`))).toEqual([2, 2, 2]);
  });

  it('the state of a resync and examples are never a reason to fail', async () => {
    const log = recordedLog();
    server.answer(({ call }) => (/resync-state|examples/.test(call) ? { status: 422, body: { ok: false, error: 'no', message: 'no such state' } } : undefined));
    const { client } = connectTo(server.baseUrl, { log });
    await client.resyncState({ status: 'running' });
    await client.examples('pull request', [{ a: 1 }]);
    expect(last().call).toBe('POST /integration/mine/kinds/pull%20request/examples');
    expect(body(last())).toEqual({ examples: [{ a: 1 }] });
    expect(log.lines.filter((line) => line.includes('no such state'))).toHaveLength(2);
  });

  it.each([
    [{ id: 'r1', updatedAt: '2026-01-01T00:00:00Z' }, { id: 'r1', updatedAt: '2026-01-01T00:00:00Z' }],
    [null, undefined],
    [{ id: 'r1' }, undefined],
    [undefined, undefined],
  ])('a request for a resync: %j', async (request, expected) => {
    server.answer(({ call }) => (call === 'GET /integration/mine/resync-request' ? { body: { ok: true, request } } : undefined));
    await expect(connectTo(server.baseUrl).client.resyncRequest()).resolves.toEqual(expected);
  });

  it('deleting what is not there is success', async () => {
    const { client } = connectTo(server.baseUrl);
    await client.deleteIntegration();
    await client.deleteBlueprint('b');
    server.answer(({ call }) => (call.startsWith('DELETE') ? { status: 403 } : undefined));
    await expect(client.deleteIntegration()).rejects.toMatchObject({ status: 403 });
    await expect(client.deleteBlueprint('b')).rejects.toMatchObject({ status: 403 });
  });
});

describe('blueprints', () => {
  let server: ScriptedPortal;
  beforeEach(async () => (server = await scriptedPortal()));
  afterEach(() => server[Symbol.asyncDispose]());
  const GET = 'GET /blueprints/b';
  const blueprint = { identifier: 'b', schema: { properties: {} } };
  const answerIt = (): void => server.answer(({ call }) => (call === GET ? { body: { ok: true, blueprint } } : / \/blueprints/.test(call) ? { body: { ok: true } } : undefined));

  it('are kept 120 s, one read for many callers; a missing one is asked for again', async () => {
    const clock = fakeClock();
    const { client } = connectTo(server.baseUrl, { clock });
    await expect(client.blueprint('b')).resolves.toBeUndefined();
    answerIt();
    await Promise.all([client.blueprint('b'), client.blueprint('b')]);
    await clock.sleep(119_999);
    await expect(client.blueprint('b')).resolves.toEqual(blueprint);
    expect(server.count(GET)).toBe(2);
    await clock.sleep(1);
    await client.blueprint('b');
    expect(server.count(GET)).toBe(3);
    client.clearBlueprints();
    await client.blueprint('b');
    expect(server.count(GET)).toBe(4);
    await client.patchBlueprint('b', { title: 't' });
    await client.blueprint('b');
    expect(server.count(GET)).toBe(5);
  });

  it('a failed read is not kept', async () => {
    server.answer(({ call }) => (call === GET ? { status: 403 } : undefined));
    const { client } = connectTo(server.baseUrl);
    await expect(client.blueprint('b')).rejects.toMatchObject({ status: 403 });
    answerIt();
    await expect(client.blueprint('b')).resolves.toEqual(blueprint);
  });

  it('half a blueprint is an error', async () => {
    server.answer(({ call }) => (call === GET ? { body: { ok: true, blueprint: { identifier: 'b' } } } : undefined));
    await expect(connectTo(server.baseUrl).client.blueprint('b')).rejects.toMatchObject({ code: 'PORTAL_ANSWER' });
  });

  it('are written as the owner', async () => {
    answerIt();
    const { client } = connectTo(server.baseUrl);
    await client.createBlueprint(blueprint);
    await client.patchBlueprint('b', { title: 't' });
    for (const { headers } of server.seen.filter(({ call }) => / \/blueprints/.test(call))) expect(headers['user-agent']).toBe('integration-framework/git/1.2.3/mine/exporter');
  });

  it('created although the answer got lost is created; a conflict with somebody else is not', async () => {
    let lost = true;
    server.answer(({ call }, nth) => (call === 'POST /blueprints' ? (lost && nth === 1 ? 'reset' : { status: 409, body: { ok: false, error: 'exists' } }) : undefined));
    const { client } = connectTo(server.baseUrl, { clock: fakeClock() });
    await client.createBlueprint(blueprint);
    lost = false;
    await expect(client.createBlueprint(blueprint)).rejects.toMatchObject({ status: 409 });
  });
});

describe('what is ours', () => {
  let server: ScriptedPortal;
  beforeEach(async () => (server = await scriptedPortal()));
  afterEach(() => server[Symbol.asyncDispose]());
  const LIST = 'POST /blueprints/entities/datasource-entities';
  const pages = async (of: AsyncIterable<readonly unknown[]>): Promise<unknown[][]> => {
    const all: unknown[][] = [];
    for await (const page of of) all.push([...page]);
    return all;
  };

  it('comes page by page, identities only', async () => {
    server.answer((seen) => {
      if (seen.call !== LIST) return undefined;
      const { from } = body(seen) as { from?: string };
      const entity = (identifier: string) => ({ identifier, blueprint: 'b', properties: { large: 'x' } });
      return { body: from === undefined ? { ok: true, entities: [entity('1'), entity('2')], next: 'two' } : from === 'two' ? { ok: true, entities: [], next: 'three' } : { ok: true, entities: [entity('3')], next: null } };
    });
    const { client } = connectTo(server.baseUrl);
    await expect(pages(client.owned())).resolves.toEqual([
      [
        { identifier: '1', blueprint: 'b' },
        { identifier: '2', blueprint: 'b' },
      ],
      [{ identifier: '3', blueprint: 'b' }],
    ]);
    const calls = server.seen.filter(({ call }) => call === LIST);
    expect(body(calls[0]!)).toEqual({ datasource_prefix: 'integration-framework/git/', datasource_suffix: '/mine/exporter', limit: 5_000 });
    expect(calls[0]!.query.getAll('include')).toEqual(['blueprint', 'identifier']);
  });

  it.each([
    ['no list', { ok: true }],
    ['an entity without its blueprint', { ok: true, entities: [{ identifier: '1' }] }],
    ['a page that follows itself', { ok: true, entities: [], next: 'same' }],
  ])('%s is an error, never an end', async (_, answer) => {
    server.answer(({ call }) => (call === LIST ? { body: answer } : undefined));
    await expect(pages(connectTo(server.baseUrl).client.owned())).rejects.toMatchObject({ code: 'PORTAL_ANSWER' });
  });

  it('is asked for fifty at a time, under both rules of ownership', async () => {
    server.answer((seen) => {
      if (seen.call !== 'POST /entities/search') return undefined;
      const { rules } = body(seen) as { rules: { value: string[] }[] };
      return { body: { ok: true, entities: rules[0]!.value.filter((id) => id !== 'e7').map((identifier) => ({ identifier, blueprint: 'b' })) } };
    });
    const { client } = connectTo(server.baseUrl);
    const ours = await client.stillOwned('b', Array.from({ length: 120 }, (_, at) => `e${at}`));
    expect(ours.size).toBe(119);
    expect(ours.has('e7')).toBe(false);
    const calls = server.seen.filter(({ call }) => call === 'POST /entities/search').map(body) as { combinator: string; rules: { property: string; operator: string; value: unknown }[] }[];
    expect(calls.map(({ rules }) => (rules[0]!.value as string[]).length)).toEqual([50, 50, 20]);
    expect(calls[0]).toMatchObject({
      combinator: 'and',
      rules: [
        { property: '$identifier', operator: 'in' },
        { property: '$blueprint', operator: '=', value: 'b' },
        { property: '$datasource', operator: 'contains', value: 'integration-framework/git/' },
        { property: '$datasource', operator: 'contains', value: '/mine/exporter' },
      ],
    });
  });
});
