import { createRequire } from 'node:module';
import path from 'node:path';
import { folderWith, repository, startProcess, type Folder, type RunningFramework } from './framework-process';
import { entitiesOf } from './observe';
import { until } from './until';
import { callAsVendor, signatureOf } from './vendor-call';

const SECRET = 'the-secret-of-the-webhook';

interface Payload {
  readonly event: string;
  readonly delivery: string;
  readonly content: Readonly<Record<string, unknown>>;
}

// The package belongs to the integration, not to the framework.
const recorded = createRequire(path.join(repository, 'integrations/github/package.json'))('@octokit/webhooks-examples/api.github.com/index.json') as readonly { readonly name: string; readonly examples: readonly Payload['content'][] }[];
const payloads: readonly Payload[] = recorded.flatMap(({ name, examples }) => examples.map((content, index) => ({ event: name, delivery: `${name}-${index}`, content })));

/** Events of the catalogue that were recorded: the kind, the member that holds the thing, and its blueprint in the default mapping. */
const TOLD: Readonly<Record<string, { readonly kind: string; readonly member: string; readonly blueprint?: string; readonly deletes?: readonly string[] }>> = {
  repository: { kind: 'repository', member: 'repository', blueprint: 'githubRepository', deletes: ['deleted'] },
  pull_request: { kind: 'pull-request', member: 'pull_request', blueprint: 'githubPullRequest' },
  issues: { kind: 'issue', member: 'issue', blueprint: 'githubIssue', deletes: ['deleted', 'transferred'] },
  release: { kind: 'release', member: 'release', blueprint: 'githubRelease', deletes: ['deleted'] },
  label: { kind: 'label', member: 'label', deletes: ['deleted'] },
  deployment: { kind: 'deployment', member: 'deployment', blueprint: 'githubDeployment' },
  workflow_run: { kind: 'workflow-run', member: 'workflow_run', blueprint: 'githubWorkflowRun' },
  workflow_job: { kind: 'workflow-job', member: 'workflow_job' },
  package: { kind: 'package', member: 'package' },
};

/** Things that are there after all payloads, by kind: of each the newest by its own time decides, else the one that came last. Closed pull requests are there for `all` only. */
function thereAfter(pullRequests: 'open' | 'all'): Readonly<Record<string, readonly string[]>> {
  const things = new Map<string, { readonly kind: string; readonly key: string; readonly gone: boolean; readonly at: number }>();
  for (const { event, content } of payloads) {
    const told = TOLD[event];
    if (!told) continue;
    const thing = content[told.member] as { readonly id: number; readonly state?: string; readonly updated_at?: string };
    const at = Date.parse(String(thing.updated_at));
    const known = things.get(`${told.kind}/${thing.id}`);
    if (known && (at < known.at || (at === known.at && known.gone))) continue;
    const gone = told.deletes?.includes(String(content['action'])) === true || (told.kind === 'pull-request' && pullRequests === 'open' && thing.state !== 'open');
    things.set(`${told.kind}/${thing.id}`, { kind: told.kind, key: String(thing.id), gone, at });
  }
  const kinds = Object.values(TOLD).map(({ kind }) => kind);
  return Object.fromEntries(kinds.map((kind) => [kind, [...things.values()].filter((thing) => thing.kind === kind && !thing.gone).map(({ key }) => key).sort()]));
}

type Counts = Readonly<Record<string, number>>;
interface SeenPipeline {
  readonly name: string;
  readonly feed?: string;
  readonly backlog: number;
  readonly received?: Counts;
  readonly sinks: readonly { readonly sink: string; readonly counters: Counts }[];
}

/** By event and answer (`accepted`, `ignored: unknown-event`): how many. */
type Table = ReadonlyMap<string, Counts>;

/** Sends every payload, some at a time. All must be answered 200. */
async function sendAll(framework: RunningFramework, atOnce: number): Promise<Table> {
  const table = new Map<string, Record<string, number>>();
  const queue = [...payloads];
  const sender = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { event, delivery } = next;
      const body = JSON.stringify(next.content);
      const { status, body: answer } = await callAsVendor(`${framework.url}/github/webhook`, {
        headers: { 'content-type': 'application/json', 'x-github-event': event, 'x-github-delivery': delivery, 'x-hub-signature-256': signatureOf(SECRET, body) },
        body,
      });
      expect({ delivery, status, id: answer['deliveryId'] }).toEqual({ delivery, status: 200, id: delivery });
      const said = [answer['status'], answer['reason']].filter((word) => word !== undefined).join(': ');
      const row = table.get(event) ?? {};
      row[said] = (row[said] ?? 0) + 1;
      table.set(event, row);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, sender));
  return table;
}

function sumOf(table: Table): Counts {
  const total: Record<string, number> = {};
  for (const row of table.values()) for (const [said, count] of Object.entries(row)) total[said] = (total[said] ?? 0) + count;
  return total;
}

/** For whoever reads the output of the tests. */
function print(title: string, table: Table): void {
  const total = sumOf(table);
  const answers = Object.keys(total).sort();
  const line = (name: string, row: Counts): string => `${name.padEnd(34)}${answers.map((answer) => String(row[answer] ?? '').padStart(answer.length + 2)).join('')}\n`;
  const rows = [...table].sort(([a], [b]) => (a < b ? -1 : 1)).map(([event, row]) => line(event, row));
  process.stdout.write(`${title}\n${''.padEnd(34)}${answers.map((answer) => `  ${answer}`).join('')}\n${rows.join('')}${line('', total)}`);
}

const pipelinesOf = async (framework: RunningFramework): Promise<readonly SeenPipeline[]> => (await framework.get<{ pipelines: SeenPipeline[] }>('/api/v1/pipelines')).pipelines;

async function keysThere(framework: RunningFramework): Promise<Readonly<Record<string, readonly string[]>>> {
  const keys: Record<string, readonly string[]> = {};
  for (const { kind } of Object.values(TOLD)) {
    const { rows } = await framework.get<{ rows: { key: string; gone: boolean }[] }>(`/api/v1/rows?kind=${kind}&limit=1000`);
    keys[kind] = rows.filter(({ gone }) => !gone).map(({ key }) => key).sort();
  }
  return keys;
}

/** What stands in the log above the level of a warning. Before the log begins, problems of the configuration are told as lines. */
const errorsOf = (log: string): readonly string[] => log.split('\n').filter((line) => line.startsWith('{') && (JSON.parse(line) as { level: number }).level >= 50);

const mapper = { type: 'mapper', outputEvent: { action: '{{ action }}', event: '{{ eventType }}', repository: '{{ repository.full_name ?? "" }}', sender: 'by {{ sender.login }}' } };
const AGENT_FORM = {
  integrations: [
    {
      source: { type: 'github', authentication: { secret: { fromEnv: 'A_SECRET' } } },
      pipelines: [
        { name: 'states', processors: [mapper], sinks: [{ type: 'fake' }, { type: 'fake', capacity: 1 }] },
        { name: 'events', processors: [{ type: 'filter', celExpression: 'eventType != "label" && data.action != "closed"' }, mapper], sinks: [{ type: 'fake' }] },
      ],
    },
  ],
};
const PORT_FORM = { integrations: [{ type: 'github', config: { authentication: { secret: { fromEnv: 'A_SECRET' } } } }] };

const ANSWERS = { accepted: 110, 'ignored: ping': 4, 'ignored: unknown-event': 215 };

describe.each([
  ["the agent's form, pipelines on both feeds", AGENT_FORM],
  ["Port's form, the default pipeline", PORT_FORM],
])("every payload of Octokit's examples, signed, and sent to %s", (form, config) => {
  let folder: Folder;
  let framework: RunningFramework;

  beforeAll(async () => {
    folder = folderWith(config);
    framework = await startProcess(folder, { A_SECRET: SECRET });
    await until('ready', async () => (await framework.call('GET', '/health/ready')).status === 200);
  });
  afterAll(async () => {
    await framework?.stop();
    folder?.remove();
  });

  /** Nothing waits any more, and nothing is counted that way. */
  const settled = (): Promise<readonly SeenPipeline[]> =>
    until('nothing is pending', async () => {
      const pipelines = await pipelinesOf(framework);
      const waiting = pipelines.filter(({ backlog, sinks }) => backlog > 0 || sinks.some(({ counters }) => (counters['pending'] ?? 0) > 0));
      if (waiting.length > 0) throw new Error(JSON.stringify(waiting));
      return pipelines;
    });

  it('each is answered 200: accepted, or ignored with a reason; none is a dead letter', async () => {
    const table = await sendAll(framework, 1);
    print(form, table);
    expect(payloads).toHaveLength(329);
    expect(sumOf(table)).toEqual(ANSWERS);
    for (const [event, row] of table) expect([event, Object.keys(row)]).toEqual([event, [TOLD[event] ? 'accepted' : event === 'ping' ? 'ignored: ping' : 'ignored: unknown-event']]);
    await settled();
    expect(await framework.get('/api/v1/dead-letters')).toEqual({ deadLetters: [], next: null });
  });

  it('each thing is there as its newest event says', async () => {
    const there = thereAfter(config === PORT_FORM ? 'open' : 'all');
    expect(await keysThere(framework)).toEqual(there);
    if (config !== PORT_FORM) return;
    for (const { kind, blueprint } of Object.values(TOLD)) if (blueprint !== undefined) await until(`${there[kind]!.length} of ${blueprint}`, async () => (await entitiesOf(framework, blueprint)).length === there[kind]!.length);
  });

  it('the same deliveries again are duplicates and change nothing', async () => {
    const before = await keysThere(framework);
    const { accepted: duplicate, ...ignored } = ANSWERS;
    expect(sumOf(await sendAll(framework, 8))).toEqual({ duplicate, ...ignored });
    await settled();
    expect(await keysThere(framework)).toEqual(before);
  });

  it('the counters close', async () => {
    const metrics = await (await fetch(`${framework.url}/metrics`)).text();
    for (const [result, count] of Object.entries({ accepted: 110, ignored: 438, duplicate: 110 })) expect(metrics).toMatch(new RegExp(`if_deliveries_total\\{[^}]*result="${result}"[^}]*\\} ${count}\\n`));
    for (const { name, received, sinks } of (await settled()).filter((pipeline) => pipeline.received)) {
      expect(received).toEqual({ received: 658, accepted: 110, duplicate: 110, ignored: 438, dead: 0 });
      for (const { sink, counters } of sinks) {
        const { accepted, ...ends } = counters;
        process.stdout.write(`${name} → ${sink}: ${JSON.stringify(counters)}\n`);
        expect([name, sink, accepted]).toEqual([name, sink, 110]);
        expect([name, sink, Object.values(ends).reduce((sum, count) => sum + count)]).toEqual([name, sink, accepted]);
        expect(counters).toMatchObject({ pending: 0, dead: 0 });
      }
    }
  });

  it('no line of the log tells of an error, and it ends as it should', async () => {
    const { code, stderr } = await framework.stop();
    expect([code, errorsOf(stderr)]).toEqual([0, []]);
  });
});
