import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { folderWith, runCommand, startProcess, type Folder } from './framework-process';
import { until } from './until';

const git = (folder: string, ...args: string[]): void => void execFileSync('git', ['-C', folder, '-c', 'user.name=Author', '-c', 'user.email=author@example.org', ...args], { stdio: 'pipe' });

/** The shipped config.yaml, in a repository of the test's own. */
function repositoryFolder(): Folder {
  const folder = folderWith({
    port: { clientId: 'PORT_CLIENT_ID', clientSecret: 'PORT_CLIENT_SECRET', baseUrl: 'local' },
    triggerChannel: { type: 'POLLING' },
    integrations: [{ identifier: 'this-repository', type: 'git', config: { path: '.' } }],
  });
  git(folder.path, 'init', '-q', '-b', 'main');
  for (const name of ['one', 'two', 'three']) {
    folder.write(name, name);
    git(folder.path, 'add', name);
    git(folder.path, 'commit', '-q', '-m', name);
  }
  git(folder.path, 'branch', 'feature/first');
  git(folder.path, 'branch', 'feature/second');
  return folder;
}

describe('first steps', () => {
  it('fills the catalog, changes nothing the second time, and deletes what is gone', async () => {
    const folder = repositoryFolder();
    const name = path.basename(folder.path);
    const first = await startProcess(folder);
    try {
      expect(await first.runLine(1)).toMatch(/^this-repository \(git\) {2}completed in .* {2}branch 3 .* created 8 updated 0 deleted 0$/);
      await until('it says where to read it', () => first.stdout().includes(`Read it: curl ${first.url}/api/v1/entities?blueprint=gitBranch`));
      const { entities } = await first.get<{ entities: { identifier: string }[] }>('/api/v1/entities?blueprint=gitBranch');
      expect(entities.map((entity) => entity.identifier).sort()).toEqual([`${name}/feature/first`, `${name}/feature/second`, `${name}/main`]);
      expect((await first.call('GET', '/health/ready')).status).toBe(200);
    } finally {
      expect((await first.stop()).code).toBe(0);
    }

    const second = await startProcess(folder);
    try {
      expect(await second.runLine(1)).toMatch(/created 0 updated 0 deleted 0$/);
      git(folder.path, 'branch', '-D', 'feature/first');
      const asked = await runCommand(folder, ['resync', 'this-repository']);
      expect(asked.stdout).toContain('deleted 1');
      expect(asked.code).toBe(0);
      expect((await second.call('GET', `/api/v1/entities/gitBranch/${encodeURIComponent(`${name}/feature/first`)}`)).status).toBe(404);
      expect((await second.call('GET', `/api/v1/entities/gitBranch/${encodeURIComponent(`${name}/feature/second`)}`)).status).toBe(200);
    } finally {
      expect((await second.stop()).code).toBe(0);
      folder.remove();
    }
  });
});
