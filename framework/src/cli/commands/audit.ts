import { refuseBroken, type Command } from '../command';
import { exitCodes, type ExitCode } from '../exit-codes';
import { ask, needProcess } from '../running-process';

interface Shown {
  readonly timeStamp: string;
  readonly severity: string;
  readonly messageId: string;
  readonly messageText: string;
}

/** Filters of the route, and the options that give them. */
const FILTERS = { severity: 'severity', component: 'component', integration: 'integration', messageId: 'message', from: 'from', to: 'to', limit: 'limit' } as const;

/** The audit log as the running process keeps it, newest first. */
export async function run({ invocation, settings, log, print }: Command): Promise<ExitCode> {
  if (refuseBroken(settings, invocation)) return exitCodes.usage;
  const query = new URLSearchParams();
  for (const [name, option] of Object.entries(FILTERS)) if (invocation.text(option) !== undefined) query.set(name, invocation.text(option)!);
  const { records, next } = await ask<{ records: Shown[]; next: string | null }>(await needProcess(settings, log), `/audit?${query.toString()}`);
  if (invocation.json) print(JSON.stringify(records));
  else {
    for (const { timeStamp, severity, messageId, messageText } of records) print([timeStamp, severity, messageId, messageText].join('  '));
    if (next !== null) print(`older ones: --to ${records.at(-1)!.timeStamp}`);
  }
  return exitCodes.done;
}
