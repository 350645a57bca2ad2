import { defineIntegration } from '@integration-framework/framework';

/** Leaves open what it opens, and heeds no signal. */
export default defineIntegration({
  type: 'careless',
  version: '1.0.0',
  title: 'Careless',
  description: 'A connector of the tests that frees nothing.',
  settings: {},
  services: ['infrastructure'],
  connector: () => ({
    start: async () => void setInterval(() => undefined, 1_000),
    engage: () => new Promise<void>((resolve) => setTimeout(resolve, 3_600_000)),
    refresh: async () => undefined,
  }),
});
