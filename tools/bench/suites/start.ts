import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { startFramework, repository, workspace, type Cost } from '../processes';
import { figure, median, type SuiteOptions, type SuiteResult } from '../report';

const TIMES = 5;
const POLL_MS = 5;
const PATIENCE_MS = 60_000;
/** What a newcomer starts, without the resync. */
const CONFIG = `port: { baseUrl: local }
triggerChannel: { type: POLLING }
integrations:
  - { identifier: git, type: git, config: { path: . }, resync: { atStart: false } }
`;

interface Start {
  readonly readySeconds: number;
  readonly cost: Cost;
}

/** From the start of the process until it answers that it is ready. */
export async function run({ profiles }: SuiteOptions): Promise<SuiteResult> {
  execFileSync(process.execPath, [path.join(repository, 'tools/build.js')], { stdio: 'ignore' });
  const forms = [
    ['from TypeScript', 'framework/bin/framework.js'],
    ['built', 'dist/framework/bin/framework.js'],
  ] as const;
  const starts = new Map<string, Start[]>(forms.map(([name]) => [name, []]));
  // The first start of each fills the caches of the system and does not count; then both take turns.
  for (let time = 0; time <= TIMES; time++)
    for (const [name, bin] of forms) {
      const start = await startOnce(path.join(repository, bin), time === 1 ? profiles : undefined);
      if (time > 0) starts.get(name)?.push(start);
    }
  const medianOf = (name: string, read: (start: Start) => number): number => median((starts.get(name) ?? []).map(read));
  const rows = forms.map(([name]) => {
    const all = (starts.get(name) ?? []).map(({ readySeconds }) => Math.round(readySeconds * 1_000)).sort((a, b) => a - b);
    return [name, Math.round(medianOf(name, (start) => start.readySeconds) * 1_000), `${all[0]}-${all[all.length - 1]}`, figure(medianOf(name, ({ cost }) => cost.cpuSeconds)), medianOf(name, ({ cost }) => cost.peakMegabytes)];
  });
  const ratio = medianOf('from TypeScript', (start) => start.readySeconds) / medianOf('built', (start) => start.readySeconds);
  return {
    tables: [
      {
        title: 'start: from the start of the process until /health/ready answers 200 (git, built-in portal, embedded store, empty data folder)',
        columns: ['form', 'ms, median', `of ${TIMES}`, 'CPU s', 'peak MB'],
        rows,
        notes: [`from TypeScript takes ${figure(ratio)} times as long as built. CPU and memory include the stop.`],
      },
    ],
    facts: [],
  };
}

async function startOnce(bin: string, profiles: string | undefined): Promise<Start> {
  const { folder, done } = workspace(CONFIG);
  execFileSync('git', ['init', '--quiet', folder]);
  const begun = process.hrtime.bigint();
  const { child, ended } = startFramework({ folder, bin, ...(profiles !== undefined && { profiles }) });
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let text = '';
      child.stdout?.on('data', (data: Buffer) => {
        const match = /(http:\/\/\S+)/.exec((text += String(data)));
        if (match?.[1] !== undefined) resolve(match[1]);
      });
      void ended.then(({ code, stderr }) => reject(new Error(`${bin} ended with ${code}: ${stderr}`)));
    });
    const deadline = Date.now() + PATIENCE_MS;
    while ((await fetch(`${url}/health/ready`)).status !== 200) {
      if (Date.now() > deadline) throw new Error(`${bin} did not become ready`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    const readySeconds = Number(process.hrtime.bigint() - begun) / 1e9;
    child.kill('SIGTERM');
    return { readySeconds, cost: await ended };
  } finally {
    child.kill('SIGKILL');
    done();
  }
}
