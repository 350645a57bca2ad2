import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export const repository = path.join(__dirname, '../..');
const hook = path.join(repository, 'framework/bin/hook.js');

export interface Server {
  readonly url: string;
  get(route: string): Promise<string>;
  stop(): void;
}

/** Starts one of the benchmark's own servers; it ends when we do, because its stdin closes. */
export async function startServer(file: string, args: readonly (string | number)[] = []): Promise<Server> {
  const child = spawn(process.execPath, ['-r', hook, path.join(__dirname, file), ...args.map(String)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
    child.stdout!.once('data', (data: Buffer) => resolve((JSON.parse(String(data)) as { port: number }).port));
  });
  const url = `http://127.0.0.1:${port}`;
  return { url, get: async (route) => (await fetch(url + route)).text(), stop: () => child.stdin!.end() };
}

/** What one run of the framework cost, as the system accounts it. */
export interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the framework to its end (ONCE) in a process of its own. */
export async function runFramework(folder: string, environment: Readonly<Record<string, string>> = {}): Promise<Cost> {
  const begun = process.hrtime.bigint();
  const child = spawn(process.execPath, ['-r', path.join(__dirname, 'report-usage.js'), path.join(repository, 'framework/bin/framework.js'), 'start', '--config', path.join(folder, 'config.yaml')], {
    cwd: folder,
    env: { ...process.env, HTTP_PORT: '0', LOG_LEVEL: 'warn', ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const out = collect(child);
  let usage = { cpu: 0, peak: 0 };
  child.on('message', (message) => (usage = message as typeof usage));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { seconds: Number(process.hrtime.bigint() - begun) / 1e9, cpuSeconds: usage.cpu, peakMegabytes: usage.peak, code, stdout: out.stdout(), stderr: out.stderr() };
}

function collect(child: ChildProcess): { stdout(): string; stderr(): string } {
  let [out, err] = ['', ''];
  child.stdout!.on('data', (data: Buffer) => (out += String(data)));
  child.stderr!.on('data', (data: Buffer) => (err += String(data)));
  return { stdout: () => out, stderr: () => err };
}

/** A folder with this config.yaml; removed by `done`. */
export function workspace(config: string): { readonly folder: string; done(): void } {
  const folder = fs.mkdtempSync(path.join(repository, '.cache/bench-'));
  fs.writeFileSync(path.join(folder, 'config.yaml'), config);
  return { folder, done: () => fs.rmSync(folder, { recursive: true, force: true }) };
}
