import { defineIntegration, type JsonObject, type Kind } from '@integration-framework/framework';
import { check } from './check';
import { http } from './client';
import { listen } from './listen';
import { live } from './live';
import { problemsOf, scopeOf, settings, type JbossSettings } from './settings';

/** Told by polls, which are no scans: they compare with what is stored and hand over what changed. */
const deployment: Kind<JbossSettings, JsonObject> = {
  name: 'deployment',
  keys: ['deploymentName'],
  key: ({ name }) => [typeof name === 'string' ? name : ''],
};

export default defineIntegration({
  type: 'jboss',
  version: '0.1.0',
  title: 'JBoss and WildFly',
  description: 'Deployments of a JBoss EAP or WildFly server, by polling its HTTP management API.',
  settings,
  validate: problemsOf,
  http,
  kinds: [deployment],
  live,
  listen,
  scope: scopeOf,
  check,
});
