import fs from 'node:fs';
import path from 'node:path';
import { startPortApi } from './port-api';
import { folderWith, runCommand, startProcess, type Folder, type RunningFramework } from './framework-process';
import { issueEvent, jiraSender } from './jira-events';
import { resync } from './observe';
import { ownIntegrations, startRecordsSource, type RecordsSource } from './records-source';
import { until } from './until';

interface Said {
  readonly guid: string;
  readonly timeStamp: string;
  readonly severity: string;
  readonly messageId: string;
  readonly messageText: string;
  readonly connector?: string;
  readonly runId?: string;
  readonly originator: { readonly server: string };
  readonly additionalInformation: readonly string[];
}

const SECRET = 'the-vendors-secret';
let source: RecordsSource;
let folder: Folder;

beforeEach(async () => {
  source = await startRecordsSource();
  for (const id of ['a', 'b', 'c']) source.records.set(id, { id, name: id, size: 1 });
  folder = folderWith({});
});
afterEach(async () => {
  await source.close();
  folder.remove();
});

const configure = (more: object = {}): void =>
  folder.write(
    'config.yaml',
    JSON.stringify({
      integrationsPath: ownIntegrations,
      integrations: [
        { identifier: 'records', type: 'records', config: { url: source.url, token: 'a-token-of-records' }, resync: { atStart: true } },
        { identifier: 'shop', source: { type: 'jira', authentication: { secret: { fromEnv: 'JIRA_SECRET' } } }, pipelines: [{ name: 'p', processors: [{ type: 'filter', celExpression: 'data.issue.id + 1 == 2' }], sinks: [{ type: 'fake' }] }] },
      ],
      ...more,
    }),
  );
const start = async (environment: Readonly<Record<string, string>> = {}): Promise<RunningFramework> => {
  const framework = await startProcess(folder, { JIRA_SECRET: SECRET, ...environment });
  await until('ready', async () => (await framework.call('GET', '/health/ready')).status === 200);
  return framework;
};
const auditOf = async (framework: RunningFramework, query = ''): Promise<readonly Said[]> => (await framework.get<{ records: Said[] }>(`/api/v1/audit?limit=1000${query}`)).records;
/** Ids of the audit messages in the text log. */
const linesOf = (stderr: string): string[] => stderr.split('\n').flatMap((line) => (line.startsWith('{') ? ((JSON.parse(line) as { code?: string }).code ?? []) : [])).filter((code) => /^[A-Z-]+-\d{4}$/.test(code));

it('tells what the process and its operators did, what it refused, and keeps it over a restart', async () => {
  configure();
  const first = await start();
  let server: string;
  try {
    const begun = await until('it is ready', async () => {
      const found = (await auditOf(first, '&severity=STARTUP,COHORT')).map(({ messageId }) => messageId);
      return found.includes('INTEGRATION-RUNTIME-0013') && found.reverse();
    });
    expect(begun).toEqual(['INTEGRATION-RUNTIME-0001', 'STORE-0001', 'INTEGRATION-RUNTIME-0013']);

    // A delivery that nobody signed, and one that nobody may make, again and again.
    const stranger = jiraSender({ url: () => `${first.url}/jira/webhook`, secret: 'another' });
    for (let at = 0; at < 40; at++) expect((await stranger.send(issueEvent({ id: '1', second: 1 }))).status).toBe(401);
    for (let at = 0; at < 40; at++) expect((await first.call('GET', `/api/v1/runs?limit=${at + 1}`, undefined, { origin: 'http://elsewhere.example' })).status).toBe(403);
    const refusals = await until('both are told', async () => {
      const found = await auditOf(first, '&severity=SECURITY');
      return found.length >= 2 && found;
    });
    expect(refusals.map(({ messageId, connector, messageText }) => [messageId, connector, messageText])).toEqual([
      ['ACCESS-0003', undefined, 'GET /api/v1/runs was refused: a page of another origin may not call this'],
      ['ACCESS-0002', 'shop', 'A delivery to /jira/webhook of shop was refused: invalid or missing credentials'],
    ]);

    // A held deletion that is released, a dead letter that is tried again and one that is discarded, a pipeline that is paused.
    await first.runLine(1);
    source.records.clear();
    const held = await resync(first, 'records');
    expect(held).toMatchObject({ state: 'needs-release' });
    expect((await first.call('POST', `/api/v1/runs/${held.runId}/release`, {})).status).toBe(202);
    const vendor = jiraSender({ url: () => `${first.url}/jira/webhook`, secret: SECRET });
    await vendor.send(issueEvent({ id: '1', second: 1 }));
    const letter = await until('a dead letter', async () => (await first.get<{ deadLetters: { id: number }[] }>('/api/v1/dead-letters')).deadLetters[0]);
    expect((await first.call('POST', '/api/v1/dead-letters/replay', { integration: 'shop' })).body).toEqual({ replayed: 1 });
    await until('it failed again', async () => (await first.get<{ attempts: number }>(`/api/v1/dead-letters/${letter.id}`)).attempts === 2);
    expect((await first.call('DELETE', `/api/v1/dead-letters/${letter.id}`)).status).toBe(204);
    expect((await first.call('DELETE', `/api/v1/dead-letters/${letter.id}`)).status).toBe(404);
    for (const word of ['pause', 'resume']) expect((await first.call('POST', `/api/v1/pipelines/p/${word}`, {})).status).toBe(202);
    const activities = await until('all are told', async () => {
      const found = await auditOf(first, '&severity=ACTIVITY');
      return found.length >= 6 && [...found].reverse();
    });
    expect(activities.map(({ messageId, connector, runId }) => [messageId, connector, runId])).toEqual([
      ['INTEGRATION-RUN-0011', 'records', held.runId],
      ['INTEGRATION-RUN-0013', 'records', held.runId],
      ['PIPELINES-0002', 'shop', undefined],
      ['PIPELINES-0001', 'shop', undefined],
      ['PIPELINES-0003', undefined, undefined],
      ['PIPELINES-0004', undefined, undefined],
    ]);
    expect(await auditOf(first, `&integration=records&messageId=INTEGRATION-RUN-0013`)).toHaveLength(1);
    server = activities[0]!.originator.server;
  } finally {
    expect((await first.stop()).code).toBe(0);
  }
  // What people did is no line of the text log; the rest is, once.
  expect(linesOf(first.stderr())).toEqual(['INTEGRATION-RUNTIME-0001', 'STORE-0001', 'INTEGRATION-RUNTIME-0013', 'ACCESS-0002', 'ACCESS-0003', 'INTEGRATION-RUN-0002', 'INTEGRATION-RUNTIME-0020', 'ACCESS-0002', 'ACCESS-0003', 'INTEGRATION-RUNTIME-0026']);

  const second = await start();
  try {
    const before = (await auditOf(second)).filter((record) => record.originator.server === server);
    expect(before.filter(({ severity }) => severity === 'SHUTDOWN').map(({ messageId }) => messageId)).toEqual(['INTEGRATION-RUNTIME-0026', 'INTEGRATION-RUNTIME-0020']);
    const counted = before.filter(({ additionalInformation }) => additionalInformation.some((line) => line === '39 more since the last record of this route'));
    expect(counted.map(({ messageId }) => messageId).sort()).toEqual(['ACCESS-0002', 'ACCESS-0003']);
    expect(JSON.stringify(before)).not.toContain(SECRET);
    expect((await second.call('GET', '/api/v1/audit?severity=LOUD')).status).toBe(400);
  } finally {
    await second.stop();
  }
});

it('tells which blueprints were made at the portal, that it refuses us, what is wrong with entries, and a purge', async () => {
  const api = await startPortApi();
  const broken = [
    { identifier: 'nowhere', type: 'no-such-type' },
    { identifier: 'wrong', type: 'records', config: { url: 5 } },
  ];
  folder.write('config.yaml', JSON.stringify({ integrationsPath: ownIntegrations, port: { baseUrl: api.url, ...api.credentials }, integrations: [{ identifier: 'records', type: 'records', config: { url: source.url, token: 'a-token-of-records' } }, ...broken] }));
  try {
    const framework = await start();
    await framework.runLine(1);
    const records = await auditOf(framework);
    expect(records.find(({ messageId }) => messageId === 'INTEGRATION-CONTEXT-0011')).toMatchObject({ severity: 'TYPES', connector: 'records', messageText: 'Blueprint record of records was created at the portal' });
    expect(records.find(({ messageId }) => messageId === 'INTEGRATION-RUNTIME-0010')).toMatchObject({ severity: 'ERROR', connector: 'nowhere' });
    expect(records.find(({ messageId }) => messageId === 'INTEGRATION-RUNTIME-0128')).toMatchObject({ severity: 'ERROR', connector: 'wrong' });
    await framework.stop();
    expect((await runCommand(folder, ['purge', 'wrong', '--confirm', 'wrong'])).code).toBe(0);
    api.refuse = 401;
    expect((await runCommand(folder, ['start'])).code).toBe(4);
    api.refuse = undefined;
    const again = await start();
    const later = await auditOf(again);
    expect(later.find(({ messageId }) => messageId === 'INTEGRATION-RUNTIME-0050')).toMatchObject({ severity: 'SECURITY', messageText: expect.stringMatching(/is not authorised for the portal: the portal refused our credentials/) });
    expect(later.filter(({ messageId }) => /RUN-001[45]$/.test(messageId)).map(({ severity, connector, messageText }) => [severity, connector, messageText])).toEqual([
      ['ASSET', 'wrong', 'The purge of wrong removed {"entities":0}'],
      ['ACTIVITY', 'wrong', 'A purge of everything that wrong owns was confirmed'],
    ]);
    await again.stop();
  } finally {
    await api.close();
  }
});

it('goes where the configuration says: to a file, not to the console, not to the store; a file that cannot be written stops nothing', async () => {
  folder.write('blocked', 'a file where a folder is needed');
  configure({ audit: { destinations: [{ kind: 'file', path: 'logs/audit.ndjson' }, { kind: 'file', path: 'blocked/audit.ndjson' }, { kind: 'store', include: [] }] } });
  const framework = await start();
  await framework.runLine(1);
  const written = (): Said[] => fs.readFileSync(path.join(folder.path, 'logs/audit.ndjson'), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Said);
  const failing = await until('the other destination tells it', () => written().find(({ messageId }) => messageId === 'AUDIT-LOG-0001'));
  expect(failing.messageText).toMatch(/blocked\/audit\.ndjson cannot write since/);
  expect(await auditOf(framework)).toEqual([]);
  const ended = await framework.stop();
  expect(ended.code).toBe(0);
  expect(linesOf(ended.stderr)).toEqual([]);
  expect(written().map(({ messageId }) => messageId)).toEqual(expect.arrayContaining(['INTEGRATION-RUNTIME-0001', 'STORE-0001', 'INTEGRATION-RUNTIME-0013', 'INTEGRATION-RUNTIME-0020', 'INTEGRATION-RUNTIME-0026']));
});
