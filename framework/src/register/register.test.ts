import type { Blueprint, Mapping } from '../contract';
import type { PortalActorClient, PortalIntegration } from '../portal';
import { fakeClock, recordedLog } from '../testkit';
import { connectTo, scriptedPortal, type Reply, type ScriptedPortal, type SeenCall } from '../../test/portal/scripted-portal';
import { mappingOf, register, type Registration } from '.';

const mapping = (kind: string): Mapping => ({ resources: [{ kind, selector: { query: 'true' }, port: { entity: { mappings: { identifier: '.id', blueprint: '"service"' } } } }] });
const service: Blueprint = { identifier: 'service', title: 'Service', schema: { properties: {} }, relations: { team: { target: 'team', many: false } }, mirrorProperties: { lead: { path: 'team.lead' } } };
const team: Blueprint = { identifier: 'team', title: 'Team', schema: { properties: {} }, ownership: { type: 'Direct' } };

describe('register', () => {
  let server: ScriptedPortal;
  let stored: Record<string, unknown> | undefined;
  let blueprints: Map<string, Record<string, unknown>>;
  let provisioned: string[];
  let flags: string[];
  let fault: (seen: SeenCall, nth: number) => Reply | undefined;

  /** A portal with a memory, as far as a boot needs it. */
  const portal = (seen: SeenCall, nth: number): Reply | undefined => {
    const broken = fault(seen, nth);
    if (broken !== undefined) return broken;
    const { call } = seen;
    const body = seen.body === '' ? {} : (JSON.parse(seen.body) as Record<string, unknown>);
    const notFound: Reply = { status: 404, body: { ok: false, error: 'not_found', message: 'not there' } };
    if (call === 'GET /integration/provision-enabled') return { body: { ok: true, integrations: provisioned } };
    if (call === 'GET /organization') return { body: { ok: true, organization: { id: 'o', featureFlags: flags } } };
    if (call === 'GET /integration/mine') return stored === undefined ? notFound : { body: { ok: true, integration: stored } };
    if (call === 'POST /integration') {
      stored = { identifier: 'mine', installationType: 'OnPrem', config: {}, ...body };
      return { body: { ok: true, integration: stored } };
    }
    if (call.startsWith('PATCH /integration/mine')) {
      stored = { ...stored, ...body };
      return { body: { ok: true, integration: stored } };
    }
    const identifier = /^\w+ \/blueprints\/(.+)$/.exec(call)?.[1];
    if (call === 'POST /blueprints') {
      blueprints.set(body['identifier'] as string, body);
      return { status: 201, body: { ok: true, blueprint: body } };
    }
    if (identifier === undefined) return undefined;
    if (!blueprints.has(identifier)) return notFound;
    if (call.startsWith('GET')) return { body: { ok: true, blueprint: blueprints.get(identifier) } };
    if (call.startsWith('DELETE')) blueprints.delete(identifier);
    else blueprints.set(identifier, { ...blueprints.get(identifier), ...body });
    return { body: { ok: true } };
  };

  beforeEach(async () => {
    server = await scriptedPortal();
    stored = undefined;
    blueprints = new Map();
    provisioned = [];
    created = [];
    flags = [];
    fault = () => undefined;
    server.answer(portal);
  });
  afterEach(() => server[Symbol.asyncDispose]());

  const clock = fakeClock();
  const log = recordedLog();
  let created: string[] = [];
  const boot = (options: Partial<Registration> = {}): Promise<PortalIntegration> => {
    const connected = connectTo(server.baseUrl, { clock, log });
    return register(connected.client, connected.portal, {
      origin: 'Default',
      initialize: true,
      changelogDestination: { type: 'KAFKA' },
      blueprints: [service, team],
      defaultMapping: mapping('folder'),
      actionsProcessingEnabled: false,
      incrementalSyncEnabled: false,
      clock,
      log,
      signal: new AbortController().signal,
      blueprintsCreated: (identifiers) => void created.push(...identifiers),
      ...options,
    });
  };
  const calls = (from = 0): string[] => server.seen.slice(from).map(({ call }) => call).filter((call) => call !== 'POST /auth/access_token');
  const PROBE = ['GET /integration/mine', 'GET /integration/provision-enabled', 'GET /organization', 'GET /integration/mine'];

  describe('blueprints of elements, which connectors share', () => {
    const blueprint = (identifier: string, of: { readonly properties?: readonly string[]; readonly to?: readonly string[] } = {}): Blueprint => ({
      identifier,
      title: identifier,
      schema: { properties: Object.fromEntries((of.properties ?? []).map((name) => [name, { type: 'string' as const }])) },
      relations: Object.fromEntries((of.to ?? []).map((target) => [target, { target, many: false }])),
    });
    const inTurn = <T>(work: () => Promise<T>): Promise<T> => work();
    const bootElements = (...elements: Blueprint[]): Promise<PortalIntegration> => boot({ blueprints: [], elements: { blueprints: elements, inTurn } });
    const writes = (from: number): string[] => calls(from).filter((call) => /^(POST|PATCH|DELETE) \/blueprints/.test(call));

    it('each that is not there is created, and what is there keeps what it has and gets what it lacks', async () => {
      await bootElements(blueprint('column', { properties: ['name'], to: ['table'] }), blueprint('table', { properties: ['name'] }));
      blueprints.get('column')!['title'] = 'Renamed by somebody';
      (blueprints.get('column')!['schema'] as { properties: Record<string, object> }).properties['note'] = { type: 'string' };
      stored = undefined;
      created = [];
      const from = server.seen.length;
      await bootElements(blueprint('topic', { to: ['column'] }), blueprint('column', { properties: ['name', 'size'], to: ['topic'] }));
      expect(created).toEqual(['topic']);
      expect(writes(from)).toEqual(['POST /blueprints', 'PATCH /blueprints/topic', 'PATCH /blueprints/column']);
      const column = blueprints.get('column') as unknown as Blueprint;
      expect([column.title, Object.keys(column.schema.properties).sort(), Object.keys(column.relations!).sort()]).toEqual(['Renamed by somebody', ['name', 'note', 'size'], ['table', 'topic']]);
      expect(Object.keys((blueprints.get('topic') as unknown as Blueprint).relations!)).toEqual(['column']);
    });

    it('a second boot writes nothing; one that another process creates meanwhile is there; one that is refused leaves the others', async () => {
      const all = [blueprint('a', { to: ['b'] }), blueprint('b'), blueprint('c')];
      fault = ({ call, body }) => {
        if (call !== 'POST /blueprints') return undefined;
        const { identifier } = JSON.parse(body) as { identifier: string };
        if (identifier === 'a') return { status: 422, body: { ok: false, error: 'invalid', message: 'no' } };
        if (identifier !== 'b') return undefined;
        blueprints.set('b', { ...blueprint('b') });
        return { status: 409, body: { ok: false, error: 'exists', message: 'it exists' } };
      };
      await bootElements(...all);
      expect([[...blueprints.keys()], created]).toEqual([['b', 'c'], ['c']]);
      fault = () => undefined;
      await bootElements(...all);
      expect(Object.keys((blueprints.get('a') as unknown as Blueprint).relations!)).toEqual(['b']);
      const from = server.seen.length;
      await bootElements(...all);
      expect(writes(from)).toEqual([]);
    });

    it.each([['the portal is not to be filled', { initialize: false }], ['it is to stay empty', { origin: 'Empty' }]] as const)('none is written where %s', async (_, options) => {
      await boot({ blueprints: [], ...options, elements: { blueprints: [blueprint('a')], inTurn } });
      expect(writes(0)).toEqual([]);
    });
  });

  it('the first boot registers, fills and marks, in this order', async () => {
    const integration = await boot();
    expect(calls()).toEqual([
      ...PROBE,
      'POST /integration',
      'GET /blueprints/service',
      'GET /blueprints/team',
      'POST /blueprints',
      'POST /blueprints',
      'PATCH /blueprints/service',
      'PATCH /blueprints/team',
      'PATCH /blueprints/service',
      'PATCH /blueprints/team',
      'PATCH /integration/mine',
    ]);
    expect(stored).toEqual({
      identifier: 'mine',
      installationType: 'OnPrem',
      installationId: 'mine',
      installationAppType: 'git',
      version: '1.2.3',
      changelogDestination: { type: 'KAFKA' },
      actionsProcessingEnabled: false,
      incrementalSyncEnabled: false,
      createPortResourcesOrigin: 'Default',
      config: mapping('folder'),
      arePortResourcesInitialized: true,
    });
    expect(integration).toEqual(stored);
    expect([...blueprints.values()]).toEqual([service, team]);
  });

  it('creates blueprints bare, then with relations and ownership, then in full', async () => {
    await boot();
    const writes = server.seen.filter(({ call }) => /^(POST|PATCH) \/blueprints/.test(call)).map(({ body }) => JSON.parse(body) as object);
    const bare = { identifier: 'service', title: 'Service', schema: { properties: {} } };
    expect(writes[0]).toEqual(bare);
    expect(writes[2]).toEqual({ relations: service.relations });
    expect(writes[3]).toEqual({ ownership: team['ownership'] });
    expect(writes[4]).toEqual(service);
  });

  it('a second boot writes nothing', async () => {
    await boot();
    const from = server.seen.length;
    await boot();
    expect(calls(from)).toEqual(PROBE);
  });

  it('none of its writes asks for a resync', async () => {
    await boot();
    await boot({ changelogDestination: {}, mapping: mapping('own') });
    const patches = server.seen.filter(({ call }) => call.startsWith('PATCH /integration'));
    expect(patches.length).toBeGreaterThanOrEqual(3);
    for (const { headers } of patches) expect(headers['x-skip-resync']).toBe('true');
  });

  it('a changed trigger, type or version is written once', async () => {
    await boot();
    const from = server.seen.length;
    const destination = { type: 'WEBHOOK', url: 'https://us.example/resync/mine/s' };
    await boot({ changelogDestination: destination });
    await boot({ changelogDestination: destination });
    expect(calls(from).filter((call) => call.startsWith('PATCH'))).toEqual(['PATCH /integration/mine']);
    expect(stored).toMatchObject({ changelogDestination: destination, config: mapping('folder') });
  });

  it("the entry's own mapping wins, from the first write on, and replaces what the portal has", async () => {
    await boot({ mapping: mapping('own') });
    expect(stored).toMatchObject({ config: mapping('own') });
    expect(server.count('PATCH /integration/mine/config')).toBe(0);
    await expect(boot({ mapping: mapping('changed') })).resolves.toMatchObject({ config: mapping('changed') });
    expect(server.count('PATCH /integration/mine/config')).toBe(1);
    await boot({ mapping: mapping('changed') });
    expect(server.count('PATCH /integration/mine/config')).toBe(1);
  });

  it("without one the portal's mapping stays", async () => {
    await boot();
    stored = { ...stored, config: mapping('edited') };
    await expect(boot()).resolves.toMatchObject({ config: mapping('edited') });
  });

  it('an integration that was registered without mapping gets one', async () => {
    stored = { identifier: 'mine', config: {} };
    await boot();
    expect(server.count('PATCH /integration/mine/config')).toBe(1);
    expect(stored).toMatchObject({ config: mapping('folder'), arePortResourcesInitialized: true });
  });

  it('tells which blueprints it created, once', async () => {
    await boot();
    expect(created).toEqual(['service', 'team']);
    await boot();
    expect(created).toEqual(['service', 'team']);
  });

  it('where one default blueprint is there, none is created', async () => {
    blueprints.set('team', { ...team, title: 'Our teams' });
    await boot();
    expect([...blueprints]).toEqual([['team', { ...team, title: 'Our teams' }]]);
    expect(stored).toMatchObject({ arePortResourcesInitialized: true });
  });

  it('a refused blueprint takes the ones just created with it, is reported, and is not tried for ever', async () => {
    fault = ({ call }, nth) => (call === 'PATCH /blueprints/service' && nth === 1 ? { status: 422, body: { ok: false, error: 'invalid', message: 'no blueprint team2' } } : undefined);
    await boot();
    expect([...blueprints]).toEqual([]);
    expect(calls().filter((call) => call.startsWith('DELETE'))).toEqual(['DELETE /blueprints/team', 'DELETE /blueprints/service']);
    expect(stored).toMatchObject({ arePortResourcesInitialized: true });
    expect(log.lines.join('\n')).toMatch(/error .*default blueprints were not created.*no blueprint team2/s);
  });

  it('a portal that fails in between leaves nothing half done: the next boot does it all', async () => {
    let down = true;
    fault = ({ call }) => (down && call === 'PATCH /blueprints/team' ? { status: 503 } : undefined);
    await expect(boot()).rejects.toMatchObject({ status: 503, recovery: 'retry' });
    expect(stored).not.toHaveProperty('arePortResourcesInitialized');
    expect([...blueprints]).toEqual([]);
    down = false;
    await boot();
    expect([...blueprints.values()]).toEqual([service, team]);
    expect(stored).toMatchObject({ arePortResourcesInitialized: true });
  });

  it('origin Empty: no mapping, no blueprints', async () => {
    await boot({ origin: 'Empty' });
    expect(stored).toMatchObject({ createPortResourcesOrigin: 'Empty', config: {}, arePortResourcesInitialized: true });
    expect(blueprints.size).toBe(0);
  });

  it('origin Empty with a mapping of its own keeps that', async () => {
    await boot({ origin: 'Empty', mapping: mapping('own') });
    expect(stored).toMatchObject({ config: mapping('own'), arePortResourcesInitialized: true });
  });

  it('without initialisation: registered with its mapping, no blueprints', async () => {
    await boot({ initialize: false });
    expect(stored).toMatchObject({ config: mapping('folder') });
    expect(stored).not.toHaveProperty('arePortResourcesInitialized');
    expect(blueprints.size).toBe(0);
  });

  describe('origin Port', () => {
    const provision = (): void => {
      provisioned = ['git'];
      flags = ['USE_PROVISIONED_DEFAULTS'];
    };

    it('waits until the portal has filled the mapping, longer each time', async () => {
      provision();
      const from = clock.waits.length;
      fault = ({ call }, nth) => {
        if (call === 'GET /integration/mine' && nth === 6) stored = { ...stored, config: mapping('provisioned') };
        return undefined;
      };
      await expect(boot({ origin: 'Port' })).resolves.toMatchObject({ config: mapping('provisioned') });
      expect(clock.waits.slice(from)).toEqual([3_000, 4_000, 6_000, 9_000]);
      const created = server.seen.find(({ call }) => call === 'POST /integration')!;
      expect(created.query.get('integration_modes')).toBe('create_resources');
      expect(JSON.parse(created.body)).not.toHaveProperty('config');
      expect(blueprints.size).toBe(0);
    });

    it('gives up after 30 looks, none further apart than a minute, and may be called again', async () => {
      provision();
      const from = clock.waits.length;
      await expect(boot({ origin: 'Port' })).rejects.toMatchObject({ code: 'REGISTRATION_FAILED', recovery: 'retry' });
      expect(clock.waits.slice(from)).toHaveLength(30);
      expect(Math.max(...clock.waits.slice(from))).toBe(60_000);
      stored = { ...stored, config: mapping('late') };
      await expect(boot({ origin: 'Port' })).resolves.toMatchObject({ config: mapping('late') });
    });

    it('an abort ends the waiting', async () => {
      provision();
      const stop = new AbortController();
      stop.abort(new Error('stopped'));
      await expect(boot({ origin: 'Port', signal: stop.signal })).rejects.toThrow('stopped');
    });

    it.each([
      ['the type is not provisioned', [], ['USE_PROVISIONED_DEFAULTS']],
      ['the flag is off', ['git'], []],
    ])('is Default when %s', async (_, types, on) => {
      provisioned = types;
      flags = on;
      await boot({ origin: 'Port' });
      expect(stored).toMatchObject({ createPortResourcesOrigin: 'Default', config: mapping('folder') });
    });

    it('is Default when the portal does not tell', async () => {
      fault = ({ call }) => (call === 'GET /integration/provision-enabled' || call === 'GET /organization' ? { status: 404, body: { ok: false, error: 'not_found' } } : undefined);
      await boot({ origin: 'Port' });
      expect(stored).toMatchObject({ createPortResourcesOrigin: 'Default' });
    });
  });

  it.each([['Empty', 0], ['Ocean', 2]])('the stored origin %s wins over the configured one', async (origin, created) => {
    stored = { identifier: 'mine', createPortResourcesOrigin: origin, config: {} };
    await boot({ origin: origin === 'Empty' ? 'Default' : 'Empty' });
    expect(blueprints.size).toBe(created);
  });

  it('an integration that the portal runs itself is left alone', async () => {
    stored = { identifier: 'mine', installationType: 'SaasOauth2', config: {} };
    await expect(boot()).rejects.toMatchObject({ code: 'REGISTRATION_FAILED', recovery: 'stop' });
    expect(calls()).toEqual(['GET /integration/mine']);
  });

  describe('mappingOf', () => {
    const entry = { defaultMapping: mapping('folder') };
    const client = (): PortalActorClient => connectTo(server.baseUrl, { clock, log }).client;

    it("is the entry's own, without asking; without a portal the folder's", async () => {
      await expect(mappingOf({ ...entry, mapping: mapping('own') }, client())).resolves.toEqual(mapping('own'));
      await expect(mappingOf(entry, undefined)).resolves.toEqual(mapping('folder'));
      expect(server.seen).toEqual([]);
    });

    it("is the portal's, fresh each time", async () => {
      const portalClient = client();
      stored = { identifier: 'mine', config: mapping('one') };
      await expect(mappingOf(entry, portalClient)).resolves.toEqual(mapping('one'));
      stored = { identifier: 'mine', config: mapping('two') };
      await expect(mappingOf(entry, portalClient)).resolves.toEqual(mapping('two'));
    });

    it.each([[{}], [null], [undefined], [{ resources: [] }], [{ resources: 'x' }]])('of the configuration %j has no resources', async (config) => {
      stored = { identifier: 'mine', config };
      await expect(mappingOf(entry, client())).resolves.toEqual({ resources: [] });
    });

    it('of an integration that is not there has no resources', async () => {
      await expect(mappingOf(entry, client())).resolves.toEqual({ resources: [] });
    });

    it.each([
      [503, 'PORTAL_UNREACHABLE'],
      [401, 'PORTAL_REFUSED'],
      [403, 'PORTAL_ANSWER'],
    ])('is not known while the portal answers %s', async (status, code) => {
      fault = ({ call }) => (call === 'GET /integration/mine' ? { status } : undefined);
      await expect(mappingOf(entry, client())).rejects.toMatchObject({ code, status });
    });
  });
});
