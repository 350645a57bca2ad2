import fs from 'node:fs';
import path from 'node:path';
import type { Folder, RunningFramework } from './framework-process';

export interface PortalEntity {
  readonly identifier: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Entities of a blueprint in the built-in portal of a process, in the order of their identifiers. */
export async function portalEntities(framework: RunningFramework, { folder, blueprint }: { readonly folder: Folder; readonly blueprint: string }): Promise<readonly PortalEntity[]> {
  const credentials = fs.readFileSync(path.join(folder.path, '.data', 'portal-credentials.json'), 'utf8');
  const { accessToken } = (await framework.call('POST', '/v1/auth/access_token', credentials)).body as { accessToken: string };
  const { status, body } = await framework.call('GET', `/v1/blueprints/${blueprint}/entities`, undefined, { authorization: `Bearer ${accessToken}` });
  if (status !== 200) throw new Error(`the portal answered ${status} for the entities of ${blueprint}`);
  return (body['entities'] as PortalEntity[]).sort((a, b) => (a.identifier < b.identifier ? -1 : 1));
}

export const inPortal = async (framework: RunningFramework, of: { readonly folder: Folder; readonly blueprint: string }): Promise<readonly string[]> => (await portalEntities(framework, of)).map(({ identifier }) => identifier);
