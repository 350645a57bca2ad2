import path from 'node:path';
import { workspace } from '../../../test/workspace';
import { readSettings, type Settings } from '../../config';
import { systemClock } from '../../shared';
import { keepDeadLetter, outputId, readState, writeState, type Store } from '../../store';
import { readArguments } from '../arguments';
import { createLog } from '../log';
import { ownStore } from '../running-process';
import { run } from './purge';

const log = createLog({ logLevel: 'silent', logFormat: 'json' });
const FAKE = 'processors: [], sinks: [{ type: fake }]';
const entry = (identifier: string, pipelines: string): string => `  - { identifier: ${identifier}, source: { type: jira }, pipelines: [${pipelines}] }`;

async function settingsOf(...entries: readonly string[]): Promise<Settings> {
  const cwd = workspace({ 'config.yaml': ['integrations:', ...entries, ''].join('\n') });
  const settings = await readSettings({ files: [], environment: { DATA_DIR: path.join(cwd, 'data') }, cwd });
  expect([...settings.problems, ...settings.entries.flatMap(({ problems }) => problems)]).toEqual([]);
  return settings;
}

async function inStore<T>(settings: Settings, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await ownStore(settings, log);
  try {
    return await work(store);
  } finally {
    await store.ownership.release();
    await store.close();
  }
}

const NAMES = ['mine', 'mine/1', 'named', 'silent', 'wrote', 'failed', 'theirs', 'taken-over', 'theirs/2'];

/** What is left of pauses and shapes after `mine` was purged. */
async function leftOf(settings: Settings): Promise<readonly string[]> {
  await inStore(settings, async (store) => {
    for (const name of NAMES) {
      await writeState(store.documents, `paused/${name}`, true);
      await writeState(store.documents, `shapes/${name}`, { fake: '1' });
    }
    const output = (pipeline: string) => ({ _id: outputId(pipeline, 'bp', '1'), pipeline, integration: 'mine', kinds: ['record'], sink: 'fake' });
    await store.outputs.adopt([output('wrote'), output('taken-over')], 1);
    await keepDeadLetter(store.documents, { integration: 'mine', pipeline: 'failed', stage: 'mapper', code: 'MAPPER_FAILED', message: 'no' }, systemClock);
  });
  const invocation = readArguments(['purge', 'mine', '--confirm', 'mine']);
  if (invocation.command === 'help' || invocation.command === 'version') throw new Error('not a command');
  expect(await run({ invocation, settings, log, print: () => undefined })).toBe(0);
  return inStore(settings, async ({ documents }) => {
    const left: string[] = [];
    for (const name of NAMES.flatMap((one) => [`paused/${one}`, `shapes/${one}`])) if ((await readState(documents, name)) !== undefined) left.push(name);
    return left;
  });
}

const both = (...names: readonly string[]): readonly string[] => names.flatMap((name) => [`paused/${name}`, `shapes/${name}`]);
const theirs = entry('theirs', `{ ${FAKE} }, { name: taken-over, ${FAKE} }, { ${FAKE} }`);

it('forgets the pauses and shapes of every pipeline of the entry, and of no other entry', async () => {
  const settings = await settingsOf(entry('mine', `{ name: named, ${FAKE} }, { ${FAKE} }, { name: silent, ${FAKE} }`), theirs);
  expect(await leftOf(settings)).toEqual(both('theirs', 'taken-over', 'theirs/2'));
});

it('of an entry that left the file those of pipelines that outputs or dead letters still tell', async () => {
  expect(await leftOf(await settingsOf(theirs))).toEqual(both('mine/1', 'named', 'silent', 'theirs', 'taken-over', 'theirs/2'));
});
