import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { commands } from '../framework/src/cli/arguments';
import { isError, readSettings } from '../framework/src/config';
import { loadConfiguration } from '../framework/src/runtime/declared-pipelines';
import { systemClock } from '../framework/src/shared';
import { compileMapping } from '../framework/src/pipeline';
import type { Mapping } from '../framework/src/contract';

const repository = path.join(__dirname, '..');
const skipped = new Set(['node_modules', 'dist', '.git', '.nx', '.cache', '.data']);

function markdownFiles(folder: string): string[] {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (skipped.has(entry.name)) return [];
    const full = path.join(folder, entry.name);
    return entry.isDirectory() ? markdownFiles(full) : entry.name.endsWith('.md') ? [full] : [];
  });
}

/** Repositories that an example names lie on the machine of its reader. */
const isOfReader = (message: string): boolean => /; name a repository in path$/.test(message);
const ignore = (): void => undefined;
const files = markdownFiles(repository).map((file) => ({ name: path.relative(repository, file), file, text: fs.readFileSync(file, 'utf8') }));
const blocks = files.flatMap(({ name, text }) => [...text.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language, code], at) => ({ name: `${name} block ${at + 1}`, language, code: code! })));

describe('29 guides: every relative link', () => {
  it.each(files)('of $name leads somewhere', ({ file, text }) => {
    const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link]) => link!).filter((link) => !/^[a-z]+:/.test(link));
    for (const link of links) expect({ link, there: fs.existsSync(path.resolve(path.dirname(file), link)) }).toEqual({ link, there: true });
  });
});

describe('29 guides: every configuration in the docs', () => {
  const entries = blocks.filter(({ name, language, code }) => /^integrations\/[\w-]+\/README\.md /.test(name) && language === 'yaml' && /^- .*\b(identifier|type):/.test(code)).map(({ code, ...block }) => ({ ...block, code: `integrations:\n${code}` }));
  const configurations = blocks.filter(({ language, code }) => (language === 'yaml' && /^integrations:/m.test(code)) || (language === 'json' && /^\{\s*"integrations"/.test(code)));
  it.each([...configurations, ...entries])('validates: $name', async ({ code }) => {
    const named = [...code.matchAll(/\bfromEnv"?: "?(\w+)|\benv:(\w+)/g)].map(([, one, other]) => [(one ?? other)!, 'a-secret'] as const);
    const environment = { ...Object.fromEntries(named), PORT_CLIENT_ID: 'id', PORT_CLIENT_SECRET: 'secret', MONGO_URL: 'mongodb://localhost/x' };
    const cwd = fs.mkdtempSync(path.join(os.tmpdir(), 'docs-'));
    fs.mkdirSync(path.join(cwd, 'my-integrations'));
    for (const [, file] of code.matchAll(/\bfromFile: ([\w/.-]+)/g)) {
      fs.mkdirSync(path.dirname(path.join(cwd, file!)), { recursive: true });
      fs.writeFileSync(path.join(cwd, file!), '{}');
    }
    const settings = await readSettings({ files: [], environment, cwd, text: code });
    const { failed } = await loadConfiguration(settings, { clock: systemClock, log: { debug: ignore, info: ignore, warn: ignore, error: ignore } });
    fs.rmSync(cwd, { recursive: true });
    // A guide may speak of an integration that its reader is about to write.
    const problems = [...settings.problems, ...failed.flatMap((entry) => entry.problems)].filter((problem) => isError(problem) && problem.code !== 'INTEGRATION_UNKNOWN' && !isOfReader(problem.message));
    expect(problems).toEqual([]);
  });
  it('is found at all', () => expect(configurations.length).toBeGreaterThan(1));
  it.each(fs.readdirSync(path.join(repository, 'integrations')).filter((name) => fs.existsSync(path.join(repository, 'integrations', name, 'README.md'))))('stands in the README of %s', (type) => {
    const own = [...configurations, ...entries].filter(({ name }) => name.startsWith(`integrations/${type}/`)).flatMap(({ code }) => (parse(code) as { integrations: { type?: string; source?: { type?: string } }[] }).integrations);
    expect(own.map((entry) => entry.type ?? entry.source?.type)).toContain(type);
  });
});

describe('every mapping in the docs', () => {
  const mappings = blocks.filter(({ language, code }) => language === 'yaml' && /^resources:/m.test(code));
  it.each(mappings)('compiles: $name', ({ code }) => {
    const compiled = compileMapping(parse(code) as Mapping, { steps: 100_000, bytes: 8_388_608, timeoutMs: 1_000, env: {} });
    expect(compiled.problems).toEqual([]);
    expect(compiled.kinds.length).toBeGreaterThan(0);
  });
});

it('every command that the README names exists, and the README names every command', () => {
  const { text } = files.find(({ name }) => name === 'README.md')!;
  const named = new Set([...text.matchAll(/npx framework (\w+)/g)].map(([, name]) => name!));
  for (const [, name] of text.matchAll(/` · `(\w+)[ `]/g)) named.add(name!);
  for (const name of named) expect(Object.keys(commands)).toContain(name);
  for (const name of Object.keys(commands).filter((known) => known !== 'replay')) expect([...named]).toContain(name);
});

it('no folder README of the framework is longer than 40 lines', () => {
  for (const { name, text } of files.filter((file) => /^framework\/src\/[\w-]+\/README\.md$/.test(file.name))) expect({ name, short: text.split('\n').length <= 41 }).toEqual({ name, short: true });
});
