import { createPortal } from '../../test/flow/portal';
import { createSource } from '../../test/flow/source';
import { catalogOf, entryOf, expectSums, identifiersOf, resource, useStore } from '../../test/flow/flow';

describe('runs', () => {
  const data = useStore();

  test('what lies at the source comes to the catalog and the portal', async () => {
    const store = await data.open();
    const source = createSource({ repo: {} });
    source.put('repo', [1, 2, 3].map((n) => ({ id: `r${n}`, n })));
    const portal = createPortal();
    const flow = await data.flow({ store, portal, entry: entryOf(source.integration), mapping: () => ({ resources: [resource('repo')] }) });
    const run = await flow.run();
    expect(run.state).toBe('completed');
    expectSums(run);
    expect(await identifiersOf(store)).toEqual(['r1', 'r2', 'r3']);
    expect([...portal.entities.keys()].sort()).toEqual(['repo/r1', 'repo/r2', 'repo/r3']);
    expect((await catalogOf(store))[0]).toMatchObject({ properties: '{"n":1}' });
  });
});
