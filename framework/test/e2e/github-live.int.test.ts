import { generateKeyPairSync, randomInt, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { MongoClient, type Collection } from 'mongodb';
import { parse } from 'yaml';
import { githubApi, type GithubApi } from '../../../integrations/github/test/github-api';
import { describeWith, startGithubEmulator, startMongo, type GithubEmulator, type Mongo } from '../../../tools/servers';
import { seeded } from '../model/random';
import { folderWith, repository as root, startProcess, type Folder, type RunningFramework } from './framework-process';
import { startBetween, type Between } from './github-between';
import { listGithub, ORGANIZATION, randomChanges, type Change, type Listing } from './github-world';
import { entitiesOf, resync, runsOf, type SeenRun } from './observe';
import { until } from './until';
import { callAsVendor } from './vendor-call';

// A GitHub that nobody here wrote is filled, read once, then changed at random, and tells of it by its own signed webhooks. What the framework holds has to be what
// that GitHub lists, after each change: in Port's form the catalog, in the agent's form documents in MongoDB. Left out of the comparison is what GitHub sends no event
// for: counters of a repository and when it was pushed to.

const TOKEN = 'a-token-of-ada';
const SECRET = 'the-secret-of-the-app';
const STEPS = 40;
/** Of a test with so many steps, on a machine that has other work too. */
const PATIENCE_MS = 150_000;
const seed = Number(process.env['SEED'] ?? randomInt(1_000_000));

type Row = Readonly<Record<string, unknown>>;
type Things = ReadonlyMap<string, Row>;

const BLUEPRINTS = ['githubRepository', 'githubIssue', 'githubPullRequest', 'githubRelease'];
const KINDS = ['repository', 'issue', 'pull-request', 'release'];
const EVENTS = ['repository', 'issues', 'pull_request'];

const login = (value: unknown): unknown => (value as Row | null)?.['login'] ?? null;
const names = (value: unknown, member: string): unknown => (value as readonly Row[]).map((one) => one[member]);

/** What the catalog should hold, by blueprint and identifier. */
function expectedEntities(listing: Listing): Things {
  const things = new Map<string, Row>();
  for (const { row: repository, issues, pulls, releases } of listing) {
    const name = String(repository['full_name']);
    const relations = { repository: name };
    const { html_url: url, default_branch: defaultBranch, description, language, topics, visibility, archived, fork } = repository;
    things.set(`githubRepository ${name}`, { title: repository['name'], properties: { url, description, defaultBranch, language, topics, visibility, archived, fork }, relations: { organization: ORGANIZATION } });
    for (const issue of issues) things.set(`githubIssue ${name}/issues/${String(issue['number'])}`, { title: issue['title'], properties: { ...stateOf(issue), assignees: names(issue['assignees'], 'login') }, relations });
    for (const pull of pulls.filter(({ state }) => state === 'open')) {
      const { draft, merged_at: merged, requested_reviewers: reviewers, head } = pull;
      const properties = { ...stateOf(pull), draft, merged, reviewers: names(reviewers, 'login'), branch: (head as Row)['ref'] };
      things.set(`githubPullRequest ${name}/pull/${String(pull['number'])}`, { title: pull['title'], properties, relations });
    }
    for (const { id, name: title, html_url: at, tag_name: tag, draft, prerelease, author, created_at: created, published_at: published } of releases) {
      things.set(`githubRelease ${String(id)}`, { title, properties: { url: at, tag, draft, prerelease, author: login(author), created, published }, relations });
    }
  }
  return things;
}

/** What issues and pull requests have in common. */
const stateOf = ({ html_url: url, number, state, user, labels, created_at: created, updated_at: updated, closed_at: closed }: Row): Row => ({
  ...{ url, number, state, created, updated, closed },
  author: login(user),
  labels: names(labels, 'name'),
});

async function storedEntities(framework: RunningFramework): Promise<Things> {
  const things = new Map<string, Row>();
  for (const blueprint of BLUEPRINTS) {
    for (const entity of await entitiesOf(framework, blueprint)) {
      const { openIssues: _openIssues, pushed: _pushed, ...properties } = entity.properties;
      things.set(`${blueprint} ${entity.identifier}`, { title: entity.title, properties, relations: (entity as unknown as Row)['relations'] });
    }
  }
  return things;
}

/** Members that a delivery, and what was read, both say: `data` is what was read. */
const any = (members: readonly string[], member: string): string => `{{ ${members.map((one) => `${one}.${member}`).join(' ?? ')} }}`;
const OUTPUT = {
  title: '{{ issue.title ?? pull_request.title ?? data.title ?? repository.name ?? data.name }}',
  url: any(['issue', 'pull_request', 'data', 'repository'], 'html_url'),
  number: any(['issue', 'pull_request', 'data'], 'number'),
  state: any(['issue', 'pull_request', 'data'], 'state'),
  closed: any(['issue', 'pull_request', 'data'], 'closed_at'),
  labels: any(['issue', 'pull_request', 'data'], 'labels.#.name'),
  about: 'what {{ sender.nothing }}is at {{ issue.html_url ?? pull_request.html_url ?? data.html_url ?? repository.html_url }}',
};

/** What the mapper makes of the listing, by `_id`. */
function expectedDocuments(listing: Listing): Things {
  const things = new Map<string, Row>();
  const put = (kind: string, { id, title, name, html_url: url, number = null, state = null, closed_at: closed = null, labels }: Row): void => {
    const _id = `github.${kind}:${String(id)}`;
    things.set(_id, { _id, _eventId: String(id), title: title ?? name, url, number, state, closed, labels: labels === undefined ? null : names(labels, 'name'), about: `what is at ${String(url)}` });
  };
  for (const { row, issues, pulls } of listing) {
    put('repository', row);
    issues.forEach((issue) => put('issue', issue));
    pulls.forEach((pull) => put('pull-request', pull));
  }
  return things;
}

/** The first differences, in words; none when they are equal. */
function differences(found: Things, wanted: Things): readonly string[] {
  const told: string[] = [];
  for (const [id, thing] of wanted) {
    const other = found.get(id);
    if (!other) told.push(`${id} is missing`);
    else if (!isEqual(other, thing)) told.push(`${id} is ${JSON.stringify(other)} and should be ${JSON.stringify(thing)}`);
  }
  for (const id of found.keys()) if (!wanted.has(id)) told.push(`${id} should not be there`);
  return told.slice(0, 4);
}

const sorted = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(sorted) : typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, inner]) => [name, sorted(inner)])) : value;
const isEqual = (one: unknown, other: unknown): boolean => JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));

const errorsOf = (log: string): readonly string[] => log.split('\n').filter((line) => line.startsWith('{') && (JSON.parse(line) as { level: number }).level >= 50);
const isOpen = (run: SeenRun): boolean => run.state === 'queued' || run.state === 'running';

describeWith({ needs: ['github', 'mongo'] }, `github changes and tells of it (seed ${seed})`, () => {
  // Of its own: when a delivery comes is not in our hands, what is changed is.
  const random = seeded(seed);
  const chances = seeded(seed + 1);
  let emulator: GithubEmulator;
  let between: Between;
  let mongo: Mongo;
  let client: MongoClient;
  let documents: Collection<Row & { readonly _id: string }>;
  let api: GithubApi;
  let folder: Folder;
  let framework: RunningFramework;
  let changeOf: (listing: Listing) => Change;

  beforeAll(async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }) as string;
    const app = (id: number, hook: string) => ({
      id,
      privateKey: pem,
      installation: { id, account: ORGANIZATION },
      permissions: { metadata: 'read', issues: 'read', pull_requests: 'read', contents: 'read' } as const,
      webhook: { url: `${between.url}/hooks${hook}`, secret: SECRET, events: ['*'] },
    });
    between = await startBetween({ github: () => emulator.url, pageSize: 1 });
    emulator = await startGithubEmulator({
      tokens: { [TOKEN]: 'ada' },
      users: ['ada', 'grace'],
      organizations: [{ login: ORGANIZATION, members: [{ login: 'ada', role: 'admin' }, { login: 'grace', role: 'member' }] }],
      apps: [app(1, '/catalog'), app(2, '/documents')],
    });
    api = githubApi(emulator.url, TOKEN);
    mongo = await startMongo();
    client = await new MongoClient(mongo.url).connect();
    const database = `github-${randomUUID()}`;
    documents = client.db(database).collection('github');
    changeOf = randomChanges(api, random);
    for (let n = 0; n < 40; n++) await changeOf(await listGithub(api)).make();

    const { resources } = parse(readFileSync(path.join(root, 'integrations/github/mapping.yaml'), 'utf8')) as { resources: { kind: string }[] };
    const settings = { baseUrl: between.url, token: { fromEnv: 'A_TOKEN' }, authentication: { secret: { fromEnv: 'A_SECRET' } } };
    folder = folderWith({
      integrations: [
        // Of few things a run may find most gone. What its guards hold waits for an operator, whatever an event says of it.
        { identifier: 'catalog', type: 'github', config: { ...settings, webhookPath: '/catalog' }, guard: 'off', mapping: { entityDeletionThreshold: 1, resources: resources.filter(({ kind }) => KINDS.includes(kind)) } },
        {
          identifier: 'documents',
          guard: 'off',
          source: { type: 'github', ...settings, webhookPath: '/documents', events: EVENTS },
          pipelines: [{ processors: [{ type: 'mapper', outputEvent: OUTPUT }], sinks: [{ type: 'mongo', url: { fromEnv: 'MONGO_URL' }, collection: 'github' }] }],
        },
      ],
    });
    framework = await startProcess(folder, { A_TOKEN: TOKEN, A_SECRET: SECRET, MONGO_URL: `${mongo.url}/${database}` });
    await until('both were read', async () => {
      const runs = await runsOf(framework);
      return runs.length === 2 && !runs.some(isOpen);
    });
    between.deliverTo(framework.url);
    between.twice(() => chances.chance(0.2));
  });
  afterAll(async () => {
    await framework?.stop();
    await emulator?.stop();
    await between?.close();
    await documents?.db.dropDatabase();
    await client?.close();
    await mongo?.stop();
    folder?.remove();
  });

  const storedDocuments = async (): Promise<Things> => new Map((await documents.find().toArray()).map((document) => [document._id, document]));

  /** Waits until both hold what is listed. */
  const equalsListing = async (listing: Listing, after: string): Promise<void> => {
    const [entities, mapped] = [expectedEntities(listing), expectedDocuments(listing)];
    await until(`seed ${seed}, after ${after}: the catalog and the documents are what GitHub lists`, async () => {
      const told = [...differences(await storedEntities(framework), entities), ...differences(await storedDocuments(), mapped)];
      if (told.length > 0) throw new Error(told.join('\n'));
      return true;
    }, 20_000);
  };

  /** While the work goes on: what is there must stay there, except for what a change takes away. */
  async function watched(work: (stays: Set<string>) => Promise<void>): Promise<{ readonly looks: number; readonly missed: readonly string[] }> {
    const stays = new Set<string>();
    const missed: string[] = [];
    let looks = 0;
    await beside(async () => {
      const before = [...stays];
      const found = new Set([...(await storedEntities(framework)).keys(), ...(await storedDocuments()).keys()]);
      missed.push(...before.filter((id) => stays.has(id) && !found.has(id)));
      looks++;
    }, () => work(stays));
    return { looks, missed };
  }

  /** Does the one over and over until the other has ended. */
  async function beside(again: () => Promise<void>, work: () => Promise<void>): Promise<void> {
    let ended = false;
    const repeated = (async () => {
      while (!ended) await again();
    })();
    const worked = work().finally(() => void (ended = true));
    await Promise.all([worked, repeated.finally(() => void (ended = true))]).finally(() => Promise.allSettled([worked, repeated]));
  }

  /** Identifiers that the change may take away. */
  const goneBy = ({ deletes, renames, closes }: Change): readonly string[] => [
    ...(deletes ? [...expectedEntities([deletes]).keys(), ...expectedDocuments([deletes]).keys()] : []),
    ...(renames ? expectedEntities([renames]).keys() : []),
    ...(closes ? [`githubPullRequest ${String(closes.of.row['full_name'])}/pull/${String(closes.row['number'])}`] : []),
  ];

  /** A delivery of before comes once more, as another one. */
  async function repeatOne(): Promise<void> {
    const { path: hook, headers, body } = random.pick(between.passed);
    expect(await callAsVendor(`${framework.url}${hook}`, { headers: { ...headers, 'x-github-delivery': randomUUID() }, body })).toMatchObject({ status: 200, body: { status: expect.stringMatching(/accepted|ignored/) } });
  }

  async function changeAndCompare(stays: Set<string>): Promise<void> {
    let listing = await listGithub(api);
    await equalsListing(listing, 'what was before');
    for (let n = 1; n <= STEPS; n++) {
      for (const key of [...expectedEntities(listing).keys(), ...expectedDocuments(listing).keys()]) stays.add(key);
      const change = changeOf(listing);
      for (const key of goneBy(change)) stays.delete(key);
      if (between.passed.length > 0 && random.chance(0.3)) await repeatOne();
      await change.make();
      listing = await listGithub(api);
      await equalsListing(listing, `step ${n}, ${change.what}`);
    }
  }

  it('one resync gives what it lists', async () => {
    const runs = await runsOf(framework);
    expect(runs.map(({ state }) => state)).toEqual(['completed', 'completed']);
    await equalsListing(await listGithub(api), 'the first resync');
  });

  it(`${STEPS} changes: after each both are what it lists, by its webhooks alone`, async () => {
    const { looks, missed } = await watched(changeAndCompare);
    expect((await runsOf(framework)).length).toBe(2);
    expect([looks > STEPS, missed]).toEqual([true, []]);
  }, PATIENCE_MS);

  it(`${STEPS} more while one resync follows the other: the same, and what exists is never missing`, async () => {
    const ends: Record<string, number> = {};
    const rerun = (identifier: string) => async (): Promise<void> => {
      const end = `${identifier} ${(await resync(framework, identifier)).state}`;
      ends[end] = (ends[end] ?? 0) + 1;
    };
    const { looks, missed } = await watched((stays) => beside(rerun('catalog'), () => beside(rerun('documents'), () => changeAndCompare(stays))));
    process.stdout.write(`github-live, seed ${seed}: beside ${STEPS} changes ${JSON.stringify(ends)}, looked ${looks} times\n`);
    expect(Object.keys(ends).sort()).toEqual(['catalog completed', 'documents completed']);
    expect(Math.min(...Object.values(ends))).toBeGreaterThan(3);
    expect([looks > STEPS, missed]).toEqual([true, []]);
  }, PATIENCE_MS);

  it('then nothing is open, and it is still so', async () => {
    await until('no question is open', async () => (await framework.get<{ sources: { backlog: number }[] }>('/-/check-up')).sources.every(({ backlog }) => backlog === 0));
    await equalsListing(await listGithub(api), 'everything');
    const { pipelines } = await framework.get<{ pipelines: { received?: Record<string, number>; sinks: { counters: Record<string, number> }[] }[] }>('/api/v1/pipelines');
    const { received, sinks } = pipelines.find((pipeline) => pipeline.received)!;
    process.stdout.write(`github-live: documents ${JSON.stringify(received)} → mongo ${JSON.stringify(sinks[0]!.counters)}\n`);
    const { accepted, ...ended } = sinks[0]!.counters;
    expect(received!['received']).toBe(received!['ignored']! + received!['duplicate']! + received!['accepted']! + received!['dead']!);
    expect([ended['pending'], ended['dead'], Object.values(ended).reduce((sum, count) => sum + count)]).toEqual([0, 0, accepted]);
  });

  it('every delivery was answered 200 and none is a dead letter; no line of the log tells of an error', async () => {
    expect(new Set(between.passed.map(({ answer }) => answer.status))).toEqual(new Set([200]));
    expect(await framework.get('/api/v1/dead-letters')).toMatchObject({ deadLetters: [] });
    const { code, stderr } = await framework.stop();
    expect([code, errorsOf(stderr)]).toEqual([0, []]);
  });
});
