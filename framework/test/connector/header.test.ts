import { hashText, toJson, type ElementHeader, type ElementRef, type NewElement, type Target } from '../../src/contract';
import { rowKey } from '../../src/store';
import { asset, startStage, type AnyContext, type Elements, type Stage } from './stage';

let stage: Stage;
afterEach(() => stage.stop());

const ref = (identifier: string): ElementRef<never> => ({ blueprint: 'database', identifier }) as ElementRef<never>;
const header = async (context: AnyContext, identifier: string): Promise<ElementHeader> => (await context.database.get(ref(identifier)))!.header;
const versions = async (context: AnyContext, identifier: string) => (await header(context, identifier)).versions;
/** Two instants differ from now on. */
const tick = (after: string): Promise<unknown> => stage.until(() => Date.now() > Date.parse(after));

test('7.3 versions: of pages and calls, who made an element and changed it last; what does not change its content is no change', async () => {
  const elements: Elements = new Map([['database', [asset('d1')]]]);
  stage = await startStage([{ identifier: 'pg', services: ['database'], elements }]);
  await stage.run('pg');
  const context = stage.context('pg');
  const first = await versions(context, 'd1');
  expect(first).toEqual({ createdBy: 'pg', createTime: expect.stringMatching(/^\d{4}-.*Z$/), updatedBy: 'pg', updateTime: first.createTime, version: 1 });
  await tick(first.createTime!);
  await stage.run('pg');
  await context.database.create('database', asset('d1'));
  await context.externalIds.attach(ref('d1'), { externalIdentifier: 'x' });
  expect(await versions(context, 'd1')).toEqual(first);
  elements.set('database', [asset('d1', { description: 'other' })]);
  await stage.run('pg');
  const second = await versions(context, 'd1');
  expect(second).toEqual({ ...first, updateTime: expect.any(String), version: 2 });
  expect(Date.parse(second.updateTime!)).toBeGreaterThan(Date.parse(first.updateTime!));
  await tick(second.updateTime!);
  await context.database.update(ref('d1'), { description: 'third' } as never);
  expect(await versions(context, 'd1')).toMatchObject({ createTime: first.createTime, version: 3 });
  await stage.restart();
  expect(await versions(await stage.ready('pg'), 'd1')).toMatchObject({ createTime: first.createTime, version: 3 });
  await stage.context('pg').database.remove(ref('d1'));
  await stage.context('pg').database.create('database', asset('d1'));
  const anew = await versions(stage.context('pg'), 'd1');
  expect(anew).toEqual({ createdBy: 'pg', createTime: expect.any(String), updatedBy: 'pg', updateTime: anew.createTime, version: 1 });
  expect(Date.parse(anew.createTime!)).toBeGreaterThan(Date.parse(second.updateTime!));
});

test('7.3 versions: what belongs to nobody was made by one and changed by another', async () => {
  const party = (identifier: string) => ({ identifier, services: ['database' as const], methods: () => ({}), connector: { connection: { config: {}, endpoint: { address: `${identifier}.example.org` } } } });
  stage = await startStage([party('one'), party('two')]);
  const [one, two] = [await stage.ready('one'), await stage.ready('two')];
  await one.database.create('database', { ...asset('free'), owned: false } as NewElement<never>);
  await two.database.update(ref('free'), { description: 'by two' } as never);
  expect(await header(one, 'free')).toMatchObject({ versions: { createdBy: 'one', updatedBy: 'two', version: 2 }, origin: { category: 'LOCAL_COHORT' } });
  expect((await header(one, 'free')).origin).not.toHaveProperty('sourceServer');
});

test('7.3 versions: of what an earlier release wrote only what is known is told', async () => {
  stage = await startStage([{ identifier: 'pg', services: ['database'], methods: () => ({}) }]);
  const context = await stage.ready('pg');
  const text = toJson({ home: 'party::pg', identifier: 'old', properties: { name: 'old', qualifiedName: 'old' }, relations: {} });
  await stage.framework.store.rows.observe({ scope: { integration: 'pg', kind: 'database.database' }, truth: 'mixed', by: 'page', stamp: 1, seen: 1, partition: 'default', mapping: '', at: 1, rows: [{ key: rowKey(['old']), text, hash: hashText(text) }] });
  expect(await versions(context, 'old')).toEqual({ updatedBy: 'pg', version: 1 });
  await context.database.update(ref('old'), { description: 'new' } as never);
  expect(await versions(context, 'old')).toEqual({ updatedBy: 'pg', updateTime: expect.any(String), version: 2 });
});

test('7.3 origin: the server that says so is that of the target, without who calls there', async () => {
  const targets: Target[] = [
    { name: 'a', connection: { endpoint: { address: 'https://robot:word@a.example.org/x@y' } } },
    { name: 'b', connection: { endpoint: { address: 'b.example.org:5432' } } },
    { name: 'c' },
  ];
  const pg = (some: readonly Target[]) => ({ identifier: 'pg', services: ['database' as const], elements: (target: string): Elements => new Map([['database', [asset(`of ${target}`)]]]), connector: { targets: some } });
  stage = await startStage([pg(targets)]);
  await stage.run('pg');
  const servers = async (): Promise<unknown> => Object.fromEntries((await stage.context('pg', 'a').database.find('database')).elements.map(({ identifier, header: { origin } }) => [identifier, origin.sourceServer]));
  expect(await servers()).toEqual({ 'of a': 'https://a.example.org/x@y', 'of b': 'b.example.org:5432', 'of c': undefined });
  await stage.restart([pg(targets.slice(0, 1))]);
  await stage.ready('pg', 'a');
  expect(await servers()).toEqual({ 'of a': 'https://a.example.org/x@y', 'of b': undefined, 'of c': undefined });
});
