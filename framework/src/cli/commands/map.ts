import fs from 'node:fs';
import { parse } from 'yaml';
import type { Mapping } from '../../contract';
import { services } from '../../connector/services';
import { loadEntries } from '../../load';
import { closeMapping, compileMapping, newMapReport } from '../../pipeline';
import { parseJson, toJson, type Json } from '../../shared';
import { refuseBroken, usageError, type Command } from '../command';
import { exitCodes, type ExitCode } from '../exit-codes';

/** Maps records that are given in a file, and shows raw beside mapped. */
export async function run({ invocation, settings, print }: Command): Promise<ExitCode> {
  if (refuseBroken(settings, invocation)) return exitCodes.usage;
  const kind = invocation.text('kind');
  const input = invocation.text('input');
  if (kind === undefined || input === undefined) throw usageError('map needs --kind and --input');
  const { entries } = await loadEntries(settings, services);
  const entry = entries.find((candidate) => candidate.identifier === invocation.target);
  if (!entry) throw usageError(`there is no entry ${invocation.target!} that can run`);
  const file = invocation.text('mapping');
  const mapping = file === undefined ? (entry.mapping ?? entry.defaultMapping) : (parse(readText(file)) as Mapping);
  const compiled = compileMapping(mapping, { ...settings.mapping, env: {} });
  if (!compiled.kinds.includes(kind)) throw usageError(`the mapping has no resource of the kind ${kind}; it has ${compiled.kinds.join(', ')}`);
  const records = readRecords(readText(input), input);
  const report = newMapReport();
  try {
    const mapped = await compiled.map(kind, records, report);
    const results = records.map((record, at) => ({ record, entities: mapped[at]!.entities.map((entity) => parseJson(entity.body)) }));
    const resources = Object.fromEntries([...report.resources].map(([index, counters]) => [String(index), counters]));
    const examples = Object.fromEntries(report.examples);
    if (invocation.json) print(toJson({ results, resources, examples, problems: compiled.problems }));
    else {
      for (const result of results) print(`record  ${toJson(result.record)}\n${result.entities.map((entity) => `entity  ${toJson(entity)}`).join('\n') || 'entity  none'}`);
      for (const [index, counters] of report.resources) print(`resources[${index}]  ${toJson(counters)}`);
      for (const [at, message] of report.examples) print(`${at}: ${message}`);
      for (const problem of compiled.problems) print(`resources[${problem.resource}].${problem.field}:${problem.line}:${problem.column}: ${problem.message}`);
    }
    const invalid = [...report.resources.values()].some((counters) => Object.values(counters.invalid).some((count) => count > 0));
    return invalid || compiled.problems.some((problem) => problem.severity === 'error') ? exitCodes.failed : exitCodes.done;
  } finally {
    await closeMapping();
  }
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (err) {
    throw usageError(`cannot read ${file}: ${(err as NodeJS.ErrnoException).code ?? 'error'}`);
  }
}

/** One JSON object, a list of them, or one a line. */
function readRecords(text: string, file: string): readonly Json[] {
  try {
    const value = parseJson(text);
    return Array.isArray(value) ? (value as readonly Json[]) : [value];
  } catch {
    return text
      .split('\n')
      .map((line, at) => ({ line: line.trim(), at: at + 1 }))
      .filter(({ line }) => line !== '')
      .map(({ line, at }) => {
        try {
          return parseJson(line);
        } catch (err) {
          throw usageError(`${file}:${at} is not JSON: ${err instanceof Error ? err.message : String(err)}`);
        }
      });
  }
}
