import { problemAt, type Problem, type ProblemCode, type Settings } from '../config';

const RESERVED = ['api', '-', 'health', 'metrics', 'v1', 'resync', 'documentations'];

/** A route that an entry opens. */
export interface Route {
  readonly identifier: string;
  readonly type: string;
  readonly is: 'webhook' | 'import';
  /** Without the prefix of the process. */
  readonly path: string;
  /** Where it is said, or where it should be: `integrations[0].source.webhookPath`. */
  readonly key: string;
  /** It is written, and no default. */
  readonly written: boolean;
}

/** Routes that two entries share, that are ours, or that need a name: problems of each entry concerned. */
export function routeProblems(routes: readonly Route[], settings: Settings): ReadonlyMap<string, readonly Problem[]> {
  const found = new Map<string, Problem[]>();
  const tell = (route: Route, code: ProblemCode, message: string): void => {
    const key = route.key.slice(route.key.lastIndexOf('.') + 1);
    const place = { folder: settings.folder, ...settings.locate(route.key) };
    const problem = problemAt(place, route.key, { code, message, remedy: `write ${code === 'ROUTE_DUPLICATE' ? `another ${key}` : key}` });
    found.set(route.identifier, [...(found.get(route.identifier) ?? []), problem]);
  };
  const { servicePrefix } = settings.process;
  for (const route of routes) {
    const shown = servicePrefix + route.path;
    const others = routes.filter((other) => other !== route && other.path === route.path);
    const ofType = routes.filter((other) => other !== route && other.is === 'webhook' && other.type === route.type);
    if (others.length > 0) tell(route, 'ROUTE_DUPLICATE', `the route ${shown} is opened by ${[...new Set([route, ...others].map(({ identifier }) => identifier))].join(' and ')}`);
    else if (route.is === 'webhook' && !route.written && ofType.length > 0) tell(route, 'CONFIG_REQUIRED', `two entries of the type '${route.type}' open a webhook, so each must name its path`);
    if (RESERVED.includes(shown.split('/')[1] ?? '')) tell(route, 'ROUTE_DUPLICATE', `the route ${shown} belongs to the framework`);
  }
  return found;
}
