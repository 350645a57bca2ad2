import { codes } from './codes';
import { entryMembers, incomingMembers } from './entry-keys';
import { environmentMembers, otherVariables } from './environment-keys';
import { rootMembers } from './keys';
import type { KeySpec, Members } from './spec';

interface Row {
  readonly key: string;
  readonly spec: KeySpec;
}

const { integrations, ...aboveEntries } = rootMembers;
const { config: _config, source, mapping, pipelines, ...ofEntry } = entryMembers;

/** docs/configuration.md: every key, variable and code, from the same specs that the linter reads. */
export function configReference(): string {
  return [
    '# Configuration reference',
    '',
    '<!-- Generated from framework/src/config by `UPDATE_GENERATED=1 npx jest --config framework/jest.config.js framework/src/config/generated`. -->',
    '',
    'A configuration is YAML 1.2 or JSON. Several files (`--config` more than once): objects merge, `integrations` merge by `identifier`, other lists are replaced.',
    'Durations are `30s`, `10m`, `1h30m`, `2d` or ISO 8601 (`PT10M`). **R** marks what is required. `config.schema.json` tells editors the same.',
    '',
    'A text may stand elsewhere: `{ fromEnv: NAME }`, `{ fromFile: PATH }` (both: the variable when it is set), `env:NAME`, `file:PATH`, and `${NAME}` inside any text',
    '(`$${` is a literal `${`) except under `mapping` and `pipelines`. Relative paths are taken from the folder of the file that names them. Secrets in files are read again when they change, within 30 s.',
    '',
    ...section('Top level', rowsOf(aboveEntries, '')),
    '`integrations`: ' + integrations.description,
    '',
    ...section('An entry of `integrations`', rowsOf(ofEntry, '')),
    ...section('`config` or `source` of an entry', rowsOf(incomingMembers, '')),
    'Other members are the settings of the integration: see its README. ' + source.description,
    '',
    ...section('`mapping` of an entry', rowsOf(mapping.members, '')),
    mapping.description,
    '',
    ...section('`pipelines[]` of an entry', rowsOf(pipelines.items.members, '')),
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
  return `${spec.later === true ? '*Without effect in this release.* ' : ''}${spec.description}${limits}`;
}
