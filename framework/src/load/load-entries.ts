import { isError, nearest, parseSettings, problemAt, sortProblems, type EntrySource, type Problem, type ProblemCode, type Settings } from '../config';
import type { Integration } from '../contract';
import { hashText, isObject, parseDuration, toJson } from '../shared';
import type { Entry, FailedEntry } from './entry';
import { findIntegrations, type IntegrationFolder } from './find-integrations';
import { loadIntegration, messageOf, type LoadResult } from './load-integration';

export interface LoadedEntries {
  /** What runs. */
  readonly entries: readonly Entry[];
  /** `enabled: false`, and nothing wrong with them. */
  readonly disabled: readonly Entry[];
  readonly failed: readonly FailedEntry[];
}

/** Finds and loads the integration of every entry and checks its settings. An entry that cannot run is told in `failed` and harms no other. */
export function loadEntries(settings: Settings): Promise<LoadedEntries> {
  return new Promise((resolve) => resolve(load(settings)));
}

function load(settings: Settings): LoadedEntries {
  const folders = findIntegrations(settings);
  const results = new Map<string, LoadResult>();
  const once = (found: IntegrationFolder): LoadResult => {
    const result = results.get(found.folder) ?? loadIntegration(found);
    results.set(found.folder, result);
    return result;
  };
  const entries: Entry[] = [];
  const disabled: Entry[] = [];
  const failed: FailedEntry[] = [];
  for (const source of settings.entries) {
    const result = loadEntry(source, { settings, folders, load: once });
    if ('problems' in result) failed.push(result);
    else (result.enabled ? entries : disabled).push(result);
  }
  return { entries, disabled, failed };
}

interface Loader {
  readonly settings: Settings;
  readonly folders: readonly IntegrationFolder[];
  load(found: IntegrationFolder): LoadResult;
}

function loadEntry(source: EntrySource, loader: Loader): Entry | FailedEntry {
  const { identifier, type, enabled, guard, http, mapping } = source;
  const problems = [...source.problems, ...pipelineProblems(source, loader.settings)];
  const failed = (): FailedEntry => ({ identifier, type, problems: sortProblems(problems) });
  if (type === '') return failed();

  const found = folderOf(source, loader);
  if (!('folder' in found)) {
    problems.push(found);
    return failed();
  }
  const result = loader.load(found);
  if ('problems' in result) {
    problems.push(...result.problems);
    return failed();
  }
  const { integration, blueprints, mapping: defaultMapping } = result.loaded;
  const parsed = checkSettings(source, integration, loader.settings);
  problems.push(...parsed.problems, ...routeProblems(source, loader.settings));
  if (problems.some(isError)) return failed();
  return {
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
    warnings: sortProblems(problems),
  };
}

const entryPath = (source: EntrySource): string => source.settingsPath.slice(0, source.settingsPath.lastIndexOf('.'));

function pipelineProblems(source: EntrySource, settings: Settings): readonly Problem[] {
  if (source.pipelines === undefined) return [];
  const path = `${entryPath(source)}.pipelines`;
  const place = { folder: settings.folder, ...settings.locate(path) };
  const message = 'declared pipelines do not run in this release';
  return [problemAt(place, path, { code: 'NOT_YET', message, remedy: 'remove pipelines for the default pipeline' })];
}

/** Whoever asks for a route must hear that nothing listens there: a vendor's events would be lost in silence. */
function routeProblems(source: EntrySource, settings: Settings): readonly Problem[] {
  const route = (['webhookPath', 'authentication', 'importWebhookPath', 'importAuthentication'] as const).find((key) => source.incoming[key] !== undefined);
  if (route === undefined || source.pipelines !== undefined) return [];
  const path = `${source.settingsPath}.${route}`;
  const place = { folder: settings.folder, ...settings.locate(path) };
  const message = 'this release opens no vendor webhook and no import route; changes come with resyncs only';
  return [problemAt(place, path, { code: 'NOT_YET', severity: 'warning', message, remedy: 'give the entry resync.every' })];
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

function checkSettings(source: EntrySource, integration: Integration, settings: Settings): ReturnType<typeof parseSettings> {
  const parsed = parseSettings(integration.settings, source.settings, {
    path: source.settingsPath,
    locate: settings.locate,
    folder: settings.folder,
    lenient: source.lenient,
    literal: source.form === 'pipeline' ? 'refuse' : 'warn',
  });
  // Rules over several settings read them all, so each must be sound by itself first.
  if (!integration.validate || [...parsed.problems, ...source.problems].some(isError)) return parsed;
  const place = { folder: settings.folder, ...settings.locate(source.settingsPath) };
  const tell = (code: ProblemCode, message: string): Problem => problemAt(place, source.settingsPath, { code, message, remedy: '' });
  try {
    const sentences = integration.validate(parsed.settings);
    return { settings: parsed.settings, problems: [...parsed.problems, ...sentences.map((sentence) => tell('CONFIG_INVALID', sentence))] };
  } catch (err) {
    const message = `the integration '${source.type}' cannot check its settings: ${messageOf(err)}`;
    return { settings: parsed.settings, problems: [...parsed.problems, tell('INTEGRATION_BROKEN', message)] };
  }
}

function withRecommended(source: EntrySource, integration: Integration): Entry['resync'] {
  const { resync } = source;
  const everyMs = parseDuration(integration.schedule?.every ?? '');
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
