import { defineIntegration } from '@integration-framework/framework';
import { filesConnector } from './connector';
import { settings } from './settings';

export default defineIntegration({
  type: 'files',
  version: '0.1.0',
  title: 'Files',
  description: 'Folders and files below a folder of this machine, and the structure of CSV, JSON and Avro files. Reads names and the beginnings of files, and writes nothing.',
  settings,
  services: ['files'],
  component: {
    id: 1605,
    name: 'FILES',
    description: 'Keeps the catalog of files equal to a tree of folders.',
    wikiUrl: 'https://www.rfc-editor.org/rfc/rfc8089',
    status: 'TECHNICAL_PREVIEW',
  },
  endpoints: 'both',
  targets: [{ name: 'root', blueprint: 'endpoint', deployedImplementationType: 'Folder' }],
  schedule: { every: '60m' },
  connector: filesConnector,
});
