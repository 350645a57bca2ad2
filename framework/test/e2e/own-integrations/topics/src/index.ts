import { defineIntegration } from '@integration-framework/framework';

async function* once<T>(element: T): AsyncGenerator<readonly T[]> {
  yield [element];
}

/** One topic with a type of its messages. */
export default defineIntegration({
  type: 'topics',
  version: '1.0.0',
  title: 'Topics',
  description: 'A connector of the tests that shares blueprints with others.',
  settings: {},
  services: ['topic'],
  connector: () => ({
    async refresh(run) {
      await run.reconcile({ blueprint: 'topic', source$: once({ identifier: 'orders', properties: { qualifiedName: 'orders', name: 'orders' } }) });
      await run.reconcile({ blueprint: 'schemaType', source$: once({ identifier: 'orders.value', properties: { qualifiedName: 'orders.value', displayName: 'order' } }) });
    },
  }),
});
