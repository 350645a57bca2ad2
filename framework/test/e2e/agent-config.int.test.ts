import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import Database from 'libsql';
import { BSON, MongoClient, type Collection } from 'mongodb';
import { describeWith, startMongo, type Mongo } from '../../../tools/servers';
import { folderWith, startProcess, type Folder, type RunningFramework } from './framework-process';
import { issueEvent, jiraSender, thingEvent } from './jira-events';
import { until } from './until';
import { callAsVendor, signatureOf } from './vendor-call';

const example = path.join(__dirname, '../examples/jira-mongo.json');
const SECRET = 'the-secret-of-the-webhook';
const MAX_BODY_BYTES = 26_214_400;

interface Stored {
  readonly _id: string;
  readonly [field: string]: unknown;
}

describeWith({ needs: ['mongo'] }, "the agent's configuration, Jira to MongoDB", () => {
  let mongo: Mongo;
  let client: MongoClient;
  let documents: Collection<Stored>;
  let folder: Folder;
  let framework: RunningFramework;
  let environment: Record<string, string>;

  beforeAll(async () => {
    mongo = await startMongo();
    client = await new MongoClient(mongo.url).connect();
    const database = `agent-${randomUUID()}`;
    documents = client.db(database).collection<Stored>('jira-issues');
    folder = folderWith('{}');
    fs.rmSync(path.join(folder.path, 'config.yaml'));
    fs.copyFileSync(example, path.join(folder.path, 'configuration.json'));
    environment = { CONFIGURATION_PATH: path.join(folder.path, 'configuration.json'), JIRA_SECRET: SECRET, MONGO_URL: `${mongo.url}/${database}` };
    framework = await begin();
  });

  afterAll(async () => {
    await framework?.stop();
    await documents?.db.dropDatabase();
    await client?.close();
    await mongo?.stop();
    folder?.remove();
  });

  async function begin(): Promise<RunningFramework> {
    const started = await startProcess(folder, environment);
    await until('ready', async () => (await started.call('GET', '/health/ready')).status === 200);
    return started;
  }

  const webhook = (): string => `${framework.url}/jira/webhook`;
  const jira = jiraSender({ url: webhook, secret: SECRET });
  const find = (id: string): Promise<Stored | null> => documents.findOne({ _id: id });
  const counts = async (): Promise<{ received: Record<string, number>; sink: Record<string, number> }> => {
    const { pipelines } = await framework.get<{ pipelines: { received: Record<string, number>; sinks: { counters: Record<string, number> }[] }[] }>('/api/v1/pipelines');
    return { received: pipelines[0]!.received, sink: pipelines[0]!.sinks[0]!.counters };
  };
  /** All that was accepted has found its end. */
  const settled = (): Promise<unknown> => until('nothing is pending', async () => (await counts()).sink['pending'] === 0);
  const accept = async (body: object, delivery?: string): Promise<void> => {
    const { status, body: answer } = await jira.send(body, delivery);
    expect({ status, answer: answer['status'] }).toEqual({ status: 200, answer: 'accepted' });
  };

  it('is the one of the issue, byte for byte', () => {
    const bytes = fs.readFileSync(example);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe('eb2d1f6ec6e2c4bdaf7860bc0caed6a55570b0feba99a6bde0adf2c08b425b27');
    expect(fs.readFileSync(environment['CONFIGURATION_PATH']!)).toEqual(bytes);
  });

  describe('a call that is not let in gets its status, and nothing of it is stored', () => {
    const body = JSON.stringify(issueEvent({ id: '10001', second: 1 }));
    const signature = signatureOf(SECRET, body);
    const json = { 'content-type': 'application/json' };
    const unauthorized = { status: 401, body: { error: 'Unauthorized', message: 'invalid or missing credentials' } };
    /** One byte too many, in chunks of 64 KiB. */
    function* tooMany(): Iterable<Buffer> {
      for (let left = MAX_BODY_BYTES + 1; left > 0; left -= 65_536) yield Buffer.alloc(Math.min(65_536, left), ' ');
    }

    it.each([
      ['unsigned', { headers: json, body }, unauthorized],
      ['signed with another secret', { headers: { ...json, 'x-hub-signature': signatureOf('another', body) }, body }, unauthorized],
      ['signed over another body', { headers: { ...json, 'x-hub-signature': signatureOf(SECRET, `${body} `) }, body }, unauthorized],
      ['with an empty signature', { headers: { ...json, 'x-hub-signature': '' }, body }, unauthorized],
      ['with a signature cut short', { headers: { ...json, 'x-hub-signature': signature.slice(0, -2) }, body }, unauthorized],
      ['with two signatures, both right', { headers: { ...json, 'x-hub-signature': [signature, signature] }, body }, unauthorized],
      ['with two signatures, one right', { headers: { ...json, 'x-hub-signature': [signatureOf('another', body), signature] }, body }, unauthorized],
      ['declared too large', { headers: { ...json, 'x-hub-signature': signature, 'content-length': MAX_BODY_BYTES + 1 }, body }, { status: 413, body: { error: 'Payload Too Large' } }],
      ['streamed until it is too large', { headers: { ...json, 'x-hub-signature': signature }, body: tooMany() }, { status: 413, body: { error: 'Payload Too Large' } }],
      ['malformed', { headers: { ...json, 'x-hub-signature': signatureOf(SECRET, '{"webhookEvent":') }, body: '{"webhookEvent":' }, { status: 400, body: { error: 'Bad Request' } }],
      ['malformed and unsigned', { headers: json, body: '{"webhookEvent":' }, unauthorized],
      ['of another media type', { headers: { 'content-type': 'text/plain', 'x-hub-signature': signature }, body }, { status: 415, body: { error: 'Unsupported Media Type' } }],
      ['as a form', { headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-hub-signature': signature }, body }, { status: 415, body: { error: 'Unsupported Media Type' } }],
      ['compressed', { headers: { ...json, 'content-encoding': 'gzip', 'x-hub-signature': signature }, body }, { status: 415, body: { error: 'Unsupported Media Type' } }],
      ['by GET', { method: 'GET', headers: { ...json, 'x-hub-signature': signature } }, { status: 405, body: { error: 'Method Not Allowed' }, headers: { allow: 'POST' } }],
    ])('%s', async (_case, call, answer) => {
      expect(await callAsVendor(webhook(), call)).toMatchObject(answer);
    });

    it('no row, no document, no dead letter, nothing in the data folder; and none was counted as received', async () => {
      expect(await framework.get('/api/v1/rows')).toMatchObject({ rows: [] });
      expect(await framework.get('/api/v1/dead-letters')).toMatchObject({ deadLetters: [] });
      expect(await counts()).toMatchObject({ received: { received: 0, accepted: 0, duplicate: 0, ignored: 0, dead: 0 }, sink: { accepted: 0, pending: 0 } });
      expect(await documents.countDocuments()).toBe(0);
      expect((await framework.stop()).code).toBe(0);
      const database = new Database(path.join(folder.path, '.data/framework.db'), { readonly: true });
      try {
        for (const table of ['rows', 'bodies', 'events', 'deliveries', 'arrivals', 'outputs', 'parts']) expect([table, (database.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n]).toEqual([table, 0]);
      } finally {
        database.close();
      }
      framework = await begin();
    });
  });

  it('a signed webhook ends as the mapped document, and an update replaces it', async () => {
    await accept(issueEvent({ id: '10001', event: 'created', second: 10 }));
    await until('the document', () => find('jira.issue:10001').then((found) => found ?? undefined));
    expect(await find('jira.issue:10001')).toEqual({
      _id: 'jira.issue:10001',
      _eventId: '10001',
      key: 'SHOP-10001',
      summary: 'summary 10',
      createdAt: '2026-01-01T00:00:00.000+0000',
      description: 'what 10001 is about',
    });
    await accept(issueEvent({ id: '10001', second: 20 }));
    await until('the update', async () => (await find('jira.issue:10001'))?.['summary'] === 'summary 20');
    expect(await documents.countDocuments()).toBe(1);
  });

  it('an older update that arrives late changes nothing', async () => {
    await accept(issueEvent({ id: '10002', second: 20 }));
    await settled();
    const before = await find('jira.issue:10002');
    const stale = (await counts()).sink['stale']!;
    await accept(issueEvent({ id: '10002', second: 15 }));
    await settled();
    expect((await counts()).sink['stale']).toBe(stale + 1);
    expect(await find('jira.issue:10002')).toEqual(before);
    expect(before).toMatchObject({ summary: 'summary 20' });
  });

  it('a delete removes it, a late update does not bring it back, a newer one does', async () => {
    await accept(issueEvent({ id: '10003', second: 10 }));
    await until('the document', () => find('jira.issue:10003').then((found) => found ?? undefined));
    await accept(issueEvent({ id: '10003', event: 'deleted', second: 30 }));
    await until('it went', async () => (await find('jira.issue:10003')) === null);
    await accept(issueEvent({ id: '10003', second: 20 }));
    await accept(issueEvent({ id: '10003', second: 30 })); // the same second as the delete
    await settled();
    expect(await find('jira.issue:10003')).toBeNull();
    await accept(issueEvent({ id: '10003', second: 40 }));
    await until('it came back', async () => (await find('jira.issue:10003'))?.['summary'] === 'summary 40');
  });

  it('the same delivery twice changes nothing: by its content, and by the id that Jira gives it', async () => {
    const body = issueEvent({ id: '10004', second: 10 });
    await accept(body);
    await settled();
    const { delivered } = (await counts()).sink;
    await accept(body);
    await settled();
    expect((await counts()).sink['delivered']).toBe(delivered);
    expect(await documents.countDocuments({ _id: 'jira.issue:10004' })).toBe(1);

    const named = issueEvent({ id: '10004', second: 20 });
    await accept(named, 'delivery-10004');
    expect(await jira.send(named, 'delivery-10004')).toMatchObject({ status: 200, body: { status: 'duplicate', deliveryId: 'delivery-10004' } });
    // Another body under that id is a new delivery.
    await accept(issueEvent({ id: '10004', second: 30 }), 'delivery-10004');
    await until('the newest', async () => (await find('jira.issue:10004'))?.['summary'] === 'summary 30');
  });

  it('one delivery ten times in parallel: one is accepted, nine are duplicates, one document', async () => {
    const before = (await counts()).received;
    const body = issueEvent({ id: '10005', second: 10 });
    const answers = await Promise.all(Array.from({ length: 10 }, () => jira.send(body, 'delivery-10005')));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(answers.map((answer) => answer.body['status']).sort()).toEqual(['accepted', ...Array(9).fill('duplicate')]);
    await until('the document', () => find('jira.issue:10005').then((found) => found ?? undefined));
    const after = (await counts()).received;
    expect({ accepted: after['accepted']! - before['accepted']!, duplicate: after['duplicate']! - before['duplicate']!, received: after['received']! - before['received']! }).toEqual({ accepted: 1, duplicate: 9, received: 10 });
  });

  it('project, version and issue of one number do not touch each other; deleting the project leaves the others', async () => {
    await accept(issueEvent({ id: '10006', second: 10 }));
    await accept(thingEvent('project', 'created', { id: 10006, second: 10 }));
    await accept(thingEvent('version', 'created', { id: 10006, second: 10 }));
    const ids = ['jira.issue:10006', 'jira.project:10006', 'jira.version:10006'];
    const there = async (): Promise<readonly string[]> => (await documents.find({ _id: { $in: ids } }).sort({ _id: 1 }).toArray()).map(({ _id }) => _id);
    await until('three documents', async () => (await there()).length === 3);
    expect(await find('jira.version:10006')).toEqual({ _id: 'jira.version:10006', _eventId: '10006', key: null, summary: null, createdAt: null, description: null });
    await accept(thingEvent('project', 'deleted', { id: 10006, second: 20 }));
    await until('the project went', async () => (await there()).length === 2);
    expect(await there()).toEqual(['jira.issue:10006', 'jira.version:10006']);
    expect(await find('jira.issue:10006')).toMatchObject({ summary: 'summary 10' });
  });

  it('the name of the signature header may be written in any case', async () => {
    const body = JSON.stringify(issueEvent({ id: '10007', second: 10 }));
    for (const name of ['X-HUB-SIGNATURE', 'x-Hub-signature']) {
      expect(await callAsVendor(webhook(), { headers: { 'content-type': 'application/json', [name]: signatureOf(SECRET, body) }, body })).toMatchObject({ status: 200, body: { status: 'accepted' } });
    }
  });

  it('an event that nobody knows, and an empty body, are ignored and counted; one without a key is kept', async () => {
    const before = (await counts()).received;
    expect(await jira.send({ webhookEvent: 'board_created', board: { id: 1 } })).toMatchObject({ status: 200, body: { status: 'ignored', reason: 'unknown-event' } });
    expect(await jira.send({ board: { id: 1 } })).toMatchObject({ status: 200, body: { status: 'ignored', reason: 'unknown-event' } });
    expect(await jira.send('')).toMatchObject({ status: 200, body: { status: 'ignored', reason: 'empty' } });
    expect(await jira.send({ webhookEvent: 'jira:issue_updated', issue: { key: 'SHOP-1' } })).toMatchObject({ status: 200, body: { status: 'dead-lettered', reason: 'KEY_MISSING' } });
    const after = (await counts()).received;
    expect({ received: after['received']! - before['received']!, ignored: after['ignored']! - before['ignored']!, dead: after['dead']! - before['dead']! }).toEqual({ received: 4, ignored: 3, dead: 1 });
    expect(after['received']).toBe(after['ignored']! + after['duplicate']! + after['accepted']! + after['dead']!);
    expect(await framework.get('/api/v1/dead-letters')).toMatchObject({ deadLetters: [{ stage: 'source', code: 'KEY_MISSING', integration: 'jira' }] });
    const metrics = await (await fetch(`${framework.url}/metrics`)).text();
    expect(metrics).toMatch(/if_deliveries_total\{[^}]*result="ignored"[^}]*\} 3\b/);
    expect(metrics).toMatch(/if_deliveries_total\{[^}]*result="dead-lettered"[^}]*\} 1\b/);
  });

  it.each(['stop', 'kill'] as const)('a restart (%s) keeps documents, order and deliveries', async (how) => {
    const id = how === 'stop' ? '10010' : '10011';
    await accept(issueEvent({ id, second: 20 }), `delivery-${id}`);
    await accept(issueEvent({ id: `${id}9`, second: 10 }));
    await accept(issueEvent({ id: `${id}9`, event: 'deleted', second: 20 }));
    await settled();
    const before = await everything();
    expect(before.has(`jira.issue:${id}`)).toBe(true);
    expect(await framework[how]()).toMatchObject(how === 'stop' ? { code: 0 } : { signal: 'SIGKILL' });
    framework = await begin();
    expect(await everything()).toEqual(before);
    expect(await jira.send(issueEvent({ id, second: 20 }), `delivery-${id}`)).toMatchObject({ body: { status: 'duplicate' } });
    await accept(issueEvent({ id, second: 15 }));
    await accept(issueEvent({ id: `${id}9`, second: 15 }));
    await settled();
    expect(await everything()).toEqual(before);
    await accept(issueEvent({ id, second: 30 }));
    await until('the update', async () => (await find(`jira.issue:${id}`))?.['summary'] === 'summary 30');
  });

  it('what was accepted an instant before kill -9 is delivered by the next start', async () => {
    const ids = Array.from({ length: 200 }, (_, n) => String(20_000 + n));
    await Promise.all(ids.map((id) => accept(issueEvent({ id, second: 10 }))));
    await framework.kill();
    framework = await begin();
    await until('all documents', async () => (await documents.countDocuments({ _id: { $in: ids.map((id) => `jira.issue:${id}`) } })) === ids.length);
  });

  /** Bytes of every document. */
  const everything = async (): Promise<ReadonlyMap<string, string>> => new Map((await documents.find().sort({ _id: 1 }).toArray()).map((document) => [document._id, Buffer.from(BSON.serialize(document)).toString('base64')]));
});

describe('what a vendor sends that says nothing to the entry', () => {
  let folder: Folder;
  let framework: RunningFramework;

  beforeAll(async () => {
    folder = folderWith({ integrations: [{ source: { type: 'github', events: ['issues'], authentication: { secret: { fromEnv: 'GITHUB_SECRET' } } }, pipelines: [{ sinks: [{ type: 'fake' }] }] }] });
    framework = await startProcess(folder, { GITHUB_SECRET: SECRET });
  });
  afterAll(async () => {
    await framework?.stop();
    folder?.remove();
  });

  it.each([
    ['a test call', 'ping', { zen: 'Design for failure.', hook_id: 1 }, { status: 'ignored', reason: 'ping' }],
    ['an event that nobody knows', 'starfall', { action: 'created' }, { status: 'ignored', reason: 'unknown-event' }],
    ['an event that is not selected', 'release', { action: 'published', release: { id: 1 }, repository: { id: 2 } }, { status: 'ignored', reason: 'not-selected' }],
    ['one that is', 'issues', { action: 'opened', issue: { id: 1, updated_at: '2026-01-01T00:00:00Z' }, repository: { id: 2 } }, { status: 'accepted' }],
  ])('%s is answered 200 and counted', async (_what, event, payload, answer) => {
    const counts = async (): Promise<Record<string, number>> => (await framework.get<{ pipelines: { received: Record<string, number> }[] }>('/api/v1/pipelines')).pipelines[0]!.received;
    const before = await counts();
    const body = JSON.stringify(payload);
    const headers = { 'content-type': 'application/json', 'x-github-event': event, 'x-github-delivery': randomUUID(), 'x-hub-signature-256': signatureOf(SECRET, body) };
    expect(await callAsVendor(`${framework.url}/github/webhook`, { headers, body })).toMatchObject({ status: 200, body: { ...answer, deliveryId: headers['x-github-delivery'] } });
    const after = await counts();
    expect({ received: after['received']! - before['received']!, of: after[answer.status]! - before[answer.status]! }).toEqual({ received: 1, of: 1 });
  });
});
