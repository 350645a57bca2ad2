import { startFramework } from '../../runtime/framework';
import { runLine } from '../../runtime/run-line';
import { loadConfiguration } from '../../runtime/declared-pipelines';
import { systemClock } from '../../shared';
import { exitCodeOfRun, exitCodes, type ExitCode } from '../exit-codes';
import { refusal, refuseBroken, type Command } from '../command';
import { endOf, findProcess, tellRun } from '../running-process';
import { version } from '../version';
import { toRun } from '../../ops';

/** Lets the held deletions of a run go on, and waits for its end. */
export async function run({ invocation, settings, log, print }: Command): Promise<ExitCode> {
  if (refuseBroken(settings, invocation)) return exitCodes.usage;
  const runId = invocation.target!;
  const running = await findProcess(settings, log);
  if (running) {
    const answer = await running.call<{ message?: string }>('POST', `/runs/${encodeURIComponent(runId)}/release`);
    if (answer.status !== 202) throw refusal(answer.body.message ?? `the running process answered ${answer.status}`);
    return tellRun(await endOf(running, runId), { invocation, print });
  }
  const { entries, pipelines, secrets } = await loadConfiguration(settings, { clock: systemClock, log });
  log.hide(secrets);
  const framework = await startFramework({ settings: { ...settings, process: { ...settings.process, httpPort: 0 } }, entries, failed: [], pipelines, log, version, quiet: true });
  try {
    const { resync } = await Promise.race([framework.started, framework.broken]);
    const answer = await resync.release(runId);
    if (answer === 'unknown') throw refusal(`there is no run ${runId} of an entry of this configuration`);
    if (answer !== 'released') throw refusal(`run ${runId} is ${answer}, nothing of it waits for a release`);
    const ended = await Promise.race([resync.ended(runId), framework.broken]);
    const entry = entries.find((candidate) => candidate.identifier === ended.integration)!;
    print(invocation.json ? JSON.stringify(toRun(ended)) : runLine(entry, ended, invocation.files));
    return exitCodeOfRun(ended);
  } finally {
    await framework.stop({ reason: 'the end of the command' });
  }
}
