import { setMaxListeners } from 'node:events';
import { destinationSettings } from '../audit';
import { readSettings, type Settings } from '../config';
import type { Secret } from '../contract';
import { helpText, readArguments, type CommandName } from './arguments';
import type { Command } from './command';
import { exitCodeOf, exitCodes, type ExitCode } from './exit-codes';
import { createLog, type ProcessLog } from './log';
import { version } from './version';

/** One file for each command; loaded only when it is called, so that `--help` costs nothing. */
const commandFiles: Readonly<Record<CommandName, () => Promise<{ run(command: Command): Promise<ExitCode> }>>> = {
  start: () => import('./commands/start'),
  validate: () => import('./commands/validate'),
  check: () => import('./commands/check'),
  list: () => import('./commands/list'),
  resync: () => import('./commands/resync'),
  map: () => import('./commands/map'),
  pause: () => import('./commands/pause'),
  resume: () => import('./commands/resume'),
  restart: () => import('./commands/restart'),
  targets: () => import('./commands/targets'),
  audit: () => import('./commands/audit'),
  release: () => import('./commands/release'),
  replay: () => import('./commands/replay'),
  purge: () => import('./commands/purge'),
};

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`${line}\n`);

/** What this process writes is for its user alone: state holds what sources say, and the built-in portal its secrets. */
process.umask(0o077);
// One signal of the process is heard by every call in flight; Node would take the eleventh for a leak.
setMaxListeners(0);

/** Entry point of the process: arguments → settings → command → exit code. What an integration left open does not keep a process that is done. */
export async function main(argv: readonly string[]): Promise<void> {
  process.exitCode = await dispatch(argv).catch((err: unknown) => tell(err, (text) => text));
  await Promise.all([written(process.stdout), written(process.stderr)]);
  process.exit();
}

/** Resolves when everything before it is written, or nobody reads it any more. */
const written = (stream: NodeJS.WriteStream): Promise<void> => new Promise((resolve) => stream.write('', () => resolve()));

/** Says on stderr what ended the command; gives its exit code. */
function tell(thrown: unknown, redact: (text: string) => string): ExitCode {
  const code = exitCodeOf(thrown);
  complain(redact(code === exitCodes.bug ? `This is a bug of the framework: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}` : (thrown as Error).message));
  return code;
}

/** What nobody awaited comes here: code of an integration that forgot a promise must not end the others. An exception leaves the process in a state that nobody knows. */
function watchOver(log: ProcessLog): void {
  process.on('unhandledRejection', (err) => log.error('a promise was rejected and nobody awaited it: a bug of an integration, or of the framework', { err }));
  process.on('uncaughtException', (err) => {
    tell(err, log.redact);
    process.exit(exitCodes.bug);
  });
}

async function dispatch(argv: readonly string[]): Promise<ExitCode> {
  const invocation = readArguments(argv);
  if (invocation.command === 'help' || invocation.command === 'version') {
    print(invocation.command === 'help' ? helpText(invocation.target) : version);
    return exitCodes.done;
  }
  const settings = await readSettings({ files: invocation.files, environment: process.env, cwd: process.cwd(), destinations: destinationSettings });
  const log = createLog(settings.process);
  log.hide(secretsOfSettings(settings));
  watchOver(log);
  const { run } = await commandFiles[invocation.command]();
  try {
    return await run({ invocation, settings, log, print });
  } catch (err) {
    return tell(err, log.redact);
  } finally {
    log.flush();
  }
}

const secretsOfSettings = (settings: Settings): readonly Secret[] => {
  const { port, mongodb, trigger, process: own } = settings;
  return [port?.clientId, port?.clientSecret, mongodb?.url, trigger.secret, trigger.sasl?.password, own.apiToken].filter((secret) => secret !== undefined);
};
