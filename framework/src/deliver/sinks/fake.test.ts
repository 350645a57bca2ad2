import { fake } from './fake';
import { behavesLikeASink } from './test/behaves';
import { NEVER, OPTIONS, place, written } from './test/items';

describe('the sink fake', () => {
  const held = new Map<string, unknown>();
  behavesLikeASink({
    type: { ...fake, create: (settings, context) => remembering(fake.create({ capacity: 100, ...settings }, context)) },
    settings: () => ({ capacity: 100 }),
    holds: (id) => Promise.resolve(held.get(id)),
  });
  const remembering = (sink: ReturnType<typeof fake.create>) => ({
    ...sink,
    async write(...given: Parameters<typeof sink.write>) {
      const results = await sink.write(...given);
      for (const item of sink.taken) if (item.operation === 'write') held.set(item.canonicalId, item.data);
      return results;
    },
  });

  it('keeps the last items only', async () => {
    const sink = fake.create({ capacity: 3 }, place());
    for (const id of ['1', '2', '3', '4', '5']) await sink.write([written(id)], OPTIONS, NEVER);
    expect(sink.taken.map(({ eventId }) => eventId)).toEqual(['3', '4', '5']);
  });

  it('warns that it is for tests', () => {
    expect(fake.problems!({ capacity: 1 })).toMatchObject([{ code: 'CONFIG_INVALID', severity: 'warning' }]);
  });
});
