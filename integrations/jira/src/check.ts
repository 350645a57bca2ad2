import { FrameworkError, type CheckReport, type Context } from '@integration-framework/framework';
import { signIn } from './client';
import { hasAccount, type JiraSettings } from './settings';

export async function check(context: Context<JiraSettings>): Promise<CheckReport> {
  if (!hasAccount(context.settings)) return { ok: true, lines: ['no account: only pushed events are taken'] };
  try {
    const { displayName } = await signIn(context.http);
    return { ok: true, lines: [`${context.settings.baseUrl}: signed in as ${typeof displayName === 'string' ? displayName : 'somebody without a name'}`] };
  } catch (err) {
    if (!(err instanceof FrameworkError)) throw err;
    return { ok: false, lines: [err.message] };
  }
}
