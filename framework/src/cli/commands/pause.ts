import { program } from '../../runtime/program';
import type { Command } from '../command';
import type { ExitCode } from '../exit-codes';
import { tellEntry } from '../running-process';

/** No run of an entry begins until it is resumed, also after a restart of the process. */
export const run = (command: Command): Promise<ExitCode> =>
  tellEntry<{ identifier: string }>(command, 'pause', ({ identifier }) => `${identifier} is paused: what runs ends, what is asked for waits until ${program()} resume ${identifier}`);
