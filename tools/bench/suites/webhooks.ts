import { spawn } from 'node:child_process';
import path from 'node:path';
import { MongoClient, type Collection } from 'mongodb';
import { startMongo } from '../../servers';
import { repository, startFramework, workspace, type Cost } from '../processes';
import { figure, rate, type Cell, type SuiteOptions, type SuiteResult } from '../report';
import type { Flood } from '../webhook-sender';

const SECRET = 'bench-secret';
const CONNECTIONS = 64;
const LOOK_MS = 50;

interface Measured {
  readonly flood: Flood;
  readonly cost: Cost;
  /** From the first delivery until every document lay in the sink. */
  readonly deliveredSeconds: number;
  readonly counters: Readonly<Record<string, number>>;
  /** Documents that hold the newest event of their entity. */
  readonly right: number;
}

/** A mapper of so many fields: the first three as in the example of the agent, the others of the payload's own. */
const mapperOf = (fields: number): object => ({
  type: 'mapper',
  outputEvent: Object.fromEntries(Array.from({ length: fields }, (_, at) => (at === 0 ? ['key', '{{ issue.key }}'] : at === 1 ? ['summary', '{{ issue.fields.summary }}'] : at === 2 ? ['createdAt', '{{ issue.fields.created }}'] : [`field${at}`, `{{ issue.fields.field${at - 3} }}`]))),
});

/** Signed Jira webhooks of 2 KB into a `mongo` sink: every one about an entity of its own, and many about few. */
export async function run({ size, profiles }: SuiteOptions): Promise<SuiteResult> {
  const count = size(20_000, 200);
  const mongo = await startMongo();
  const client = await new MongoClient(mongo.url).connect();
  try {
    const measure = async (fields: number, entities: number): Promise<Measured> => {
      const database = `bench_${fields}_${entities}`;
      const url = `${mongo.url}/${database}`;
      const config = { integrations: [{ source: { type: 'jira', authentication: { secret: { fromEnv: 'JIRA_SECRET' } } }, pipelines: [{ processors: [mapperOf(fields)], sinks: [{ type: 'mongo', url: { fromEnv: 'MONGO_URL' }, collection: 'issues' }] }] }] };
      const { folder, done } = workspace(JSON.stringify(config));
      const framework = startFramework({ folder, environment: { JIRA_SECRET: SECRET, MONGO_URL: url, DATA_DIR: path.join(folder, '.data') }, ...(profiles !== undefined && { profiles }) });
      try {
        const base = await listening(framework.child);
        const begun = performance.now();
        const sending = send({ url: `${base}/jira/webhook`, count, entities });
        const collection = client.db(database).collection<{ _id: string; summary: string }>('issues');
        const flood = await sending;
        const right = async (): Promise<number> => (await newest(collection, count, entities)).length;
        const distinct = Math.min(count, entities);
        for (let at = performance.now(); (await right()) < distinct && performance.now() - at < 60_000; ) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        const deliveredSeconds = (performance.now() - begun) / 1_000;
        // The sink has the last document before the framework hears so.
        let counters = await countersOf(base);
        for (let at = performance.now(); counters['pending'] !== 0 && performance.now() - at < 10_000; counters = await countersOf(base)) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        const there = await right();
        framework.child.kill('SIGTERM');
        return { flood, cost: await framework.ended, deliveredSeconds, counters, right: there };
      } finally {
        framework.child.kill('SIGKILL');
        done();
      }
    };
    const cases = [
      { name: '4 fields, an entity each', fields: 4, entities: count },
      { name: '44 fields, an entity each', fields: 44, entities: count },
      { name: '4 fields, ten events an entity', fields: 4, entities: count / 10 },
    ];
    const measured = [];
    for (const one of cases) measured.push({ ...one, ...(await measure(one.fields, one.entities)) });
    return {
      tables: [
        {
          title: `webhooks: ${count} signed deliveries of 2 KB over ${CONNECTIONS} connections, embedded state (synced before the answer), mongo sink (mongo-java-server in memory)`,
          columns: ['mapper', 'accepted/s', 'p50 ms', 'p99 ms', 'delivered/s', 'CPU s', 'peak MB', 'sender CPU s'],
          rows: [
            ...measured.map(({ name, flood, cost, deliveredSeconds }): readonly Cell[] => [name, rate(flood.accepted, flood.seconds), figure(flood.p50), figure(flood.p99), rate(flood.accepted, deliveredSeconds), figure(cost.cpuSeconds), cost.peakMegabytes, figure(flood.cpuSeconds)]),
            ['the agent, 4 fields', '8,500-12,500', '', '', '3,400-4,000', '', '210', ''],
            ['the agent, 44 fields', '', '', '', '1,550-1,670', '', '', ''],
          ],
          notes: ['The agent keeps its queue in memory, measured apart on two cores: killed at full speed it lost 2,100 to 2,500 of 5,000 accepted events. Here the answer waits for the disk.', 'delivered/s: accepted deliveries by the time until the sink held the newest state of every entity.'],
        },
      ],
      facts: measured.flatMap(({ name, flood, right, entities, counters }) => [
        { what: `${name}: every delivery was answered 200 accepted (${flood.accepted} of ${flood.sent})`, holds: flood.accepted === flood.sent },
        { what: `${name}: the sink holds the newest event of every entity (${right} of ${Math.min(count, entities)})`, holds: right === Math.min(count, entities) },
        { what: `${name}: counters close (${JSON.stringify(counters)})`, holds: counters['accepted'] === sumOf(counters) && counters['pending'] === 0 },
      ]),
    };
  } finally {
    await client.close();
    await mongo.stop();
  }
}

const sumOf = ({ accepted: _accepted, ...rest }: Readonly<Record<string, number>>): number => Object.values(rest).reduce((sum, one) => sum + one, 0);

async function countersOf(base: string): Promise<Readonly<Record<string, number>>> {
  const { pipelines } = (await (await fetch(`${base}/api/v1/pipelines`)).json()) as { pipelines: { sinks: { counters: Record<string, number> }[] }[] };
  return pipelines[0]!.sinks[0]!.counters;
}

/** Ids of the documents that hold the last event of their entity. */
async function newest(collection: Collection<{ _id: string; summary: string }>, count: number, entities: number): Promise<string[]> {
  const documents = await collection.find({}, { projection: { summary: 1 } }).toArray();
  return documents.filter(({ summary }) => Number(/^change (\d+)/.exec(summary)?.[1]) + entities >= count).map(({ _id }) => _id);
}

const listening = (child: ReturnType<typeof startFramework>['child']): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = '';
    child.stdout!.on('data', (data: Buffer) => {
      text += String(data);
      const url = /(http:\/\/\S+) {3}data/.exec(text)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once('exit', (code) => reject(new Error(`the framework ended with ${code} before it listened\n${text}`)));
  });

/** The sender is a process of its own: signing and reading answers must not be counted as ours. */
function send(of: { readonly url: string; readonly count: number; readonly entities: number }): Promise<Flood> {
  const args = ['-r', path.join(repository, 'framework/bin/hook.js'), path.join(__dirname, '../webhook-sender.ts'), '--url', of.url, '--secret', SECRET, '--count', String(of.count), '--entities', String(of.entities), '--connections', String(CONNECTIONS)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (data: Buffer) => (text += String(data)));
  return new Promise((resolve, reject) => child.once('close', (code) => (code === 0 ? resolve(JSON.parse(text) as Flood) : reject(new Error(`the sender ended with ${code}`)))));
}
