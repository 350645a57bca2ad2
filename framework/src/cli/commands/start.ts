import path from 'node:path';
import { startFramework, type Framework } from '../../runtime/framework';
import { runLine } from '../../runtime/run-line';
import { loadConfiguration } from '../../runtime/declared-pipelines';
import { isError } from '../../config';
import { deferred, systemClock } from '../../shared';
import type { Run } from '../../store';
import { exitCodeOf, exitCodeOfRun, exitCodes, type ExitCode } from '../exit-codes';
import { printProblems, refuseBroken, type Command } from '../command';
import { version } from '../version';

/** A stop before anything was begun waits this long at most. */
const EARLY_MS = 1_000;
/** After this long without the store somebody else must have it. */
const STANDBY_MS = 2_000;

/** Runs until a signal; with ONCE until every entry was resynced once. */
export async function run({ invocation, settings, log, print }: Command): Promise<ExitCode> {
  if (refuseBroken(settings, invocation)) return exitCodes.usage;
  const { entries, failed, disabled, pipelines, secrets } = await loadConfiguration(settings, { clock: systemClock, log });
  const problems = [...failed.flatMap((entry) => entry.problems), ...entries.flatMap((entry) => entry.warnings)];
  printProblems(problems, invocation);
  log.hide(secrets);
  if (entries.length + disabled.length === 0 || (settings.strict && problems.some(isError))) return exitCodes.usage;

  const once = settings.trigger.type === 'ONCE';
  const signals = listenForSignals();
  /** The first line is printed; gives where we listen. */
  const headed = deferred<string>();
  let pointed = false;
  const opening = startFramework({
    settings,
    entries,
    failed,
    disabled,
    pipelines,
    log,
    version,
    onRun: (entry, ended) =>
      void headed.promise.then((url) => {
        print(runLine(entry, ended, invocation.files));
        // With ONCE nobody would be there to answer; what declared pipelines make lies in their sinks.
        if (!pointed && !once && !pipelines.has(entry.identifier)) pointed = point(print, url, ended);
      }),
  });
  const opened = await Promise.race([opening, signals.first]);
  if (typeof opened === 'string') return leaveEarly(opening, once ? exitCodes.aborted : exitCodes.done);
  const framework = opened;
  // Who reads the line may call at once. A process that stands by says where it is all the same.
  const seen = new AbortController();
  await Promise.race([framework.started, framework.broken, signals.first, systemClock.sleep(STANDBY_MS, seen.signal)]).catch(() => undefined);
  seen.abort();
  const folder = settings.mongodb ? 'MongoDB' : path.relative(process.cwd(), settings.process.dataDir) || '.';
  const portal = settings.port ? (settings.port.local ? 'local' : settings.port.baseUrl) : 'none';
  print(`Integration Framework ${version}   ${framework.url}   data ${folder}   portal ${portal}`);
  headed.resolve(framework.url);

  try {
    const work = once ? framework.started.then(({ resync }) => resync.settled(entries.map((entry) => entry.identifier))) : new Promise<never>(() => undefined);
    work.catch(() => undefined);
    const end = await Promise.race([work.then((runs) => ({ runs })), signals.first.then((signal) => ({ signal })), framework.broken]);
    if ('runs' in end) {
      await stop(framework, settings.process, { reason: 'the end of its runs', delay: false });
      return worst([...end.runs.values()], failed.length > 0);
    }
    void signals.second.then(() => process.exit(exitCodes.aborted));
    await stop(framework, settings.process, { reason: end.signal, delay: end.signal === 'SIGTERM' });
    return once ? exitCodes.aborted : exitCodes.done;
  } catch (err) {
    log.error('the process cannot go on', { err });
    await stop(framework, settings.process, { reason: `an error: ${err instanceof Error ? err.message : String(err)}`, delay: false });
    return exitCodeOf(err);
  } finally {
    signals.dispose();
  }
}

/** A signal came while the store was still being opened (a database that is away holds that up): nothing has begun that a stop would have to end. */
async function leaveEarly(opening: Promise<Framework>, code: ExitCode): Promise<ExitCode> {
  const closed = opening.then((framework) => framework.stop({ reason: 'a signal', graceMs: EARLY_MS })).catch(() => undefined);
  await Promise.race([closed, systemClock.sleep(EARLY_MS)]);
  process.exit(code);
}

const stop = (framework: Framework, settings: Command['settings']['process'], how: { readonly reason: string; readonly delay: boolean }): Promise<void> =>
  framework.stop({ reason: how.reason, graceMs: settings.shutdownGraceMs, ...(how.delay && { delayMs: settings.delayShutdownMs }) });

const worst = (runs: readonly Run[], broken: boolean): ExitCode => Math.max(broken ? exitCodes.usage : exitCodes.done, ...runs.map(exitCodeOfRun)) as ExitCode;

/** After the first run that saw something: where a person can read it. */
function point(print: (line: string) => void, url: string, run: Run): boolean {
  const several = run.kinds.find((kind) => kind.rows.received > 1) ?? run.kinds.find((kind) => kind.rows.received > 0);
  const blueprint = several?.resources[0]?.blueprint;
  if (blueprint === undefined) return false;
  print(`Read it: curl ${url}/api/v1/entities?blueprint=${encodeURIComponent(blueprint)}`);
  return true;
}

function listenForSignals(): { readonly first: Promise<NodeJS.Signals>; readonly second: Promise<void>; dispose(): void } {
  let count = 0;
  let first: (signal: NodeJS.Signals) => void;
  let second: () => void;
  const firstSignal = new Promise<NodeJS.Signals>((resolve) => (first = resolve));
  const secondSignal = new Promise<void>((resolve) => (second = resolve));
  const on = (signal: NodeJS.Signals): void => (++count === 1 ? first(signal) : second());
  process.on('SIGTERM', on).on('SIGINT', on);
  return { first: firstSignal, second: secondSignal, dispose: () => void process.off('SIGTERM', on).off('SIGINT', on) };
}
