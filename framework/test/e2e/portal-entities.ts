import fs from 'node:fs';
import path from 'node:path';
import type { Folder, RunningFramework } from './framework-process';

/** Identifiers of the entities of a blueprint in the built-in portal of a process, in their order. */
export async function inPortal(framework: RunningFramework, { folder, blueprint }: { readonly folder: Folder; readonly blueprint: string }): Promise<readonly string[]> {
  const credentials = fs.readFileSync(path.join(folder.path, '.data', 'portal-credentials.json'), 'utf8');
  const { accessToken } = (await framework.call('POST', '/v1/auth/access_token', credentials)).body as { accessToken: string };
  const { status, body } = await framework.call('GET', `/v1/blueprints/${blueprint}/entities`, undefined, { authorization: `Bearer ${accessToken}` });
  if (status !== 200) throw new Error(`the portal answered ${status} for the entities of ${blueprint}`);
  return (body['entities'] as { identifier: string }[]).map(({ identifier }) => identifier).sort();
}
