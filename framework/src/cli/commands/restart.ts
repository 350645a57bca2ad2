import type { Command } from '../command';
import type { ExitCode } from '../exit-codes';
import { tellEntry } from '../running-process';

/** A connector, or one of its targets, is disconnected and set up anew. */
export function run(command: Command): Promise<ExitCode> {
  const target = command.invocation.text('target');
  return tellEntry<{ identifier: string; targets: string[] }>(command, `restart${target === undefined ? '' : `?target=${encodeURIComponent(target)}`}`, ({ identifier, targets }) => `${identifier} begins anew: ${targets.join(', ')}`);
}
