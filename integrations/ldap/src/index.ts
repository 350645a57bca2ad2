import { defineIntegration } from '@integration-framework/framework';
import { createConnector } from './connector';
import { problemsOf, settings } from './settings';

export default defineIntegration({
  type: 'ldap',
  version: '0.1.0',
  title: 'LDAP directory',
  description: 'People, teams, groups and roles of an LDAP directory, such as OpenLDAP or Active Directory. Only binds and searches.',
  settings,
  validate: problemsOf,
  connector: createConnector,
  services: ['organization'],
  component: {
    id: 1607,
    name: 'LDAP-DIRECTORY',
    description: 'Reads people, teams, groups and roles of LDAP directories',
    wikiUrl: 'integrations/ldap/README.md',
    status: 'TECHNICAL_PREVIEW',
  },
  endpoints: 'both',
  targets: [{ name: 'directory', blueprint: 'endpoint', deployedImplementationType: 'LDAP directory', properties: { protocol: 'ldap' } }],
  schedule: { every: '60m', engage: true },
});
