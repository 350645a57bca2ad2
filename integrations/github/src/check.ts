import { FrameworkError, isObject, type CheckReport, type Context } from '@integration-framework/framework';
import { objectOf } from './client';
import { actsForSomebody, hasAccount, type GithubSettings } from './settings';

export async function check(context: Context<GithubSettings>): Promise<CheckReport> {
  const { settings } = context;
  if (!hasAccount(settings)) return { ok: true, lines: ['no credentials: only pushed events are taken'] };
  try {
    // The one call that every credential may make, and that is not counted.
    const rate = objectOf(await context.http.get('/rate_limit'))['rate'];
    const limit = isObject(rate) ? String(rate['limit']) : 'some';
    return { ok: true, lines: [`${settings.baseUrl}: ${limit} calls an hour`, ...(actsForSomebody(settings) ? [] : ['an OAuth app: public data only'])] };
  } catch (err) {
    if (!(err instanceof FrameworkError)) throw err;
    return { ok: false, lines: [err.message] };
  }
}
