import { FrameworkError } from '../../contract';
import { ENTRY_PAUSED } from '../../runtime/pauses';
import { startFramework } from '../../runtime/framework';
import { runLine } from '../../runtime/run-line';
import { loadConfiguration } from '../../runtime/declared-pipelines';
import { systemClock } from '../../shared';
import { readState, type RunTicket } from '../../store';
import { exitCodeOf, exitCodeOfRun, exitCodes, type ExitCode } from '../exit-codes';
import { printProblems, refusal, refuseBroken, usageError, type Command } from '../command';
import { endOf, findProcess, tellRun, type RunningProcess } from '../running-process';
import { version } from '../version';
import { toRun } from '../../ops';

/** One resync of one entry: by the process that holds the store, else here. Waits for its end, but not for a pause to end. */
export async function run(command: Command): Promise<ExitCode> {
  const { invocation, settings, log } = command;
  if (refuseBroken(settings, invocation)) return exitCodes.usage;
  const running = invocation.is('once') ? undefined : await findProcess(settings, log);
  return running ? askProcess(command, running) : runHere(command);
}

async function askProcess({ invocation, print }: Command, process_: RunningProcess): Promise<ExitCode> {
  const kinds = invocation.list('kind');
  const asked = await process_.call<RunTicket & { message?: string }>('POST', `/integrations/${encodeURIComponent(invocation.target!)}/resync`, { ...(kinds.length > 0 && { kinds }), ...(invocation.is('force') && { force: true }) });
  if (asked.status === 404 || asked.status === 409 || asked.status === 400) throw usageError(asked.body.message ?? `there is no entry ${invocation.target!} in the running process`);
  if (asked.status !== 202) throw refusal(`the running process answered ${asked.status}: ${asked.body.message ?? 'nothing more'}`);
  return tellRun(await endOf(process_, asked.body.runId), { invocation, print });
}

async function runHere({ invocation, settings, log, print }: Command): Promise<ExitCode> {
  const { entries, failed, pipelines, secrets } = await loadConfiguration(settings, { clock: systemClock, log });
  const identifier = invocation.target!;
  const broken = failed.find((entry) => entry.identifier === identifier);
  if (broken) {
    printProblems(broken.problems, invocation);
    return exitCodes.usage;
  }
  const entry = entries.find((candidate) => candidate.identifier === identifier);
  if (!entry) throw usageError(`there is no entry ${identifier}; the configuration has ${[...entries, ...failed].map((known) => known.identifier).join(', ')}`);
  log.hide(secrets);
  // Any free port: the server is only there for the built-in portal.
  const own = { ...settings, process: { ...settings.process, httpPort: 0 } };
  const framework = await startFramework({ settings: own, entries: [entry], failed: [], pipelines, log, version, quiet: true });
  const kinds = invocation.list('kind');
  const interrupted = new Promise<'interrupted'>((resolve) => process.once('SIGTERM', () => resolve('interrupted')).once('SIGINT', () => resolve('interrupted')));
  try {
    const { resync } = await Promise.race([framework.started, framework.broken]);
    // Nobody could resume it while this runs.
    if (await readState<boolean>(framework.store.documents, `${ENTRY_PAUSED}${identifier}`)) throw new FrameworkError('ENTRY_REFUSED', [identifier, `paused: POST /api/v1/integrations/${encodeURIComponent(identifier)}/resume of a running process ends that`]);
    const ticket = await resync.request({ identifier, cause: 'cli', ...(kinds.length > 0 && { kinds }), ...(invocation.is('force') && { force: true }) });
    const ended = await Promise.race([resync.ended(ticket.runId), interrupted, framework.broken]);
    if (ended === 'interrupted') return exitCodes.aborted;
    print(invocation.json ? JSON.stringify(toRun(ended)) : runLine(entry, ended, invocation.files));
    return exitCodeOfRun(ended);
  } catch (err) {
    log.error('the resync failed', { err });
    return exitCodeOf(err);
  } finally {
    await framework.stop({ reason: 'the end of the command', graceMs: settings.process.shutdownGraceMs });
  }
}
