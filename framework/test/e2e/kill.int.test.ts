import { randomInt } from 'node:crypto';
import fs from 'node:fs';
import { describeWith, startMongo } from '../../../tools/servers';
import { folderWith, startProcess, type Folder, type RunningFramework } from './framework-process';
import { ownIntegrations, startRecordsSource, type RecordsSource } from './records-source';
import { until } from './until';

const ROWS = 20_000;
const KILLS = 20;

interface Run {
  readonly runId: string;
  readonly state: string;
  readonly kinds: { readonly generation: number; readonly rows: Record<string, number>; readonly resources: Record<string, number>[] }[];
}

async function listed(framework: RunningFramework): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  let cursor: string | null = null;
  do {
    const page: { entities: { identifier: string; title: string }[]; next: string | null } = await framework.get(`/api/v1/entities?blueprint=record&limit=1000${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
    for (const entity of page.entities) {
      expect(found.has(entity.identifier)).toBe(false);
      found.set(entity.identifier, entity.title);
    }
    cursor = page.next;
  } while (cursor !== null);
  return found;
}

async function inPortal(framework: RunningFramework, folder: Folder): Promise<Map<string, string>> {
  const credentials = JSON.parse(fs.readFileSync(`${folder.path}/.data/portal-credentials.json`, 'utf8')) as { clientId: string; clientSecret: string };
  const { body } = await framework.call('POST', '/v1/auth/access_token', credentials);
  const all = await framework.call('GET', '/v1/blueprints/record/entities', undefined, { authorization: `Bearer ${String(body['accessToken'])}` });
  return new Map((all.body['entities'] as { identifier: string; title: string }[]).map((entity) => [entity.identifier, entity.title]));
}

/** Kills the framework again and again in the middle of a resync whose source changes meanwhile, and compares the end with the source. */
async function killAgainAndAgain(source: RecordsSource, folder: Folder, seed: number): Promise<void> {
  const random = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
  for (let n = 0; n < ROWS; n++) source.records.set(`r${String(n).padStart(6, '0')}`, { id: `r${String(n).padStart(6, '0')}`, name: `first ${n}`, size: n });

  for (let kill = 0; kill < KILLS; kill++) {
    const framework = await startProcess(folder);
    // Somewhere in its work: after so many further pages, or shortly after its start.
    const target = source.asked.pages + random(40);
    await until('a random moment', () => source.asked.pages >= target || /in \d+\.\d s/.test(framework.stdout()));
    const ended = await framework.kill();
    expect(ended.signal).toBe('SIGKILL');
    // What happens meanwhile: some change, some go, some come. Few enough for the guard.
    for (let n = 0; n < 50; n++) {
      const id = `r${String(random(ROWS)).padStart(6, '0')}`;
      if (random(3) === 0) source.records.delete(id);
      else source.records.set(id, { id, name: `changed ${kill} ${n}`, size: kill });
    }
    source.records.set(`s${kill}`, { id: `s${kill}`, name: `new ${kill}`, size: kill });
  }

  const last = await startProcess(folder);
  try {
    // The run that was killed goes on to its end, and the request of this start is a run of its own.
    await until('all runs ended', async () => {
      const { runs } = await last.get<{ runs: Run[] }>('/api/v1/runs?limit=100');
      return runs.length > 0 && runs.every((run) => run.state !== 'running' && run.state !== 'queued');
    }, 240_000);
    const { runId } = (await last.call('POST', '/api/v1/integrations/records/resync', {})).body as { runId: string };
    const run = await until('the quiet run', async () => {
      const found = await last.get<Run>(`/api/v1/runs/${runId}`);
      return found.state !== 'running' && found.state !== 'queued' && found;
    }, 120_000);
    expect(run.state).toBe('completed');
    const wanted = new Map([...source.records.values()].map((record) => [record.id, String(record['name'])]));
    expect(await listed(last)).toEqual(wanted);
    expect(await inPortal(last, folder)).toEqual(wanted);
    for (const one of (await last.get<{ runs: Run[] }>('/api/v1/runs?limit=100')).runs) {
      for (const { rows, resources } of one.kinds) {
        expect(rows['received']).toBe(rows['stored']! + rows['unchanged']! + rows['outvoted']! + rows['skipped']! + rows['deadLettered']!);
        for (const counts of resources) expect(counts['mapped']! + counts['resent']!).toBe(counts['duplicates']! + counts['unchanged']! + counts['delivered']! + counts['failed']!);
      }
    }
  } finally {
    await last.stop();
  }
}

const configuration = (source: RecordsSource, more: object = {}): object => ({
  port: { baseUrl: 'local' },
  integrationsPath: ownIntegrations,
  integrations: [{ identifier: 'records', type: 'records', config: { url: source.url } }],
  ...more,
});

describe(`killed ${KILLS} times in a resync of ${ROWS} rows, in the data folder`, () => {
  it('ends with the catalog and the portal equal to the source', async () => {
    const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31));
    console.log(`seed ${seed}`);
    const source = await startRecordsSource(200);
    const folder = folderWith(configuration(source));
    try {
      await killAgainAndAgain(source, folder, seed);
    } finally {
      await source.close();
      folder.remove();
    }
  }, 600_000);
});

describeWith({ needs: ['mongo'] }, `killed ${KILLS} times in a resync of ${ROWS} rows, in MongoDB`, () => {
  it('ends with the catalog and the portal equal to the source', async () => {
    const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31));
    console.log(`seed ${seed}`);
    const mongo = await startMongo();
    const source = await startRecordsSource(200);
    const folder = folderWith(configuration(source, { mongodb: { url: mongo.url, database: `kill-${seed}` } }));
    try {
      await killAgainAndAgain(source, folder, seed);
    } finally {
      await source.close();
      await mongo.stop();
      folder.remove();
    }
  }, 600_000);
});
