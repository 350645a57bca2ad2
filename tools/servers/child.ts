import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface Child {
  readonly pid: number;
  /** What the pattern of `ready` matched. */
  readonly ready: RegExpExecArray;
  /** Ends it as an operator would, and waits. */
  stop(): Promise<void>;
  /** Ends it without warning, and waits. */
  kill(): Promise<void>;
  /** Undefined while it runs, then its last lines. */
  ended(): string | undefined;
  /** Resolves when it has ended, of itself too. */
  readonly ending: Promise<unknown>;
}

export interface ChildOptions {
  /** What messages call it. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The line on standard output that says it has begun. */
  readonly ready: RegExp;
  /** Told each line of standard output. */
  said?(line: string): void;
}

const START_MS = 60_000;
const STOP_MS = 15_000;
const KEPT_LINES = 40;

/** Starts a server that ends with this process: its standard input is the lifeline. Resolves when it says that it is ready. */
export async function startChild({ name, command, args, ready: pattern, said }: ChildOptions): Promise<Child> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
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
      said?.(line);
      const match = pattern.exec(line);
      if (!match) return;
      clearTimeout(timer);
      resolve(match);
    });
    void exit.then((why) => {
      clearTimeout(timer);
      reject(new Error(`the ${name} server did not start: ${why}`));
    });
  });

  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (last !== undefined) return;
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await exit;
    clearTimeout(late);
  };
  return { pid: child.pid!, ready, stop: () => end('SIGTERM'), kill: () => end('SIGKILL'), ended: () => last, ending: exit };
}
