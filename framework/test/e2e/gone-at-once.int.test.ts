import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { MongoClient } from 'mongodb';
import { describeWith, startMongo, type Mongo } from '../../../tools/servers';
import { folderWith, startProcess, type Folder, type RunningFramework } from './framework-process';
import { issueEvent, jiraSender } from './jira-events';
import { until } from './until';

const SECRET = 'the-secret-of-the-webhook';
const ISSUES = 60;

/** A delete that comes while its create is still being processed must win, also where rows and outputs are written one after the other. */
describeWith({ needs: ['mongo'] }, 'things that go as soon as they come, with state in MongoDB', () => {
  let mongo: Mongo;
  let client: MongoClient;
  let folder: Folder;
  let framework: RunningFramework;
  const name = `gone-${randomUUID()}`;

  beforeAll(async () => {
    mongo = await startMongo();
    client = await new MongoClient(mongo.url).connect();
    folder = folderWith(fs.readFileSync(path.join(__dirname, '../examples/jira-mongo.json'), 'utf8'));
    framework = await startProcess(folder, { JIRA_SECRET: SECRET, MONGO_URL: `${mongo.url}/${name}-sink`, FRAMEWORK__MONGODB__URL: `${mongo.url}/${name}` });
    await until('ready', async () => (await framework.call('GET', '/health/ready')).status === 200);
  });

  afterAll(async () => {
    await framework?.stop();
    await client?.db(name).dropDatabase();
    await client?.db(`${name}-sink`).dropDatabase();
    await client?.close();
    await mongo?.stop();
    folder?.remove();
  });

  it('leave nothing in the sink, and nothing that waits', async () => {
    const jira = jiraSender({ url: () => `${framework.url}/jira/webhook`, secret: SECRET });
    const both = async (id: string): Promise<void> => {
      for (const [event, second] of [['created', 1], ['deleted', 2]] as const) {
        const { status, body } = await jira.send(issueEvent({ id, event, second }));
        expect({ status, answer: body['status'] }).toEqual({ status: 200, answer: 'accepted' });
      }
    };
    await Promise.all(Array.from({ length: ISSUES }, (_, n) => both(String(n + 1))));
    const documents = client.db(`${name}-sink`).collection('jira-issues');
    await until('every document is gone', async () => {
      const { pipelines } = await framework.get<{ pipelines: { backlog: number; sinks: { counters: Record<string, number> }[] }[] }>('/api/v1/pipelines');
      return pipelines[0]!.backlog === 0 && pipelines[0]!.sinks[0]!.counters['pending'] === 0 && (await documents.countDocuments()) === 0;
      // Well before an idle process would look by itself at what lies in its store.
    }, 15_000);
    const outputs = client.db(name).collection('framework.outputs');
    expect(await outputs.countDocuments()).toBe(0);
  });
});
