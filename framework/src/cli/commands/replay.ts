import { exitCodes, type ExitCode } from '../exit-codes';
import { refusal, refuseBroken, usageError, type Command } from '../command';
import { findProcess } from '../running-process';

/** Tries a dead letter again, or all that match. The running process does it: its pipelines are the ones that failed. */
export async function run({ invocation, settings, log, print }: Command): Promise<ExitCode> {
  if (refuseBroken(settings, invocation)) return exitCodes.usage;
  const selection = Object.fromEntries(['integration', 'stage', 'code'].flatMap((name) => (invocation.text(name) === undefined ? [] : [[name, invocation.text(name)]])));
  if (invocation.target === undefined && Object.keys(selection).length === 0) throw usageError('replay needs the number of a dead letter, or --integration, --stage or --code');
  const running = await findProcess(settings, log);
  if (!running) throw usageError('no process holds this store; start one, a replay goes through its pipelines');
  const route = invocation.target === undefined ? '/dead-letters/replay' : `/dead-letters/${encodeURIComponent(invocation.target)}/replay`;
  const answer = await running.call<{ replayed?: number; message?: string }>('POST', route, selection);
  if (answer.status !== 202) throw refusal(answer.body.message ?? `the running process answered ${answer.status}`);
  print(invocation.json ? JSON.stringify(answer.body) : `replayed ${answer.body.replayed ?? 0}`);
  return exitCodes.done;
}
