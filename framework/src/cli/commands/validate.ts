import { isError, sortProblems } from '../../config';
import { findIntegrations, loadIntegration } from '../../load';
import { checkMapping } from '../../runtime/check-mapping';
import { feedLines, loadConfiguration } from '../../runtime/declared-pipelines';
import { systemClock } from '../../shared';
import { descriptionOf, describeIntegration } from '../describe-integration';
import { printProblems, usageError, type Command } from '../command';
import { exitCodes, type ExitCode } from '../exit-codes';

/** Checks everything that can be known without opening anything, and prints every problem. */
export async function run(command: Command): Promise<ExitCode> {
  const { invocation, settings, print } = command;
  const type = invocation.text('integration');
  if (type !== undefined) return describe(command, type);
  const loaded = await loadConfiguration(settings, { clock: systemClock, log: command.log });
  const { failed } = loaded;
  const entries = [...loaded.entries, ...loaded.disabled];
  const problems = sortProblems([
    ...settings.problems,
    ...failed.flatMap((entry) => entry.problems),
    ...entries.flatMap((entry) => [...entry.warnings, ...checkMapping(entry, settings)]),
  ]);
  printProblems(problems, invocation);
  if (invocation.json) print(JSON.stringify(problems));
  else {
    for (const entry of entries) for (const line of feedLines(entry, loaded.pipelines.get(entry.identifier))) print(`${entry.identifier} (${entry.type})  pipeline ${line}`);
    const errors = problems.filter(isError).length;
    const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
    print(problems.length === 0 ? 'no problem found' : `${count(errors, 'error')}, ${count(problems.length - errors, 'warning')}`);
  }
  // Warnings count: what `validate` passes has nothing left to say.
  return problems.length === 0 ? exitCodes.done : exitCodes.usage;
}

function describe({ invocation, settings, print }: Command, type: string): ExitCode {
  const found = findIntegrations(settings);
  const folder = found.find((candidate) => candidate.type === type);
  if (!folder) throw usageError(`there is no integration ${type}; known are ${found.map((candidate) => candidate.type).join(', ')}`);
  const result = loadIntegration(folder);
  if ('problems' in result) {
    printProblems(result.problems, invocation);
    return exitCodes.usage;
  }
  const { integration } = result.loaded;
  if (invocation.json) print(JSON.stringify({ ...descriptionOf(integration), folder: folder.folder }));
  else for (const line of describeIntegration(integration, folder.folder)) print(line);
  return exitCodes.done;
}
