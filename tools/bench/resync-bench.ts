import fs from 'node:fs';
import path from 'node:path';
import type { Run } from '../../framework/src/store';
import { startFramework, startServer, workspace, type Cost } from './processes';
import { DATABASE, lastRun, readStore, type Place } from './read-store';

const IDENTIFIER = 'bench';
const integrations = path.join(__dirname, 'integrations');
/** The mapping that comes with the integration: twelve fields. */
export const benchMapping = fs.readFileSync(path.join(integrations, 'records/mapping.yaml'), 'utf8');

/** One run of the framework, from its start to its end. */
export interface Measured {
  readonly cost: Cost;
  /** The run that it made; absent when it made none. */
  readonly run?: Run;
  /** From the begin of the run to its end, without the start of the process; NaN without a run. */
  readonly runSeconds: number;
  readonly sourceRequests: number;
  readonly portalCalls: number;
  /** Those that carry or remove entities. */
  readonly entityCalls: number;
}

export interface ResyncBench {
  readonly place: Place;
  /** `atStart` false: the process itself asks for no resync. */
  run(how?: { readonly mapping?: string; readonly atStart?: boolean; readonly profiles?: string }): Promise<Measured>;
  stop(): Promise<void>;
}

export interface ResyncSetup {
  readonly rows: number;
  readonly rowBytes: number;
  readonly page: number;
  /** Absent: the embedded store. */
  readonly mongoUrl?: string;
}

/** A paged source, a Port API and a folder for the framework, each measured run a process of its own between them. */
export async function prepareResync({ rows, rowBytes, page, mongoUrl }: ResyncSetup): Promise<ResyncBench> {
  const source = await startServer('source.ts', [rows, rowBytes, page]);
  const port = await startServer('port-api.ts');
  const { folder, done } = workspace('');
  const dataFolder = path.join(folder, '.data');
  const place: Place = mongoUrl === undefined ? { dataFolder } : { mongoUrl };
  const environment = {
    DATA_DIR: dataFolder,
    PORT_CLIENT_ID: 'bench',
    PORT_CLIENT_SECRET: 'bench-secret',
    ...(mongoUrl !== undefined && { FRAMEWORK__MONGODB__URL: `${mongoUrl}/${DATABASE}` }),
  };
  const config = (atStart: boolean): string =>
    JSON.stringify({
      port: { baseUrl: port.url },
      triggerChannel: { type: 'ONCE' },
      integrationsPath: integrations,
      integrations: [{ identifier: IDENTIFIER, type: 'records', config: { url: source.url }, mapping: './mapping.yaml', resync: { atStart } }],
    });
  let before = { run: '', source: 0, calls: {} as Readonly<Record<string, number>> };

  return {
    place,
    async run({ mapping = benchMapping, atStart = true, profiles } = {}) {
      fs.writeFileSync(path.join(folder, 'config.yaml'), config(atStart));
      fs.writeFileSync(path.join(folder, 'mapping.yaml'), mapping);
      const cost = await startFramework({ folder, environment, ...(profiles !== undefined && { profiles }) }).ended;
      if (cost.code !== 0) throw new Error(`the framework ended with ${cost.code}\n${cost.stdout}\n${cost.stderr}`);
      const run = await readStore(place, (store) => lastRun(store, IDENTIFIER));
      const after = { run: run?.runId ?? '', source: Number(await source.get('/requests')), calls: JSON.parse(await port.get('/calls')) as Record<string, number> };
      const calls = Object.entries(after.calls).map(([name, count]): [string, number] => [name, count - (before.calls[name] ?? 0)]);
      const measured: Measured = {
        cost,
        ...(run !== undefined && run.runId !== before.run && { run }),
        runSeconds: run !== undefined && run.runId !== before.run ? ((run.endedAt ?? Number.NaN) - (run.startedAt ?? Number.NaN)) / 1_000 : Number.NaN,
        sourceRequests: after.source - before.source,
        portalCalls: sum(calls.map(([, count]) => count)),
        entityCalls: sum(calls.filter(([name]) => isEntityWrite(name)).map(([, count]) => count)),
      };
      before = after;
      return measured;
    },
    async stop() {
      await Promise.all([source.stop(), port.stop()]);
      done();
    },
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Reading calls of entities are POST too: search, and the list of what we own. */
const isEntityWrite = (call: string): boolean => /^(?:POST|PUT|PATCH|DELETE) .*entities/.test(call) && !/search|datasource/.test(call);
