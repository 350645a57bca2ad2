import { formatProblem, isError, type Problem, type Settings } from '../config';
import { FrameworkError } from '../contract';
import type { Invocation } from './arguments';
import type { ProcessLog } from './log';

/** What a command works with. Results go to stdout, logs and problems to stderr. */
export interface Command {
  readonly invocation: Invocation;
  readonly settings: Settings;
  readonly log: ProcessLog;
  print(line: string): void;
}

const complain = (line: string): void => void process.stderr.write(`${line}\n`);

/** Prints problems of the root; true when nothing may start. */
export function refuseBroken(settings: Settings, invocation: Pick<Invocation, 'json'>): boolean {
  printProblems(settings.problems, invocation);
  return settings.problems.some(isError);
}

export function printProblems(problems: readonly Problem[], invocation: Pick<Invocation, 'json'>): void {
  if (problems.length === 0) return;
  if (invocation.json) complain(JSON.stringify(problems));
  else for (const problem of problems) complain(formatProblem(problem));
}

/** What was asked for is understood, and cannot be done (exit code 1). */
export const refusal = (message: string): FrameworkError => new FrameworkError('COMMAND_REFUSED', [message]);

export const usageError = (message: string): FrameworkError => new FrameworkError('CONFIG_INVALID', [message]);
