import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { until } from './until';

export const repository = path.join(__dirname, '../../..');
const bin = path.join(repository, 'framework/bin/framework.js');

/** Variables that must not leak from whoever runs the tests. */
const clean = (): NodeJS.ProcessEnv => Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PORT_|FRAMEWORK__|HTTP_|DATA_DIR|LOG_|KAFKA_|MONGO_|CONFIGURATION_PATH|API_TOKEN|PUBLIC_URL|NODE_OPTIONS|JEST_)/.test(name)));

export interface Folder {
  readonly path: string;
  write(file: string, text: string): void;
  remove(): void;
}

/** A folder of its own with a config.yaml, outside the repository. */
export function folderWith(config: string | object): Folder {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'framework-e2e-'));
  const write = (file: string, text: string): void => {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), text);
  };
  write('config.yaml', typeof config === 'string' ? config : JSON.stringify(config));
  return { path: folder, write, remove: () => fs.rmSync(folder, { recursive: true, force: true }) };
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command to its end. */
export async function runCommand(folder: Folder, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return spawnFramework(folder, args, environment).ended;
}

export interface Spawned {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout(): string;
  stderr(): string;
}

/** Starts a command and waits for nothing: for one that stands by, or is interrupted. */
export function spawnFramework(folder: Folder, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Spawned {
  const child = spawn(process.execPath, [bin, ...args], { cwd: folder.path, env: { ...clean(), HTTP_PORT: '0', LOG_FORMAT: 'json', ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout!.on('data', (data: Buffer) => (stdout += String(data)));
  child.stderr!.on('data', (data: Buffer) => (stderr += String(data)));
  const ended = new Promise<Ended>((resolve) => child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr })));
  return { child, ended, stdout: () => stdout, stderr: () => stderr };
}

export interface RunningFramework {
  readonly url: string;
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  readonly ended: Promise<Ended>;
  get<T = Record<string, unknown>>(route: string): Promise<T>;
  call(method: string, route: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<{ readonly status: number; readonly body: Record<string, unknown>; readonly headers: Headers }>;
  /** The n-th run line on stdout, counted from 1. */
  runLine(n: number): Promise<string>;
  /** SIGTERM, and its end. */
  stop(): Promise<Ended>;
  kill(): Promise<Ended>;
}

/** Starts the framework and waits until it listens. Throws with its output when it ends before. */
export async function startProcess(folder: Folder, environment: Readonly<Record<string, string>> = {}): Promise<RunningFramework> {
  const spawned = spawnFramework(folder, ['start'], environment);
  const { child } = spawned;
  const url = await until('the framework listens', () => {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}:\n${spawned.stdout()}\n${spawned.stderr()}`);
    return /(http:\/\/\S+) {3}data/.exec(spawned.stdout())?.[1];
  });
  const call: RunningFramework['call'] = async (method, route, body, headers = {}) => {
    const response = await fetch(url + route, { method, headers: { 'content-type': 'application/json', ...headers }, ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }) });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
  };
  const finish = (signal: NodeJS.Signals): Promise<Ended> => {
    child.kill(signal);
    return spawned.ended;
  };
  return {
    url,
    pid: child.pid!,
    stdout: spawned.stdout,
    stderr: spawned.stderr,
    ended: spawned.ended,
    call,
    get: async <T>(route: string) => (await call('GET', route)).body as T,
    runLine: (n) => until(`run line ${n}`, () => spawned.stdout().split('\n').filter((line) => /  \S+ in \d+\.\d s/.test(line))[n - 1]),
    stop: () => finish('SIGTERM'),
    kill: () => finish('SIGKILL'),
  };
}
