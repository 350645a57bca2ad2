import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { folderWith, startProcess } from './framework-process';
import { settled } from './observe';
import { portalEntities } from './portal-entities';
import { ownIntegrations } from './records-source';
import { until } from './until';

it('connectors that share blueprints begin with an empty portal, and it has what each of them brings', async () => {
  const root = await fs.mkdtemp(path.join(os.tmpdir(), 'landing-'));
  const files = (identifier: string): object => ({ identifier, type: 'files', connection: { endpoint: { address: `file://${root}/${identifier}` } } });
  for (const identifier of ['one', 'other']) {
    await fs.mkdir(path.join(root, identifier));
    await fs.writeFile(path.join(root, identifier, 'orders.csv'), 'id,amount\n1,2.5\n');
  }
  const folder = folderWith({ port: { baseUrl: 'local' }, integrationsPath: ownIntegrations, integrations: [files('one'), { identifier: 'topics', type: 'topics' }, files('other')] });
  try {
    const framework = await startProcess(folder);
    const inPortal = async (blueprint: string): Promise<readonly string[]> => (await portalEntities(framework, { folder, blueprint }).catch(() => [])).map(({ properties }) => String(properties['displayName'] ?? properties['name']));
    try {
      await settled(framework);
      await until('the portal has everything', async () => (await inPortal('topic')).length === 1 && (await inPortal('dataFile')).length === 2);
      expect([await inPortal('topic'), await inPortal('dataFile'), new Set(await inPortal('schemaAttribute'))]).toEqual([['orders'], ['orders.csv', 'orders.csv'], new Set(['id', 'amount'])]);
      expect(await inPortal('schemaType')).toContain('order');
    } finally {
      const { stdout, stderr } = await framework.stop();
      expect(`${stdout}\n${stderr}`).not.toMatch(/"level":"?(error|50)/i);
    }
  } finally {
    folder.remove();
    await fs.rm(root, { recursive: true, force: true });
  }
});
