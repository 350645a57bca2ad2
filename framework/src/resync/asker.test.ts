import { ABSENT, hashText, toJson, type Integration, type Kind } from '../contract';
import { compileMapping } from '../pipeline';
import { systemClock } from '../shared';
import { createTicks, type Present, type Row, type Store } from '../store';
import { entryOf, LIMITS, listen, resource, useStore } from '../../test/flow/flow';
import { createAsker, type Asker } from './asker';
import type { Downstream, ResyncDeps } from './deps';

const stores = useStore();

interface Thing {
  readonly id: string;
  readonly name?: string;
  readonly project?: string;
}

/** What the source has: `<kind>/<id>` → thing. */
const source = new Map<string, Thing>();
let asked: string[];
let store: Store;
let stop: AbortController;
let asker: Asker;

const kindOf = (name: string, more: Partial<Kind<unknown, Thing>>): Kind<unknown, Thing> => ({
  name,
  key: ({ id }) => [id],
  paging: 'drifting',
  async *scan() {},
  async get(_context, { key }) {
    asked.push(`${name}/${key}`);
    return source.get(`${name}/${key}`) ?? ABSENT;
  },
  ...more,
});

const inProject: Partial<Kind<unknown, Thing>> = {
  after: ['project'],
  async *partitions({ stored }) {
    for await (const row of stored<Thing>('project')) yield { name: row.id, data: { path: row.name ?? '' } };
  },
};
const project = kindOf('project', {});
const issue = kindOf('issue', { ...inProject, partitionOf: (row) => row.project ?? '' });
const label = kindOf('label', inProject);
const apart = kindOf('apart', {});

/** Rows that a page of this partition showed; without one rows that an event brought. */
async function put(kind: string, things: readonly Thing[], partition?: string): Promise<void> {
  const rows = things.map((thing): Present => ({ key: thing.id, text: toJson({ ...thing }), hash: hashText(toJson({ ...thing })) }));
  const batch = { scope: { integration: 'entry', kind }, truth: 'listed', stamp: 1, mapping: '', at: 1, rows } as const;
  await store.rows.observe(partition === undefined ? { ...batch, by: 'get' } : { ...batch, by: 'page', seen: 1, partition });
  for (const thing of things) source.set(`${kind}/${thing.id}`, thing);
}

const rowsOf = async (kind: string): Promise<readonly Row[]> => store.rows.find({ integration: 'entry', kind, gone: false, limit: 100 });
const there = async (): Promise<readonly string[]> => (await Promise.all(['project', 'issue', 'label', 'apart'].map(rowsOf))).flat().map(({ kind, key }) => `${kind}/${key}`);
const hear = (kind: string, key: string): Promise<unknown> => store.rows.claim({ scope: { integration: 'entry', kind }, truth: 'listed', claims: [{ key, stamp: 10, is: 'changed' }], mapping: '', at: 2 });

/** Until nothing is asked any more. */
async function settled(): Promise<void> {
  for (;;) {
    const scopes = await store.rows.scopes();
    if (scopes.every(({ asks }) => asks === 0)) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

beforeEach(async () => {
  source.clear();
  asked = [];
  stop = new AbortController();
  store = await stores.open();
  const integration: Integration = { type: 'test', version: '0', title: '', description: '', settings: {}, kinds: [project, issue, label, apart] };
  const mapping = compileMapping({ resources: ['project', 'issue', 'label', 'apart'].map((name) => resource(name)) }, LIMITS);
  const downstream: Partial<Downstream> = { mapping: () => mapping, map: () => Promise.resolve() };
  const log = listen();
  const deps: Partial<ResyncDeps> = {
    store,
    ticks: createTicks(store, systemClock),
    clock: systemClock,
    log,
    context: (entry, signal) => ({ settings: {}, identifier: entry.identifier, http: undefined as never, log, signal }),
    downstream: () => downstream as Downstream,
  };
  asker = createAsker(deps as ResyncDeps, [entryOf(integration)], stop.signal);
  await put('project', [{ id: 'p', name: 'shop' }, { id: 'q', name: 'cart' }], 'all');
  await put('issue', [{ id: '1', project: 'p' }], 'p');
  await put('issue', [{ id: '2', project: 'q' }], 'q');
  // No page has shown these.
  await put('issue', [{ id: '3', project: 'p' }, { id: '4', project: 'q' }]);
  await put('label', [{ id: '1', project: 'p' }], 'p');
  await put('label', [{ id: '2', project: 'q' }], 'q');
  await put('label', [{ id: '3', project: 'q' }]);
  await put('apart', [{ id: '1' }], 'all');
});
afterEach(async () => {
  stop.abort(new DOMException('the test ends', 'AbortError'));
  await asker.idle();
});

test('an answer that takes a row away is followed by questions about what is in its partition, whoever brought it', async () => {
  for (const id of ['project/p', 'issue/1', 'issue/3', 'label/1']) source.delete(id);
  await hear('project', 'p');
  asker.wake('entry', 'project');
  await settled();
  expect(await there()).toEqual(['project/q', 'issue/2', 'issue/4', 'label/2', 'label/3', 'apart/1']);
  // Nobody can tell where a label is that no page has shown.
  expect([asked[0], ...asked.slice(1).sort()]).toEqual(['project/p', 'issue/1', 'issue/3', 'label/1', 'label/3']);
});

test('so is an answer that changes what the partition is made of, and no other', async () => {
  source.set('project/p', { id: 'p', name: 'store' });
  source.set('project/q', { id: 'q', name: 'cart', project: 'another member' });
  await hear('project', 'p');
  await hear('project', 'q');
  asker.wake('entry', 'project');
  await settled();
  expect(asked.slice(2).sort()).toEqual(['issue/1', 'issue/3', 'label/1', 'label/3']);
  expect((await there()).length).toBe(10);
});

test('events that were believed are followed by the same questions', async () => {
  for (const id of ['issue/1', 'label/1']) source.delete(id);
  asker.around('entry', 'project', [{ before: { id: 'q', name: 'cart' }, after: { id: 'q', name: 'cart' } }, { before: { id: 'p', name: 'shop' } }]);
  await asker.idle();
  await settled();
  expect(asked.sort()).toEqual(['issue/1', 'issue/3', 'label/1', 'label/3']);
  expect(await there()).not.toContain('issue/1');
});

test('what an answer is just bringing is asked about once more', async () => {
  await hear('issue', 'new');
  source.set('issue/new', { id: 'new', project: 'p' });
  let answered = false;
  const { get } = issue;
  issue.get = async (context, at) => {
    const answer = await get!(context, at);
    if (at.key !== 'new' || answered) return answer;
    answered = true;
    // Read, and not stored yet: the project goes, and the issue with it.
    source.delete('issue/new');
    asker.around('entry', 'project', [{ before: { id: 'p', name: 'shop' } }]);
    while (!(await store.rows.get(['entry/issue/1']))[0]?.ask) await new Promise((resolve) => setImmediate(resolve));
    return answer;
  };
  asker.wake('entry', 'issue');
  await settled();
  issue.get = get!;
  expect(asked.filter((id) => id === 'issue/new')).toHaveLength(2);
  expect(await there()).not.toContain('issue/new');
});

test('the questions are stored before the answer they follow from', async () => {
  source.delete('project/p');
  await hear('project', 'p');
  const { observe } = store.rows;
  let atAnswer: boolean[] | undefined;
  store.rows.observe = async (batch, checkpoint) => {
    if (batch.scope.kind === 'project') atAnswer ??= (await rowsOf('issue')).filter(({ key }) => key === '1' || key === '3').map(({ ask, stamp }) => ask !== undefined || stamp > 1);
    return observe(batch, checkpoint);
  };
  asker.wake('entry', 'project');
  await settled();
  expect(atAnswer).toEqual([true, true]);
});
