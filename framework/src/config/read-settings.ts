import fs from 'node:fs';
import path from 'node:path';
import { systemClock, type Clock } from '../shared';
import { ASSUMED, expand, type Outside } from './expand';
import { graftMappings } from './graft-mappings';
import { rootMembers } from './keys';
import { loadFile, shownName } from './load-file';
import { mergeTrees } from './merge';
import { applyOverrides } from './override';
import { childPath, parentPath } from './path';
import { isError, problemAt, sortProblems, type Place } from './problem';
import type { DestinationSpecs } from './read-audit';
import { readEntries } from './read-entries';
import { addDotEnv, exposureProblems, processSettings, readVariables } from './read-environment';
import { readRoot } from './read-root';
import type { Problem, Settings } from './settings';
import { flatten, type Tree } from './tree';

export interface ReadOptions {
  /** As the user named them; none: `CONFIGURATION_PATH`. */
  readonly files: readonly string[];
  /** Gets the variables of `.env` that it lacks. */
  readonly environment: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly lenient?: boolean;
  /** Stands for the content of the first file, which then need not exist. */
  readonly text?: string;
  readonly clock?: Pick<Clock, 'now'>;
  /** What `audit.destinations` may name. Default: `console`, without keys. */
  readonly destinations?: DestinationSpecs;
  /** The text is somebody else's: no variable, no file and no folder that it names is looked at; a reference counts as a value. */
  readonly closed?: boolean;
}

/** The folder that the repository's own integrations lie in. */
export const ownIntegrations = path.resolve(__dirname, '../../../integrations');

/**
 * Files and environment → Settings. Never throws for bad input: problems of the root (any error: nothing may start) stand in `problems`, those of an
 * entry in the entry.
 */
export function readSettings(options: ReadOptions): Promise<Settings> {
  return new Promise((resolve) => resolve(read(options)));
}

function read(options: ReadOptions): Settings {
  const { cwd, closed = false } = options;
  const environment = closed ? {} : options.environment;
  const named = options.files.length > 0 ? options.files : [environment['CONFIGURATION_PATH']?.trim() || './config.yaml'];
  const files = named.map((file) => path.resolve(cwd, file));
  const folder = path.dirname(files[0]!);
  if (!closed) addDotEnv(environment, folder);
  const { variables, problems: variableProblems } = readVariables(environment);
  const process = processSettings(variables, { configuration: folder, working: cwd });
  const lenient = options.lenient === true || variables.CONFIG_LENIENT;

  const loaded = files.map((file, index) => loadFile(file, { cwd, ...(index === 0 && options.text !== undefined && { text: options.text }) }));
  const nothing: Tree = { place: { file: shownName(files[0]!, cwd), line: 1, column: 1, folder }, value: new Map() };
  const merged = loaded.flatMap(({ tree }) => (tree ? [tree] : [])).reduce(mergeTrees, nothing);
  const overridden = applyOverrides(merged, { spec: { type: 'object', members: rootMembers, description: '' }, environment, folder });
  const withMappings = graftMappings(overridden.tree, { cwd, closed });

  const places = new Map<string, Place>();
  const plain = flatten(withMappings.tree, '', places);
  const placeOf = (at: string): Place => {
    for (let near: string | undefined = at; near !== undefined; near = parentPath(near)) {
      const place = places.get(near);
      if (place) return place;
    }
    return nothing.place;
  };
  const outsideVariables = closed ? assumedVariables : environment;
  const outside: Outside = { environment: outsideVariables, clock: options.clock ?? systemClock, closed, placeOf };
  const value = expand(plain, '', { outside, raw: (at) => AS_WRITTEN.test(at) }) as Record<string, unknown>;

  const root = readRoot(value, { placeOf, lenient, literal: 'warn', environment: outsideVariables, process, destinations: options.destinations ?? { console: {} } });
  const unread = loaded.some(({ tree }) => tree === undefined);
  const list = readList(value, { placeOf, unread });
  const searched = readFolders(closed ? [] : root.integrationsPath, placeOf);
  const entries = readEntries(list.entries, {
    outside,
    lenient,
    hasPort: value['port'] !== undefined,
    mappingProblems: withMappings.problems,
  });
  const problems = [
    ...loaded.flatMap((file) => file.problems),
    ...variableProblems,
    ...overridden.problems,
    ...root.problems,
    ...list.problems,
    ...searched.problems,
    ...exposureProblems(process),
  ];
  return {
    files,
    folder,
    ...(root.port && { port: root.port }),
    trigger: root.trigger,
    ...(root.mongodb && { mongodb: root.mongodb }),
    integrationsPath: searched.folders,
    strict: root.strict,
    mapping: root.mapping,
    audit: root.audit,
    entries: entries.map((entry) => ({ ...entry, problems: sortProblems(entry.problems) })),
    process,
    problems: sortProblems(problems),
    follow: (value, at) => expand(value, at, { outside, raw: () => false }),
    closed,
    locate: placeOf,
  };
}

/** What stands there decides which texts in it are templates. */
const AS_WRITTEN = /^integrations\[\d+\]\.(mapping|pipelines\[\d+\]\.(processors|sinks))$/;

/** Every variable has a value there; those that would win over the text have none. */
const assumedVariables = new Proxy<Record<string, string | undefined>>({}, { get: (_, name) => (name === 'PORT_BASE_URL' || typeof name !== 'string' ? undefined : ASSUMED), has: () => true });

/** The items of `integrations`; when a file could not be read, its absence is no second problem. */
function readList(value: Readonly<Record<string, unknown>>, at: { placeOf(path: string): Place; readonly unread: boolean }): { readonly entries: readonly unknown[]; readonly problems: readonly Problem[] } {
  const list = value['integrations'];
  if (Array.isArray(list) && list.length > 0) return { entries: list, problems: [] };
  if (list === undefined && at.unread) return { entries: [], problems: [] };
  const remedy = 'name at least one integration, for example - { type: git, config: { path: . } }';
  const code = list === undefined ? 'CONFIG_REQUIRED' : Array.isArray(list) ? 'CONFIG_LIMIT' : 'CONFIG_TYPE';
  const message = list === undefined ? 'integrations is missing' : Array.isArray(list) ? 'integrations is empty' : 'integrations must be a list';
  return { entries: [], problems: [problemAt(at.placeOf('integrations'), 'integrations', { code, message, remedy })] };
}

function readFolders(named: readonly string[], placeOf: (path: string) => Place): { readonly folders: readonly string[]; readonly problems: readonly Problem[] } {
  const problems = named.flatMap((folder, index) => {
    if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
    const at = childPath('integrationsPath', index);
    return [problemAt(placeOf(at), at, { code: 'CONFIG_MISSING_FILE', message: `the folder ${folder} is not there`, remedy: 'create it, or correct integrationsPath' })];
  });
  return { folders: [...new Set([ownIntegrations, ...named])], problems };
}

export const isUsable = (settings: Settings): boolean => !settings.problems.some(isError);
