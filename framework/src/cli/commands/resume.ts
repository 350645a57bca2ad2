import type { Command } from '../command';
import type { ExitCode } from '../exit-codes';
import { tellEntry } from '../running-process';

/** A paused entry goes on with what waited. */
export const run = (command: Command): Promise<ExitCode> => tellEntry<{ identifier: string }>(command, 'resume', ({ identifier }) => `${identifier} goes on`);
