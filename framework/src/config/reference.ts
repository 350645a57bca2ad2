import { codes } from './codes';
import { connectorMembers } from './connector-keys';
import { destinationKeys, noComponents, processorKeys, sinkKeys, sourceKeys, type Components } from './components';
import { entryMembers, incomingMembers } from './entry-keys';
import { environmentMembers, otherVariables } from './environment-keys';
import { rootMembers } from './keys';
import type { KeySpec, Members } from './spec';

interface Row {
  readonly key: string;
  readonly spec: KeySpec;
}

const { integrations, ...aboveEntries } = rootMembers;
const { config: _config, source, mapping, pipelines, ...others } = entryMembers;
const ofEntry = Object.fromEntries(Object.entries(others).filter(([key]) => !(key in connectorMembers)));

/** docs/configuration.md: every key, variable and code, from the same specs that the linter reads. */
export function configReference(components: Components = noComponents): string {
  return [
    '# Configuration reference',
    '',
    '<!-- Generated from framework/src/config by `UPDATE_GENERATED=1 npx jest --config framework/jest.config.js framework/src/config/generated`. -->',
    '',
    'A configuration is YAML 1.2 or JSON. Several files (`--config` more than once): objects merge, `integrations` merge by `identifier`, other lists are replaced.',
    'Durations are `30s`, `10m`, `1h30m`, `2d` or ISO 8601 (`PT10M`). **R** marks what is required. `config.schema.json` tells editors the same.',
    '',
    'A text may stand elsewhere: `{ fromEnv: NAME }`, `{ fromFile: PATH }` (both: the variable when it is set), `env:NAME`, `file:PATH`, and `${NAME}` inside any text',
    '(`$${` is a literal `${`) except in mappings, templates, expressions and objects of processors and sinks that take none. Relative paths are taken from the folder of the file that names them. Secrets in files are read again when they change, within 30 s.',
    '',
    ...EXAMPLES,
    ...section('Top level', rowsOf(aboveEntries, '')),
    '`integrations`: ' + integrations.description,
    '',
    ...section('An entry of `integrations`', rowsOf(ofEntry, '')),
    ...section('`config` or `source` of an entry', rowsOf(incomingMembers, '')),
    'Other members are the settings of the integration: those below, or see its README. ' + source.description,
    '',
    ...Object.entries(sourceKeys(components)).flatMap(([type, keys]) => subsection(`\`config\` or \`source\` of \`${type}\``, keys, webhookOf(components, type))),
    ...section('`mapping` of an entry', rowsOf(mapping.members, '')),
    mapping.description,
    '',
    ...section('`pipelines[]` of an entry', rowsOf(pipelines.items.members, '')),
    ...ofTypes('processor', processorKeys(components)),
    ...ofTypes('sink', sinkKeys(components)),
    ...section('The connector of an entry', rowsOf(connectorMembers, '')),
    'Keys of an entry whose integration has a connector. Where it has kinds of its own too, the connector runs only with `connection`, `endpoints` or `targets`.',
    '',
    ...ofTypes('audit destination', destinationKeys(components)),
    ...section('Environment', rowsOf(environmentMembers, '')),
    ...Object.entries(otherVariables).map(([name, text]) => `- \`${name}\`: ${text}`),
    '',
    '`./.env` beside the first configuration file is read; a variable that is already set wins.',
    '',
    '## Codes of problems',
    '',
    '| Code | When |',
    '|---|---|',
    ...Object.entries(codes).map(([code, when]) => `| \`${code}\` | ${when} |`),
    '',
  ].join('\n');
}

const EXAMPLES: readonly string[] = [
  'An entry for the portal beside one with pipelines:',
  '',
  '```yaml',
  'port: { clientId: PORT_CLIENT_ID, clientSecret: PORT_CLIENT_SECRET, baseUrl: https://api.getport.io/v1 }',
  'triggerChannel: { type: KAFKA }',
  'integrations:',
  '  - { identifier: my_kafka_integration, type: kafka, config: { bootstrap_servers: "localhost:9092" } }',
  '  - identifier: jira-main',
  '    source: { type: jira, authentication: { secret: { fromEnv: JIRA_SECRET } } }',
  '    pipelines:',
  '      - processors: [{ type: filter, celExpression: "eventType.startsWith(\'jira:issue_\')" }]',
  '        sinks: [{ type: mongo, url: { fromEnv: MONGO_URL }, collection: jira-issues }]',
  '```',
  '',
  'Pipelines alone, as JSON:',
  '',
  '```json',
  '{ "integrations": [',
  '    { "source": { "type": "jira", "authentication": { "secret": { "fromEnv": "JIRA_SECRET" } } },',
  '      "pipelines": [',
  '        { "processors": [{ "type": "mapper", "outputEvent": { "key": "{{ issue.key }}", "summary": "{{ issue.fields.summary }}" } }],',
  '          "sinks": [{ "type": "mongo", "url": { "fromEnv": "MONGO_URL" }, "collection": "jira-issues" }] } ] } ] }',
  '```',
  '',
];

/** A key and all below it, as `a.b[].c`. */
function rowsOf(members: Members, parent: string): readonly Row[] {
  return Object.entries(members).flatMap(([name, spec]) => {
    const key = parent + name;
    const inner = spec.type === 'list' ? spec.items?.members : spec.members;
    return [{ key, spec }, ...(inner ? rowsOf(inner, `${key}${spec.type === 'list' ? '[]' : ''}.`) : [])];
  });
}

function section(title: string, rows: readonly Row[]): readonly string[] {
  const line = ({ key, spec }: Row): string => `| ${names(key, spec)} | ${typeOf(spec)} | ${defaultOf(spec)} | ${meaningOf(spec)} |`;
  return [`## ${title}`, '', '| Key | Type | Default | Meaning |', '|---|---|---|---|', ...rows.map(line), ''];
}

/** Types that have the same keys are one type with two names. */
function ofTypes(what: string, keys: Readonly<Record<string, Members>>): readonly string[] {
  const bySpec = new Map<string, readonly [readonly string[], Members]>();
  for (const [type, members] of Object.entries(keys)) {
    const same = JSON.stringify(members);
    bySpec.set(same, [[...(bySpec.get(same)?.[0] ?? []), type], members]);
  }
  return [...bySpec.values()].flatMap(([types, members]) => subsection(`The ${what} ${types.map((type) => `\`${type}\``).join(' or ')}`, members, ''));
}

function subsection(title: string, members: Members, note: string): readonly string[] {
  // The shape of a mapping has a section of its own.
  const rows = rowsOf(members, '').filter(({ key }) => !key.startsWith('mapping.'));
  const [, ...table] = section(title, rows);
  const body = rows.length === 0 ? ['', 'It has no keys of its own.', ''] : table;
  return [`### ${title}`, ...(note === '' ? [] : ['', note]), ...body];
}

function webhookOf({ sources }: Components, type: string): string {
  const webhook = sources[type]?.webhook;
  return `${sources[type]?.title ?? type}. ${webhook === undefined ? 'No webhook.' : `Webhook: ${webhook}.`}`;
}

const names = (key: string, spec: KeySpec): string => [key, ...(spec.aliases ?? [])].map((name) => `\`${name}\``).join(' or ');

function typeOf(spec: KeySpec): string {
  const word = spec.word === undefined ? '' : ` \\| \`${spec.word}\``;
  if (spec.enum) return spec.enum.map((value) => `\`${value}\``).join(' \\| ');
  if (spec.type !== 'list') return `${spec.type}${word}`;
  return `${spec.single === true ? `${spec.items?.type ?? 'any'} or ` : ''}list of ${spec.items?.type ?? 'any'}`;
}

function defaultOf(spec: KeySpec): string {
  if (spec.required === true) return '**R**';
  if (spec.defaultText !== undefined) return spec.defaultText;
  return spec.default === undefined || (typeof spec.default === 'object' && spec.type === 'object') ? '' : `\`${JSON.stringify(spec.default).replace(/^"|"$/g, '')}\``;
}

function meaningOf(spec: KeySpec): string {
  const unit = spec.type === 'duration' ? ' ms' : spec.type === 'list' ? ' items' : '';
  const low = spec.min === undefined ? [] : [`at least ${spec.min}${unit}`];
  const high = spec.max === undefined ? [] : [`at most ${spec.max}${unit}`];
  const limits = low.length + high.length === 0 ? '' : ` (${[...low, ...high].join(', ')})`;
  return `${spec.description}${limits}`;
}
