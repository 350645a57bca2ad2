import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { BlueprintName, NewElement } from '../../src/contract';
import { writeState, type Run } from '../../src/store';
import { until as untilTold } from '../e2e/until';
import { asset, part, startStage, type Stage, type ThirdParty } from './stage';

const until = (look: () => boolean | Promise<boolean>): Promise<boolean> => untilTold(look.toString(), look);

let stage: Stage;
afterEach(() => stage.stop());

const at = '/api/v1/integrations/pg';
type Shown = { state: string; status: string; instanceId: string | null; connectorId: string; paused: boolean; targets: { name: string; state: string; origin: string | null; status: string }[]; problems: { code: string; message: string; remedy: string }[]; failing: { code: string } | null; lastRun: { state: string } | null };
const shown = (): Promise<Shown> => stage.get<Shown>(at);
const runsOf = async (): Promise<readonly Run[]> => (await stage.get<{ runs: Run[] }>('/api/v1/runs?integration=pg')).runs;

/** A database for each target, named as it. */
const databases = (more: Partial<ThirdParty> = {}): ThirdParty => ({
  identifier: 'pg',
  services: ['database'],
  methods: (context) => ({
    async refresh(run) {
      await run.reconcile({ blueprint: 'database', source$: pages([[asset(`of-${run.target}`)]]) });
      void context;
    },
  }),
  ...more,
});
async function* pages(all: readonly (readonly NewElement<never>[])[]): AsyncGenerator<readonly NewElement<never>[]> {
  yield* all;
}

describe('what REST shows of a connector', () => {
  it('its members, those of its targets, and what fails as a problem', async () => {
    let broken = true;
    stage = await startStage([
      databases({
        connector: { group: 'databases', targets: [{ name: 'a' }, { name: 'b', direction: 'OTHER', connection: { endpoint: { address: 'h:1' } } }] },
        methods: () => ({
          async refresh(run) {
            if (run.target === 'a' && broken) throw new Error('it does not answer');
          },
          statistics: () => ({ asked: 2 }),
        }),
      }),
      { identifier: 'other', services: [], methods: () => ({}) },
    ]);
    await stage.run('pg');
    expect(await shown()).toMatchObject({
      identifier: 'pg',
      state: 'degraded',
      connectorId: 'pg',
      instanceId: null,
      group: 'databases',
      services: ['database'],
      status: 'DEGRADED',
      pollState: 'WAITING',
      engageState: 'OFF',
      endpointMode: 'none',
      direction: 'FROM_THIRD_PARTY',
      paused: false,
      failing: { message: 'the integration failed: it does not answer', attempts: 1 },
      statistics: { asked: 4 },
      lastSuccessAt: null,
      lastAttemptAt: expect.stringMatching(/Z$/) as string,
      problems: [{ severity: 'error', message: expect.stringMatching(/^target a: the integration failed: it does not answer \(since 2\S+Z\)$/) as string, path: 'integrations[0]' }],
      targets: [
        { name: 'a', origin: 'file', state: 'degraded', failing: { message: 'the integration failed: it does not answer' } },
        { name: 'b', origin: 'file', state: 'waiting', direction: 'OTHER', endpoint: { address: 'h:1' }, failing: null, instanceId: expect.any(String) as string },
      ],
    });
    broken = false;
    await stage.run('pg');
    expect(await shown()).toMatchObject({ state: 'waiting', failing: null, problems: [], lastSuccessAt: expect.any(String) as string });
    expect(await stage.get('/api/v1/integrations?limit=1')).toMatchObject({ integrations: [{ identifier: 'pg', status: 'WAITING' }] });
  });

  it('a run that is held makes it degraded, whatever its status', async () => {
    const elements = new Map<BlueprintName, NewElement<never>[]>([['database', [asset('a'), asset('b')]]]);
    stage = await startStage([{ identifier: 'pg', services: ['database'], elements }]);
    await stage.run('pg');
    elements.set('database', []);
    await stage.run('pg');
    expect(await shown()).toMatchObject({ state: 'degraded', status: 'WAITING', lastRun: { state: 'needs-release' } });
  });
});

describe('what was asked for while it was paused', () => {
  it('is one refresh with the one that its start wants', async () => {
    const causes: string[] = [];
    const party = databases({ entry: { resync: { atStart: true } }, methods: () => ({ refresh: async (run) => void causes.push(run.cause) }) });
    stage = await startStage([party]);
    await stage.run('pg');
    await stage.call('POST', `${at}/pause`);
    await stage.restart();
    await until(async () => (await shown()).status === 'WAITING');
    expect(await stage.call('POST', `${at}/resync`)).toMatchObject({ status: 202, body: { status: 'queued' } });
    causes.length = 0;
    await stage.call('POST', `${at}/resume`);
    await until(() => causes.length > 0);
    await until(async () => (await shown()).state === 'waiting');
    expect((await runsOf()).filter(({ state }) => state === 'queued' || state === 'running')).toEqual([]);
    expect(causes).toEqual(['rest']);
  });
});

describe('restart', () => {
  it('gives another instance id and the same connector id; the run in flight ends aborted, a queued one is kept', async () => {
    let holds = true;
    const began: string[] = [];
    stage = await startStage([
      databases({
        methods: () => ({
          async refresh(run) {
            began.push(run.runId);
            if (holds) await new Promise((_, reject) => run.signal.addEventListener('abort', () => reject(run.signal.reason), { once: true }));
          },
        }),
      }),
    ]);
    await until(async () => (await shown()).status === 'WAITING');
    const before = await shown();
    const first = await stage.call('POST', `${at}/resync`);
    expect(first).toMatchObject({ status: 202, body: { status: 'running' } });
    await until(() => began.length === 1);
    const second = await stage.call('POST', `${at}/resync`);
    expect(second).toMatchObject({ status: 202, body: { status: 'queued' } });
    holds = false;
    expect(await stage.call('POST', `${at}/restart`)).toEqual({ status: 202, body: { identifier: 'pg', targets: ['default'] } });
    await stage.flows.resync.settled(['pg']);
    expect((await runsOf()).map(({ runId, state }) => [runId, state])).toEqual([[second.body['runId'], 'completed'], [first.body['runId'], 'aborted']]);
    const after = await shown();
    expect(after.connectorId).toBe(before.connectorId);
    expect(after.instanceId).not.toBe(before.instanceId);
  });

  it('of one target leaves the others alone', async () => {
    stage = await startStage([databases({ connector: { targets: [{ name: 'a' }, { name: 'b' }] } })]);
    await until(async () => (await shown()).targets.every(({ state }) => state === 'waiting'));
    const instances = async (): Promise<readonly unknown[]> => (await stage.get<{ targets: { instanceId: string }[] }>(`${at}/targets`)).targets.map(({ instanceId }) => instanceId);
    const [a, b] = await instances();
    expect(await stage.call('POST', `${at}/restart?target=b`)).toMatchObject({ status: 202, body: { targets: ['b'] } });
    await until(async () => (await instances())[1] !== b);
    expect((await instances())[0]).toBe(a);
    expect(await stage.call('POST', `${at}/restart?target=c`)).toMatchObject({ status: 404, body: { code: 'TARGET_UNKNOWN', message: 'there is no target c in pg; it has a, b' } });
  });

  it('is refused where there is no connector; a failed one is set up anew by it, and asked nothing before', async () => {
    let broken = true;
    stage = await startStage([
      databases({
        connector: { maxFailures: 1 },
        methods: () => ({
          async start() {
            if (broken) throw new Error('it never works');
          },
        }),
      }),
    ]);
    await until(async () => (await shown()).state === 'failed');
    expect((await shown()).problems).toMatchObject([{ message: expect.stringMatching(/^the integration failed: it never works \(since 2\S+Z\)$/) as string, remedy: expect.stringMatching(/^mend the cause, then \S.* restart pg$/) as string }]);
    expect(await stage.call('POST', `${at}/resync`)).toMatchObject({ status: 409, body: { code: 'ENTRY_REFUSED', message: 'the entry pg is failed; nothing was started' } });
    broken = false;
    expect((await stage.call('POST', `${at}/restart`)).status).toBe(202);
    await until(async () => (await shown()).state === 'waiting');
    expect((await stage.call('POST', `${at}/resync`)).status).toBe(202);
  });
});

describe('pause', () => {
  it('ends nothing that runs, lets nothing begin, and is kept over a restart of the process', async () => {
    let holds = true;
    let release: () => void = () => undefined;
    let refreshes = 0;
    stage = await startStage([
      databases({
        methods: () => ({
          async refresh() {
            refreshes++;
            if (holds) await new Promise<void>((resolve) => (release = resolve));
          },
        }),
      }),
    ]);
    const { body } = await stage.call('POST', `${at}/resync`);
    await until(() => refreshes === 1);
    expect(await stage.call('POST', `${at}/pause`)).toEqual({ status: 202, body: { identifier: 'pg', paused: true } });
    expect(await shown()).toMatchObject({ state: 'paused', paused: true, nextRunAt: null });
    holds = false;
    release();
    expect(await stage.flows.resync.ended(body['runId'] as string)).toMatchObject({ state: 'completed' });
    expect(await shown()).toMatchObject({ pollState: 'OFF', engageState: 'OFF' });
    const asked = await stage.call('POST', `${at}/resync`);
    expect(asked).toMatchObject({ status: 202, body: { status: 'queued', joined: false } });
    expect((await stage.call('POST', `${at}/resync`)).body).toEqual({ ...asked.body, joined: true });

    await stage.restart();
    await until(async () => (await shown()).status === 'WAITING');
    expect(await shown()).toMatchObject({ state: 'paused', paused: true });
    expect((await runsOf())[0]).toMatchObject({ runId: asked.body['runId'], state: 'queued', startedAt: null });
    expect(refreshes).toBe(1);

    expect(await stage.call('POST', `${at}/resume`)).toEqual({ status: 202, body: { identifier: 'pg', paused: false } });
    expect(await stage.flows.resync.ended(asked.body['runId'] as string)).toMatchObject({ state: 'completed' });
    expect(refreshes).toBe(2);
    await stage.restart();
    await until(async () => (await shown()).state === 'waiting');
  });

  it('counts from when it is stored: a kill at once after the answer loses nothing', async () => {
    stage = await startStage([databases()]);
    await until(async () => (await shown()).status === 'WAITING');
    // As a kill leaves it, before the connector has kept it.
    await writeState(stage.framework.store.documents, 'entry-paused/pg', true);
    await stage.restart();
    await until(async () => (await shown()).status === 'WAITING');
    expect(await shown()).toMatchObject({ state: 'paused', paused: true, pollState: 'OFF', targets: [{ state: 'paused' }] });
  });

  it('holds the runs of an entry without a connector, too', async () => {
    let scans = 0;
    const kind = { name: 'thing', key: (row: unknown) => [(row as { id: string }).id], paging: 'stable', async *scan() { scans++; yield { rows: [{ id: '1' }], next: undefined }; } };
    const party: ThirdParty = {
      identifier: 'pg',
      services: [],
      integration: { connector: undefined, kinds: [kind] } as unknown as NonNullable<ThirdParty['integration']>,
      entry: { connector: undefined, defaultMapping: { resources: [{ kind: 'thing', selector: { query: 'true' }, port: { entity: { mappings: { identifier: '.id', blueprint: '"thing"' } } } }] } } as unknown as NonNullable<ThirdParty['entry']>,
    };
    stage = await startStage([party]);
    expect((await stage.call('POST', `${at}/pause`)).status).toBe(202);
    const { body } = await stage.call('POST', `${at}/resync`);
    expect(body).toMatchObject({ status: 'queued' });
    await stage.restart();
    const paused = await shown();
    expect(paused).toMatchObject({ state: 'paused', paused: true, lastRun: { state: 'queued' } });
    expect(paused).not.toHaveProperty('connectorId');
    expect(scans).toBe(0);
    expect((await stage.call('POST', `${at}/resume`)).status).toBe(202);
    expect(await stage.flows.resync.ended(body['runId'] as string)).toMatchObject({ state: 'completed' });
    expect(scans).toBe(1);
    expect(await shown()).not.toHaveProperty('paused');
    expect(await stage.call('POST', `${at}/restart`)).toMatchObject({ status: 409, body: { code: 'CONNECTOR_MISSING' } });
    expect(await stage.call('POST', `${at}/resync`, { targets: ['a'] })).toMatchObject({ status: 409, body: { code: 'CONNECTOR_MISSING' } });
    expect((await stage.call('POST', '/api/v1/integrations/nobody/pause')).status).toBe(404);
  });
});

describe('targets by REST', () => {
  const SECRET = 'planted-value-4f2';
  const settings = { password: { type: 'string', secret: true, description: '' }, depth: { type: 'integer', min: 1, description: '' } } as const;
  const seen: { target: string; password?: string }[] = [];
  const party = (): ThirdParty => ({
    ...databases(),
    integration: { settings, connector: ((deps: { target: { name: string; config?: { password?: { reveal(): string } } } }) => {
      const password = deps.target.config?.password?.reveal();
      seen.push({ target: deps.target.name, ...(password !== undefined && { password }) });
      return databases().methods!(() => undefined as never, undefined as never);
    }) as never },
  });

  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'targets-'));
    file = path.join(folder, 'password');
    fs.writeFileSync(file, SECRET);
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  it('is set up, refreshed, kept over a restart, removed again: then its elements stay, and it is shown as orphaned', async () => {
    seen.length = 0;
    stage = await startStage([party()]);
    await stage.run('pg');
    const given = { name: 'extra', config: { password: { fromFile: file }, depth: 2 }, connection: { endpoint: { address: 'db:5432' } } };
    expect(await stage.call('POST', `${at}/targets`, given)).toEqual({ status: 202, body: { name: 'extra', result: 'added' } });
    await until(async () => (await stage.catalog('database')).has('of-extra'));
    expect(seen.at(-1)).toEqual({ target: 'extra', password: SECRET });
    expect(await stage.call('POST', `${at}/targets`, given)).toMatchObject({ body: { result: 'unchanged' } });
    expect((await runsOf()).find(({ cause }) => cause === 'target')).toBeDefined();
    // The same password by another reference is another target.
    fs.copyFileSync(file, `${file}-2`);
    expect(await stage.call('POST', `${at}/targets`, { ...given, config: { ...given.config, password: { fromFile: `${file}-2` } } })).toMatchObject({ body: { result: 'changed' } });
    await until(() => seen.filter(({ target }) => target === 'extra').length === 2);

    seen.length = 0;
    await stage.restart();
    await until(async () => (await shown()).targets.every(({ status }) => status === 'WAITING'));
    expect(seen).toContainEqual({ target: 'extra', password: SECRET });
    const text = JSON.stringify([await stage.get(at), await stage.get(`${at}/targets`), await stage.framework.store.documents.list('state', { limit: 100 }), stage.log.lines]);
    expect(text).toContain('db:5432');
    expect(text).not.toContain(SECRET);
    expect(await stage.call('POST', `${at}/resync`, { targets: ['extra', 'nothing'] })).toMatchObject({ status: 404, body: { code: 'TARGET_UNKNOWN' } });
    const asked = await stage.call('POST', `${at}/resync`, { targets: ['extra'] });
    expect(await stage.flows.resync.ended(asked.body['runId'] as string)).toMatchObject({ state: 'completed', targets: ['extra'] });

    expect((await stage.call('DELETE', `${at}/targets/extra`, {})).status).toBe(204);
    await stage.run('pg');
    expect([...(await stage.catalog('database')).keys()].sort()).toEqual(['of-default', 'of-extra']);
    const targets = async (): Promise<unknown> => (await stage.get<{ targets: Shown['targets'] }>(`${at}/targets`)).targets.map(({ name, state, origin }) => [name, state, origin]);
    expect(await targets()).toEqual([['default', 'waiting', 'file'], ['extra', 'orphaned', null]]);
    await stage.restart();
    await until(async () => (await shown()).status === 'WAITING');
    expect(await targets()).toEqual([['default', 'waiting', 'file'], ['extra', 'orphaned', null]]);
    expect((await stage.call('DELETE', `${at}/targets/extra`, {})).status).toBe(404);
  });

  it('one whose reference leads nowhere after a restart is shown as wrong, and is there again when it does', async () => {
    stage = await startStage([party()]);
    expect((await stage.call('POST', `${at}/targets`, { name: 'extra', config: { password: `file:${file}` } })).status).toBe(202);
    fs.rmSync(file);
    await stage.restart();
    await until(async () => (await shown()).status === 'WAITING');
    expect((await shown()).targets).toMatchObject([{ name: 'default' }, { name: 'extra', origin: 'rest', state: 'config-failed', failing: { code: 'SECRET_MISSING', message: `target.config.password: the file ${file} cannot be read (ENOENT); create it, or correct the path` } }]);
    expect((await shown()).problems).toMatchObject([{ code: 'SECRET_MISSING' }]);
    fs.writeFileSync(file, SECRET);
    await stage.restart();
    await until(async () => (await shown()).targets.find(({ name }) => name === 'extra')?.status === 'WAITING');
  });

  it('is refused with one clear message', async () => {
    stage = await startStage([party()]);
    await until(async () => (await shown()).status === 'WAITING');
    const refused = async (given: object): Promise<readonly unknown[]> => {
      const { status, body } = await stage.call('POST', `${at}/targets`, given);
      return [status, body['code'], body['message']];
    };
    expect(await refused({ name: 'default' })).toEqual([409, 'TARGET_NAME_TAKEN', 'the target default is there already, by the file; choose another name']);
    expect(await refused({ name: '~' })).toEqual([400, 'TARGET_INVALID', 'target.name must be a name without control characters, other than ~; correct it']);
    expect(await refused({ name: 'x', conection: {} })).toEqual([400, 'TARGET_INVALID', "unknown key 'conection' in target; did you mean 'connection'?"]);
    expect(await refused({ name: 'x', config: { dept: 1 } })).toEqual([400, 'TARGET_INVALID', "unknown key 'dept' in target.config; did you mean 'depth'?"]);
    expect(await refused({ name: 'x', config: { depth: 0 } })).toEqual([400, 'TARGET_INVALID', 'target.config.depth is 0; write at least 1']);
    expect(await refused({ name: 'x', config: { password: SECRET } })).toEqual([400, 'TARGET_INVALID', 'target.config.password holds a secret in plain text; write { fromEnv: NAME } or { fromFile: PATH }']);
    expect(await refused({ name: 'x', config: { depth: { fromEnv: 'HOME' } } })).toEqual([400, 'TARGET_INVALID', 'target.config.depth must be a whole number, not an object; write a whole number']);
    expect(await refused({ name: 'x', entity: 'e', connection: {} })).toEqual([400, 'TARGET_INVALID', 'target has both entity and connection; write the entity that it stands for, or how it is reached']);
    // What is no secret is shown, so it is taken as it is written.
    expect((await stage.call('POST', `${at}/targets`, { name: 'x', connection: { endpoint: { address: '${HOME}' } } })).status).toBe(202);
    expect(JSON.stringify(await stage.get(`${at}/targets`))).toContain('"${HOME}"');
    expect((await stage.call('POST', `${at}/targets`, {})).status).toBe(400);
    expect(await stage.call('DELETE', `${at}/targets/default`, {})).toMatchObject({ status: 409, body: { code: 'TARGET_FIXED' } });
    expect((await stage.call('DELETE', `${at}/targets/nothing`, {})).status).toBe(404);
    expect((await stage.call('POST', '/api/v1/integrations/nobody/targets', { name: 'x' })).status).toBe(404);
  });
});

it('what people do to connectors is in the audit log', async () => {
  stage = await startStage([databases()]);
  await until(async () => (await shown()).status === 'WAITING');
  const bodyless = ['pause', 'resume', 'restart'];
  for (const word of bodyless) expect((await stage.call('POST', `${at}/${word}`)).status).toBe(202);
  await stage.call('POST', `${at}/targets`, { name: 'extra' });
  await stage.call('POST', `${at}/targets`, { name: 'extra', onMissing: 'none' });
  await stage.call('DELETE', `${at}/targets/extra`, {});
  const told = async (): Promise<readonly string[]> => (await stage.get<{ records: { messageId: string }[] }>('/api/v1/audit?integration=pg&limit=1000')).records.map(({ messageId }) => messageId).reverse();
  const expected = ['RUNTIME-0113', 'RUNTIME-0114', 'RUNTIME-0107', 'TARGETS-0001', 'TARGETS-0002', 'TARGETS-0003'].map((id) => `INTEGRATION-${id}`);
  await until(async () => (await told()).includes(expected.at(-1)!));
  expect((await told()).filter((id) => expected.includes(id))).toEqual(expected);
});

describe('zones by REST', () => {
  const all = async (query: string): Promise<readonly string[]> => {
    const found: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const { body } = await stage.call('GET', `/api/v1/entities?${query}${cursor === undefined ? '' : `&cursor=${cursor}`}`);
      const page = body as { entities: { identifier: string }[]; next: string | null };
      found.push(...page.entities.map(({ identifier }) => identifier));
      cursor = page.next;
    }
    return found;
  };

  it('only what the zone shows: not before publish, after it, not after withdraw; parts follow their asset', async () => {
    const elements = new Map<BlueprintName, NewElement<never>[]>([
      ['database', Array.from({ length: 5 }, (_, index) => asset(`d${index}`))],
      ['databaseSchema', [asset('s', {}, { parent: { blueprint: 'database', identifier: 'd3' } })]],
      ['table', [part('t', {}, { parent: { blueprint: 'databaseSchema', identifier: 's' } })]],
    ]);
    const party: ThirdParty = { identifier: 'pg', services: ['database'], elements, connector: { zones: { default: ['quarantine'], publish: ['lake'], visible: [] } } };
    stage = await startStage([party]);
    await stage.run('pg');
    await stage.catalog('table');
    const inLake = (query = ''): Promise<readonly string[]> => all(`zone=lake&limit=1${query}`);
    const one = async (blueprint: string, identifier: string): Promise<number> => (await stage.call('GET', `/api/v1/entities/${blueprint}/${identifier}?zone=lake`)).status;
    expect(await inLake()).toEqual([]);
    expect(await all('zone=quarantine&limit=2')).toEqual(['d0', 'd1', 'd2', 'd3', 'd4', 's', 't']);
    expect(await all('limit=3')).toHaveLength(7);

    const { zones } = stage.context('pg');
    for (const identifier of ['d1', 'd3']) await zones.publish({ blueprint: 'database', identifier });
    await zones.publish({ blueprint: 'databaseSchema', identifier: 's' });
    await stage.catalog('database');
    expect(await inLake()).toEqual(['d1', 'd3', 's', 't']);
    expect(await inLake('&blueprint=database')).toEqual(['d1', 'd3']);
    expect([await one('database', 'd1'), await one('database', 'd0'), await one('table', 't')]).toEqual([200, 404, 200]);
    expect((await stage.call('GET', '/api/v1/entities/database/d0')).status).toBe(200);

    await zones.withdraw({ blueprint: 'databaseSchema', identifier: 's' });
    await stage.catalog('database');
    expect(await inLake()).toEqual(['d1', 'd3']);
    expect(await one('table', 't')).toBe(404);
    // At once, before the catalog has it.
    await stage.call('POST', '/api/v1/pipelines/pg/pause');
    await zones.withdraw({ blueprint: 'database', identifier: 'd1' });
    expect((await stage.get<{ properties: object }>('/api/v1/entities/database/d1')).properties).toMatchObject({ zoneMembership: ['lake'] });
    expect([await inLake(), await one('database', 'd1')]).toEqual([['d3'], 404]);
    await stage.call('POST', '/api/v1/pipelines/pg/resume');
    await zones.publish({ blueprint: 'database', identifier: 'd1' });
    await stage.catalog('database');
    // An entry that left the file: what the catalog says counts.
    await stage.restart([{ identifier: 'another', services: ['database'] }]);
    expect(await inLake()).toEqual(['d1', 'd3']);
    expect(await all('zone=quarantine')).toEqual(['d0', 'd2', 'd4', 's', 't']);
  });
});
