import { folderWith, runCommand, spawnFramework, startProcess, type Folder, type RunningFramework } from './framework-process';
import { identifiersOf, runsOf, settled } from './observe';
import { startPortApi } from './port-api';
import { ownIntegrations, startRecordsSource, type RecordsSource } from './records-source';
import { until } from './until';

let source: RecordsSource;
let folder: Folder;
/** Query of every page that was asked for. */
let asked: string[];
/** Ends a hold of the source. */
let release: () => void;

beforeEach(async () => {
  source = await startRecordsSource(5);
  for (let n = 10; n < 30; n++) source.records.set(`r${n}`, { id: `r${n}`, name: `name ${n}`, size: n });
  asked = [];
  source.fault = (request) => void asked.push(request.url!);
  folder = folderWith({ integrationsPath: ownIntegrations, integrations: [{ identifier: 'records', type: 'records', config: { url: source.url } }] });
});
afterEach(async () => {
  release?.();
  await source.close();
  folder.remove();
});

/** From this page on, counted from 1, the source keeps whoever asks waiting. */
function holdFrom(page: number): void {
  const gate = new Promise<void>((resolve) => (release = resolve));
  source.hold = () => (source.asked.pages < page ? Promise.resolve() : gate);
}
const letGo = (): void => {
  source.hold = undefined;
  release();
};
const statusOf = async (framework: RunningFramework, route: string, headers: Record<string, string> = {}): Promise<number> => (await framework.call('GET', route, undefined, headers)).status;

describe('a stop', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('by %s during a resync: exit 0 within the deadline; the next start resumes the same run and generation where it was', async (signal) => {
    holdFrom(3);
    const first = await startProcess(folder, { SHUTDOWN_GRACE_SECONDS: '20' });
    await until('the third page is asked for', () => source.asked.pages === 3);
    // Two pages are stored, and what they had is there already.
    await until('the second page is stored', async () => (await identifiersOf(first, 'record')).length === 10);
    const before = (await runsOf(first))[0]!;
    expect(before).toMatchObject({ state: 'running', cause: 'start' });
    const began = Date.now();
    process.kill(first.pid, signal);
    const ended = await first.ended;
    expect(ended.code).toBe(0);
    expect(Date.now() - began).toBeLessThan(20_000);
    expect(ended.stdout).not.toMatch(/completed|failed|aborted/);

    const second = await startProcess(folder);
    try {
      await until('the page in flight is asked for again', () => source.asked.pages === 4);
      const resumed = (await runsOf(second)).find((run) => run.state === 'running')!;
      expect(resumed).toMatchObject({ runId: before.runId, kinds: [{ generation: before.kinds[0]!.generation }] });
      letGo();
      await settled(second);
      const run = (await runsOf(second)).find((one) => one.runId === before.runId)!;
      expect(run).toMatchObject({ state: 'completed', kinds: [{ generation: before.kinds[0]!.generation, rows: { received: 20, stored: 20, gone: 0 } }] });
      // The page that was in flight is asked for twice, no other.
      expect(asked.slice(0, 5)).toEqual(['', 'r14', 'r19', 'r19', 'r24'].map((after) => `/records?after=${after}`));
      expect(await identifiersOf(second, 'record')).toHaveLength(20);
    } finally {
      await second.stop();
    }
  });

  it('waits for DELAY_SHUTDOWN_SECONDS after SIGTERM, not ready but serving; a second signal ends it at once', async () => {
    const framework = await startProcess(folder, { DELAY_SHUTDOWN_SECONDS: '120' });
    await settled(framework);
    expect(await statusOf(framework, '/health/ready')).toBe(200);
    process.kill(framework.pid, 'SIGTERM');
    await until('it says that it stops', async () => (await statusOf(framework, '/health/ready')) === 503);
    expect(await statusOf(framework, '/health/live')).toBe(200);
    expect(await identifiersOf(framework, 'record')).toHaveLength(20);
    process.kill(framework.pid, 'SIGTERM');
    expect((await framework.ended).code).toBe(3);
    // Its data folder is free.
    expect((await runCommand(folder, ['resync', 'records'])).stdout).toMatch(/created 0 updated 0 deleted 0/);
  });

  it('by SIGINT waits for nothing', async () => {
    const framework = await startProcess(folder, { DELAY_SHUTDOWN_SECONDS: '120' });
    await settled(framework);
    process.kill(framework.pid, 'SIGINT');
    expect((await framework.ended).code).toBe(0);
  });

  it('ends the process also where a connector heeds no signal and left a timer running', async () => {
    folder.write('config.yaml', JSON.stringify({ integrationsPath: ownIntegrations, integrations: [{ identifier: 'careless', type: 'careless', engage: true }] }));
    const framework = await startProcess(folder, { SHUTDOWN_GRACE_SECONDS: '3' });
    await until('it is engaged', async () => ((await framework.call('GET', '/api/v1/integrations/careless')).body as { engageState?: string }).engageState === 'ENGAGED');
    process.kill(framework.pid, 'SIGTERM');
    expect((await framework.ended).code).toBe(0);
  });

  it('of a command that resyncs here: exit 3, and the run goes on with the next one', async () => {
    holdFrom(2);
    const spawned = spawnFramework(folder, ['resync', 'records', '--once']);
    await until('the second page is asked for', () => source.asked.pages === 2);
    spawned.child.kill('SIGTERM');
    expect((await spawned.ended).code).toBe(3);
    letGo();
    const next = await runCommand(folder, ['resync', 'records', '--once']);
    expect(next.code).toBe(0);
    expect(asked[0]).toBe('/records?after=');
    expect(asked.filter((url) => url === '/records?after=r14').length).toBeGreaterThan(0);
  });

  it('while the portal is away loses nothing: the next process delivers what was stored', async () => {
    const api = await startPortApi();
    try {
      folder.write('config.yaml', JSON.stringify({ port: { baseUrl: api.url, ...api.credentials }, integrationsPath: ownIntegrations, integrations: [{ identifier: 'records', type: 'records', config: { url: source.url }, resync: { atStart: false } }] }));
      const first = await startProcess(folder);
      await until('ready', async () => (await statusOf(first, '/health/ready')) === 200);
      const learned = await first.call('POST', '/api/v1/integrations/records/resync', {});
      expect(learned.status).toBe(202);
      await settled(first);
      await api.leave();
      source.records.set('r30', { id: 'r30', name: 'new', size: 1 });
      await first.call('POST', '/api/v1/integrations/records/resync', {});
      await until('the catalog has it', async () => (await identifiersOf(first, 'record')).includes('r30'));
      expect((await first.stop()).code).toBe(0);
      await api.comeBack();
      const second = await startProcess(folder);
      await until('the portal has it', async () => (await api.entities('record')).has('r30'));
      expect(await api.entities('record')).toHaveProperty('size', 21);
      await second.stop();
    } finally {
      await api.close();
    }
  });
});

describe('who may call', () => {
  it('on loopback: whoever is on this machine, and nobody who is carried there', async () => {
    const framework = await startProcess(folder);
    try {
      const { hostname, port } = new URL(framework.url);
      expect(hostname).toBe('127.0.0.1');
      expect(await statusOf(framework, '/api/v1/runs')).toBe(200);
      expect(await statusOf(framework, '/api/v1/runs', { 'x-forwarded-for': '10.0.0.1' })).toBe(401);
      expect(await statusOf(framework, '/api/v1/runs', { forwarded: 'for=10.0.0.1' })).toBe(401);
      expect(await statusOf(framework, '/api/v1/runs', { origin: 'https://evil.example' })).toBe(403);
      expect((await framework.call('POST', '/api/v1/integrations/records/resync', '{}', { 'content-type': 'text/plain' })).status).toBe(415);
      expect(await statusOf(framework, '/api/v1/nothing')).toBe(404);
      const wrong = await framework.call('DELETE', '/api/v1/runs');
      expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
      expect(Number(port)).toBeGreaterThan(0);
    } finally {
      await framework.stop();
    }
  });

  it('on another address: who has the token; without one nobody, and a warning says so', async () => {
    // Loopback by another name: nobody else reaches it, and the rule of other addresses applies.
    const HTTP_ADDRESS = '::ffff:127.0.0.1';
    const open = await startProcess(folder, { HTTP_ADDRESS, DELAY_SHUTDOWN_SECONDS: '0' });
    expect(open.stderr()).toMatch(/API_TOKEN is not set/);
    expect([await statusOf(open, '/api/v1/runs'), await statusOf(open, '/health/live'), await statusOf(open, '/health/ready')]).toEqual([401, 200, 200]);
    await open.stop();
    const API_TOKEN = 'the-token-of-the-operators';
    const framework = await startProcess(folder, { HTTP_ADDRESS, API_TOKEN, DELAY_SHUTDOWN_SECONDS: '0' });
    try {
      expect([await statusOf(framework, '/api/v1/runs'), await statusOf(framework, '/api/v1/runs', { authorization: 'Bearer wrong' }), await statusOf(framework, '/api/v1/runs', { authorization: `Bearer ${API_TOKEN}` })]).toEqual([401, 401, 200]);
      // Commands use the same token.
      expect((await runCommand(folder, ['resync', 'records'], { API_TOKEN })).code).toBe(0);
      const refused = await runCommand(folder, ['resync', 'records'], { API_TOKEN: 'wrong' });
      expect(refused.code).toBe(1);
      expect(refused.stderr).toMatch(/401.*API_TOKEN/);
    } finally {
      await framework.stop();
    }
  });
});
