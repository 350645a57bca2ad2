import { childPath, isError, parseSettings, problemAt, type EntrySource, type ParsedSettings, type Problem, type ProblemCode, type Settings, type SettingsPlace } from '../config';
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
  const tell = (path: string, code: ProblemCode, message: string, remedy: string): void => void problems.push(problemAt({ folder: settings.folder, ...settings.locate(path) }, path, { code, message, remedy }));
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
  const once = (one: { readonly path: string; readonly given: readonly string[] }, other: typeof one): void => {
    for (const key of one.given.filter((name) => other.given.includes(name))) {
      tell(childPath(one.path, key), 'CONFIG_TYPE', `${childPath(one.path, key)} says again what ${childPath(other.path, key)} says`, 'remove one of them');
    }
  };
  /** Rules over several settings read them all, so each must be sound by itself first. */
  const validate = (values: Values, path: string): void => {
    if (!integration.validate || [...problems, ...source.problems].some(isError)) return;
    try {
      for (const sentence of integration.validate(values, { connects: of.connector })) tell(path, 'CONFIG_INVALID', sentence, '');
    } catch (err) {
      tell(path, 'INTEGRATION_BROKEN', `the integration '${source.type}' cannot check its settings: ${messageOf(err)}`, '');
    }
  };

  const connectionPath = `${entryPath}.connection.config`;
  const inConnection = of.connector ? some(connector.settings, connectionPath) : NOTHING;
  const own = parse(source.settings, { path: settingsPath, elsewhere: inConnection.given, besideIncoming: true });
  once({ path: connectionPath, given: inConnection.given }, { path: settingsPath, given: own.given });
  const all = { ...own.settings, ...inConnection.settings };
  const targets = (of.connector ? connector.targets : []).map((target) => {
    const paths = { config: `${target.path}.config`, connection: `${target.path}.connection.config` };
    const config = some(target.settings, paths.config);
    const connection = some(target.connectionSettings, paths.connection);
    once({ path: paths.connection, given: connection.given }, { path: paths.config, given: config.given });
    return { path: target.path, config: config.settings, connection: connection.settings };
  });
  validate(all, settingsPath);
  for (const { path, config, connection } of targets) if (Object.keys({ ...config, ...connection }).length > 0) validate({ ...all, ...connection, ...config }, path);
  return { settings: all, targets, problems };
}

const NOTHING: ParsedSettings = { settings: {}, given: [], problems: [] };
