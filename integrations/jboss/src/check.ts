import { FrameworkError, type CheckReport, type Context } from '@integration-framework/framework';
import { readDeployments } from './deployments';
import type { JbossSettings } from './settings';

export async function check(context: Context<JbossSettings>): Promise<CheckReport> {
  try {
    const { deployments, unread } = await readDeployments(context);
    return { ok: true, lines: [`${context.settings.wildFlyUrl}: ${deployments.size} deployments`, ...(unread.length > 0 ? [`not readable: ${unread.join(', ')}`] : [])] };
  } catch (err) {
    if (!(err instanceof FrameworkError)) throw err;
    return { ok: false, lines: [err.message] };
  }
}
