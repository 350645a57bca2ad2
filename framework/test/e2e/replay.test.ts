import { startDocumentServer, type DocumentServer } from './document-server';
import { folderWith, runCommand, startProcess, type Folder, type RunningFramework } from './framework-process';
import { issueEvent, jiraSender } from './jira-events';
import { until } from './until';

describe('npx framework replay', () => {
  let folder: Folder;
  let framework: RunningFramework;
  let documents: DocumentServer;
  beforeAll(async () => {
    documents = await startDocumentServer();
    folder = folderWith({
      integrations: [
        {
          identifier: 'jira',
          source: { type: 'jira', authentication: 'none' },
          pipelines: [{ name: 'p', processors: [{ type: 'filter', celExpression: 'data.issue.fields.summary != "" && (data.issue.id != "3" || data.issue.id + 1 == 2)' }], sinks: [{ type: 'crud-service', url: documents.url }] }],
        },
      ],
    });
    framework = await startProcess(folder);
    await until('ready', async () => (await framework.call('GET', '/health/ready')).status === 200);
  });
  afterAll(async () => {
    await framework?.stop();
    await documents?.close();
    folder?.remove();
  });

  const jira = jiraSender({ url: () => `${framework.url}/jira/webhook`, secret: '' });
  const letters = async () => (await framework.get<{ deadLetters: { id: number; code: string; stage: string; attempts: number; row?: string }[] }>('/api/v1/dead-letters')).deadLetters;
  const replay = (...args: string[]) => runCommand(folder, ['replay', ...args]);

  it('tries one, those that match, or all of an entry again; what passed leaves the list, what failed stays', async () => {
    documents.refuse = 422;
    for (const id of ['1', '2', '3', '4']) await jira.send(issueEvent({ id, second: 1 }));
    expect((await jira.send({ webhookEvent: 'jira:issue_updated', issue: {} })).body).toMatchObject({ status: 'dead-lettered', reason: 'KEY_MISSING' });
    await until('five dead letters', async () => (await letters()).length === 5);
    expect((await letters()).map(({ stage, code }) => `${stage} ${code}`).sort()).toEqual(['filter FILTER_FAILED', 'sink SINK_REFUSED', 'sink SINK_REFUSED', 'sink SINK_REFUSED', 'source KEY_MISSING']);
    const byRow = async (row: string) => (await letters()).find((letter) => letter.row === `jira/issue/${row}`);

    const one = (await byRow('1'))!;
    expect(await replay(String(one.id))).toMatchObject({ code: 0, stdout: 'replayed 1\n' });
    await until('it was refused again', async () => (await byRow('1'))?.attempts === 2);
    documents.refuse = undefined;
    expect(await replay(String(one.id), '--json')).toMatchObject({ code: 0, stdout: '{"replayed":1}\n' });
    await until('the document', () => documents.held.has('1'));
    await until('its letter went', async () => (await letters()).length === 4);

    expect(await replay('--integration', 'jira', '--code', 'SINK_REFUSED')).toMatchObject({ code: 0, stdout: 'replayed 2\n' });
    await until('the documents', () => documents.held.size === 3);
    await until('their letters went', async () => (await letters()).length === 2);
    expect(await replay('--integration', 'jira')).toMatchObject({ code: 0, stdout: 'replayed 2\n' });
    expect((await letters()).map(({ code, attempts }) => [code, attempts]).sort()).toEqual([['FILTER_FAILED', 2], ['KEY_MISSING', 2]]);
    expect(await replay('--stage', 'plugin')).toMatchObject({ code: 0, stdout: 'replayed 0\n' });
  });

  it('by REST: one and by filter; unknown ones are 404, and a discarded one is gone', async () => {
    const [filter] = (await letters()).filter(({ code }) => code === 'FILTER_FAILED');
    expect(await framework.call('POST', `/api/v1/dead-letters/${filter!.id}/replay`, {})).toMatchObject({ status: 202, body: { replayed: 1 } });
    expect(await framework.call('POST', '/api/v1/dead-letters/replay', { stage: 'source' })).toMatchObject({ status: 202, body: { replayed: 1 } });
    expect((await letters()).map(({ attempts }) => attempts)).toEqual([3, 3]);
    expect((await framework.call('POST', '/api/v1/dead-letters/4711/replay', {})).status).toBe(404);
    expect((await framework.call('DELETE', `/api/v1/dead-letters/${filter!.id}`)).status).toBe(204);
    expect((await letters()).map(({ code }) => code)).toEqual(['KEY_MISSING']);
    expect((await framework.call('POST', `/api/v1/dead-letters/${filter!.id}/replay`, {})).status).toBe(404);
    // What was discarded fails once more, and is a letter again.
    await jira.send(issueEvent({ id: '3', second: 2 }));
    await until('the letter', async () => (await letters()).length === 2);
  });

  it('without an argument, for one that is not there, and without a process it says so', async () => {
    expect(await replay()).toMatchObject({ code: 2, stderr: expect.stringContaining('replay needs the number of a dead letter') });
    expect((await replay('4711')).code).toBe(1);
    await framework.stop();
    expect(await replay('1')).toMatchObject({ code: 2, stderr: expect.stringContaining('no process holds this store') });
  });
});
