import { entryMembers } from './entry-keys';
import { members } from './spec';

const NAME = { regexp: /^[A-Za-z_][A-Za-z0-9_]*$/, says: 'the name of an environment variable' };

export const portMembers = members({
  baseUrl: {
    type: 'string',
    capitals: true,
    default: 'https://api.getport.io/v1',
    description: "Port's API, with or without `/v1`; `local` is the built-in portal. `PORT_BASE_URL` wins.",
  },
  clientId: { type: 'secret', capitals: true, description: 'Required unless `baseUrl` is `local`. `PORT_CLIENT_ID` wins.' },
  clientSecret: { type: 'secret', capitals: true, description: 'Required unless `baseUrl` is `local`. `PORT_CLIENT_SECRET` wins.' },
  createPortResourcesOrigin: {
    type: 'string',
    enum: ['Default', 'Empty', 'Port'],
    default: 'Default',
    description: 'Who fills the blueprints and the mapping of a new integration: this framework, nobody, or Port.',
  },
  initialize: { type: 'boolean', default: true, description: 'Register entries, and create their blueprints and mapping at first registration.' },
  product: {
    type: 'string',
    enum: ['integration-framework', 'port-ocean'],
    default: 'integration-framework',
    description: 'First part of the User-Agent. `port-ocean` takes over what Port Ocean wrote for the same type and identifier.',
  },
  sendExamples: { type: 'boolean', default: true, description: 'Send the first 5 raw records of a kind, secrets masked.' },
});

export const triggerMembers = members({
  type: {
    type: 'string',
    enum: ['KAFKA', 'WEBHOOK', 'POLLING', 'ONCE', 'WEBHOOKS_ONLY', 'ACTIONS_ONLY'],
    anyCase: true,
    defaultText: '`POLLING` with `port`, else none',
    description: 'How the portal asks for a resync.',
  },
  interval: { type: 'duration', default: '60s', min: 1_000, description: 'POLLING: time between two questions.' },
  secret: { type: 'secret', defaultText: 'made at first start and kept in the store', description: 'WEBHOOK: guards `/resync`.' },
  brokers: {
    type: 'list',
    single: true,
    items: { type: 'string', description: '`host:port`' },
    description: "KAFKA: the portal's credentials come first, then this, then `KAFKA_BROKERS`, with `local` last `localhost:9092`. Listeners of connectors use this and `KAFKA_BROKERS`, whatever the type is.",
  },
  ssl: { type: 'boolean', defaultText: 'plain text, unless the portal gave credentials', description: 'KAFKA: TLS to the brokers.' },
  sasl: {
    type: 'object',
    description: 'KAFKA: credentials of the brokers.',
    members: {
      mechanism: { type: 'string', enum: ['plain', 'scram-sha-256', 'scram-sha-512'], anyCase: true, required: true, description: 'SASL mechanism.' },
      username: { type: 'string', required: true, description: 'SASL user.' },
      password: { type: 'secret', required: true, description: 'SASL password.' },
    },
  },
  groupId: { type: 'string', defaultText: '`{orgId}.{type}.{id}`', description: 'KAFKA: consumer group.' },
});

/** The keys of a configuration, from the root. */
export const rootMembers = members({
  port: { type: 'object', members: portMembers, defaultText: 'no portal', description: 'Entries are registered and entities delivered there.' },
  triggerChannel: { type: 'object', members: triggerMembers, description: 'What asks for resyncs, beside schedules and REST.' },
  mongodb: {
    type: 'object',
    defaultText: 'state and catalog in the data folder',
    description: 'State and catalog.',
    members: {
      url: { type: 'secret', required: true, description: 'Connection string.' },
      database: { type: 'string', defaultText: "the URL's database, else `integration_framework`", description: 'One process owns a database.' },
    },
  },
  integrationsPath: {
    type: 'list',
    single: true,
    items: { type: 'string', path: true, description: 'A folder of integrations.' },
    defaultText: '`./integrations` of the repository',
    description: 'More folders that hold integrations, searched in order after the one of the repository; a type found twice is an error.',
  },
  strict: { type: 'boolean', default: false, description: 'Any problem of any entry stops the start.' },
  mapping: {
    type: 'object',
    default: {},
    description: 'What JQ may cost.',
    members: {
      steps: { type: 'integer', default: 100_000, min: 100, description: 'Steps of one evaluation.' },
      bytes: { type: 'integer', default: 8_388_608, min: 1024, description: 'Size of a value.' },
      timeout: { type: 'duration', default: '1s', min: 10, description: 'Time of a batch in the worker.' },
      env: { type: 'list', default: [], items: { type: 'string', pattern: NAME, description: 'A name.' }, description: 'Environment variables that expressions may read as `env`.' },
    },
  },
  audit: {
    type: 'object',
    description: 'The audit log.',
    members: {
      destinations: {
        type: 'list',
        default: [{ kind: 'console' }],
        items: { type: 'object', open: true, members: { kind: { type: 'string', required: true, description: 'Which one.' } }, description: 'A destination.' },
        description: 'Where its records go. The store is one of them unless it is named here: `{ kind: store, include: [] }` silences it.',
      },
    },
  },
  integrations: {
    type: 'list',
    required: true,
    min: 1,
    description: 'The entries: with `type`, with `source` and `pipelines`, or with `type` and `pipelines`.',
    items: { type: 'object', members: entryMembers, description: 'One integration that runs.' },
  },
});
