import { members } from './spec';

const text = (description: string) => ({ type: 'string', description }) as const;
const FILLED = { regexp: /\S/, says: 'text that is not empty' };
const filled = (description: string) => ({ type: 'string', pattern: FILLED, description }) as const;
const texts = (description: string) => ({ type: 'list', single: true, min: 1, items: filled('A text.'), description }) as const;
// An address is shown wherever a connector is; passwords are settings, which never are.
const ADDRESS = { regexp: /^(?![A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*:[^/?#]*@).*\S/, says: 'an address without a password, which is a setting' };

const endpoint = {
  type: 'object',
  description: 'Where it is reached.',
  members: members({
    name: text('For people.'),
    description: text('For people.'),
    address: { type: 'string', required: true, pattern: ADDRESS, description: 'Such as `https://host/path` or `host:port`, without a password.' },
    protocol: text('Such as `https`.'),
    encryptionMethod: text('Such as `TLS`.'),
  }),
} as const;
const settings = { type: 'object', unread: true, description: 'Settings of the integration.' } as const;
const connection = {
  type: 'object',
  description: 'How the third party is reached.',
  members: members({
    name: text('For people.'),
    description: text('For people.'),
    userId: text('User that the third party knows.'),
    endpoint: { ...endpoint, defaultText: 'none, or learned', description: 'The one deployment that the connector works on.' },
    config: { ...settings, description: 'Settings of the integration. One name space with `config` of the entry: each stands in one of the two.' },
  }),
} as const;
const direction = {
  type: 'string',
  enum: ['FROM_THIRD_PARTY', 'TO_THIRD_PARTY', 'OTHER'],
  later: ['BOTH_DIRECTIONS'],
  description: 'Who is written to: our store, the third party, or neither. `BOTH_DIRECTIONS` comes later.',
} as const;
const onMissing = {
  type: 'string',
  enum: ['archive', 'softDelete', 'purge', 'none'],
  description: 'What becomes of an element that the third party has no more: kept as archived, restorable until it expires, gone for good, left as it is.',
} as const;
const NAME = { regexp: /^(?=.*\S)[^\u0000-\u001f\u007f-\u009f]+$/, says: 'a name without control characters' };

// `~` is where the store keeps what belongs to nobody.
const TARGET = { regexp: /^(?!~$)(?=.*\S)[^\u0000-\u001f\u007f-\u009f]+$/, says: 'a name without control characters, other than ~' };

/** The keys of one item of `targets`. */
export const targetMembers = members({
  name: { type: 'string', required: true, pattern: TARGET, description: 'Unique in the entry, and lasting: what is found there is kept by it.' },
  entity: filled('Identifier of the entity that it stands for.'),
  connection: {
    ...connection,
    members: { ...connection.members, endpoint: { ...endpoint, defaultText: "the entry's" }, config: { ...settings, description: 'Settings of the integration that differ there.' } },
    description: "Instead of the entry's, member by member. Not beside `entity`.",
  },
  config: { ...settings, description: 'Settings of the integration that differ there. One name space with `connection.config` of the target.' },
  metadataSource: {
    type: 'object',
    description: "A system of its own that owns what is found there. Default: the entry's.",
    members: members({ id: { ...filled('Its id.'), required: true }, kind: filled('Its kind.') }),
  },
  direction: { ...direction, defaultText: "the entry's" },
  onMissing: { ...onMissing, defaultText: "the entry's" },
});

const zones = (description: string) => ({ type: 'list', items: { type: 'string', pattern: NAME, description: 'A zone.' }, description }) as const;

/** The keys of an entry that are for its connector. */
export const connectorMembers = members({
  group: filled('Of connectors that belong together.'),
  connection,
  endpoints: {
    type: 'object',
    description: 'Of a connector without an endpoint.',
    members: members({
      learned: {
        type: 'object',
        required: true,
        description: 'Every `endpoint` entity that matches is a target, as soon as it is there.',
        members: members({
          blueprint: { type: 'string', enum: ['endpoint'], default: 'endpoint', description: 'Whose entities they are.' },
          match: {
            type: 'object',
            default: {},
            description: 'All that must hold; in texts `*` stands for anything, of a list one is enough. Absent: every endpoint matches.',
            members: members({
              identifier: texts('Of the entity.'),
              qualifiedName: texts('Of the entity.'),
              typeName: texts('Of the entity.'),
              displayName: texts('Of the entity.'),
              description: texts('Of the entity.'),
              address: texts('Of the entity.'),
              protocol: texts('Of the entity.'),
              encryptionMethod: texts('Of the entity.'),
              tags: texts('One of those of the entity.'),
            }),
          },
        }),
      },
    }),
  },
  targets: {
    type: 'list',
    min: 1,
    items: { type: 'object', members: targetMembers, description: 'A target.' },
    defaultText: 'the endpoint, the learned ones, or one that `config` describes',
    description: 'What the connector works on, each with its own context and status.',
  },
  metadataSource: {
    type: 'object',
    description: 'The system that owns what the connector finds.',
    members: members({
      id: { ...filled('Its id. Lasting: only connectors with this id change what it owns.'), defaultText: '`<type>::<identifier>`' },
      kind: { ...filled('Its kind.'), defaultText: "of the integration's first service" },
    }),
  },
  direction: { ...direction, defaultText: "that of the integration's services; required where they differ" },
  engage: { type: 'boolean', defaultText: 'what the integration recommends, else `false`', description: 'Wait for news in a loop of its own, beside the resync.' },
  zones: {
    type: 'object',
    default: {},
    description: 'Who sees the assets.',
    members: members({
      default: { ...zones('Zones of a new asset, and of one that is withdrawn. Empty: all.'), default: [] },
      publish: zones('Zones of an asset that is published. Absent: nothing can be published.'),
      visible: { ...zones('Zones whose entities the connector sees. Empty: all.'), default: [] },
    }),
  },
  onMissing: { ...onMissing, default: 'archive' },
  maxFailures: { type: 'integer', default: 10, min: 1, description: 'So many in a row, other than of network and store, and the connector has failed.' },
  startDate: { type: 'instant', description: 'Before it, the connector does not run. RFC 3339.' },
  stopDate: { type: 'instant', description: 'At it, the connector is disconnected. RFC 3339.' },
});
