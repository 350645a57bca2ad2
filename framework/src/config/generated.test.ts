import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { configReference, configSchema } from '.';
import { findIntegrations } from '../load';
import { componentsOf } from '../runtime/components-of';

const root = path.resolve(__dirname, '../../..');
const examples = path.join(root, 'framework/test/examples');
const components = componentsOf(findIntegrations({ integrationsPath: [path.join(root, 'integrations')] }));

/** With UPDATE_GENERATED=1 the file is written first. */
function committed(name: string, current: string): string {
  const file = path.join(root, name);
  if (process.env['UPDATE_GENERATED'] === '1') {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, current);
  }
  return fs.readFileSync(file, 'utf8');
}

describe('what is generated from the spec is current', () => {
  it('config.schema.json', () => {
    const current = `${JSON.stringify(configSchema(components), null, 2)}\n`;
    expect(committed('config.schema.json', current)).toBe(current);
  });

  it('docs/configuration.md', () => {
    const current = configReference(components);
    expect(committed('docs/configuration.md', current)).toBe(current);
  });
});

describe('the schema', () => {
  const schema = z.fromJSONSchema(JSON.parse(JSON.stringify(configSchema(components))) as Parameters<typeof z.fromJSONSchema>[0]);
  const read = (name: string): unknown => parse(fs.readFileSync(path.join(examples, name), 'utf8'));

  it.each(['port-config.yaml', 'jira-mongo.json'])('accepts %s', (name) => {
    expect(schema.safeParse(read(name)).error?.issues).toBeUndefined();
  });

  it.each([
    ['an integration of somebody else', { integrations: [{ type: 'own', config: { anything: 1 } }, { source: { type: 'own', anything: 1 }, pipelines: [{ sinks: [{ type: 'port' }] }] }] }],
    ['keys of a connector', { integrations: [{ type: 'own', connection: { endpoint: { address: 'h:1' }, config: { anything: 1 } }, targets: [{ name: 't', direction: 'OTHER' }], zones: { default: ['a'] }, startDate: '2026-03-01T12:00:00Z' }, { type: 'other', endpoints: { learned: { match: { protocol: ['http', 'https'], tags: 'x' } } } }] }],
    ['audit destinations', { integrations: [{ type: 'git' }], audit: { destinations: [{ kind: 'console' }, { kind: 'file', path: 'a', include: ['ASSET'], keep: 0 }] } }],
    ['settings, processors and sinks', { integrations: [{ type: 'git', config: { path: '.', scope: 'a' }, pipelines: [{ name: 'p', processors: [{ type: 'filter', celExpression: 'true' }], sinks: [{ type: 'mongo', name: 's', url: { fromEnv: 'U' }, collection: 'c' }] }] }] }],
  ])('accepts %s', (_, value) => {
    expect(schema.safeParse(value).error?.issues).toBeUndefined();
  });

  it('knows the settings of a connector wherever they may stand', () => {
    const own = { title: 'Own', connector: true, settings: { user: { type: 'string', required: true, description: '' }, port: { type: 'integer', description: '' } } } as const;
    const withOwn = z.fromJSONSchema(JSON.parse(JSON.stringify(configSchema({ ...components, sources: { ...components.sources, own } }))) as Parameters<typeof z.fromJSONSchema>[0]);
    const accepts = (entry: object): boolean => withOwn.safeParse({ integrations: [{ type: 'own', ...entry }] }).success;
    expect(accepts({ config: { port: 1 }, connection: { endpoint: { address: 'h' }, config: { user: 'u' } }, targets: [{ name: 't', config: { port: 2 }, connection: { config: { port: 3 } } }] })).toBe(true);
    for (const entry of [{ config: { prot: 1 } }, { connection: { config: { prot: 1 } } }, { targets: [{ name: 't', config: { prot: 1 } }] }, { targets: [{ name: 't', connection: { config: { port: 'x' } } }] }, { targets: [{ config: {} }] }]) expect([entry, accepts(entry)]).toEqual([entry, false]);
  });

  it.each([
    ['an unknown root key', { integrations: [{ type: 'git' }], ports: {} }],
    ['no integrations', { integrations: [] }],
    ['an unknown key of a connection', { integrations: [{ type: 'own', connection: { enpoint: {} } }] }],
    ['both directions', { integrations: [{ type: 'own', direction: 'BOTH_DIRECTIONS' }] }],
    ['an unknown audit destination', { integrations: [{ type: 'git' }], audit: { destinations: [{ kind: 'fiel' }] } }],
    ['a key that the audit destination does not have', { integrations: [{ type: 'git' }], audit: { destinations: [{ kind: 'console', path: 'a' }] } }],
    ['a number as duration', { integrations: [{ type: 'git', resync: { every: 60 } }] }],
    ['an unknown trigger', { integrations: [{ type: 'git' }], triggerChannel: { type: 'SMTP' } }],
    ['an unknown setting of a known integration', { integrations: [{ type: 'git', config: { path: '.', paht: '.' } }] }],
    ['an unknown setting of a known source', { integrations: [{ source: { type: 'jira', jlq: 'x' }, pipelines: [{ sinks: [{ type: 'fake' }] }] }] }],
    ['an unknown processor', { integrations: [{ type: 'jira', pipelines: [{ processors: [{ type: 'maper' }], sinks: [{ type: 'fake' }] }] }] }],
    ['an unknown key of a sink', { integrations: [{ type: 'jira', pipelines: [{ sinks: [{ type: 'mongo', url: 'env:U', colection: 'x' }] }] }] }],
  ])('refuses %s', (_, value) => {
    expect(schema.safeParse(value).success).toBe(false);
  });
});
