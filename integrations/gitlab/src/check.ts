import { FrameworkError, type CheckReport, type Context } from '@integration-framework/framework';
import { groupUrl, objectOf } from './client';
import { textAt } from './rows';
import { hasAccount, rootOf, type GitlabSettings } from './settings';

export async function check({ settings, http }: Context<GitlabSettings>): Promise<CheckReport> {
  if (!hasAccount(settings)) return { ok: true, lines: ['no account: only pushed events are taken'] };
  try {
    const group = objectOf(await http.get(groupUrl(settings), { with_projects: false }));
    return { ok: true, lines: [`${rootOf(settings)}: reads the group ${textAt(group, 'full_path')}`] };
  } catch (err) {
    if (!(err instanceof FrameworkError)) throw err;
    return { ok: false, lines: [err.message] };
  }
}
