import { problemAt, type Place } from './problem';
import type { EntrySource, Problem } from './settings';

const RESERVED = ['api', '-', 'health', 'metrics', 'v1', 'resync', 'documentations'];

export interface Route {
  readonly entry: number;
  readonly path: string;
  /** Where it is said, or where it should be. */
  readonly key: string;
}

/** The routes that an entry opens, under the prefix of the process. */
export function routesOf(entry: EntrySource, index: number, prefix: string): readonly Route[] {
  const { incoming, settingsPath, type } = entry;
  const webhook = incoming.authentication === undefined ? [] : [{ entry: index, path: prefix + (incoming.webhookPath ?? `/${type}/webhook`), key: `${settingsPath}.webhookPath` }];
  const imports = incoming.importWebhookPath === undefined ? [] : [{ entry: index, path: prefix + incoming.importWebhookPath, key: `${settingsPath}.importWebhookPath` }];
  return [...webhook, ...imports];
}

/** Routes that two entries share, or that are ours: a problem of each entry concerned. */
export function routeProblems(routes: readonly Route[], placeOf: (path: string) => Place): ReadonlyMap<number, readonly Problem[]> {
  const found = new Map<number, Problem[]>();
  const tell = (route: Route, message: string): void => {
    const remedy = `write another ${route.key.slice(route.key.lastIndexOf('.') + 1)}`;
    const problem = problemAt(placeOf(route.key), route.key, { code: 'ROUTE_DUPLICATE', message, remedy });
    found.set(route.entry, [...(found.get(route.entry) ?? []), problem]);
  };
  for (const route of routes) {
    const others = routes.filter((other) => other !== route && other.path === route.path);
    if (others.length > 0) tell(route, `the route ${route.path} is opened by integrations ${[route, ...others].map(({ entry }) => entry).join(' and ')}`);
    if (RESERVED.includes(route.path.split('/')[1] ?? '')) tell(route, `the route ${route.path} belongs to the framework`);
  }
  return found;
}
