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
  /** What the source and the Port API spent meanwhile. */
  readonly sourceCpuSeconds: number;
  readonly portalCpuSeconds: number;
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

interface Observed {
  readonly run: string | undefined;
  readonly requests: number;
  readonly calls: Readonly<Record<string, number>>;
  readonly sourceCpu: number;
  readonly portalCpu: number;
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
      // ONCE always resyncs; a process that stays does what its store wants of it.
      triggerChannel: { type: atStart ? 'ONCE' : 'POLLING' },
      integrationsPath: integrations,
      integrations: [{ identifier: IDENTIFIER, type: 'records', config: { url: source.url }, mapping: './mapping.yaml', resync: { atStart } }],
    });
  const observe = async (run: Run | undefined): Promise<Observed> => ({
    run: run?.runId,
    requests: Number(await source.get('/requests')),
    calls: JSON.parse(await port.get('/calls')) as Record<string, number>,
    sourceCpu: Number(await source.get('/usage')),
    portalCpu: Number(await port.get('/usage')),
  });
  let before = await observe(undefined);

  return {
    place,
    async run({ mapping = benchMapping, atStart = true, profiles } = {}) {
      fs.writeFileSync(path.join(folder, 'config.yaml'), config(atStart));
      fs.writeFileSync(path.join(folder, 'mapping.yaml'), mapping);
      const framework = startFramework({ folder, environment, ...(profiles !== undefined && { profiles }) });
      if (!atStart) framework.child.stdout?.on('data', (data: Buffer) => / in \d+\.\d s/.test(String(data)) && framework.child.kill('SIGTERM'));
      const cost = await framework.ended;
      if (cost.code !== 0) throw new Error(`the framework ended with ${cost.code}\n${cost.stdout}\n${cost.stderr}`);
      const run = await readStore(place, (store) => lastRun(store, IDENTIFIER));
      const after = await observe(run);
      const fresh = after.run === before.run ? undefined : run;
      const calls = Object.entries(after.calls).map(([name, count]): [string, number] => [name, count - (before.calls[name] ?? 0)]);
      const measured: Measured = {
        cost,
        ...(fresh && { run: fresh }),
        runSeconds: ((fresh?.endedAt ?? Number.NaN) - (fresh?.startedAt ?? Number.NaN)) / 1_000,
        sourceRequests: after.requests - before.requests,
        portalCalls: sum(calls.map(([, count]) => count)),
        entityCalls: sum(calls.filter(([name]) => isEntityWrite(name)).map(([, count]) => count)),
        sourceCpuSeconds: after.sourceCpu - before.sourceCpu,
        portalCpuSeconds: after.portalCpu - before.portalCpu,
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
