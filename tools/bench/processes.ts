import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export const repository = path.join(__dirname, '../..');
const hook = path.join(repository, 'framework/bin/hook.js');
const reportUsage = path.join(__dirname, 'report-usage.js');

export interface Server {
  readonly url: string;
  get(route: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts one of the benchmark's own servers; it ends when we do, because its stdin closes. */
export async function startServer(file: string, args: readonly (string | number)[] = []): Promise<Server> {
  const child = spawn(process.execPath, ['-r', hook, path.join(__dirname, file), ...args.map(String)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const port = await new Promise<number>((resolve, reject) => {
    void ended.then((code) => reject(new Error(`${file} ended with ${code}`)));
    child.stdout.once('data', (data: Buffer) => resolve((JSON.parse(String(data)) as { port: number }).port));
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    get: async (route) => (await fetch(url + route)).text(),
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

/** What one process cost, as the system accounts it. */
export interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface FrameworkProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Cost>;
}

export interface FrameworkOptions {
  /** Holds config.yaml. */
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Default: the one of this repository, from TypeScript. */
  readonly bin?: string;
  /** Folder for a CPU profile of it. */
  readonly profiles?: string;
}

/** Starts `framework start` in a process of its own. */
export function startFramework({ folder, environment, bin = path.join(repository, 'framework/bin/framework.js'), profiles }: FrameworkOptions): FrameworkProcess {
  const begun = process.hrtime.bigint();
  const flags = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
  const child = spawn(process.execPath, [...flags, '-r', reportUsage, bin, 'start', '--config', path.join(folder, 'config.yaml')], {
    cwd: folder,
    env: { ...process.env, HTTP_PORT: '0', LOG_LEVEL: 'warn', ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const texts = { stdout: '', stderr: '' };
  child.stdout?.on('data', (data: Buffer) => (texts.stdout += String(data)));
  child.stderr?.on('data', (data: Buffer) => (texts.stderr += String(data)));
  let usage = { cpu: 0, peak: 0 };
  child.on('message', (message) => (usage = message as typeof usage));
  const ended = new Promise<Cost>((resolve) =>
    child.once('close', (code) => resolve({ seconds: Number(process.hrtime.bigint() - begun) / 1e9, cpuSeconds: usage.cpu, peakMegabytes: usage.peak, code, ...texts })),
  );
  return { child, ended };
}

/** A folder with this config.yaml; removed by `done`. */
export function workspace(config: string): { readonly folder: string; done(): void } {
  const cache = path.join(repository, '.cache');
  fs.mkdirSync(cache, { recursive: true });
  const folder = fs.mkdtempSync(path.join(cache, 'bench-'));
  fs.writeFileSync(path.join(folder, 'config.yaml'), config);
  return { folder, done: () => fs.rmSync(folder, { recursive: true, force: true }) };
}
