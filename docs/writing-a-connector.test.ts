import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const repository = path.join(__dirname, '..');
const page = fs.readFileSync(path.join(__dirname, 'writing-a-connector.md'), 'utf8');
const blocks = [...page.matchAll(/```(\w*)\n([\s\S]*?)```/g)].map(([, language = '', code = '']) => ({ language, code, file: /^(?:\/\/|#) (\S+)\n/.exec(code)?.[1] }));

/** The folder that a reader has made who did what the page says. */
let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'guide-'));
  fs.symlinkSync(repository, path.join(folder, 'integration-framework'));
  for (const { language, code, file = language === 'json' ? 'hosts.json' : undefined } of blocks) {
    if (file === undefined) continue;
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), code);
  }
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** What a program of Node printed in that folder; rejects with it when the program fails. */
const node = (...given: readonly string[]): Promise<string> => nodeIn(folder, ...given);
const nodeIn = async (cwd: string, ...given: readonly string[]): Promise<string> => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, given, { cwd, env: { ...process.env, PORT_CLIENT_ID: 'id', PORT_CLIENT_SECRET: 'secret' } });
  return stdout + stderr;
};
const framework = path.join(repository, 'framework/bin/framework.js');

test('every block of code names its file; the only others are the tree of files and hosts.json', () => {
  expect(blocks.filter(({ file }) => file === undefined).map(({ language }) => language)).toEqual(['', 'json']);
  expect(blocks.map(({ file }) => file).filter(Boolean)).toEqual([
    'config.yaml',
    'my-integrations/hosts/src/index.ts',
    'my-integrations/hosts/src/publish.ts',
    'my-integrations/hosts/test/hosts.test.ts',
    'my-integrations/jest.config.js',
    'my-integrations/tsconfig.json',
  ]);
});

test('the connector is short enough to be read at once', () => {
  expect(blocks.find(({ file }) => file?.endsWith('src/index.ts'))!.code.split('\n').length).toBeLessThan(80);
});

test('the framework finds it, and the configuration has no problem', async () => {
  const config = path.join(folder, 'config.yaml');
  expect(await nodeIn(repository, framework, 'validate', '--config', config)).toContain('no problem found');
  expect(await nodeIn(repository, framework, 'validate', '--config', config, '--integration', 'hosts')).toContain('Hosts of a site, from a JSON file');
  expect(await node('integration-framework/framework/bin/framework.js', 'validate')).toContain('no problem found');
});

test('its test passes as the page says to run it', async () => {
  const output = await nodeIn(repository, path.join(repository, 'node_modules/jest/bin/jest.js'), '--config', path.join(folder, 'my-integrations/jest.config.js'));
  expect(output).toMatch(/Tests: +1 passed, 1 total/);
});

test('it compiles under the rules of the framework', async () => {
  await nodeIn(repository, path.join(repository, 'node_modules/typescript/bin/tsc'), '--noEmit', '-p', path.join(folder, 'my-integrations'));
  // It reads the types of the whole framework.
});
