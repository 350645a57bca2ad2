import { refuseBroken, type Command } from '../command';
import { exitCodes, type ExitCode } from '../exit-codes';
import { ask, needProcess } from '../running-process';

interface Shown {
  readonly name: string;
  readonly origin: string | null;
  readonly state: string;
  readonly status: string;
  readonly endpoint?: { readonly address?: string };
  readonly failing: { readonly code: string; readonly message: string } | null;
}

/** What a connector works on, and how each of it is. */
export async function run({ invocation, settings, log, print }: Command): Promise<ExitCode> {
  if (refuseBroken(settings, invocation)) return exitCodes.usage;
  const { targets } = await ask<{ targets: Shown[] }>(await needProcess(settings, log), `/integrations/${encodeURIComponent(invocation.target!)}/targets?limit=1000`);
  if (invocation.json) print(JSON.stringify(targets));
  else for (const target of targets) print(lineOf(target));
  return exitCodes.done;
}

const lineOf = ({ name, origin, state, status, endpoint, failing }: Shown): string =>
  [name, `${state} (${status})`, ...(origin === null ? [] : [origin]), ...(endpoint?.address === undefined ? [] : [endpoint.address]), ...(failing ? [`failing ${failing.code} ${failing.message}`] : [])].join('  ');
