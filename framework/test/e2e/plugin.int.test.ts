import path from 'node:path';
import { startDocumentServer, type DocumentServer } from './document-server';
import { folderWith, startProcess, type Folder, type RunningFramework } from './framework-process';
import { issueEvent, jiraSender } from './jira-events';
import { pipelinesOf } from './pipeline-counts';
import { until } from './until';

const plugin = path.join(__dirname, '../../src/pipeline/processors/test/plugin.py');

interface Letter {
  readonly id: number;
  readonly pipeline: string;
  readonly stage: string;
  readonly code: string;
  readonly row: string;
}

describe('a plugin in Python', () => {
  let folder: Folder;
  let framework: RunningFramework;
  let [changed, beside]: (DocumentServer | undefined)[] = [];

  beforeAll(async () => {
    [changed, beside] = await Promise.all([startDocumentServer(), startDocumentServer()]);
    const rpc = { type: 'rpc-plugin', modulePath: 'python3', args: [plugin], timeout: '400ms', env: { TOKEN: { fromEnv: 'PLUGIN_TOKEN' } } };
    folder = folderWith({
      integrations: [
        {
          identifier: 'jira',
          source: { type: 'jira', authentication: 'none' },
          pipelines: [
            { name: 'plugin', processors: [rpc, { type: 'mapper', outputEvent: { by: '{{ by }}', summary: '{{ issue.fields.summary }}' } }], sinks: [{ type: 'crud-service', url: changed.url }] },
            { name: 'beside', processors: [{ type: 'mapper', outputEvent: { summary: '{{ issue.fields.summary }}' } }], sinks: [{ type: 'crud-service', url: beside.url }] },
          ],
        },
      ],
    });
    framework = await startProcess(folder, { PLUGIN_TOKEN: 'hunter2-of-the-plugin' });
    await until('ready', async () => (await framework.call('GET', '/health/ready')).status === 200);
  });
  afterAll(async () => {
    await framework?.stop();
    await Promise.all([changed?.close(), beside?.close()]);
    folder?.remove();
  });

  const jira = jiraSender({ url: () => `${framework.url}/jira/webhook`, secret: '' });
  const send = async (id: string, second: number, more: object = {}): Promise<void> => {
    expect(await jira.send({ ...issueEvent({ id, second }), ...more })).toMatchObject({ status: 200, body: { status: 'accepted' } });
  };
  const letters = async (): Promise<readonly Letter[]> => (await framework.get<{ deadLetters: Letter[] }>('/api/v1/dead-letters')).deadLetters;
  const trouble = async (): Promise<readonly { readonly pipeline: string; readonly trouble: string }[]> => (await framework.get<{ processors: { pipeline: string; trouble: string }[] }>('/-/check-up')).processors;
  const others = (id: string, second: number): Promise<unknown> => until(`${id} beside`, () => beside!.held.get(id)?.['summary'] === `summary ${second}`);
  const passes = (id: string, second: number): Promise<unknown> => until(`${id} through the plugin`, () => changed!.held.get(id)?.['summary'] === `summary ${second}`);

  it('changes events, is fed with every event, and a discard leaves the sink as it is', async () => {
    await send('1', 1);
    await passes('1', 1);
    expect(changed!.held.get('1')).toMatchObject({ by: 'python', _eventId: { kind: 'jira.issue', id: '1' } });
    expect((await pipelinesOf(framework)).map(({ name, ...of }) => [name, (of as unknown as { feed: string }).feed])).toEqual([['beside', 'rows'], ['plugin', 'events']]);
    await send('1', 2, { do: 'discard' });
    await others('1', 2);
    await until('filtered', async () => (await pipelinesOf(framework)).find(({ name }) => name === 'plugin')!.sinks[0]!.counters['filtered'] === 1);
    expect(changed!.held.get('1')).toMatchObject({ summary: 'summary 1' });
    await send('1', 3);
    await passes('1', 3);
  });

  it('that does not answer in time: the event is a dead letter, what comes after it passes, other pipelines never wait', async () => {
    await send('2', 1, { do: 'silent' });
    await others('2', 1);
    await send('2', 2);
    await others('2', 2);
    await until('check-up says so', async () => (await trouble()).some(({ pipeline, trouble: text }) => pipeline === 'plugin' && /no answer within 400 ms/.test(text)));
    await passes('2', 2);
    expect(await letters()).toMatchObject([{ pipeline: 'plugin', stage: 'plugin', code: 'PLUGIN_TIMEOUT', row: 'jira/issue/2' }]);
    await until('no trouble', async () => (await trouble()).length === 0);
  });

  it('that crashes is restarted: only the event that crashes it is a dead letter', async () => {
    await Promise.all([send('3', 1, { do: 'crash' }), ...['4', '5', '6'].map((id) => send(id, 1))]);
    await until('check-up says so', async () => (await trouble()).some(({ trouble: text }) => /3/.test(text)));
    await Promise.all(['3', '4', '5', '6'].map((id) => others(id, 1)));
    await Promise.all(['4', '5', '6'].map((id) => passes(id, 1)));
    await until('the dead letter', async () => (await letters()).length === 2);
    expect((await letters()).map(({ code, row }) => [code, row])).toEqual([['PLUGIN_TIMEOUT', 'jira/issue/2'], ['PLUGIN_CRASHED', 'jira/issue/3']]);
    expect(changed!.held.has('3')).toBe(false);
    await send('3', 2);
    await passes('3', 2);
  });

  it('that refuses: the reason is kept, without what the plugin was given in confidence', async () => {
    await send('7', 1, { do: 'refuse' });
    await until('the dead letter', async () => (await letters()).some(({ code }) => code === 'PLUGIN_FAILED'));
    const { id } = (await letters()).find(({ code }) => code === 'PLUGIN_FAILED')!;
    expect(await framework.get(`/api/v1/dead-letters/${id}`)).toMatchObject({ message: expect.stringMatching(/^E1 no, by \[redacted\]$/) });
    expect(framework.stderr()).toContain('started with [redacted]');
    expect(framework.stderr()).not.toContain('hunter2');
    // The event is the same, so it fails again and stays; a later state of the issue is not touched by it.
    await send('7', 2);
    await passes('7', 2);
    expect(await framework.call('POST', `/api/v1/dead-letters/${id}/replay`, {})).toMatchObject({ status: 202, body: { replayed: 1 } });
    await until('it failed again', async () => ((await framework.get<{ attempts: number }>(`/api/v1/dead-letters/${id}`)).attempts === 2));
    expect(changed!.held.get('7')).toMatchObject({ summary: 'summary 2' });
  });

  it('ends with the process, and comes back with the next', async () => {
    await send('8', 1, { do: 'silent' });
    const children = await pluginsOf(framework.pid);
    expect(children.length).toBe(1);
    const begun = Date.now();
    expect((await framework.stop()).code).toBe(0);
    expect(Date.now() - begun).toBeLessThan(15_000);
    expect(children.filter(isAlive)).toEqual([]);
    framework = await startProcess(folder, { PLUGIN_TOKEN: 'another' });
    // What it had in hand goes through again.
    await until('the dead letter', async () => (await letters()).some(({ code, row }) => code === 'PLUGIN_TIMEOUT' && row === 'jira/issue/8'));
    await send('8', 2);
    await passes('8', 2);
  });
});

async function pluginsOf(parent: number): Promise<readonly number[]> {
  const { readFile } = await import('node:fs/promises');
  return (await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8')).trim().split(' ').filter(Boolean).map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
