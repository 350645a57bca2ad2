import { defineIntegration, type Integration, type OutTopicEvent, type WebhookCall } from '../contract';
import { stageConnector, type StageConnectorOptions, type StagedConnector } from './stage-connector';

type Staged = StagedConnector<'database' | 'infrastructure'>;
const named = (identifier: string, more: object = {}) => ({ identifier, properties: { qualifiedName: identifier, name: identifier, ...more } });
const table = (identifier: string, of: string) => ({ identifier, parent: { blueprint: 'database', identifier: of } as const, properties: { qualifiedName: identifier, displayName: identifier } });
const sales = { blueprint: 'database', identifier: 'sales' } as const;

/** What the third party has, by page; changed by a test. */
let pages: ReturnType<typeof named>[][];
let heard: unknown[];
const integration = defineIntegration({
  type: 'party',
  version: '1.0.0',
  title: 'Party',
  description: 'Party',
  settings: {},
  services: ['database', 'infrastructure'],
  connector: (deps) => ({
    async start() {
      const { listeners, outTopic } = deps.context;
      await listeners.webhook('news', { scheme: 'token', header: 'x-token' }, async (call: WebhookCall) => void heard.push(call.body));
      await outTopic.subscribe({ name: 'endpoints', blueprints: ['endpoint'] }, async (event: OutTopicEvent) => void heard.push(`${event.eventType} ${event.element.identifier}`));
    },
    async refresh(run) {
      await run.reconcile({ blueprint: 'database', source$: (async function* () { yield* pages; })() });
    },
  }),
});
const open: Staged[] = [];
function stage(given: Partial<StageConnectorOptions<object, 'database' | 'infrastructure'>> = {}): Staged {
  const staged = stageConnector({ integration, ...given });
  open.push(staged);
  return staged;
}
beforeEach(() => {
  pages = [];
  heard = [];
});
afterEach(async () => {
  for (const staged of open.splice(0)) await staged.disconnect();
});
const until = async (isTrue: () => boolean): Promise<void> => {
  while (!isTrue()) await new Promise((again) => setTimeout(again, 5));
};

describe('the context of a staged connector', () => {
  it('publishes into zones, and withdraws; what is a part of it follows', async () => {
    const { context, element } = stage({ zones: { default: ['quarantine'], publish: ['lake'] } });
    await context.database.upsert('database', [named('sales')]);
    await context.database.upsert('table', [table('sales/t', 'sales')]);
    const zones = async () => [(await element('database', 'sales'))?.header.zones, (await element('table', 'sales/t'))?.header.zones];
    expect(await zones()).toEqual([['quarantine'], ['quarantine']]);
    await context.zones.publish(sales);
    expect(await zones()).toEqual([['lake'], ['lake']]);
    await context.zones.withdraw(sales);
    expect(await zones()).toEqual([['quarantine'], ['quarantine']]);
  });

  it('refuses what the runtime refuses', async () => {
    const { context, put, refused } = stage();
    await context.database.upsert('database', [named('sales')]);
    await context.database.upsert('table', [table('sales/t', 'sales')]);
    await put('database', named('theirs'));
    await expect(context.zones.publish(sales)).rejects.toMatchObject({ name: 'ZonesNotConfigured' });
    await expect(context.zones.publish({ blueprint: 'table', identifier: 'sales/t' })).rejects.toMatchObject({ name: 'NotAnAsset' });
    await expect(context.zones.withdraw({ blueprint: 'database', identifier: 'none' })).rejects.toMatchObject({ name: 'ElementMissing' });
    await expect(context.database.remove({ blueprint: 'database', identifier: 'theirs' })).rejects.toMatchObject({ name: 'NotHome', home: 'somebody' });
    await expect(context.database.create('host' as 'database', named('h'))).rejects.toThrow('the service database does not write it');
    expect(() => (context as unknown as Record<string, unknown>)['topic']).toThrow('topic');
    expect(refused.map(({ identifier, error }) => `${identifier} ${error.name}`)).toEqual(['sales ZonesNotConfigured', 'sales/t NotAnAsset', 'theirs NotHome']);
  });

  it('answers `refused` for one element, and takes the others', async () => {
    const { context, told, elements } = stage();
    const results = await context.database.upsert('database', [named('sales'), named('odd', { unheardOf: 1 })]);
    expect(results).toEqual([{ identifier: 'sales', is: 'created' }, { identifier: 'odd', is: 'refused', reason: expect.stringContaining('unheardOf') as string }]);
    expect(await context.database.upsert('database', [named('sales')])).toEqual([{ identifier: 'sales', is: 'unchanged' }]);
    expect([...elements('database').keys()]).toEqual(['sales']);
    expect(told.map(({ is, element }) => `${is} ${element.identifier}`)).toEqual(['upsert sales', 'upsert sales']);
  });

  it('keeps names of the third party; takes messages of the In Topic once, and judges them', async () => {
    const { context, element } = stage();
    await context.database.create('database', named('sales'));
    await context.externalIds.attach(sales, { externalIdentifier: 'oid-17' });
    expect(await context.externalIds.find('oid-17')).toEqual([sales]);
    const { inTopic } = context;
    expect(await inTopic.send({ id: '1', op: 'upsert', ...sales, properties: { description: 'ours' } })).toBe('applied');
    expect(await inTopic.send({ id: '1', op: 'upsert', ...sales, properties: { description: 'again' } })).toBe('duplicate');
    expect(await inTopic.send({ id: '2', op: 'upsert', ...sales, properties: { unheardOf: 1 } })).toBe('dead-lettered');
    expect((await element('database', 'sales'))?.properties).toMatchObject({ name: 'sales', description: 'ours' });
  });

  it('is told by webhook, and by the Out Topic what others did', async () => {
    const staged = stage();
    await expect(staged.call('news', { headers: {}, body: 1 })).rejects.toThrow('no webhook is registered under news; registered: none');
    await staged.start();
    await staged.call('news', { headers: {}, body: { it: 'happened' } });
    expect(heard).toEqual([{ it: 'happened' }]);
    await staged.put('endpoint', { identifier: 'e1', properties: { address: 'https://one' } });
    await until(() => heard.length === 2);
    await staged.drop('endpoint', 'e1');
    await until(() => heard.length === 3);
    expect(heard.slice(1)).toEqual(['NEW_ELEMENT_CREATED e1', 'ELEMENT_DELETED e1']);
  });

  it('is not there in the body of the factory, and closed once `disconnect` began', async () => {
    const early: Integration<object, 'database'> = { ...integration, services: ['database'], connector: ({ context }) => ({ start: () => context.database.create('database', named('x')) as never }) };
    expect(() => stageConnector({ integration: early })).toThrow('deps.context');
    const staged = stage();
    await staged.disconnect();
    await expect((async () => staged.context.database.get(sales))()).rejects.toMatchObject({ name: 'ContextClosed' });
    open.length = 0;
  });
});

describe('a comparison of a staged connector', () => {
  const keys = (staged: Staged) => [...staged.elements('database').keys()].sort();

  it('removes what it did not have, with its parts, and leaves what is of others', async () => {
    const staged = stage();
    await staged.put('database', named('theirs'));
    pages = [[named('sales')], [named('stock')]];
    expect(await staged.refresh()).toEqual(['database']);
    await staged.context.database.upsert('table', [table('stock/t', 'stock')]);
    expect(staged.elements('table').size).toBe(1);
    pages = [[named('sales')]];
    await staged.refresh();
    expect(staged.elements('table').size).toBe(0);
    expect(keys(staged)).toEqual(['sales', 'theirs']);
    expect(await staged.element('database', 'stock')).toBeUndefined();
  });

  it('in which something was refused, or that was not read to its end, removes nothing', async () => {
    const staged = stage();
    pages = [[named('sales')], [named('stock')]];
    await staged.refresh();
    pages = [[named('sales'), named('odd', { unheardOf: 1 })]];
    await staged.refresh();
    expect(keys(staged)).toEqual(['sales', 'stock']);
    expect(staged.refused).toEqual([{ blueprint: 'database', identifier: 'odd', error: expect.objectContaining({ name: 'ElementRefused' }) as Error }]);
    pages = [[named('sales')], undefined as never];
    await expect(staged.refresh()).rejects.toThrow();
    expect(keys(staged)).toEqual(['sales', 'stock']);
  });

  it('shows what was changed as it was changed', async () => {
    const staged = stage();
    await staged.context.database.upsert('database', [named('sales')]);
    await staged.context.database.update(sales, { description: 'ours' });
    expect(staged.elements('database').get('sales')).toEqual({ identifier: 'sales', properties: { qualifiedName: 'sales', name: 'sales', description: 'ours' }, relations: {} });
    expect(await staged.element('database', 'sales')).toMatchObject({ header: { versions: { version: 2 }, origin: { homeId: 'party::staged' } } });
    await staged.context.database.upsert('table', [table('sales/t', 'sales')]);
    expect((await staged.element('table', 'sales/t'))?.relations.databaseSchemaDatabase).toBe('sales');
    await staged.context.database.remove(sales);
    expect([staged.elements('database').size, staged.elements('table').size]).toEqual([0, 0]);
    expect(staged.told.at(-1)).toEqual({ is: 'remove', element: sales });
  });
});
