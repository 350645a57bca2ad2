import { childPath, isError, parseSettings, problemAt, type EntrySource, type ParsedSettings, type Problem, type ProblemCode, type Settings, type SettingsPlace, type TargetSource } from '../config';
import type { Integration } from '../contract';
import { messageOf } from './load-integration';

type Values = Readonly<Record<string, unknown>>;

export interface CheckedSettings {
  /** Of the entry: `config` or `source`, and `connection.config`. */
  readonly settings: Values;
  /** What each target says instead, in the order of the file: in `config`, and in `connection.config`. */
  readonly targets: readonly { readonly config: Values; readonly connection: Values }[];
  readonly problems: readonly Problem[];
}

/** Checks all settings of an entry by the spec of its integration. `connector`: it has one that runs, so settings may stand in `connection` and `targets` too. */
export function checkSettings(source: EntrySource, of: { readonly integration: Integration; readonly connector: boolean; readonly settings: Settings }): CheckedSettings {
  const { integration, settings } = of;
  const { settingsPath, connector, lenient } = source;
  const entryPath = settingsPath.slice(0, settingsPath.lastIndexOf('.'));
  const problems: Problem[] = [];
  const tell: Tell = (path, code, message, remedy) => void problems.push(problemAt({ folder: settings.folder, ...settings.locate(path) }, path, { code, message, remedy }));
  const parse = (values: Values, place: Pick<SettingsPlace, 'path' | 'elsewhere' | 'besideIncoming'>): ParsedSettings => {
    const parsed = parseSettings(integration.settings, values, {
      ...place,
      locate: settings.locate,
      folder: settings.folder,
      lenient,
      literal: source.form === 'pipeline' ? 'refuse' : 'warn',
      declared: source.pipelines !== undefined,
    });
    problems.push(...parsed.problems);
    return parsed;
  };
  /** Some of the settings: none is missed, and no default stands in. */
  const some = (values: Values, path: string): ParsedSettings => parse(values, { path, elsewhere: Object.keys(integration.settings) });
  /** Rules over several settings read them all, so each must be sound by itself first. */
  const validate = (values: Values, path: string): void => {
    if (![...problems, ...source.problems].some(isError)) validateAll(values, { integration, connects: of.connector, path, tell });
  };

  const connectionPath = `${entryPath}.connection.config`;
  const inConnection = of.connector ? some(connector.settings, connectionPath) : NOTHING;
  const own = parse(source.settings, { path: settingsPath, elsewhere: inConnection.given, besideIncoming: true });
  sayOnce({ path: connectionPath, given: inConnection.given }, { path: settingsPath, given: own.given }, tell);
  const all = { ...own.settings, ...inConnection.settings };
  const targets = (of.connector ? connector.targets : []).map((target) => ({ path: target.path, ...checkTarget(target, { some, tell }) }));
  validate(all, settingsPath);
  for (const { path, config, connection } of targets) if (Object.keys({ ...config, ...connection }).length > 0) validate({ ...all, ...connection, ...config }, path);
  return { settings: all, targets, problems };
}

const NOTHING: ParsedSettings = { settings: {}, given: [], problems: [] };

export type Tell = (path: string, code: ProblemCode, message: string, remedy: string) => void;

/** What a target says instead of its entry: none of the settings is missed. */
export function checkTarget(target: Pick<TargetSource, 'path' | 'settings' | 'connectionSettings'>, how: { some(values: Values, path: string): ParsedSettings; readonly tell: Tell }): { readonly config: Values; readonly connection: Values } {
  const paths = { config: childPath(target.path, 'config'), connection: `${childPath(target.path, 'connection')}.config` };
  const config = how.some(target.settings, paths.config);
  const connection = how.some(target.connectionSettings, paths.connection);
  sayOnce({ path: paths.connection, given: connection.given }, { path: paths.config, given: config.given }, how.tell);
  return { config: config.settings, connection: connection.settings };
}

/** What the integration says of its settings together, each sound by itself. */
export function validateAll(values: Values, of: { readonly integration: Integration; readonly connects: boolean; readonly path: string; readonly tell: Tell }): void {
  const { integration, path, tell } = of;
  if (!integration.validate) return;
  try {
    for (const sentence of integration.validate(values, { connects: of.connects })) tell(path, 'CONFIG_INVALID', sentence, '');
  } catch (err) {
    tell(path, 'INTEGRATION_BROKEN', `the integration '${integration.type}' cannot check its settings: ${messageOf(err)}`, '');
  }
}

interface Place {
  readonly path: string;
  readonly given: readonly string[];
}
function sayOnce(one: Place, other: Place, tell: Tell): void {
  for (const key of one.given.filter((name) => other.given.includes(name))) {
    tell(childPath(one.path, key), 'CONFIG_TYPE', `${childPath(one.path, key)} says again what ${childPath(other.path, key)} says`, 'remove one of them');
  }
}
