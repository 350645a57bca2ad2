import type { AuditRecord } from '../../src/audit';
import type { NewElement } from '../../src/contract';
import { until } from '../e2e/until';
import { asset, part, startStage, type Elements, type Stage } from './stage';

let stage: Stage;
afterEach(() => stage?.stop());

const broken = (identifier: string): NewElement<never> => asset(identifier, { name: 7 });
const ref = (identifier: string, blueprint = 'database'): never => ({ blueprint, identifier }) as never;
const said = async (query = ''): Promise<readonly AuditRecord[]> => {
  const { body } = await stage.call('GET', `/api/v1/audit?limit=1000${query}`);
  return [...(body['records'] as AuditRecord[])].reverse().filter(({ messageId }) => messageId.startsWith('INTEGRATION-CONTEXT') || messageId === 'INTEGRATION-RUN-0004');
};
const idsOf = (records: readonly AuditRecord[]): readonly string[] => records.map(({ messageId }) => messageId.replace('INTEGRATION-CONTEXT-', ''));
/** Once this message is stored, whatever was said before it is too. */
const saidWith = (id: string, query = ''): Promise<readonly AuditRecord[]> =>
  until(`${id} is said`, async () => {
    const records = await said(query);
    return idsOf(records).includes(id) && records;
  });
const party = (identifier: string, more: object = {}) => ({ identifier, services: ['database' as const], methods: () => ({}), ...more });

it('what another source holds, what is not valid, what has no zones and is no asset is told, with who asked for it', async () => {
  stage = await startStage([party('one'), party('two')]);
  const [one, two] = [await stage.ready('one'), await stage.ready('two')];
  await one.database.create('database', asset('d1'));
  await expect(two.database.update(ref('d1'), { description: 'x' } as never)).rejects.toThrow();
  expect(await two.database.upsert('database', [asset('d1'), broken('d2')] as never)).toMatchObject([{ is: 'refused' }, { is: 'refused' }]);
  await one.database.create('table', part('t1', {}, { relations: { databaseSchemaDatabase: 'd1' } }) as never);
  await expect(one.zones.publish(ref('t1', 'table'))).rejects.toThrow();
  await expect(one.zones.publish(ref('d1'))).rejects.toThrow();
  expect(() => (one as unknown as { files: unknown }).files).toThrow();
  const records = await saidWith('0004');
  expect(idsOf(records).slice(0, 2)).toEqual(['0010', '0010']);
  expect(records.filter(({ severity }) => severity === 'ASSET').map(({ messageText }) => messageText).sort()).toEqual([
    'The metadata source party::one of kind SoftwareCapability was made for one',
    'The metadata source party::two of kind SoftwareCapability was made for two',
  ]);
  const instances = new Map((await Promise.all(['one', 'two'].map((name) => stage.get<{ instanceId: string }>(`/api/v1/integrations/${name}`)))).map(({ instanceId }, at) => [['one', 'two'][at], instanceId]));
  expect(records.slice(2).map(({ severity, messageText, connector, instanceId }) => [severity, messageText, instanceId === instances.get(connector)])).toEqual([
    ['SECURITY', 'Connector two may not change database d1: its home is party::one', true],
    ['ERROR', expect.stringMatching(/^A row of two for database d2 was refused: .*name/), true],
    ['ERROR', 'Connector one cannot publish table t1: it is not an asset', true],
    ['ERROR', 'Connector one cannot publish database d1: its entry has no `zones.publish`', true],
    ['ERROR', 'Connector one used the service files, which its definition does not declare', true],
  ]);
});

it('a comparison with thousands of refused rows writes one record of each reason, and their number when the process ends', async () => {
  const many: Elements = new Map([['database', [...Array.from({ length: 3_000 }, (_, at) => broken(`d${at}`)), asset('whole', { qualifiedName: 7 })]]]);
  stage = await startStage([{ identifier: 'many', services: ['database'], elements: many }]);
  expect((await stage.run('many')).state).toBe('completed');
  const before = await saidWith('0009');
  expect(before.filter(({ messageId }) => messageId === 'INTEGRATION-CONTEXT-0009')).toHaveLength(2);
  await stage.restart();
  const counted = (await said('&severity=ERROR')).filter(({ additionalInformation }) => additionalInformation.length > 0);
  expect(counted.map(({ additionalInformation, messageId }) => [messageId, additionalInformation])).toEqual([['INTEGRATION-CONTEXT-0009', ['2999 more since the last record of this kind']]]);
});

it('a direction that does not permit it, and a call after disconnect began, are told', async () => {
  stage = await startStage([party('out', { connector: { direction: 'TO_THIRD_PARTY' } }), party('old')]);
  const [out, old] = [await stage.ready('out'), await stage.ready('old')];
  await expect(out.database.create('database', asset('d1'))).rejects.toThrow();
  await stage.call('POST', '/api/v1/integrations/old/restart', {});
  await until('its context is closed', () => !old.isActive());
  await expect((async () => old.database.create('database', asset('d1')))()).rejects.toThrow();
  const records = await saidWith('0003');
  expect(records.filter(({ severity }) => severity !== 'ASSET').map(({ severity, messageText, connector }) => [severity, connector, messageText])).toEqual([
    ['SECURITY', 'out', 'Connector out tried a write of database, which its direction TO_THIRD_PARTY does not permit'],
    ['ERROR', 'old', expect.stringMatching(/^Instance \S+ of old called database.create after its disconnect began$/)],
  ]);
});

it('events of the Out Topic and messages of the In Topic: taken, refused, failed', async () => {
  stage = await startStage([party('one'), party('two', { connector: { direction: 'TO_THIRD_PARTY' } })]);
  const [one, two] = [await stage.ready('one'), await stage.ready('two')];
  let fails = true;
  await two.outTopic.subscribe({ name: 'databases', blueprints: ['database'] }, async () => {
    if (fails) throw new Error('not now');
  });
  const message = { op: 'upsert' as const, blueprint: 'database', identifier: 'd1', properties: { qualifiedName: 'd1', name: 'd1' } };
  expect(await one.inTopic.send({ id: 'm-1', ...message })).toBe('applied');
  expect(await one.inTopic.send({ id: 'm-1', ...message })).toBe('duplicate');
  expect(await one.inTopic.send({ id: 'm-2', ...message, properties: { name: 7 } as never })).toBe('dead-lettered');
  await saidWith('0014');
  fails = false;
  const records = await saidWith('0013');
  expect(records.filter(({ messageId }) => /001[56]$/.test(messageId)).map(({ severity, messageText }) => [severity, messageText])).toEqual([
    ['EVENT', 'The In Topic message m-1 of one was applied: upsert of database d1'],
    ['ERROR', expect.stringMatching(/^The In Topic message m-2 of one was refused: .*name/)],
  ]);
  expect(records.filter(({ messageId }) => messageId.endsWith('0014'))).toMatchObject([{ severity: 'EXCEPTION', messageText: 'The subscription databases of two failed at NEW_ELEMENT_CREATED of database d1: not now', exception: { message: 'not now' } }]);
  expect(records.filter(({ messageId }) => messageId.endsWith('0013'))).toMatchObject([{ severity: 'EVENT', messageText: 'The subscription databases of two handled NEW_ELEMENT_CREATED of database d1' }]);
});
