import { execFile } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';

const repository = path.join(__dirname, '..');

it('npx framework takes no package of that name from a registry, also before npm ci and where nobody is asked', async () => {
  const asked: string[] = [];
  const registry = http.createServer(({ url = '' }, response) => {
    asked.push(url);
    const { port } = registry.address() as AddressInfo;
    const strangers = { name: 'framework', version: '9.9.9', bin: { framework: 'x.js' }, dist: { tarball: `http://127.0.0.1:${port}/framework.tgz` } };
    response.writeHead(url === '/framework' ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify({ name: 'framework', 'dist-tags': { latest: '9.9.9' }, versions: { '9.9.9': strangers } }));
  });
  await new Promise<void>((listening) => registry.listen(0, '127.0.0.1', listening));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'npx-'));
  try {
    for (const file of ['package.json', '.npmrc']) fs.copyFileSync(path.join(repository, file), path.join(folder, file));
    for (const file of ['user', 'global']) fs.writeFileSync(path.join(folder, file), '');
    const env = { PATH: process.env['PATH'], HOME: folder, CI: '1', npm_config_userconfig: path.join(folder, 'user'), npm_config_globalconfig: path.join(folder, 'global'), npm_config_cache: path.join(folder, 'cache'), npm_config_registry: `http://127.0.0.1:${(registry.address() as AddressInfo).port}` };
    const printed = await new Promise<string>((ended) => execFile('npx', ['framework', 'list'], { cwd: folder, env }, (_, stdout, stderr) => ended(stdout + stderr)));
    expect(printed).toContain('canceled due to missing packages');
    expect(asked.filter((url) => url !== '/framework')).toEqual([]);
  } finally {
    registry.close();
    registry.closeAllConnections();
    fs.rmSync(folder, { recursive: true, force: true });
  }
});
