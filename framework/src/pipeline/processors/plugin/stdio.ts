import { spawn } from 'node:child_process';
import { deferred, isObject, parseJson, type Clock, type JsonObject } from '../../../shared';
import { lineReader } from './lines';
import { MAX_BYTES, readAnswer, requestText, tooLarge, type Answer, type PluginLine } from './protocol';

/** How long a plugin has to end, once asked and once more terminated. */
const END_MS = 5_000;
/** Of a line of stderr in our log. */
const LOG_BYTES = 8_192;

export interface StdioOptions {
  /** Absolute path of the executable. */
  readonly command: string;
  readonly args: readonly string[];
  readonly folder: string;
  /** All that the child sees; read at each start, for secrets may have changed. */
  environment(): Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** A line of stderr. */
  onStderr(line: string): void;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseLine(line: Buffer): JsonObject | undefined {
  try {
    const message = parseJson(utf8.decode(line));
    return isObject(message) ? (message as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

/** Starts a plugin as a child: one JSON object a line on its stdin and stdout. */
export function startChild(options: StdioOptions): PluginLine {
  // A process group of its own: ending it ends what it started too, and Ctrl-C in a terminal leaves its end to us.
  const child = spawn(options.command, [...options.args], { cwd: options.folder, env: options.environment(), stdio: 'pipe', detached: true });
  const pending = new Map<string, (answer: Answer) => void>();
  const gone = deferred<string>();
  const exited = deferred<void>();
  let lost: Answer | undefined;
  let lastId = 0;

  const lose = (answer: Answer & { readonly cause: string }): void => {
    if (lost) return;
    lost = answer;
    for (const settle of pending.values()) settle(answer);
    pending.clear();
    gone.resolve(answer.cause);
  };
  const broken = (cause: string): void => lose({ is: 'broken', cause });
  const signalGroup = (signal: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // It is gone already.
    }
  };

  const onAnswer = (line: Buffer, cut: boolean): void => {
    if (line.length === 0 || lost) return;
    const message = cut ? undefined : parseLine(line);
    const id = message?.['id'];
    const answer = message && (typeof id === 'string' || typeof id === 'number') ? readAnswer(message) : undefined;
    if (!answer) return broken(cut ? 'it wrote a line of more than 32 MiB' : 'it wrote a line to stdout that is no answer');
    pending.get(String(id))?.(answer);
    pending.delete(String(id));
  };
  child.stdout.on('data', lineReader(MAX_BYTES, onAnswer));
  child.stderr.on('data', lineReader(LOG_BYTES, (line) => options.onStderr(line.toString('utf8').trimEnd())));
  child.stdin.on('error', () => broken('it closed its stdin'));
  child.once('error', (err: NodeJS.ErrnoException) => {
    if (child.pid === undefined) exited.resolve();
    lose({ is: 'away', cause: `it cannot be started (${err.code ?? 'unknown'})` });
  });
  // Whatever it left behind keeps its pipes open, and `close` away.
  child.once('exit', () => {
    signalGroup('SIGKILL');
    exited.resolve();
  });
  // What it wrote last was read before.
  child.once('close', (code, signal) => broken(signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`));

  const endsWithin = async (ms: number): Promise<boolean> => {
    const enough = new AbortController();
    const late = options.clock.sleep(ms, enough.signal).then(
      () => false,
      () => false,
    );
    const inTime = await Promise.race([exited.promise.then(() => true), late]);
    enough.abort();
    return inTime;
  };
  const end = async (how: 'shutdown' | 'terminate'): Promise<void> => {
    lose({ is: 'away', cause: 'we ended it' });
    if (how === 'shutdown') {
      child.stdin.end(`${requestText('shutdown', { method: 'shutdown' })}\n`);
      if (await endsWithin(END_MS)) return;
    }
    signalGroup('SIGTERM');
    if (await endsWithin(END_MS)) return;
    signalGroup('SIGKILL');
    await exited.promise;
  };
  let ending: Promise<void> | undefined;

  return {
    gone: gone.promise,
    call: ({ signal, ...request }) =>
      new Promise((resolve) => {
        if (lost) return resolve({ is: 'away', cause: 'it is gone' });
        const id = String(++lastId);
        const text = `${requestText(id, request)}\n`;
        if (Buffer.byteLength(text) > MAX_BYTES) return resolve(tooLarge);
        pending.set(id, resolve);
        signal.addEventListener('abort', () => pending.delete(id), { once: true });
        child.stdin.write(text);
      }),
    end: (how) => (ending ??= end(how)),
  };
}
