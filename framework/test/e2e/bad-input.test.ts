import { createServer, type AddressInfo, type Socket } from 'node:net';
import fs from 'node:fs';
import path from 'node:path';
import { folderWith, runCommand, spawnFramework, startProcess, type Folder, type RunningFramework } from './framework-process';
import { entitiesOf, identifiersOf, resync, runsOf, settled, type SeenEntity } from './observe';
import { startPortApi, type PortApi } from './port-api';
import { ownIntegrations, startRecordsSource, type RecordsSource } from './records-source';
import { until } from './until';

// Each line of "Bad input" (interface.md 4.1) is a test of its name. Lines that need Kafka or MongoDB: bad-input.int.test.ts.

interface Entry {
  readonly identifier: string;
  readonly [key: string]: unknown;
}

let source: RecordsSource;
let folder: Folder;

const entry = (more: object = {}): Entry => ({ identifier: 'records', type: 'records', config: { url: source.url }, http: { retries: 0 }, ...more });
const configuration = (more: object = {}): object => ({ integrationsPath: ownIntegrations, integrations: [entry()], ...more });
const write = (value: string | object): void => folder.write('config.yaml', typeof value === 'string' ? value : JSON.stringify(value));
const start = (more: object = {}, environment: Readonly<Record<string, string>> = {}): Promise<RunningFramework> => {
  write(configuration(more));
  return startProcess(folder, environment);
};

/** Runs what a test does with a process, and stops it whatever happens. */
async function using<T>(starting: Promise<RunningFramework>, work: (framework: RunningFramework) => Promise<T>): Promise<T> {
  const framework = await starting;
  try {
    return await work(framework);
  } finally {
    await framework.stop();
  }
}

/** One good run, so that there is something to lose. Gives the catalog. */
const fill = (more: object = {}): Promise<readonly SeenEntity[]> =>
  using(start(more), async (framework) => {
    expect((await settled(framework)).state).toBe('completed');
    return entitiesOf(framework, 'record');
  });

/** The catalog as the next good process finds it, before any run. */
const found = (): Promise<readonly SeenEntity[]> => using(start({ integrations: [entry({ resync: { atStart: false } })] }), (framework) => entitiesOf(framework, 'record'));

const dataOf = (): Readonly<Record<string, string>> => Object.fromEntries(fs.readdirSync(path.join(folder.path, '.data')).map((name) => [name, fs.readFileSync(path.join(folder.path, '.data', name), 'base64')]));
const logOf = (text: string): Record<string, unknown>[] => text.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>);

beforeEach(async () => {
  source = await startRecordsSource(2);
  for (const id of ['a', 'b', 'c', 'd', 'e']) source.records.set(id, { id, name: `name of ${id}`, size: 1 });
  source.notes.set('n', { id: 'n', name: 'a note' });
  folder = folderWith({});
});

afterEach(async () => {
  await source.close();
  folder.remove();
});

describe('bad input', () => {
  it('file missing, not YAML, unknown root key, wrong port, triggerChannel, mongodb, integrations empty', async () => {
    await fill();
    const before = dataOf();
    const refused = async (value: string | object | undefined, says: RegExp): Promise<void> => {
      if (value === undefined) fs.rmSync(path.join(folder.path, 'config.yaml'));
      else write(value);
      const ended = await runCommand(folder, ['start']);
      expect(ended.stderr).toMatch(says);
      expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: 2, stdout: '' });
    };
    await refused(undefined, /^config\.yaml:1:1: CONFIG_MISSING_FILE .*; .*--config/);
    await refused('integrations: [', /^config\.yaml:\d+:\d+: CONFIG_SYNTAX /);
    await refused('integrations:\n  - { type: records, config: { url: x } }\ntriggerChanel: { type: ONCE }', /^config\.yaml:3:\d+: CONFIG_UNKNOWN_KEY .*triggerChanel.*triggerChannel/m);
    await refused(configuration({ port: 'local' }), /CONFIG_TYPE .*port/);
    await refused(configuration({ triggerChannel: { type: 'KAFKO' } }), /CONFIG_ENUM .*KAFKA/);
    await refused(configuration({ mongodb: { database: 'without-a-url' } }), /CONFIG_REQUIRED .*mongodb\.url/);
    await refused(configuration({ integrations: [] }), /CONFIG_LIMIT .*integrations is empty/);
    expect(dataOf()).toEqual(before);
  });

  it('problem inside one entry: unknown key, missing variable, wrong type, unknown integration type, folder that throws on load', async () => {
    const before = await fill();
    folder.write('more/throws/src/index.ts', 'throw new Error("no good on load");');
    const named = (identifier: string, more: object): Entry => ({ ...entry(), identifier, ...more });
    const bad = [
      entry({ config: { url: source.url, adress: 'x' } }),
      named('missing-variable', { config: { url: source.url, token: { fromEnv: 'NOWHERE_SET' } } }),
      named('wrong-type', { config: { url: ['a', 'list'] } }),
      named('unknown-type', { type: 'recordz' }),
      named('throws', { type: 'throws', config: {} }),
    ];
    const integrationsPath = [ownIntegrations, 'more'];
    await using(start({ integrationsPath, integrations: [...bad, named('sound', {})] }), async (framework) => {
      expect((await settled(framework)).integration).toBe('sound');
      const { integrations } = await framework.get<{ integrations: { identifier: string; state: string; problems: { code: string }[] }[] }>('/api/v1/integrations');
      expect(Object.fromEntries(integrations.map((one) => [one.identifier, [one.state, ...one.problems.map((problem) => problem.code)]]))).toEqual({
        records: ['config-failed', 'CONFIG_UNKNOWN_KEY'],
        'missing-variable': ['config-failed', 'SECRET_MISSING'],
        'wrong-type': ['config-failed', 'CONFIG_TYPE'],
        'unknown-type': ['config-failed', 'INTEGRATION_UNKNOWN'],
        throws: ['config-failed', 'INTEGRATION_BROKEN'],
        sound: ['waiting'],
      });
      for (const says of [/CONFIG_UNKNOWN_KEY .*adress/, /SECRET_MISSING .*NOWHERE_SET is not set; set NOWHERE_SET/, /CONFIG_TYPE .*url/, /INTEGRATION_UNKNOWN .*recordz.*did you mean 'records'/, /INTEGRATION_BROKEN .*no good on load/]) expect(framework.stderr()).toMatch(says);
      expect((await framework.call('POST', '/api/v1/integrations/records/resync', {})).status).toBe(409);
      // What the broken entry owned is still there, though a sound one now reads the same source.
      expect((await framework.get<{ rows: unknown[] }>('/api/v1/rows?integration=records&kind=record')).rows).toHaveLength(before.length);
      expect(await identifiersOf(framework, 'record')).toEqual(['a', 'b', 'c', 'd', 'e']);
    });
    write(configuration({ integrationsPath, integrations: bad }));
    expect((await runCommand(folder, ['start'])).code).toBe(2);
    write(configuration({ integrationsPath, strict: true, integrations: [bad[0], named('sound', {})] }));
    expect((await runCommand(folder, ['start'])).code).toBe(2);
    await using(start({ integrations: [entry()] }), async (framework) => {
      expect(await framework.runLine(1)).toMatch(/deleted 0$/);
      expect(await identifiersOf(framework, 'record')).toEqual(['a', 'b', 'c', 'd', 'e']);
    });
  });

  const resource = (kind: string, mappings: object, query = 'true'): object => ({ kind, selector: { query }, port: { entity: { mappings } } });
  const sound = { identifier: '.id', title: '.name', blueprint: '"record"', properties: { name: '.name' } };
  const note = resource('note', { ...sound, blueprint: '"note"' });

  it.each([
    ['selector', resource('record', sound, '.size ==')],
    ['identifier', resource('record', { ...sound, identifier: '.id |' })],
    ['blueprint', resource('record', { ...sound, blueprint: '"record' })],
  ])('mapping: selector, identifier or blueprint does not compile (%s)', async (field, broken) => {
    const before = await fill({ integrations: [entry({ mapping: { resources: [resource('record', sound), note] } })] });
    source.records.delete('a');
    source.notes.set('m', { id: 'm', name: 'a second note' });
    const mapping = { resources: [broken, note] };
    await using(start({ integrations: [entry({ mapping })] }), async (framework) => {
      await settled(framework);
      expect(framework.stderr()).toMatch(new RegExp(`mapping: resources\\[0\\]\\.\\S*${field}`));
      expect(await entitiesOf(framework, 'record')).toEqual(before);
      expect(await identifiersOf(framework, 'note')).toEqual(['m', 'n']);
    });
  });

  it('mapping: another field does not compile', async () => {
    await fill();
    const mapping = { resources: [resource('record', { ...sound, properties: { name: '.name |', size: '.size' } })] };
    write(configuration({ integrations: [entry({ mapping })] }));
    const validated = await runCommand(folder, ['validate']);
    expect(validated.stderr).toMatch(/MAPPING_EXPRESSION .*resources\[0\]\.\S*properties\.name:1:\d+: /);
    expect(validated.code).toBe(2);
    await using(start({ integrations: [entry({ mapping })] }), async (framework) => {
      expect((await settled(framework)).state).toBe('completed');
      expect(logOf(framework.stderr()).map((line) => line['msg'])).toContainEqual(expect.stringMatching(/mapping: resources\[0\]\.\S*properties\.name:1:\d+: /));
      const entities = await entitiesOf(framework, 'record');
      expect(entities.map(({ properties }) => properties)).toEqual(entities.map(() => ({ name: null, size: 1 })));
      expect(entities).toHaveLength(5);
    });
  });

  it('source answers 500 on a page after the retries', async () => {
    const before = await fill();
    source.records.delete('a');
    source.records.set('f', { id: 'f', name: 'new', size: 1 });
    const asked: string[] = [];
    await using(start({ integrations: [entry({ resync: { atStart: false }, http: { retries: 2 } })] }), async (framework) => {
      source.fault = (request) => {
        asked.push(request.url!);
        return request.url!.includes('after=c') ? { status: 500, body: '{"message":"out of order"}' } : undefined;
      };
      const run = await resync(framework, 'records');
      expect(run).toMatchObject({ state: 'failed', kinds: [{ kind: 'record', state: 'failed', reason: expect.stringMatching(/answered 500: out of order/), rows: { gone: 0 } }] });
      expect(asked).toEqual(['/records?after=', '/records?after=c', '/records?after=c', '/records?after=c']);
      expect(await entitiesOf(framework, 'record')).toEqual(before);
      expect((await framework.call('GET', '/-/check-up')).status).toBe(503);
      source.fault = undefined;
      expect(await resync(framework, 'records')).toMatchObject({ state: 'completed', kinds: [{ rows: { received: 5, gone: 1 } }] });
      expect(await identifiersOf(framework, 'record')).toEqual(['b', 'c', 'd', 'e', 'f']);
    });
  });

  it.each([401, 403])('source answers %i', async (status) => {
    const before = await fill();
    source.records.delete('a');
    await using(start({ integrations: [entry({ resync: { atStart: false }, http: { retries: 5 } })] }), async (framework) => {
      const pages = source.asked.pages;
      source.fault = () => ({ status });
      expect(await resync(framework, 'records')).toMatchObject({ state: 'failed', kinds: [{ state: 'failed', reason: expect.stringMatching(new RegExp(`refused our credentials \\(${status}.*check the settings`)) }] });
      expect(source.asked.pages).toBe(pages + 1);
      expect(await entitiesOf(framework, 'record')).toEqual(before);
    });
  });

  it('port taken', async () => {
    const before = await fill();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    try {
      write(configuration());
      const ended = await runCommand(folder, ['start'], { HTTP_PORT: String((other.address() as AddressInfo).port) });
      expect(ended.code).toBe(69);
      expect(ended.stderr).toMatch(/cannot listen on .*set HTTP_PORT/);
    } finally {
      other.close();
    }
    expect(await found()).toEqual(before);
  });

  it('data folder held by another live process', async () => {
    await using(start(), async (framework) => {
      await settled(framework);
      const ended = await runCommand(folder, ['start']);
      expect(ended.code).toBe(69);
      expect(ended.stderr).toContain(`in use by process ${framework.pid} at ${framework.url}; stop that process or set DATA_DIR`);
      expect((await framework.call('GET', '/health/ready')).status).toBe(200);
      expect(await resync(framework, 'records')).toMatchObject({ state: 'completed', kinds: [{ rows: { unchanged: 5 } }] });
    });
  });

  describe('store not reachable at start', () => {
    it('ends with 69 after 30 s', async () => {
      write(configuration({ mongodb: { url: 'mongodb://user:a-password@127.0.0.1:9/database' } }));
      const began = Date.now();
      const ended = await runCommand(folder, ['start']);
      const seconds = (Date.now() - began) / 1_000;
      expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: 69, stdout: '' });
      expect(ended.stderr).toMatch(/the store does not answer: /);
      expect(ended.stderr).not.toContain('a-password');
      expect(seconds).toBeGreaterThan(29);
      expect(seconds).toBeLessThan(45);
    });

    it('can be stopped while it waits', async () => {
      // Takes connections, and says nothing.
      let knocked = false;
      const sockets: Socket[] = [];
      const silent = createServer((socket) => {
        knocked = true;
        sockets.push(socket.on('error', () => undefined));
      });
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      write(configuration({ mongodb: { url: `mongodb://127.0.0.1:${(silent.address() as AddressInfo).port}/database` } }));
      const spawned = spawnFramework(folder, ['start']);
      await until('it connects', () => knocked);
      spawned.child.kill('SIGTERM');
      const ended = await spawned.ended;
      for (const socket of sockets) socket.destroy();
      silent.close();
      expect(ended.code).toBe(0);
    });
  });
});

describe('bad input of the portal', () => {
  let api: PortApi;
  const port = (): object => ({ baseUrl: api.url, ...api.credentials });
  const ready = async (framework: RunningFramework): Promise<number> => (await framework.call('GET', '/health/ready')).status;
  const ownNames = ['a', 'b', 'c', 'd', 'e'];

  beforeEach(async () => {
    api = await startPortApi();
  });
  afterEach(() => api.close());

  it('portal refuses the credentials at start', async () => {
    const before = await fill({ port: port() });
    api.refuse = 401;
    write(configuration({ port: port() }));
    const ended = await runCommand(folder, ['start']);
    expect(ended.code).toBe(4);
    expect(ended.stderr).toMatch(/the portal refused our credentials .*check port\.clientId and port\.clientSecret/);
    api.refuse = undefined;
    expect([...(await api.entities('record')).keys()].sort()).toEqual(ownNames);
    expect(await found()).toEqual(before);
  });

  it('portal cannot be reached at start: starts, ready is 503, tries on, the runs wait as queued, delivers when it is back', async () => {
    await api.leave();
    await using(start({ port: port() }), async (framework) => {
      expect((await framework.call('GET', '/health/live')).status).toBe(200);
      expect(await ready(framework)).toBe(503);
      const [first] = await until('the run of the start', async () => {
        const runs = await runsOf(framework);
        return runs.length > 0 && runs;
      });
      expect(await until('it waits', async () => (await runsOf(framework))[0]!.state === 'queued' && 'queued')).toBe('queued');
      expect(source.asked.pages).toBe(0);
      await api.comeBack();
      expect(await settled(framework)).toMatchObject({ runId: first!.runId, state: 'completed' });
      expect(await until('ready', async () => (await ready(framework)) === 200 && 200)).toBe(200);
      expect([...(await api.entities('record')).keys()].sort()).toEqual(ownNames);
    });
  });

  it.each([
    ['cannot be reached', async () => api.leave()],
    ['refuses the credentials', async () => void (api.refuse = 401)],
  ])('portal %s while running: ready is 503, runs with the mapping last read, stored rows are delivered when it is back, without a new run', async (_what, goAway) => {
    await using(start({ port: port() }), async (framework) => {
      await settled(framework);
      await until('ready', async () => (await ready(framework)) === 200);
      await goAway();
      source.records.set('f', { id: 'f', name: 'new', size: 1 });
      const asked = await framework.call('POST', '/api/v1/integrations/records/resync', {});
      expect(asked.status).toBe(202);
      await until('the catalog has it', async () => (await identifiersOf(framework, 'record')).includes('f'));
      await until('not ready', async () => (await ready(framework)) === 503);
      if (api.refuse === undefined) await api.comeBack();
      else api.refuse = undefined;
      await until('the portal has it', async () => (await api.entities('record')).has('f'));
      await until('ready', async () => (await ready(framework)) === 200);
      expect((await runsOf(framework)).map((run) => run.cause)).toEqual(['rest', 'start']);
      expect([...(await api.entities('record')).keys()].sort()).toEqual([...ownNames, 'f']);
    });
  });
});
