import { defineIntegration } from '@integration-framework/framework';
import { createConnector } from './connector';
import { settings } from './settings';

export default defineIntegration({
  type: 'postgres',
  version: '0.1.0',
  title: 'PostgreSQL',
  description: 'Databases of a PostgreSQL server: schemas, tables, views and columns with their keys. Reads the catalogs only, never a row of a table.',
  settings,
  services: ['database'],
  endpoints: 'both',
  targets: [{ name: 'databaseServer', blueprint: 'endpoint', deployedImplementationType: 'PostgreSQL Database Server' }],
  schedule: { every: '30m', engage: false },
  component: {
    id: 1604,
    name: 'POSTGRES-CONNECTOR',
    description: 'Keeps databases, schemas, tables, views and columns of PostgreSQL in the catalog.',
    wikiUrl: 'integrations/postgres/README.md',
    status: 'TECHNICAL_PREVIEW',
  },
  connector: createConnector,
});
