import { FrameworkError } from '../contract';
import type { Run } from '../store';

/** Exit codes of every command (interface.md 2). */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  aborted: 3,
  portal: 4,
  unavailable: 69,
  bug: 70,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What an error that ends a command means for the shell. Whatever is not ours is a bug. */
export function exitCodeOf(thrown: unknown): ExitCode {
  if (!(thrown instanceof FrameworkError)) return exitCodes.bug;
  switch (thrown.code) {
    case 'CONFIG_INVALID':
    case 'ENTRY_UNKNOWN':
    case 'ENTRY_REFUSED':
      return exitCodes.usage;
    case 'PORTAL_REFUSED':
    case 'PORTAL_UNREACHABLE':
      return exitCodes.portal;
    case 'DATA_FOLDER':
    case 'STORE_HELD':
    case 'STORE_UNREACHABLE':
    case 'STORE_TOO_NEW':
    case 'PORT_TAKEN':
      return exitCodes.unavailable;
    default:
      return exitCodes.failed;
  }
}

export function exitCodeOfRun(run: Run): ExitCode {
  if (run.state === 'completed') return exitCodes.done;
  return run.state === 'aborted' ? exitCodes.aborted : exitCodes.failed;
}
