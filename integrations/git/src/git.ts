import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { FrameworkError } from '@integration-framework/framework';
import { gitDirOf, type Repository } from './repositories';

/** Ends each field: the one character that no name, subject or message can hold. */
const NUL = '\0';

/**
 * The environment of every call. What a surrounding git exports (in a hook: GIT_DIR, GIT_INDEX_FILE …) would point us at another repository; a prompt
 * would hang; a partial clone would go to the network for what it lacks.
 */
const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_') || name === 'GIT_EXEC_PATH')),
  LC_ALL: 'C',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_LAZY_FETCH: '1',
});

/** Settings of the repository that would run a program or change the encoding of what we read. */
const CONFIG = ['-c', 'log.showSignature=false', '-c', 'i18n.logOutputEncoding=UTF-8', '-c', 'core.fsmonitor=false'];

export interface Call {
  readonly repository: Repository;
  /** Command and arguments, without options of git itself. */
  readonly args: readonly string[];
  readonly signal: AbortSignal;
  /** Ending with 1 says "there is none" and is no error. */
  readonly optional?: boolean;
}

const failure = (call: Call, reason: string, cause?: unknown): FrameworkError =>
  new FrameworkError('SOURCE_UNREACHABLE', [`the repository ${call.repository.folder}`, `git ${call.args[0]}: ${reason}`], { recovery: 'stop', ...(cause !== undefined && { cause }) });

const notStarted = (call: Call, err: NodeJS.ErrnoException): Error => {
  if (call.signal.aborted) return call.signal.reason as Error;
  if (err.code !== 'ENOENT') return failure(call, err.message, err);
  // The system gives one code for both.
  return failure(call, existsSync(call.repository.folder) ? 'it is not on the PATH; install git' : 'the folder is gone; name a repository in path', err);
};

/** Text of stdout in pieces; throws when git ends with another code than 0. Ending the iteration early ends the process. */
async function* output(call: Call): AsyncIterable<string> {
  const child = spawn('git', ['--git-dir', gitDirOf(call.repository), ...CONFIG, ...call.args], {
    cwd: call.repository.folder,
    env: environment(),
    signal: call.signal,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < 2_000) stderr += text;
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', (err) => reject(notStarted(call, err)));
    child.once('close', (code) => resolve(code ?? -1));
  });
  ended.catch(() => undefined); // it is awaited below, but only after the output ended
  try {
    for await (const text of child.stdout.setEncoding('utf8')) yield text as string;
    const code = await ended;
    if (code !== 0 && !(code === 1 && call.optional)) throw failure(call, stderr.trim().split('\n')[0] || `exit code ${code}`);
  } finally {
    child.kill();
  }
}

/** Placeholders of a format by the name that the reader gives them. */
export type Fields<TName extends string> = Readonly<Record<TName, string>>;

/** A format in which each field is ended by NUL; `nul` is how the command spells it. */
export const format = (fields: Fields<string>, nul: '%00' | '%x00'): string => Object.values(fields).map((field) => field + nul).join('');

/**
 * What a command prints with `format(fields)`, record by record, as git writes it: nothing is held but the record in progress. Both `log` and
 * `for-each-ref` put a line break between records, which is taken off.
 */
export async function* records<TName extends string>(call: Call, fields: Fields<TName>): AsyncIterable<Fields<TName>> {
  const names = Object.keys(fields) as TName[];
  let rest = '';
  let record: [TName, string][] = [];
  for await (const text of output(call)) {
    const parts = (rest + text).split(NUL);
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const name = names[record.length];
      if (name !== undefined) record.push([name, record.length === 0 && part.startsWith('\n') ? part.slice(1) : part]);
      if (record.length < names.length) continue;
      yield Object.fromEntries(record) as Fields<TName>;
      record = [];
    }
  }
}

/** The one line that git prints; undefined when there is none. */
export async function line(call: Call): Promise<string | undefined> {
  let text = '';
  for await (const piece of output({ ...call, optional: true })) text += piece;
  return text.trimEnd() || undefined;
}

/** The commit that HEAD names; undefined in a repository without commits. */
export const headOf = (repository: Repository, signal: AbortSignal): Promise<string | undefined> =>
  line({ repository, args: ['rev-parse', '--quiet', '--verify', 'HEAD^{commit}'], signal });
