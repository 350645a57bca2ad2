import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

const runner = path.join(path.dirname(require.resolve('jest/package.json')), 'bin', 'jest.js');

it('skips loudly what cannot be started here, and the summary counts it', async () => {
  const folder = await mkdtemp(path.join(__dirname, 'tmp-'));
  try {
    const config = `module.exports = { ...require(${JSON.stringify(path.join(__dirname, '..', '..', 'jest.preset.js'))}), rootDir: __dirname };`;
    await writeFile(path.join(folder, 'jest.config.js'), config);
    const suite = `import { describeWith } from '../describe-with';
      describeWith({ needs: ['mongo'] }, 'the store', () => { it('one', () => { throw new Error('ran'); }); it('two', () => undefined); });`;
    await writeFile(path.join(folder, 'a.test.ts'), suite);
    const env = { ...process.env, PATH: '/nowhere', MONGO_URL: '' };
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, [runner, '--config', path.join(folder, 'jest.config.js')], { env }, (_err, stdout, stderr) => resolve(stdout + stderr));
    });
    expect(output).toContain('SKIPPED "the store": not on the PATH: java');
    expect(output).toMatch(/Tests:\s+2 skipped, 2 total/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
