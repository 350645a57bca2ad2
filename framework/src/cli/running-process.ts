import fs from 'node:fs';
import path from 'node:path';
import type { Settings } from '../config';
import { FrameworkError } from '../contract';
import { systemClock } from '../shared';
import type { Run, Store } from '../store';
import { openStore } from '../runtime/open-store';
import { program } from '../runtime/program';
import { runReasons } from '../runtime/run-line';
import { refusal, refuseBroken, usageError, type Command } from './command';
import { exitCodeOfRun, exitCodes, type ExitCode } from './exit-codes';
import type { ProcessLog } from './log';

const LOOK_EVERY_MS = 500;

/** A process that holds the store of these settings, reached by REST. */
export interface RunningProcess {
  readonly pid: number;
  readonly url: string;
  call<T>(method: 'GET' | 'POST' | 'DELETE', route: string, body?: unknown): Promise<{ readonly status: number; readonly body: T }>;
}

/** The process that holds the data folder or the database; undefined when nobody does. */
export async function findProcess(settings: Settings, log: ProcessLog): Promise<RunningProcess | undefined> {
  const holder = settings.mongodb ? await holderInMongo(settings, log) : holderOfFolder(settings.process.dataDir);
  if (!holder) return undefined;
  const process_: RunningProcess = {
    ...holder,
    async call(method, route, body) {
      const token = settings.process.apiToken?.reveal();
      const response = await send(`${holder.url}/api/v1${route}`, {
        method,
        headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
        ...(method !== 'GET' && { body: JSON.stringify(body ?? {}) }),
      });
      const text = await response.text();
      return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as never };
    },
  };
  const alive = await process_.call('GET', '/runs?limit=1').then(
    () => true,
    () => false,
  );
  return alive ? process_ : undefined;
}

/** The same, for commands that only a running process can do. */
export async function needProcess(settings: Settings, log: ProcessLog): Promise<RunningProcess> {
  const running = await findProcess(settings, log);
  if (!running) throw usageError(`no process holds this store; start one with ${program()} start`);
  return running;
}

/** What it shows. Throws what it says when it does not. */
export const ask = async <T>(running: RunningProcess, route: string): Promise<T> => answerOf(await running.call<T & { message?: string }>('GET', route), 200);

/** Asks something of one entry, and prints what came of it. */
export async function tellEntry<T>({ invocation, settings, log, print }: Command, route: string, line: (answer: T) => string): Promise<ExitCode> {
  if (refuseBroken(settings, invocation)) return exitCodes.usage;
  const running = await needProcess(settings, log);
  const answer = answerOf(await running.call<T & { message?: string }>('POST', `/integrations/${encodeURIComponent(invocation.target!)}/${route}`), 202);
  print(invocation.json ? JSON.stringify(answer) : line(answer));
  return exitCodes.done;
}

function answerOf<T>({ status, body }: { readonly status: number; readonly body: T & { message?: string } }, wanted: number): T {
  if (status === 400 || status === 404) throw usageError(body.message ?? 'the running process does not know this');
  if (status !== wanted) throw refusal(body.message ?? `the running process answered ${status}`);
  return body;
}

async function send(url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, request);
  } catch (err) {
    throw new FrameworkError('COMMAND_REFUSED', [`the running process at ${new URL(url).origin} does not answer any more`], { cause: err });
  }
}

/** A run as REST shows it, once it ended or waits for a release. Throws when its entry is paused: nobody knows for how long. */
export async function endOf(running: RunningProcess, runId: string): Promise<Run> {
  for (;;) {
    const { body } = await running.call<Run>('GET', `/runs/${encodeURIComponent(runId)}`);
    if (body.state !== 'queued' && body.state !== 'running') return body;
    if (body.state === 'queued' && (await isPaused(running, body.integration))) throw refusal(`${body.integration} is paused: run ${runId} is queued, and begins after ${program()} resume ${body.integration}`);
    await systemClock.sleep(LOOK_EVERY_MS);
  }
}

const isPaused = async (running: RunningProcess, identifier: string): Promise<boolean> => (await running.call<{ paused?: boolean }>('GET', `/integrations/${encodeURIComponent(identifier)}`)).body.paused === true;

/** Prints how such a run ended, and why not better. */
export function tellRun(run: Run, { invocation, print }: Pick<Command, 'invocation' | 'print'>): ExitCode {
  const resources = run.kinds.flatMap((kind) => kind.resources);
  const sum = (pick: 'created' | 'delivered' | 'deleted' | 'failed'): number => resources.reduce((total, resource) => total + resource[pick], 0);
  const line = `${run.integration}  ${run.state}  created ${sum('created')} updated ${sum('delivered') - sum('created')} deleted ${sum('deleted')} failed ${sum('failed')}`;
  print(invocation.json ? JSON.stringify(run) : [line, ...runReasons(run, invocation.files)].join('\n'));
  return exitCodeOfRun(run);
}

function holderOfFolder(folder: string): { pid: number; url: string } | undefined {
  try {
    const holder = JSON.parse(fs.readFileSync(path.join(folder, 'framework.lock'), 'utf8')) as { pid: number; url: string };
    process.kill(holder.pid, 0);
    return holder.url ? holder : undefined;
  } catch {
    return undefined; // no file, or its process is gone
  }
}

async function holderInMongo(settings: Settings, log: ProcessLog): Promise<{ pid: number; url: string } | undefined> {
  const store = await openStore(settings, { clock: systemClock, log });
  try {
    return await store.ownership.holder();
  } finally {
    await store.close();
  }
}

/** Opens the store for a command that works in it itself. Throws STORE_HELD (exit code 69) when another process has it. */
export async function ownStore(settings: Settings, log: ProcessLog): Promise<Store> {
  const store = await openStore(settings, { clock: systemClock, log });
  try {
    if (settings.mongodb) {
      const holder = await findProcess(settings, log);
      if (holder) throw new FrameworkError('STORE_HELD', ['of MongoDB', `pid ${holder.pid} at ${holder.url}`]);
    }
    await store.ownership.acquire(AbortSignal.timeout(30_000));
    return store;
  } catch (err) {
    await store.close();
    throw err;
  }
}
