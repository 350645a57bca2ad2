import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { program } from './program';

const bin = path.join(__dirname, '../../bin/framework.js');
let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'program-'));
  fs.mkdirSync(path.join(folder, 'node_modules/.bin'), { recursive: true });
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

it('is npx where npm has put this program', () => {
  fs.symlinkSync(bin, path.join(folder, 'node_modules/.bin/framework'));
  expect(program(folder)).toBe('npx framework');
});

it('is its path everywhere else, which runs', () => {
  fs.writeFileSync(path.join(folder, 'other.js'), '');
  fs.symlinkSync('../../other.js', path.join(folder, 'node_modules/.bin/framework'));
  expect(program(folder)).toMatch(/^node \S+bin\/framework\.js$/);
  const printed = execFileSync('sh', ['-c', `${program(folder)} --version`], { cwd: folder, encoding: 'utf8' });
  expect(printed.trim()).toMatch(/^\d+\.\d+\.\d+$/);
});
