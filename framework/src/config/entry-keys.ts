import { connectorMembers } from './connector-keys';
import { mappingMembers } from './mapping-keys';
import { members } from './spec';

const SECRETS = { type: 'list', single: true, min: 1, max: 3, items: { type: 'secret', description: 'A secret.' } } as const;
const ROUTE = { regexp: /^\/[^\s?#]*$/, says: 'a path that begins with /' };
// Control characters are spelled out: readers of the schema know \\p only with a flag that they do not all set.
const NAME = { regexp: /^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$/, says: 'a name without control characters' };
const HEADER = { regexp: /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, says: 'the name of a header' };

const authentication = members({
  secret: { ...SECRETS, description: 'Required. One secret, or up to three of which any is accepted (rotation).' },
  token: { ...SECRETS, description: 'The same, where the header carries the secret itself (gitlab).' },
  headerName: { type: 'string', pattern: HEADER, description: 'Header that carries the proof; compared without regard to case.' },
  username: { type: 'string', description: 'Of basic authentication (azure-devops), required there.' },
});

/** Settings that every integration has, because the framework opens the route: they stand beside its own in `config` or `source`. */
export const incomingMembers = members({
  webhookPath: {
    type: 'string',
    pattern: ROUTE,
    defaultText: '`/<type>/webhook`; of a queue: off',
    description: 'Unique over all routes. Two entries of a type that both open a route must name it. Of a source that listens to a queue: a signed call of it starts a resync.',
  },
  authentication: {
    type: 'object',
    word: 'none',
    members: authentication,
    defaultText: 'with `source`: AUTH_REQUIRED; with `type`: no route',
    description: 'Guards the webhook. `none` opens it to everyone.',
  },
  importWebhookPath: {
    type: 'string',
    pattern: ROUTE,
    defaultText: 'off',
    description: 'A signed call of this path starts a resync.',
  },
  importAuthentication: { type: 'object', word: 'none', members: authentication, description: 'Guards the import path, where it is required. HMAC, by default in `X-Hub-Signature-256`.' },
  scope: {
    type: 'string',
    pattern: { regexp: /^[a-z0-9.:-]{1,64}$/, says: '1 to 64 of a-z 0-9 . : -' },
    defaultText: 'what the integration says, else none',
    description: 'Instance name inside canonical ids.',
  },
  events: { type: 'list', min: 1, items: { type: 'string', description: 'An event name.' }, defaultText: 'all', description: 'Event names that are taken; others are ignored and counted.' },
  maxBodyBytes: { type: 'integer', default: 26_214_400, min: 1024, max: 67_108_864, description: 'Largest webhook body.' },
  drop: {
    type: 'object',
    items: { type: 'list', items: { type: 'string', description: 'A path of a member.' }, description: 'Paths of one kind.' },
    description: 'By kind: members that are taken out before anything is stored.',
  },
});

const processorMembers = members({ type: { type: 'string', required: true, description: 'Which one.' } });
const sinkMembers = members({
  ...processorMembers,
  name: { type: 'string', pattern: NAME, defaultText: 'type, place and what it names', description: 'Delivered state belongs to pipeline name and sink name.' },
});

const pipelineMembers = members({
  name: { type: 'string', pattern: NAME, defaultText: '`<identifier>/<index>`', description: 'Unique over all entries.' },
  processors: {
    type: 'list',
    default: [],
    items: { type: 'object', open: true, members: processorMembers, description: 'A processor.' },
    description: 'In order of execution.',
  },
  sinks: {
    type: 'list',
    required: true,
    min: 1,
    items: { type: 'object', open: true, members: sinkMembers, description: 'A sink.' },
    description: 'Each with its own delivery state.',
  },
  delivery: {
    type: 'object',
    default: {},
    description: 'How outputs are sent.',
    members: {
      batchItems: { type: 'integer', default: 500, min: 1, description: 'Items of one call.' },
      batchWait: { type: 'duration', default: '50ms', min: 0, description: 'How long a batch waits to fill.' },
      maxAttempts: { type: 'integer', default: 12, min: 1, description: 'Attempts before a dead letter.' },
      maxAge: { type: 'duration', default: '24h', description: 'Age before a dead letter.' },
      highWater: { type: 'integer', default: 100_000, min: 1, description: 'Backlog above which webhooks answer 503.' },
      backoff: {
        type: 'object',
        default: {},
        description: 'Between attempts.',
        members: {
          initial: { type: 'duration', default: '500ms', min: 1, description: 'First wait.' },
          factor: { type: 'number', default: 2, min: 1, description: 'Growth.' },
          max: { type: 'duration', default: '5m', min: 1, description: 'Longest wait.' },
          jitter: { type: 'string', enum: ['full', 'none'], default: 'full', description: 'Spread: a wait is any time up to the computed one.' },
        },
      },
    },
  },
});

const TYPE = {
  type: 'string',
  pattern: { regexp: /^[^./\\\s][^/\\\s]*$/, says: 'the name of a folder' },
  description: 'Folder name of the integration.',
} as const;

/** The keys of one item of `integrations`. */
export const entryMembers = members({
  identifier: {
    type: 'string',
    defaultText: '`type`, then `<type>-2`, `<type>-3` in file order',
    description: 'Unique; must be written when `port` is present and two entries share a type.',
    pattern: { regexp: /^[^/\s\u0000-\u001f\u007f-\u009f]+$/, says: 'a name without slash, blank or control character' },
  },
  type: { ...TYPE, description: 'Folder name of the integration. Required, here or as `source.type`.' },
  config: { type: 'object', open: true, members: incomingMembers, description: 'Settings of the integration, and those below.' },
  source: {
    type: 'object',
    open: true,
    members: { type: { ...TYPE, required: true }, ...incomingMembers },
    description: '`source: {type, …x}` is `type` and `config: {…x}`.',
  },
  mapping: {
    type: 'object',
    open: true,
    file: true,
    members: mappingMembers,
    defaultText: "the portal's; without `port` the file `mapping.yaml` of the integration",
    description: "A mapping, or the path of a file that holds one. Wins over the portal's and is written to it.",
  },
  pipelines: {
    type: 'list',
    min: 1,
    items: { type: 'object', members: pipelineMembers, description: 'A pipeline.' },
    defaultText: 'the default pipeline',
    description: 'Replace the default pipeline of this entry.',
  },
  resync: {
    type: 'object',
    aliases: ['refresh'],
    default: {},
    description: 'When everything is read again.',
    members: {
      atStart: { type: 'boolean', default: true, description: 'At each start.' },
      every: { type: 'duration', min: 1_000, defaultText: 'what the integration recommends; with a connector, else `60m`', description: 'A schedule by interval. Of a connector it counts from the end of the last run, and each is up to a tenth longer or shorter, so that many do not run in step.' },
      cron: { type: 'string', description: 'A schedule by cron expression.' },
    },
  },
  guard: {
    type: 'object',
    word: 'off',
    default: {},
    description: 'A sweep that would remove more than max(atLeast, share × alive) rows of a kind, or all because nothing was seen, waits for a release.',
    members: {
      share: { type: 'number', default: 0.3, min: 0, max: 1, description: 'Part of the rows that are alive.' },
      atLeast: { type: 'integer', default: 10, min: 0, description: 'Rows that may always go.' },
    },
  },
  http: {
    type: 'object',
    default: {},
    description: 'Calls to the source.',
    members: {
      timeout: { type: 'duration', default: '60s', min: 1, description: 'Of one call.' },
      concurrency: { type: 'integer', default: 10, min: 1, max: 1000, description: 'Calls at the same time.' },
      retries: { type: 'integer', default: 5, min: 0, max: 100, description: 'At most so many further sends.' },
    },
  },
  enabled: { type: 'boolean', default: true, description: '`false`: kept as it is, not run.' },
  lenient: { type: 'boolean', default: false, description: 'Unknown keys are warnings.' },
  ...connectorMembers,
});
