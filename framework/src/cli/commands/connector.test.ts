import fs from 'node:fs';
import path from 'node:path';
import { until } from '../../../test/e2e/until';
import { workspace } from '../../../test/workspace';
import { readSettings, type Settings } from '../../config';
import { loadConfiguration } from '../../runtime/declared-pipelines';
import { startFramework } from '../../runtime/framework';
import { program } from '../../runtime/program';
import { systemClock } from '../../shared';
import { readState, writeState, type Documents } from '../../store';
import { readArguments } from '../arguments';
import type { Command } from '../command';
import type { ExitCode } from '../exit-codes';
import { createLog } from '../log';
import { ownStore } from '../running-process';
import { run as audit } from './audit';
import { run as list } from './list';
import { run as pause } from './pause';
import { run as purge } from './purge';
import { run as restart } from './restart';
import { run as resume } from './resume';
import { run as resync } from './resync';
import { run as start } from './start';
import { run as targets } from './targets';

/** Databases named as their targets, none once the file `emptied` is there; `away`: its target b cannot be started. */
const CONNECTOR = `exports.default = { type: 'pg', version: '1', title: 'T', description: 'D', services: ['database'],
  settings: { away: { type: 'boolean', default: false, description: '' }, emptied: { type: 'string', default: '', description: '' } },
  connector: ({ settings, target }) => ({
    async start() { if (settings.away && target.name === 'b') throw new Error('b is away'); },
    async refresh(run) { await run.reconcile({ blueprint: 'database', source$: (async function* () { if (!require('node:fs').existsSync(settings.emptied)) yield [{ identifier: target.name, properties: { qualifiedName: target.name, name: target.name } }]; })() }); },
  }) };`;

async function settingsOf(entry: string, cwd = workspace({ 'mine/pg/src/index.js': CONNECTOR })): Promise<Settings> {
  const settings = await readSettings({ files: [], environment: { DATA_DIR: path.join(cwd, 'data'), HTTP_PORT: '0', SHUTDOWN_GRACE_SECONDS: '3' }, cwd, text: `integrationsPath: ${path.join(cwd, 'mine')}\nintegrations:\n  - ${entry}\n` });
  expect([...settings.problems, ...settings.entries.flatMap(({ problems }) => problems)]).toEqual([]);
  return settings;
}

async function call(command: (command: Command) => Promise<ExitCode>, settings: Settings, ...given: readonly string[]): Promise<{ readonly code: ExitCode; readonly printed: string }> {
  const invocation = readArguments(given);
  if (invocation.command === 'help' || invocation.command === 'version') throw new Error('not a command');
  const printed: string[] = [];
  const code = await command({ invocation, settings, log: createLog({ logLevel: 'silent', logFormat: 'json' }), print: (line) => void printed.push(line) });
  return { code, printed: printed.join('\n') };
}

async function inState<T>(settings: Settings, work: (documents: Documents) => Promise<T>): Promise<T> {
  const store = await ownStore(settings, createLog({ logLevel: 'silent', logFormat: 'json' }));
  try {
    return await work(store.documents);
  } finally {
    await store.ownership.release();
    await store.close();
  }
}

const BOTH = '{ identifier: pg, type: pg, targets: [{ name: a }, { name: b }] }';

it('resync --once refreshes every target; list tells those that are there, and those that are gone with what they left', async () => {
  const settings = await settingsOf(BOTH);
  const run = await call(resync, settings, 'resync', 'pg', '--once');
  expect(run).toMatchObject({ code: 0, printed: expect.stringMatching(/^pg \(pg\) {2}completed in .* database\.database 2 {2}created 2 updated 0 deleted 0$/) as string });
  expect((await call(list, settings, 'list')).printed).toMatch(/^pg {2}\(pg\) {2}stopped {2}database\.database 2 {2}last run completed {2}targets a, b$/);
  const fewer = await settingsOf('{ identifier: pg, type: pg, targets: [{ name: a }] }', path.dirname(settings.process.dataDir));
  expect((await call(list, fewer, 'list')).printed).toMatch(/targets a, b \(orphaned\)$/);
});

it('resync --once does not wait for a target that cannot be started', async () => {
  const settings = await settingsOf(BOTH.replace('targets', 'config: { away: true }, targets'));
  const { code, printed } = await call(resync, settings, 'resync', 'pg', '--once');
  expect(code).toBe(1);
  expect(printed).toMatch(/failed in .*created 1 /);
  expect(printed).toContain('target b: the integration failed: b is away');
});

it('resync --once of a paused entry is refused: nobody could resume it meanwhile', async () => {
  const settings = await settingsOf(BOTH);
  await inState(settings, (documents) => writeState(documents, 'entry-paused/pg', true));
  expect(await call(resync, settings, 'resync', 'pg', '--once')).toEqual({ code: 2, printed: '' });
  expect((await call(list, settings, 'list')).printed).toContain('no run yet  paused  targets a, b');
});

it('ONCE refreshes every target, and passes over an entry that is paused', async () => {
  const settings = await settingsOf(BOTH);
  const once: Settings = { ...settings, trigger: { ...settings.trigger, type: 'ONCE' } };
  const first = await call(start, once, 'start');
  expect(first).toMatchObject({ code: 0, printed: expect.stringMatching(/pg \(pg\) {2}completed .* created 2 /) as string });
  await inState(settings, (documents) => writeState(documents, 'entry-paused/pg', true));
  const second = await call(start, once, 'start');
  expect(second.code).toBe(0);
  expect(second.printed).not.toContain('pg (pg)');
});

it('purge forgets what was kept of the connector, and nothing of others', async () => {
  const settings = await settingsOf(BOTH);
  await call(resync, settings, 'resync', 'pg', '--once');
  const own = ['connector/pg', 'targets/pg', 'rest-targets/pg', 'entry-paused/pg', 'out-topic/pg/a%2Fs/database/x', 'in-topic/pg/1', 'metadata-source/pg::pg'];
  const others = ['connector/pg2', 'targets/pg2', 'out-topic/pg2/s/database/x', 'in-topic/pg2/1', 'metadata-source/pg::pg2'];
  const left = (documents: Documents): Promise<readonly string[]> => Promise.all([...own, ...others].map(async (name) => ((await readState(documents, name)) === undefined ? '' : name))).then((names) => names.filter(Boolean));
  await inState(settings, async (documents) => {
    // These a run made.
    for (const name of ['connector/pg', 'targets/pg', 'metadata-source/pg::pg']) expect(await readState(documents, name)).toBeDefined();
    for (const name of [...own, ...others]) if ((await readState(documents, name)) === undefined) await writeState(documents, name, name.startsWith('metadata') ? { madeBy: 'pg2' } : { at: 1 });
    expect(await left(documents)).toHaveLength(own.length + others.length);
  });
  expect(await call(purge, settings, 'purge', 'pg', '--confirm', 'pg')).toMatchObject({ code: 0, printed: 'purged pg: 2 entities' });
  expect(await inState(settings, left)).toEqual(others);
});

it('a running process is asked: list tells status and what fails, resync waits for the run that it asked for', async () => {
  const settings = await settingsOf(BOTH.replace('targets', 'config: { away: true }, resync: { atStart: false }, targets'));
  const log = createLog({ logLevel: 'silent', logFormat: 'json' });
  const { entries, pipelines } = await loadConfiguration(settings, { clock: systemClock, log });
  const framework = await startFramework({ settings, entries, failed: [], pipelines, log, version: 'test' });
  try {
    await framework.started;
    await until('b fails', async () => (await call(list, settings, 'list')).printed.includes('b is away'));
    expect((await call(list, settings, 'list')).printed).toMatch(/^pg {2}\(pg\) {2}degraded \(DEGRADED\) .* targets a \(waiting\), b {2}failing \S+ target b: the integration failed: b is away \(since \d{4}-\d\d-\d\dT[\d:.]+Z\)$/);
    expect(await call(resync, settings, 'resync', 'pg')).toMatchObject({ code: 1, printed: expect.stringMatching(/^pg {2}failed [^]*target b: the integration failed: b is away/) as string });
    const listed = JSON.parse((await call(list, settings, 'list', '--json')).printed) as readonly { readonly targets: readonly { readonly name: string }[] }[];
    expect(listed[0]!.targets.map(({ name }) => name)).toEqual(['a', 'b']);
  } finally {
    await framework.stop({ reason: 'the test is over', graceMs: 3_000 });
  }
});

it('a running process is asked: resync tells what is held as the process does, and does not wait for an entry that is paused', async () => {
  const cwd = workspace({ 'mine/pg/src/index.js': CONNECTOR });
  const emptied = path.join(cwd, 'emptied');
  const settings = await settingsOf(`{ identifier: pg, type: pg, config: { emptied: ${emptied} } }`, cwd);
  const log = createLog({ logLevel: 'silent', logFormat: 'json' });
  const { entries, pipelines } = await loadConfiguration(settings, { clock: systemClock, log });
  const framework = await startFramework({ settings, entries, failed: [], pipelines, log, version: 'test' });
  try {
    await framework.started;
    await until('the first refresh', async () => (await call(list, settings, 'list')).printed.includes('last run completed'));
    fs.writeFileSync(emptied, '');
    const { code, printed } = await call(resync, settings, 'resync', 'pg');
    expect(code).toBe(1);
    expect(printed).toMatch(/^pg {2}needs-release {2}.*\n {2}database\.database: 1 deletions held \(nothing-seen\); release them: (?:npx framework|node \S+framework\.js) release \S+$/);
    await fetch(`${framework.url}/api/v1/integrations/pg/pause`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
    await expect(call(resync, settings, 'resync', 'pg')).rejects.toThrow(/^pg is paused: run \S+ is queued, and begins after .* resume pg$/);
  } finally {
    await framework.stop({ reason: 'the test is over', graceMs: 3_000 });
  }
});

it('a running process is asked to pause, resume and restart an entry, for its targets and the audit log', async () => {
  const settings = await settingsOf(BOTH.replace('targets', 'config: { away: true }, targets'));
  await expect(call(pause, settings, 'pause', 'pg')).rejects.toThrow('no process holds this store; start one');
  const log = createLog({ logLevel: 'silent', logFormat: 'json' });
  const { entries, pipelines } = await loadConfiguration(settings, { clock: systemClock, log });
  const framework = await startFramework({ settings, entries, failed: [], pipelines, log, version: 'test' });
  try {
    await framework.started;
    await until('b fails', async () => (await call(targets, settings, 'targets', 'pg')).printed.includes('failing'));
    expect((await call(targets, settings, 'targets', 'pg')).printed).toMatch(/^a {2}waiting \(WAITING\) {2}file\nb {2}degraded \(DEGRADED\) {2}file {2}failing \S+ .*b is away$/);
    expect(await call(pause, settings, 'pause', 'pg')).toEqual({ code: 0, printed: `pg is paused: what runs ends, what is asked for waits until ${program()} resume pg` });
    expect((await call(list, settings, 'list')).printed).toMatch(/^pg {2}\(pg\) {2}paused/);
    expect(await call(resume, settings, 'resume', 'pg')).toEqual({ code: 0, printed: 'pg goes on' });
    expect(await call(restart, settings, 'restart', 'pg', '--target', 'b')).toEqual({ code: 0, printed: 'pg begins anew: b' });
    expect(await call(restart, settings, 'restart', 'pg', '--json')).toEqual({ code: 0, printed: '{"identifier":"pg","targets":["a","b"]}' });
    await expect(call(restart, settings, 'restart', 'pg', '--target', 'c')).rejects.toThrow(/c.*a, b/);
    await expect(call(resume, settings, 'resume', 'nobody')).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('nobody') as string });
    const decisions = ['audit', '--integration', 'pg', '--severity', 'DECISION'];
    await until('a decision is stored', async () => (await call(audit, settings, ...decisions)).printed !== '');
    expect((await call(audit, settings, ...decisions, '--limit', '1')).printed).toMatch(/^\d{4}-\S+Z {2}DECISION {2}INTEGRATION-RUNTIME-\d+ {2}.*pg.*\nolder ones: --to \d{4}-\S+Z$/);
    await expect(call(audit, settings, 'audit', '--severity', 'LOUD')).rejects.toThrow(/there is no severity 'LOUD'/);
  } finally {
    await framework.stop({ reason: 'the test is over', graceMs: 3_000 });
  }
});
