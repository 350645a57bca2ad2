import { childPath, createLinter, parseSettings, readTarget, type Problem, type Settings } from '../config';
import type { SettingsSpec, Target } from '../contract';
import { isObject } from '../shared';
import { checkTarget, validateAll, type Tell } from './check-settings';
import { targetOf } from './connector-entry';
import type { ConnectorEntry, Entry } from './entry';

/** Where its problems stand. */
const PATH = 'target';

export type GivenTarget = { readonly target: Target } | { readonly problems: readonly Pick<Problem, 'code' | 'message' | 'remedy'>[] };

/**
 * A target that an entry is given while it runs, checked as one of its file. References are followed where the integration wants a secret, and nowhere else: what
 * stands elsewhere is shown, and whoever gives a target must not learn what variables and files hold. A secret in plain text is refused: it would be kept as such.
 */
export function readGivenTarget(given: unknown, of: { readonly entry: Entry & { readonly connector: ConnectorEntry }; readonly settings: Settings }): GivenTarget {
  const { entry, settings } = of;
  const { integration, connector } = entry;
  const problems: Pick<Problem, 'code' | 'severity' | 'message' | 'remedy'>[] = [];
  const tell: Tell = (_path, code, message, remedy) => void problems.push({ code, severity: 'error', message, remedy });
  const linter = createLinter({ placeOf: () => ({ file: '', line: 0, column: 0, folder: settings.folder }), lenient: false, literal: 'refuse', missing: 'report' });
  const follow = (values: Readonly<Record<string, unknown>>, path: string): Readonly<Record<string, unknown>> => followSecrets(integration.settings, values, { path, follow: settings.follow });
  const source = readTarget(given, { linter, path: PATH });
  const own = checkTarget(
    { path: PATH, settings: follow(source.settings, `${PATH}.config`), connectionSettings: follow(source.connectionSettings, `${PATH}.connection.config`) },
    {
      tell,
      some(values, path) {
        const parsed = parseSettings(integration.settings, values, { path, elsewhere: Object.keys(integration.settings), locate: settings.locate, folder: settings.folder, lenient: false, literal: 'refuse', missing: 'report' });
        problems.push(...parsed.problems);
        return parsed;
      },
    },
  );
  problems.push(...linter.problems);
  const target = targetOf(source, own);
  if (!problems.some(isWrong) && target) validateAll({ ...entry.settings, ...connector.connection.config, ...own.connection, ...own.config }, { integration, connects: true, path: PATH, tell });
  const wrong = problems.filter(isWrong);
  return wrong.length > 0 || !target ? { problems: wrong } : { target };
}

const isWrong = (problem: Pick<Problem, 'severity'>): boolean => problem.severity === 'error';

/** Follows the references to variables and files where the spec has a secret. */
function followSecrets(spec: SettingsSpec, values: Readonly<Record<string, unknown>>, how: { readonly path: string; readonly follow: Settings['follow'] }): Readonly<Record<string, unknown>> {
  const inside = (members: SettingsSpec, value: unknown, path: string): unknown => (isObject(value) ? followSecrets(members, value, { ...how, path }) : value);
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => {
      const setting = Object.hasOwn(spec, key) ? spec[key] : undefined;
      const path = childPath(how.path, key);
      if (setting?.secret === true) return [key, how.follow(value, path)];
      if (!setting?.members) return [key, value];
      const { members } = setting;
      return [key, Array.isArray(value) ? value.map((item: unknown, index) => inside(members, item, childPath(path, index))) : inside(members, value, path)];
    }),
  );
}
