import { FrameworkError, type CheckReport, type Context } from '@integration-framework/framework';
import { signIn, textAt } from './client';
import { hasAccount, siteOf, type ConfluenceSettings } from './settings';

export async function check({ settings, http }: Context<ConfluenceSettings>): Promise<CheckReport> {
  if (!hasAccount(settings)) return { ok: true, lines: ['no account: only pushed events are taken'] };
  try {
    return { ok: true, lines: [`${siteOf(settings)}: signed in as ${textAt(await signIn(http), 'displayName') || 'somebody without a name'}`] };
  } catch (err) {
    if (!(err instanceof FrameworkError)) throw err;
    return { ok: false, lines: [err.message] };
  }
}
