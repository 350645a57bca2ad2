import { Secret, type BlueprintName, type ElementRef, type OutTopicEvent } from '../../src/contract';
import type { DeadLetter } from '../../src/store';
import { asset, part, startStage, type Stage, type ThirdParty } from './stage';

let stage: Stage;
let heard: OutTopicEvent[];
/** Before an event counts as heard. */
let before: (event: OutTopicEvent) => Promise<void> | void;
beforeEach(() => {
  heard = [];
  before = () => undefined;
});
afterEach(() => stage.stop());

const ref = (identifier: string, blueprint: BlueprintName = 'database'): ElementRef<never> => ({ blueprint, identifier }) as ElementRef<never>;
const writer: ThirdParty = { identifier: 'pg', services: ['database'], methods: () => ({}), connector: { zones: { default: ['quarantine'], publish: ['lake'], visible: [] } } };
const follower = (blueprints: readonly BlueprintName[] = ['database'], more: Partial<ThirdParty> = {}, times = 1): ThirdParty => ({
  identifier: 'follower',
  services: ['database'],
  connector: { direction: 'OTHER' },
  methods: (context) => ({
    async start() {
      for (let time = 0; time < times; time++) {
        await context().outTopic.subscribe({ name: 'all', blueprints }, async (event) => {
          await before(event);
          heard.push(event);
        });
      }
    },
  }),
  ...more,
});
const told = (): string[] => heard.map(({ eventType, element }) => `${eventType.split('_').at(-1)!} ${element.identifier}`);
/** Nothing more comes after it: the subscription is in order for each element, and this one is the last. */
const untilTold = (line: string): Promise<unknown> => stage.until(() => told().includes(line));
const marker = async (name: string): Promise<void> => {
  await (await stage.ready('pg')).database.create('database', asset(name));
  await untilTold(`CREATED ${name}`);
};

describe('7 listener on the Out Topic', () => {
  test('what is there, then each change, with its properties and relations', async () => {
    stage = await startStage([writer]);
    await (await stage.ready('pg')).database.create('database', asset('d1', { description: 'first' }));
    await stage.catalog('database');
    await stage.restart([writer, follower(['database', 'table'])]);
    await untilTold('CREATED d1');
    expect(heard[0]).toMatchObject({ eventType: 'NEW_ELEMENT_CREATED', element: ref('d1'), properties: { description: 'first' }, eventTime: expect.stringMatching(/^\d{4}-.*Z$/) });
    expect(heard[0]!.header).toMatchObject({ status: 'ACTIVE', origin: { category: 'EXTERNAL_SOURCE', homeId: 'party::pg' }, versions: { createdBy: 'pg', updatedBy: 'pg', version: 1 }, classifications: [], zones: ['quarantine'] });
    const { database } = await stage.ready('pg');
    await database.create('table', part('t1', {}, { parent: { blueprint: 'database', identifier: 'd1' } }));
    await untilTold('CREATED t1');
    expect(heard.at(-1)).toMatchObject({ relations: { databaseSchemaDatabase: 'd1' } });
    await database.update(ref('d1'), { description: 'second' } as never);
    await untilTold('UPDATED d1');
    await database.remove(ref('d1'));
    await untilTold('DELETED d1');
    await untilTold('DELETED t1');
    expect(heard.filter(({ element }) => element.identifier === 'd1').map(({ header }) => header?.versions.version)).toEqual([1, 2, undefined]);
    expect(heard.find(({ eventType }) => eventType === 'ELEMENT_DELETED')).not.toHaveProperty('properties');
    expect(told().filter((line) => line.endsWith(' d1'))).toEqual(['CREATED d1', 'UPDATED d1', 'DELETED d1']);
  });

  test('classifications', async () => {
    stage = await startStage([writer, follower()]);
    const { database } = await stage.ready('pg');
    await marker('d1');
    await database.classify(ref('d1'), 'SecurityTags' as never, { securityLabels: ['one'] });
    await untilTold('CLASSIFIED d1');
    await database.classify(ref('d1'), 'SecurityTags' as never, { securityLabels: ['two'] });
    await untilTold('RECLASSIFIED d1');
    await database.declassify(ref('d1'), 'SecurityTags' as never);
    await untilTold('DECLASSIFIED d1');
    expect(heard.map(({ header }) => header?.classifications)).toEqual([[], ...['one', 'two'].map((label) => [{ name: 'SecurityTags', properties: { securityLabels: [label] } }]), []]);
    expect(told()).toEqual(['CREATED d1', 'CLASSIFIED d1', 'RECLASSIFIED d1', 'DECLASSIFIED d1']);
  });

  test('only what is in the zones of the connector: an asset that is published comes, with its parts, and goes when it is withdrawn', async () => {
    stage = await startStage([writer, follower(['database', 'table'], { connector: { direction: 'OTHER', zones: { default: [], visible: ['lake'] } } })]);
    const { database, zones } = await stage.ready('pg');
    await database.create('database', asset('d1'));
    await database.create('table', part('t1', {}, { parent: { blueprint: 'database', identifier: 'd1' } }));
    await zones.publish(ref('d1'));
    await untilTold('CREATED d1');
    await untilTold('CREATED t1');
    await zones.withdraw(ref('d1'));
    await untilTold('DELETED d1');
    await untilTold('DELETED t1');
    expect(heard).toHaveLength(4);
  });

  test('subscribing twice by one name handles once', async () => {
    stage = await startStage([writer, follower(['database'], {}, 2)]);
    await marker('d1');
    await marker('d2');
    expect(told().sort()).toEqual(['CREATED d1', 'CREATED d2']);
  });

  test('what was stored and not handled when the process ended comes after the restart, what was handled does not', async () => {
    let hung = 0;
    before = ({ element }) => (element.identifier === 'd2' ? new Promise(() => hung++) : undefined);
    stage = await startStage([writer, follower()]);
    await marker('d1');
    const { database } = await stage.ready('pg');
    await database.create('database', asset('d2'));
    await stage.until(() => hung > 0);
    await database.create('database', asset('d3'));
    await stage.catalog('database');
    before = () => undefined;
    await stage.restart();
    await untilTold('CREATED d2');
    await untilTold('CREATED d3');
    await marker('d4');
    expect(told().sort()).toEqual(['CREATED d1', 'CREATED d2', 'CREATED d3', 'CREATED d4']);
  });

  test('what happened while it was away', async () => {
    stage = await startStage([writer, follower()]);
    await marker('d1');
    await marker('d2');
    await stage.restart([writer]);
    const { database } = await stage.ready('pg');
    await database.remove(ref('d1'));
    await database.update(ref('d2'), { description: 'meanwhile' } as never);
    await stage.catalog('database');
    heard = [];
    await stage.restart([writer, follower()]);
    await untilTold('DELETED d1');
    await untilTold('UPDATED d2');
    expect(heard).toHaveLength(2);
  });

  test('a handler that fails is told again; one that never takes it: a dead letter, and the others go on', async () => {
    const tries = new Map<string, number>();
    before = ({ element: { identifier } }) => {
      const tried = (tries.get(identifier) ?? 0) + 1;
      tries.set(identifier, tried);
      if (identifier === 'never' || (identifier === 'later' && tried === 1)) throw new Error(`not ${identifier} with hunter2`);
    };
    stage = await startStage([writer, follower(['database'], { entry: { settings: { token: new Secret('hunter2') } } })]);
    const { database } = await stage.ready('pg');
    await database.upsert('database', [asset('never'), asset('later')] as never);
    await marker('d1');
    await untilTold('CREATED later');
    const letters = await stage.until(async () => {
      const all = await stage.framework.store.documents.list<DeadLetter>('dead_letters', { limit: 10 });
      return all.length > 0 && all;
    });
    expect(letters).toEqual([expect.objectContaining({ integration: 'follower', stage: 'sink', message: expect.stringMatching(/not never with \S+$/) })]);
    expect(JSON.stringify(letters)).not.toContain('hunter2');
    expect([tries.get('never'), tries.get('later')]).toEqual([5, 2]);
  });

  test('its own elements are no news to it', async () => {
    stage = await startStage([writer, follower(['endpoint'], { connector: { direction: 'FROM_THIRD_PARTY' } })]);
    const { database } = await stage.ready('follower');
    await database.create('endpoint', { identifier: 'own', properties: { qualifiedName: 'own', address: 'http://own' } });
    await (await stage.ready('pg')).database.create('endpoint', { identifier: 'other', properties: { qualifiedName: 'other', address: 'http://other' } });
    await untilTold('CREATED other');
    expect(told()).toEqual(['CREATED other']);
  });

  test('a connector that only reads from its third party hears of endpoints and of what it may be pointed at', async () => {
    let error: unknown;
    const methods: ThirdParty['methods'] = (context) => ({
      async start() {
        error = await context().outTopic.subscribe({ name: 'none', blueprints: ['database'] }, async () => undefined).catch((err: unknown) => err);
        await context().outTopic.subscribe({ name: 'some', blueprints: ['database', 'topic', 'endpoint'] }, async (event) => void heard.push(event));
      },
    });
    const from: ThirdParty = { identifier: 'from', services: ['database', 'topic'], connector: { direction: 'FROM_THIRD_PARTY' }, methods, integration: { targets: [{ name: 'broker', blueprint: 'topic' }] } };
    stage = await startStage([{ ...writer, services: ['database', 'topic'] }, from]);
    const { database, topic } = await stage.ready('pg');
    await database.create('database', asset('d1'));
    await topic.create('topic', asset('topic-1'));
    await database.create('endpoint', { identifier: 'e1', properties: { qualifiedName: 'e1', address: 'http://e' } });
    await untilTold('CREATED topic-1');
    await untilTold('CREATED e1');
    expect(told().sort()).toEqual(['CREATED e1', 'CREATED topic-1']);
    expect(error).toMatchObject({ name: 'DirectionNotPermitted' });
  });
});
