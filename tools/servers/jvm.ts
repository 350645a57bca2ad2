import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { mainClass, prepareJars, type Server } from './jars';

export interface Jvm {
  readonly pid: number;
  /** What the pattern of `ready` matched. */
  readonly ready: RegExpExecArray;
  /** Ends it as an operator would, and waits. */
  stop(): Promise<void>;
  /** Ends it without warning, and waits. */
  kill(): Promise<void>;
  /** Undefined while it runs, then its last lines. */
  ended(): string | undefined;
}

export interface JvmOptions {
  readonly heapMb: number;
  readonly args: readonly string[];
  /** The line on standard output that says it has begun. */
  readonly ready: RegExp;
  /** A folder that goes when the process that started the server ends without stopping it. */
  readonly scratch?: string;
}

const START_MS = 60_000;
const STOP_MS = 15_000;
const KEPT_LINES = 40;

/** Starts one of the servers as a child that ends with this process: its standard input is the lifeline. */
export async function startJvm(server: Server, options: JvmOptions): Promise<Jvm> {
  const classPath = await prepareJars(server);
  const properties = options.scratch === undefined ? [] : [`-Dscratch=${options.scratch}`];
  // Serial collection and the first compiler only: these servers live for seconds on machines with few cores.
  const flags = [`-Xmx${options.heapMb}m`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto', ...properties];
  const child = spawn('java', [...flags, '-cp', classPath, mainClass(server), ...options.args], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => undefined); // it ended before we did
  const lines: string[] = [];
  const keep = (line: string): void => {
    if (lines.push(line) > KEPT_LINES) lines.shift();
  };
  const exit = new Promise<string>((resolve) => {
    child.once('error', (err) => resolve(err.message));
    child.once('close', (code, signal) => resolve([`ended with ${signal ?? code}`, ...lines].join('\n')));
  });
  let last: string | undefined;
  void exit.then((text) => (last = text));
  createInterface({ input: child.stderr }).on('line', keep);

  const ready = await new Promise<RegExpExecArray>((resolve, reject) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), START_MS);
    createInterface({ input: child.stdout }).on('line', (line) => {
      keep(line);
      const match = options.ready.exec(line);
      if (!match) return;
      clearTimeout(timer);
      resolve(match);
    });
    void exit.then((why) => {
      clearTimeout(timer);
      reject(new Error(`the ${server} server did not start: ${why}`));
    });
  });

  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (last !== undefined) return;
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await exit;
    clearTimeout(late);
  };
  return { pid: child.pid!, ready, stop: () => end('SIGTERM'), kill: () => end('SIGKILL'), ended: () => last };
}
