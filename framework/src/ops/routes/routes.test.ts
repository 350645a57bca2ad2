import { FrameworkError } from '../../contract';
import type { Run } from '../../store';
import { signCall } from '../test/sign-call';
import { fillBranches, fillDeadLetter, fillRun } from '../test/fill';
import { serve, type Answered, type Served, type ServeOptions } from '../test/serve';

// Each answer is also held against the route table (test/serve.ts): a status or member that is not declared fails the test.

let served: Served;
const start = async (options?: ServeOptions): Promise<Served['call']> => {
  served = await serve(options);
  return served.call;
};
afterEach(() => served?.close());

const post = { method: 'POST' };

/** All pages of a list, `limit` items each. */
async function walk(path: string, noun: string, limit = 2): Promise<Answered['body'][]> {
  const items: unknown[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { status, body } = await served.call(`${path}${path.includes('?') ? '&' : '?'}limit=${limit}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
    expect(status).toBe(200);
    expect(body[noun].length).toBeLessThanOrEqual(limit);
    items.push(...body[noun]);
    cursor = body.next;
  }
  return items;
}

describe('health', () => {
  it('says what it is at both paths of each probe', async () => {
    const call = await start();
    const about = { name: 'integration-framework', version: '0.1.0' };
    for (const path of ['/health/live', '/-/healthz']) expect(await call(path)).toMatchObject({ status: 200, body: { status: 'OK', ...about } });
    for (const path of ['/health/ready', '/-/ready']) {
      expect((await call(path)).body).toEqual({ status: 'OK', ...about, checks: { store: 'ok', portal: 'ok', trigger: 'ok' } });
    }
  });

  it('is not ready when a part is not, and says which and why', async () => {
    const call = await start({ runtime: { readiness: async () => ({ store: { ok: true }, portal: { ok: false, detail: 'the portal cannot be reached' }, trigger: { ok: false } }) } });
    expect(await call('/health/ready')).toMatchObject({ status: 503, body: { status: 'KO', checks: { store: 'ok', portal: 'the portal cannot be reached', trigger: 'not ok' } } });
  });

  it('is not ready when a check throws, and tells nothing of it', async () => {
    const call = await start({ runtime: { readiness: () => Promise.reject(new Error('mongodb://user:hunter2@host')) } });
    const answer = await call('/health/ready');
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain('hunter2');
  });

  it('answers the probe though a check hangs', async () => {
    const call = await start({ runtime: { readiness: () => new Promise(() => undefined) } });
    expect(await call('/health/ready')).toMatchObject({ status: 503, body: { checks: { store: 'no answer within 900 ms' } } });
  });

  it('tells the state of sources and sinks, 503 when one is down', async () => {
    const call = await start();
    expect(await call('/-/check-up')).toMatchObject({
      status: 200,
      body: { status: 'OK', sources: [{ integration: 'first', state: 'up', lastSuccessAt: '2026-01-01T00:00:00.000Z', backlog: 0 }], sinks: [{ pipeline: 'first', sink: 'catalog', state: 'up', backlog: 3 }] },
    });
    await served.close();
    const sick = await start({ runtime: { sources: async () => [{ integration: 'first', state: 'down', error: 'connection refused', backlog: 2 }] } });
    expect(await sick('/-/check-up')).toMatchObject({ status: 503, body: { status: 'KO', sources: [{ state: 'down', error: 'connection refused', lastSuccessAt: null }] } });
  });

  it('links from / to what is there', async () => {
    const call = await start();
    const { links } = (await call('/')).body;
    for (const path of Object.values<string>(links)) expect((await call(path)).status).toBe(200);
  });
});

describe('integrations', () => {
  it('are listed by page, and read one by one', async () => {
    const call = await start();
    expect((await walk('/api/v1/integrations', 'integrations')).map((one) => one.identifier)).toEqual(['first', 'second', 'broken']);
    expect((await call('/api/v1/integrations/first')).body).toEqual({
      identifier: 'first',
      type: 'git',
      version: '1.0.0',
      state: 'waiting',
      kinds: ['branch'],
      nextRunAt: '2026-01-02T00:00:00.000Z',
      lastRun: null,
      problems: [],
      webhookPath: '/git/webhook',
      pipelines: ['first'],
    });
    expect((await call('/api/v1/integrations/broken')).body).toMatchObject({ version: null, nextRunAt: null, problems: [{ line: 12, code: 'CONFIG_ENUM' }] });
    expect((await call('/api/v1/integrations/third')).status).toBe(404);
  });

  it.each(['resync', 'refresh', 'import'])('start a run by %s, stored before the answer; the next requests are one follow-up', async (word) => {
    const call = await start();
    const path = `/api/v1/integrations/first/${word}`;
    const first = await call(path, { ...post, body: { kinds: ['branch'], force: true } });
    expect(first).toMatchObject({ status: 202, body: { status: 'running', joined: false } });
    expect(await served.store.documents.get<Run>('runs', first.body.runId)).toMatchObject({ integration: 'first', cause: 'rest', only: ['branch'], force: true });
    const second = await call(path, post);
    expect(second.body).toMatchObject({ status: 'queued', joined: false });
    expect((await call(path, post)).body).toEqual({ runId: second.body.runId, status: 'queued', joined: true });
  });

  it('refuse what cannot run', async () => {
    const call = await start();
    expect(await call('/api/v1/integrations/third/resync', post)).toMatchObject({ status: 404, body: { code: 'ENTRY_UNKNOWN' } });
    expect(await call('/api/v1/integrations/broken/resync', post)).toMatchObject({ status: 409, body: { error: 'Conflict', code: 'ENTRY_REFUSED' } });
  });

  it('start several at once: those named, else all that can run', async () => {
    const call = await start();
    const all = await call('/api/v1/integrations/resync', post);
    expect(all).toMatchObject({ status: 202, body: { runs: [{ identifier: 'first', joined: false }, { identifier: 'second', joined: false }] } });
    const one = await call('/api/v1/integrations/resync', { ...post, body: { identifiers: ['second', 'second'] } });
    expect(one.body.runs).toEqual([{ identifier: 'second', runId: expect.any(String), status: 'queued', joined: false }]);
  });

  it('start none when one of several is refused', async () => {
    const call = await start();
    expect((await call('/api/v1/integrations/resync', { ...post, body: { identifiers: ['first', 'broken'] } })).status).toBe(409);
    expect((await call('/api/v1/integrations/resync', { ...post, body: { identifiers: ['first', 'third'] } })).status).toBe(404);
    expect(await walk('/api/v1/runs', 'runs')).toEqual([]);
  });
});

describe('runs', () => {
  it('are listed newest first, also those of one instant, each once', async () => {
    await start();
    const at = Date.UTC(2026, 0, 1);
    const ids: string[] = [];
    for (const [index, offset] of [0, 0, 0, 1, 2, 2, 2, 2, 3].entries()) ids.push(await fillRun(served.store, { integration: `entry-${index}`, state: 'completed', at: at + offset }));
    for (const limit of [1, 2, 3, 100]) {
      const runs = await walk('/api/v1/runs', 'runs', limit);
      expect(runs.map((run) => run.runId).sort()).toEqual([...ids].sort());
      expect(runs.map((run) => Date.parse(run.requestedAt) - at)).toEqual([3, 2, 2, 2, 2, 1, 0, 0, 0]);
    }
  });

  it('are filtered by integration and state', async () => {
    await start();
    await fillRun(served.store, { integration: 'first', state: 'completed' });
    const failed = await fillRun(served.store, { integration: 'second', state: 'failed' });
    expect((await walk('/api/v1/runs?integration=second', 'runs')).map((run) => run.runId)).toEqual([failed]);
    expect((await walk('/api/v1/runs?state=failed', 'runs')).map((run) => run.runId)).toEqual([failed]);
    expect(await walk('/api/v1/runs?integration=first&state=failed', 'runs')).toEqual([]);
  });

  it('show what section 8 names, and nothing that only a resume needs', async () => {
    const call = await start();
    const runId = await fillRun(served.store, { integration: 'first', state: 'needs-release' });
    const { body } = await call(`/api/v1/runs/${runId}`);
    expect(body).toEqual({
      runId,
      integration: 'first',
      cause: 'start',
      state: 'needs-release',
      requestedAt: '2026-01-01T00:00:00.000Z',
      startedAt: '2026-01-01T00:00:00.000Z',
      endedAt: '2026-01-01T00:00:01.000Z',
      kinds: [{ kind: 'branch', state: 'needs-release', generation: 1, rows: expect.objectContaining({ received: 1 }), resources: [], guard: { candidates: 12, alive: 20, rule: 'share' } }],
      error: 'one kind is held',
    });
    expect(await call('/api/v1/runs/none')).toMatchObject({ status: 404, body: { code: 'RUN_UNKNOWN' } });
  });

  it('are released and cancelled: 202, 404, 409', async () => {
    const asked: string[] = [];
    const call = await start({ runtime: { release: async (run) => (asked.push(run), asked.length === 1), cancel: async () => false } });
    const runId = await fillRun(served.store, { integration: 'first', state: 'needs-release' });
    expect(await call(`/api/v1/runs/${runId}/release`, post)).toMatchObject({ status: 202, body: { runId } });
    expect(await call(`/api/v1/runs/${runId}/release`, post)).toMatchObject({ status: 409, body: { code: 'RUN_NOT_HELD', message: expect.stringContaining('needs-release') } });
    expect(await call(`/api/v1/runs/${runId}/cancel`, post)).toMatchObject({ status: 409, body: { code: 'RUN_NOT_RUNNING', message: 'the run is needs-release, not running' } });
    expect((await call('/api/v1/runs/none/release', post)).status).toBe(404);
    expect((await call('/api/v1/runs/none/cancel', post)).status).toBe(404);
    expect(asked).toEqual([runId, runId]);
  });
});

describe('catalog', () => {
  it('lists blueprints with their counts', async () => {
    await start();
    await fillBranches(served.store, ['main', 'dev']);
    expect(await walk('/api/v1/blueprints', 'blueprints')).toEqual([{ identifier: 'gitBranch', count: 2 }]);
  });

  it('lists entities, by page and by filter', async () => {
    const call = await start();
    await fillBranches(served.store, ['main', 'dev', 'feature/a b']);
    expect((await walk('/api/v1/entities', 'entities')).map((entity) => entity.identifier).sort()).toEqual(['repo/dev', 'repo/feature/a b', 'repo/main']);
    expect((await walk('/api/v1/entities?blueprint=gitBranch&integration=first&kind=branch&q=FEATURE', 'entities')).map((entity) => entity.title)).toEqual(['feature/a b']);
    expect(await walk('/api/v1/entities?blueprint=gitTag', 'entities')).toEqual([]);
    expect((await call('/api/v1/entities?q=')).status).toBe(400);
  });

  it('gives one entity as the document is, every digit kept', async () => {
    const call = await start();
    await fillBranches(served.store, ['feature/a b']);
    const answer = await call(`/api/v1/entities/gitBranch/${encodeURIComponent('repo/feature/a b')}`);
    expect(answer.body).toMatchObject({
      _id: 'repo/feature/a b',
      identifier: 'repo/feature/a b',
      blueprint: 'gitBranch',
      integration: 'first',
      kind: 'branch',
      title: 'feature/a b',
      icon: null,
      team: ['core'],
      relations: { repository: 'repo' },
      updatedAt: '2026-01-01T00:00:00.000Z',
    });
    expect(answer.text).toContain('"size":12345678901234567890');
    expect((await call('/api/v1/entities/gitBranch/none')).status).toBe(404);
  });
});

describe('rows', () => {
  it('are listed over all integrations, by page and by filter', async () => {
    await start();
    await fillBranches(served.store, ['a', 'b', 'c'], 'first');
    await fillBranches(served.store, ['d', 'e'], 'second/with slash');
    const keys = async (path: string): Promise<string[]> => (await walk(path, 'rows')).map((row) => row.key);
    expect(await keys('/api/v1/rows')).toEqual(['repo/a', 'repo/b', 'repo/c', 'repo/d', 'repo/e']);
    expect(await keys('/api/v1/rows?integration=first&kind=branch')).toEqual(['repo/a', 'repo/b', 'repo/c']);
    expect(await keys('/api/v1/rows?kind=tag')).toEqual([]);
    expect(await keys('/api/v1/rows?integration=none')).toEqual([]);
  });

  it('show what they were mapped to', async () => {
    const call = await start();
    await fillBranches(served.store, ['feature/a b']);
    const key = 'repo/feature%2Fa%20b';
    const answer = await call(`/api/v1/rows/first/branch/${encodeURIComponent(key)}`);
    expect(answer.body).toMatchObject({
      _id: `first/branch/${key}`,
      key,
      row: { name: 'feature/a b' },
      gone: false,
      by: 'run',
      seen: 1,
      mapped: { mapping: 'm' },
      outputs: [{ pipeline: 'first', resource: 0, entity: { blueprint: 'gitBranch', identifier: 'repo/feature/a b' }, sinks: [{ sink: 'catalog', delivered: false, at: null }] }],
    });
    expect(answer.text).toContain('12345678901234567890');
  });

  it('are found by their key as it is listed, and as one segment', async () => {
    const call = await start();
    await fillBranches(served.store, ['main', 'feature/a b']);
    for (const { key } of await walk('/api/v1/rows', 'rows')) {
      for (const path of [key, encodeURIComponent(key)]) expect((await call(`/api/v1/rows/first/branch/${path}`)).body).toMatchObject({ key });
    }
    for (const path of ['repo', 'repo/none', 'repo%2Fnone']) expect((await call(`/api/v1/rows/first/branch/${path}`)).status).toBe(404);
  });

  it('show tombstones', async () => {
    const call = await start();
    await fillBranches(served.store, ['main']);
    await served.store.rows.buryAll('first', { limit: 10, at: Date.UTC(2026, 0, 3) });
    expect((await call('/api/v1/rows/first/branch/repo/main')).body).toMatchObject({ gone: true, row: null, goneAt: '2026-01-03T00:00:00.000Z' });
  });
});

describe('dead letters', () => {
  it('are listed without payload, by page and by filter, and read with it', async () => {
    const call = await start();
    const first = await fillDeadLetter(served.store, { integration: 'first', code: 'SINK_REFUSED', payload: '{"big":12345678901234567890}' });
    const second = await fillDeadLetter(served.store, { integration: 'second', code: 'TOO_LARGE' });
    const third = await fillDeadLetter(served.store, { integration: 'second', code: 'UNREADABLE', payload: 'no <json>' });
    expect((await walk('/api/v1/dead-letters', 'deadLetters')).map((letter) => letter.id)).toEqual([first, second, third]);
    expect((await walk('/api/v1/dead-letters?integration=second&pipeline=second&stage=sink&code=TOO_LARGE', 'deadLetters')).map((letter) => letter.id)).toEqual([second]);
    expect((await walk('/api/v1/dead-letters', 'deadLetters'))[0]).not.toHaveProperty('payload');
    expect((await call(`/api/v1/dead-letters/${first}`)).text).toContain('"payload":{"big":12345678901234567890}');
    expect((await call(`/api/v1/dead-letters/${second}`)).body).toMatchObject({ payload: null, attempts: 1, firstAt: '2026-01-01T00:00:00.000Z' });
    expect((await call(`/api/v1/dead-letters/${third}`)).body.payload).toBe('no <json>');
    for (const n of ['99', 'x', '-1', '1.5']) expect((await call(`/api/v1/dead-letters/${n}`)).status).toBe(404);
  });

  it('are discarded', async () => {
    const call = await start();
    const id = await fillDeadLetter(served.store, { integration: 'first', code: 'SINK_REFUSED' });
    expect(await call(`/api/v1/dead-letters/${id}`, { method: 'DELETE' })).toMatchObject({ status: 204, text: '' });
    expect((await call(`/api/v1/dead-letters/${id}`, { method: 'DELETE' })).status).toBe(404);
  });

  it('are replayed, one or all that match', async () => {
    const asked: unknown[] = [];
    const call = await start({ runtime: { replay: async (selection) => (asked.push(selection), 3) } });
    const id = await fillDeadLetter(served.store, { integration: 'first', code: 'SINK_REFUSED' });
    expect(await call(`/api/v1/dead-letters/${id}/replay`, post)).toMatchObject({ status: 202, body: { replayed: 3 } });
    expect((await call('/api/v1/dead-letters/99/replay', post)).status).toBe(404);
    expect((await call('/api/v1/dead-letters/replay', { ...post, body: { integration: 'first', stage: 'sink' } })).body).toEqual({ replayed: 3 });
    expect((await call('/api/v1/dead-letters/replay', post)).status).toBe(202);
    expect((await call('/api/v1/dead-letters/replay', { ...post, body: { stage: 'nowhere' } })).status).toBe(400);
    expect(asked).toEqual([{ id }, { integration: 'first', stage: 'sink' }, {}]);
  });
});

describe('pipelines', () => {
  it('tell state, backlog, lag and counters', async () => {
    await start();
    const [pipeline] = await walk('/api/v1/pipelines', 'pipelines');
    expect(pipeline).toMatchObject({ name: 'first', state: 'running', backlog: 3, held: 1, sinks: [{ sink: 'catalog', state: 'up', counters: { delivered: 4 } }] });
    expect(pipeline.lagSeconds).toBeGreaterThanOrEqual(60);
  });

  it('are paused and resumed', async () => {
    const call = await start();
    expect(await call('/api/v1/pipelines/first/pause', post)).toMatchObject({ status: 202, body: { name: 'first', state: 'paused' } });
    expect(await call('/api/v1/pipelines/first/resume', post)).toMatchObject({ status: 202, body: { name: 'first', state: 'running' } });
    expect((await call('/api/v1/pipelines/none/pause', post)).status).toBe(404);
    expect((await call('/api/v1/pipelines/none/resume', post)).status).toBe(404);
  });
});

describe('configuration', () => {
  it('gives its schema, and the problems of one that is sent', async () => {
    const call = await start();
    expect((await call('/api/v1/config/schema')).body).toEqual({ type: 'object' });
    expect((await call('/api/v1/config/validate', { ...post, body: { integrations: [] } })).body).toEqual({ problems: [] });
    expect((await call('/api/v1/config/validate', { ...post, body: {} })).body.problems).toMatchObject([{ code: 'CONFIG_REQUIRED', remedy: 'add one' }]);
  });
});

describe('the trigger WEBHOOK', () => {
  const change = { context: { integrationId: 'second' } };

  it('takes the secret as last segment, as bearer, or a signature', async () => {
    const call = await start();
    const body = JSON.stringify(change);
    for (const [path, headers] of [
      ['/resync/first/trigger-secret', {}],
      ['/resync/first', { Authorization: 'Bearer trigger-secret' }],
      ['/resync/first', signCall(body, 'client-secret')],
    ] as const) {
      const answer = await call(path, { ...post, headers, body });
      expect(answer).toMatchObject({ status: 202, body: { runs: [{ identifier: 'first', runId: expect.any(String) }] } });
    }
    expect((await walk('/api/v1/runs', 'runs')).map((run) => run.cause)).toEqual(['webhook', 'webhook']);
  });

  it('takes the entry that the message names, else all; a body that is no JSON counts as empty', async () => {
    const call = await start();
    const headers = { Authorization: 'Bearer trigger-secret' };
    const runs = async (body?: unknown): Promise<string[]> => (await call('/resync', { ...post, headers, body })).body.runs.map((run: { identifier: string }) => run.identifier);
    expect(await runs(change)).toEqual(['second']);
    expect(await runs({ diff: { after: { identifier: 'first' } } })).toEqual(['first']);
    for (const body of [undefined, '{}', 'no json', '[]', { context: null, diff: { after: null } }]) expect(await runs(body)).toEqual(['first', 'second']);
    expect((await call('/resync', { ...post, headers, body: { context: { integrationId: 'third' } } })).status).toBe(404);
    expect((await call('/resync/third', { ...post, headers })).status).toBe(404);
  });

  it.each([
    ['/resync', {}],
    ['/resync/first', { Authorization: 'Bearer wrong' }],
    ['/resync/first/wrong', {}],
    ['/resync/third/wrong', {}],
    ['/resync/first', signCall('{}', 'wrong-secret')],
    ['/resync/first', signCall('{"a":1}', 'client-secret')],
    ['/resync/first', signCall('{}', 'client-secret', -6 * 60)],
  ])('refuses %s with %j: 401, nothing is started, nothing is told', async (path, headers) => {
    const call = await start();
    const answer = await call(path, { ...post, headers, body: '{}' });
    expect(answer).toMatchObject({ status: 401, body: { error: 'Unauthorized', code: 'NOT_AUTHENTICATED', message: 'invalid or missing credentials' } });
    expect(await walk('/api/v1/runs', 'runs')).toEqual([]);
    expect((await call('/metrics')).text).toContain('if_auth_failures_total 1');
  });

  it('answers 503 when the request cannot be stored', async () => {
    const call = await start({ runtime: { webhook: { receive: () => Promise.reject(new FrameworkError('STORE_UNREACHABLE', ['connection refused'])) } } });
    expect(await call('/resync/first/trigger-secret', post)).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
  });
});
