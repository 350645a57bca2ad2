import { FrameworkError, type CheckReport, type Context } from '@integration-framework/framework';
import { wellFormedProjects } from './projects';
import type { AzureDevOpsSettings } from './settings';

export async function check({ http, settings }: Context<AzureDevOpsSettings>): Promise<CheckReport> {
  try {
    let count = 0;
    for await (const _ of wellFormedProjects(http)) count++;
    return { ok: true, lines: [`${settings.azureDevOpsOrganizationUrl}: ${count} projects`] };
  } catch (err) {
    if (!(err instanceof FrameworkError)) throw err;
    return { ok: false, lines: [err.message] };
  }
}
