import { childPath, isError, nearest, problemAt, sortProblems, type EntrySource, type Problem, type Settings } from '../config';
import type { Integration } from '../contract';
import { hashText, isObject, parseDuration, toJson } from '../shared';
import { checkSettings } from './check-settings';
import { readConnector, runsConnector, type AllServiceDefaults } from './connector-entry';
import type { Entry, FailedEntry, PipelineSource } from './entry';
import { findIntegrations, type IntegrationFolder } from './find-integrations';
import { loadIntegration, messageOf, type LoadResult } from './load-integration';
import { readIncoming } from './read-incoming';
import { routeProblems, type Route } from './routes';

export interface LoadedEntries {
  /** What runs. */
  readonly entries: readonly Entry[];
  /** `enabled: false`, and nothing wrong with them. */
  readonly disabled: readonly Entry[];
  readonly failed: readonly FailedEntry[];
}

/**
 * Finds and loads the integration of every entry and checks its settings. An entry that cannot run is told in `failed` and harms no other. `services`: what
 * connectors take from their services.
 */
export function loadEntries(settings: Settings, services: AllServiceDefaults): Promise<LoadedEntries> {
  return new Promise((resolve) => resolve(load(settings, services)));
}

function load(settings: Settings, services: AllServiceDefaults): LoadedEntries {
  const folders = findIntegrations(settings);
  const results = new Map<string, LoadResult>();
  const once = (found: IntegrationFolder): LoadResult => {
    const result = results.get(found.folder) ?? loadIntegration(found);
    results.set(found.folder, result);
    return result;
  };
  const drafts = settings.entries.map((source) => loadEntry(source, { settings, services, folders, load: once }));
  const running = drafts.filter(({ source }) => source.enabled);
  const ofRoutes = routeProblems(running.flatMap(({ routes }) => routes), settings);
  const ofNames = nameProblems(settings);
  const entries: Entry[] = [];
  const disabled: Entry[] = [];
  const failed: FailedEntry[] = [];
  for (const { source, loaded, problems: own } of drafts) {
    const { identifier, type, enabled } = source;
    const problems = sortProblems([...own, ...((enabled && ofRoutes.get(identifier)) || []), ...(ofNames.get(source) ?? [])]);
    if (!loaded || problems.some(isError)) failed.push({ identifier, type, problems, path: entryPath(source) });
    else (enabled ? entries : disabled).push({ ...loaded, warnings: problems });
  }
  return { entries, disabled, failed };
}

interface Loader {
  readonly settings: Settings;
  readonly services: AllServiceDefaults;
  readonly folders: readonly IntegrationFolder[];
  load(found: IntegrationFolder): LoadResult;
}

/** An entry on its own, before it is seen beside the others. `loaded` may stand beside errors. */
interface Draft {
  readonly source: EntrySource;
  readonly loaded?: Omit<Entry, 'warnings'>;
  readonly routes: readonly Route[];
  readonly problems: readonly Problem[];
}

function loadEntry(source: EntrySource, loader: Loader): Draft {
  const { identifier, type, enabled, guard, http, mapping, lenient } = source;
  const failed = (problems: readonly Problem[]): Draft => ({ source, routes: [], problems: [...source.problems, ...problems] });
  if (type === '') return failed([]);
  const found = folderOf(source, loader);
  if (!('folder' in found)) return failed([found]);
  const result = loader.load(found);
  if ('problems' in result) return failed(result.problems);
  const { integration, blueprints, mapping: defaultMapping } = result.loaded;
  const { settings, services } = loader;
  const parsed = checkSettings(source, { integration, settings, connector: runsConnector(source, integration) });
  const connector = readConnector({ source, integration, services, checked: parsed, settings });
  const { incoming, routes, problems } = readIncoming(source, integration, settings);
  const sound = ![...source.problems, ...parsed.problems].some(isError);
  const scope = readScope(source, { integration, parsed: sound ? parsed.settings : undefined, settings });
  return {
    source,
    routes,
    problems: [...source.problems, ...parsed.problems, ...connector.problems, ...problems, ...scope.problems, ...selectionProblems(source, integration, settings), ...dropProblems(source, settings), ...unusedMapping(source, settings)],
    loaded: {
      identifier,
      type,
      integration,
      folder: found.folder,
      settings: parsed.settings,
      ...(mapping && { mapping }),
      defaultMapping,
      blueprints,
      resync: withRecommended(source, integration),
      guard,
      http,
      enabled,
      membership: membershipOf(parsed.settings, integration),
      incoming,
      scope: scope.scope,
      ...(source.incoming.events && { events: source.incoming.events }),
      drop: source.incoming.drop ?? {},
      ...(connector.connector && { connector: connector.connector }),
      ...(source.pipelines && { pipelines: pipelinesOf(source) }),
      lenient,
      path: entryPath(source),
    },
  };
}

const entryPath = (source: EntrySource): string => source.settingsPath.slice(0, source.settingsPath.lastIndexOf('.'));

/** The pipelines that an entry declares, by name, also of one that cannot run. */
export const pipelinesOf = ({ identifier, pipelines = [] }: EntrySource): readonly PipelineSource[] => pipelines.map((pipeline, index) => ({ name: `${identifier}/${index}`, ...pipeline }));

/** Names of pipelines are one name space: stored outputs belong to them. The default pipeline of an entry has the entry's name. */
function nameProblems(settings: Settings): ReadonlyMap<EntrySource, readonly Problem[]> {
  const named = settings.entries.flatMap((source): readonly { readonly source: EntrySource; readonly name: string; readonly path?: string }[] =>
    source.pipelines ? pipelinesOf(source).map(({ name, path }) => ({ source, name, path })) : [{ source, name: source.identifier }],
  );
  const found = new Map<EntrySource, Problem[]>();
  for (const { source, name, path } of named) {
    if (path === undefined || named.filter((other) => other.name === name).length === 1) continue;
    const at = childPath(path, 'name');
    const problem = problemAt({ folder: settings.folder, ...settings.locate(at) }, at, { code: 'IDENTIFIER_DUPLICATE', message: `the pipeline '${name}' is there twice`, remedy: 'give each pipeline its own name' });
    found.set(source, [...(found.get(source) ?? []), problem]);
  }
  return found;
}

/** Names in `events` and `drop` that the integration does not know would select, or take out, nothing. */
function selectionProblems(source: EntrySource, integration: Integration, settings: Settings): readonly Problem[] {
  const { events = [], drop = {} } = source.incoming;
  const tell = (path: string, message: string, of: { readonly word: string; readonly known: readonly string[] }): Problem => {
    const near = nearest(of.word, of.known);
    const remedy = near === undefined ? `known: ${of.known.join(', ') || 'none'}` : `did you mean '${near}'?`;
    return problemAt({ folder: settings.folder, ...settings.locate(path) }, path, { code: 'CONFIG_ENUM', message, remedy });
  };
  const known = integration.live?.events ?? [];
  const kinds = (integration.kinds ?? []).map(({ name }) => name);
  return [
    ...events.flatMap((word, index) => (known.includes(word) ? [] : [tell(`${source.settingsPath}.events[${index}]`, `${source.type} has no event of this name`, { word, known })])),
    ...Object.keys(drop).flatMap((word) => (kinds.includes(word) ? [] : [tell(childPath(`${source.settingsPath}.drop`, word), `${source.type} offers no kind '${word}'`, { word, known: kinds })])),
  ];
}

/** A path that names nothing would leave in the store what was meant to be taken out. */
function dropProblems({ incoming, settingsPath }: EntrySource, settings: Settings): readonly Problem[] {
  return Object.entries(incoming.drop ?? {}).flatMap(([kind, paths]) =>
    paths.flatMap((path, index): readonly Problem[] => {
      if (path.split('.').every((segment) => segment.trim() !== '')) return [];
      const at = childPath(childPath(`${settingsPath}.drop`, kind), index);
      return [problemAt({ folder: settings.folder, ...settings.locate(at) }, at, { code: 'CONFIG_INVALID', message: `${at} has an empty segment: nothing would be taken out`, remedy: 'write names with one dot between them: fields.reporter' })];
    }),
  );
}

/** Declared pipelines map by their own processors only. */
function unusedMapping(source: EntrySource, settings: Settings): readonly Problem[] {
  const { mapping, pipelines } = source;
  if (!mapping || !pipelines || pipelines.some(({ processors }) => processors.some(({ type }) => type === 'mapping'))) return [];
  const at = `${entryPath(source)}.mapping`;
  const message = `${at} has no effect: no pipeline of the entry has the processor mapping`;
  return [problemAt({ folder: settings.folder, ...settings.locate(at) }, at, { code: 'CONFIG_INVALID', severity: 'warning', message, remedy: 'remove it, or add the processor mapping' })];
}

/** The name of the instance inside canonical ids: what is written, else what the integration reads from its settings. */
function readScope(source: EntrySource, of: { readonly integration: Integration; readonly parsed: Entry['settings'] | undefined; readonly settings: Settings }): { readonly scope: string; readonly problems: readonly Problem[] } {
  if (source.incoming.scope !== undefined) return { scope: source.incoming.scope, problems: [] };
  if (!of.integration.scope || !of.parsed) return { scope: '', problems: [] };
  try {
    return { scope: of.integration.scope(of.parsed), problems: [] };
  } catch (err) {
    const place = { folder: of.settings.folder, ...of.settings.locate(source.settingsPath) };
    const message = `the integration '${source.type}' cannot name its scope: ${messageOf(err)}`;
    return { scope: '', problems: [problemAt(place, source.settingsPath, { code: 'INTEGRATION_BROKEN', message, remedy: 'write scope' })] };
  }
}

function folderOf(source: EntrySource, { folders, settings }: Loader): IntegrationFolder | Problem {
  const [found, second] = folders.filter((folder) => folder.type === source.type);
  if (found && !second) return found;
  const path = source.form === 'pipeline' ? `${source.settingsPath}.type` : `${entryPath(source)}.type`;
  const place = { folder: settings.folder, ...settings.locate(path) };
  if (found && second) {
    const message = `the integration '${source.type}' is there twice: ${found.folder} and ${second.folder}`;
    return problemAt(place, path, { code: 'INTEGRATION_DUPLICATE', message, remedy: 'rename one of the folders' });
  }
  const known = [...new Set(folders.map(({ type }) => type))];
  const near = nearest(source.type, known);
  const remedy = near === undefined ? `known: ${known.join(', ') || 'none'}; more folders are named by integrationsPath` : `did you mean '${near}'?`;
  return problemAt(place, path, { code: 'INTEGRATION_UNKNOWN', message: `there is no integration '${source.type}'`, remedy });
}

/** Connectors are refreshed every hour where nobody says otherwise. */
const CONNECTOR_EVERY_MS = 3_600_000;

function withRecommended(source: EntrySource, integration: Integration): Entry['resync'] {
  const { resync } = source;
  const everyMs = parseDuration(integration.schedule?.every ?? '') ?? (runsConnector(source, integration) ? CONNECTOR_EVERY_MS : undefined);
  return resync.everyMs !== undefined || resync.cron !== undefined || everyMs === undefined ? resync : { ...resync, everyMs };
}

/** Two configurations that select the same rows have one membership, however their keys are ordered; a rotated secret selects nothing else. */
function membershipOf(settings: Readonly<Record<string, unknown>>, integration: Integration): string {
  const open = Object.entries(settings).filter(([key]) => integration.settings[key]?.secret !== true);
  return hashText(toJson(sortedMembers(Object.fromEntries(open))));
}

function sortedMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedMembers);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sortedMembers(value[key])]));
}
