import { serviceNames, type ElementRef, type NewElement, type Service, type ServiceContext } from '../../src/contract';
import { blueprintOf, services } from '../../src/connector/services';
import { sampleElement } from '../../src/connector/services/samples';
import { keys, startStage, type Stage } from './stage';

let stage: Stage;
afterEach(() => stage.stop());

/** A sample of a blueprint, as a connector gives it. */
function sampleOf(blueprint: string, options: { readonly name?: string; readonly full?: boolean } = {}): NewElement<never> {
  const { identifier, properties, relations } = sampleElement(blueprintOf(blueprint)!, options);
  return { identifier, properties, relations } as unknown as NewElement<never>;
}

describe.each(serviceNames)('10 the service %s', (service) => {
  const { blueprints, sourceKind } = services.get(service)!;
  const start = async (): Promise<ServiceContext<Service>> => {
    stage = await startStage([{ identifier: 'party', services: [service], methods: () => ({}), connector: { direction: 'FROM_THIRD_PARTY', metadataSource: { id: 'source', kind: sourceKind }, zones: { default: ['new'], publish: ['lake'], visible: [] } } }]);
    return (await stage.ready('party'))[service] as unknown as ServiceContext<Service>;
  };

  test('create, update, find, publish or its refusal, delete, of each of its blueprints', async () => {
    const calls = await start();
    const { zones } = stage.context('party');
    for (const blueprint of blueprints) {
      const definition = blueprintOf(blueprint)!;
      const ref = { blueprint, identifier: sampleOf(blueprint).identifier } as ElementRef<never>;
      const full = sampleOf(blueprint, { full: true });
      expect(await calls.create(blueprint as never, sampleOf(blueprint))).toEqual(ref);
      expect(await calls.create(blueprint as never, full)).toEqual(ref);
      await calls.upsert(blueprint as never, [sampleOf(blueprint, { name: '2' })]);
      expect(await calls.get(ref)).toMatchObject({ ...ref, properties: full.properties, header: { origin: { homeId: 'source' } } });

      const [field] = Object.entries(definition.properties).filter(([name, { type, format, enum: values }]) => type === 'string' && !format && !values && name !== 'qualifiedName').map(([name]) => name);
      await calls.update(ref, { [field!]: 'changed' } as never);
      expect((await calls.find(blueprint as never, { [field!]: 'changed' } as never)).elements.map(({ identifier }) => identifier)).toEqual([ref.identifier]);
      expect((await calls.find(blueprint as never)).elements).toHaveLength(2);

      if (definition.asset) {
        await zones.publish(ref);
        expect((await calls.get(ref))!.header.zones).toEqual(['lake']);
        await zones.withdraw(ref);
      } else await expect(zones.publish(ref)).rejects.toMatchObject({ name: 'NotAnAsset' });
      expect(keys(await stage.catalog(blueprint))).toEqual([ref.identifier, sampleOf(blueprint, { name: '2' }).identifier].sort());
    }
    // Parts last come first, so that nothing goes with its anchor.
    for (const blueprint of [...blueprints].reverse()) {
      for (const name of ['1', '2']) await calls.remove({ blueprint, identifier: sampleOf(blueprint, { name }).identifier } as ElementRef<never>);
      expect(keys(await stage.catalog(blueprint))).toEqual([]);
    }
    await expect(calls.create((service === 'search' ? 'database' : 'searchDocument') as never, sampleOf('searchDocument'))).rejects.toMatchObject({ name: 'ElementRefused' });
  });
});

test.each(['search', 'security'] as const)('10 the default direction of %s refuses writes', async (service) => {
  const { direction, blueprints } = services.get(service)!;
  stage = await startStage([{ identifier: 'party', services: [service], methods: () => ({}), connector: { direction: direction as 'TO_THIRD_PARTY' } }]);
  const calls = (await stage.ready('party'))[service] as unknown as ServiceContext<Service>;
  for (const blueprint of blueprints) await expect(calls.create(blueprint as never, sampleOf(blueprint))).rejects.toMatchObject({ name: 'DirectionNotPermitted', message: expect.stringContaining('TO_THIRD_PARTY') });
});
