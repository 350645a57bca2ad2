import { toFrameworkError, type CheckReport, type Context } from '@integration-framework/framework';
import { headOf } from './git';
import { problemsOf, repositoryAt, type Repository } from './repositories';
import type { GitSettings } from './settings';

async function look(repository: Repository, signal: AbortSignal): Promise<{ ok: boolean; line: string }> {
  try {
    const head = await headOf(repository, signal);
    return { ok: true, line: `${repository.name}: ${head === undefined ? 'no commits yet' : `HEAD is ${head.slice(0, 12)}`}` };
  } catch (err) {
    return { ok: false, line: toFrameworkError(err).message };
  }
}

export async function check(context: Context<GitSettings>): Promise<CheckReport> {
  const problems = problemsOf(context.settings.path);
  if (problems.length > 0) return { ok: false, lines: problems };
  const looks = await Promise.all(context.settings.path.map((folder) => look(repositoryAt(folder), context.signal)));
  return { ok: looks.every(({ ok }) => ok), lines: looks.map(({ line }) => line) };
}
