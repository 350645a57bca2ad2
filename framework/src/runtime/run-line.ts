import type { Entry } from '../load';
import type { Run } from '../store';
import { program } from './program';

/** The line that a person reads when a run ended. Outputs are counted once, also those that several resources gave. */
export function runLine(entry: Pick<Entry, 'identifier' | 'type'>, run: Run, files: readonly string[] = []): string {
  const seconds = (((run.endedAt ?? run.requestedAt) - (run.startedAt ?? run.requestedAt)) / 1_000).toFixed(1);
  const kinds = run.kinds.filter((kind) => kind.generation > 0).map((kind) => `${kind.kind} ${kind.rows.received}`);
  const { created, updated, deleted, failed } = run.totals;
  const counts = `created ${created} updated ${updated} deleted ${deleted}${failed > 0 ? ` failed ${failed}` : ''}`;
  const parts = [`${entry.identifier} (${entry.type})`, `${run.state} in ${seconds} s`, ...kinds, counts];
  return [parts.join('  '), ...runReasons(run, files)].join('\n');
}

/** The lines below it: what failed, and what waits for a release. `files`: those of the command line, which the command to release needs too. */
export function runReasons(run: Pick<Run, 'runId' | 'error' | 'kinds'>, files: readonly string[]): readonly string[] {
  const release = `${program()} release ${run.runId}${files.map((file) => ` --config ${file}`).join('')}`;
  const reasons = [...(run.error === undefined ? [] : [run.error]), ...run.kinds.flatMap((kind) => (kind.reason === undefined ? [] : [`${kind.kind}: ${kind.reason}`]))];
  const held = run.kinds.flatMap((kind) => (kind.guard && kind.state === 'needs-release' ? [`${kind.kind}: ${kind.guard.candidates} deletions held (${kind.guard.rule}); release them: ${release}`] : []));
  return [...reasons, ...held].map((line) => `  ${line}`);
}
