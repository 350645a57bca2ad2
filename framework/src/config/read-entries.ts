import { Cron } from 'croner';
import { Secret, type Mapping } from '../contract';
import { isObject } from '../shared';
import { entryMembers, incomingMembers } from './entry-keys';
import type { Outside } from './expand';
import { effectiveIdentifiers } from './identifiers';
import { createLinter, defaultOf, type Linter } from './lint';
import { childPath } from './path';
import { problemAt, type Finding } from './problem';
import { readConnector } from './read-connector';
import { readPipelines } from './read-pipelines';
import type { EntrySource, IncomingSettings, Problem } from './settings';
import { unprinted } from './unprinted';

export interface EntryOptions {
  readonly outside: Outside;
  readonly lenient: boolean;
  readonly hasPort: boolean;
  /** Found while a mapping file of an entry was read, by index. */
  readonly mappingProblems: ReadonlyMap<number, readonly Problem[]>;
}

const NOTHING: Readonly<Record<string, unknown>> = {};
const objectOr = (value: unknown): Readonly<Record<string, unknown>> => (isObject(value) ? value : NOTHING);
const textOr = (value: unknown): string | undefined => {
  const text = value instanceof Secret ? value.reveal() : value;
  return typeof text === 'string' ? text : undefined;
};
const nameOf = (raw: unknown): { identifier: string | undefined; type: string | undefined } => {
  const entry = objectOr(raw);
  return { identifier: textOr(entry['identifier']), type: textOr(entry['type']) ?? textOr(objectOr(entry['source'])['type']) };
};

/** Reads `integrations[]`. Whatever is wrong with an entry stands in that entry. */
export function readEntries(list: readonly unknown[], options: EntryOptions): readonly EntrySource[] {
  const names = list.map(nameOf);
  const identifiers = effectiveIdentifiers(names);
  const entries = list.map((raw, index) => readEntry(raw, { ...options, index, identifier: identifiers[index]! }));
  const { placeOf } = options.outside;
  return entries.map((entry, index) => {
    const path = `integrations[${index}].identifier`;
    const tell = (finding: Finding): Problem => problemAt(placeOf(path), path, finding);
    const problems = [...entry.problems, ...(options.mappingProblems.get(index) ?? [])];
    if (identifiers.filter((other) => other === entry.identifier).length > 1)
      problems.push(tell({ code: 'IDENTIFIER_DUPLICATE', message: `the identifier '${entry.identifier}' is there twice`, remedy: 'give each entry its own' }));
    const alike = names.filter(({ type }) => type !== undefined && type === entry.type).length;
    if (options.hasPort && alike > 1 && names[index]?.identifier === undefined)
      problems.push(tell({ code: 'CONFIG_REQUIRED', message: `${path} is missing: two entries have the type '${entry.type}' and a portal knows them by identifier`, remedy: 'write one' }));
    return { ...entry, problems };
  });
}

interface OneEntry extends EntryOptions {
  readonly index: number;
  readonly identifier: string;
}

function readEntry(raw: unknown, options: OneEntry): EntrySource {
  const path = `integrations[${options.index}]`;
  const written = objectOr(raw);
  const lenient = options.lenient || written['lenient'] === true;
  const base = { placeOf: options.outside.placeOf, lenient };
  const linter = createLinter({ ...base, literal: 'warn' });
  if (!isObject(raw)) linter.read({ type: 'object', description: '' }, raw, path);
  const given = linter.readMembers({ ...entryMembers, config: UNREAD, source: UNREAD, targets: UNREAD }, written, path);

  const fromSource = written['source'] !== undefined;
  const settingsPath = childPath(path, fromSource ? 'source' : 'config');
  const settings = createLinter({ ...base, literal: fromSource ? 'refuse' : 'warn', missing: 'told' });
  const own = readSettingsObject(written, settings, settingsPath);
  settings.tellMissing(own.all, settingsPath);
  tellForm(written, { linter, path });
  tellCron(given.resync?.cron, { linter, path });

  const pipelines = readPipelines(written['pipelines'], given.pipelines, childPath(path, 'pipelines'));
  const resync = given.resync ?? defaultOf(entryMembers.resync);
  const guard = given.guard ?? defaultOf(entryMembers.guard);
  const http = given.http ?? defaultOf(entryMembers.http);
  return {
    identifier: options.identifier,
    type: nameOf(raw).type ?? '',
    settings: unprinted(own.rest),
    settingsPath,
    form: fromSource ? 'pipeline' : written['pipelines'] === undefined ? 'framework' : 'both',
    incoming: own.incoming,
    ...(given.mapping !== undefined && { mapping: written['mapping'] as Mapping }),
    ...(pipelines && { pipelines }),
    connector: readConnector(given, written, { linter, path }),
    resync: { atStart: resync.atStart, ...(resync.every !== undefined && { everyMs: resync.every }), ...(resync.cron !== undefined && { cron: resync.cron }) },
    guard: guard === 'off' ? { ...GUARD, on: false } : { on: true, share: guard.share, atLeast: guard.atLeast },
    http: { timeoutMs: http.timeout, concurrency: http.concurrency, retries: http.retries },
    enabled: given.enabled ?? true,
    lenient,
    problems: [...linter.problems, ...settings.problems],
  };
}

const UNREAD = { type: 'any', description: '' } as const; // settings and targets are read by rules of their own
const GUARD = { share: entryMembers.guard.members.share.default, atLeast: entryMembers.guard.members.atLeast.default };

interface OwnSettings {
  readonly all: unknown;
  readonly incoming: IncomingSettings;
  readonly rest: Readonly<Record<string, unknown>>;
}

/** `config` or `source`: what the framework reads itself, and what belongs to the integration. */
function readSettingsObject(written: Readonly<Record<string, unknown>>, linter: Linter, path: string): OwnSettings {
  const spec = path.endsWith('source') ? entryMembers.source : entryMembers.config;
  const all = path.endsWith('source') ? written['source'] : written['config'];
  const { rest, known } = linter.split(spec.members, objectOr(all), path);
  if (all !== undefined && !isObject(all)) linter.read(spec, all, path);
  const mine = Object.fromEntries([...known].filter(([key]) => key !== 'type').map(([, item]) => [item.path.slice(path.length + 1), item.value]));
  const incoming = linter.readMembers(incomingMembers, mine, path);
  return { all, rest, incoming: { ...incoming, maxBodyBytes: incoming.maxBodyBytes ?? incomingMembers.maxBodyBytes.default } };
}

function tellForm(written: Readonly<Record<string, unknown>>, at: { readonly linter: Linter; readonly path: string }): void {
  const missing = (key: string, remedy: string): void => at.linter.report(childPath(at.path, key), { code: 'CONFIG_REQUIRED', message: `${at.path}.${key} is missing`, remedy });
  const { source } = written;
  if (source === undefined) {
    if (written['type'] === undefined) missing('type', 'name the folder of the integration');
    return;
  }
  if (isObject(source)) at.linter.read(entryMembers.source.members.type, source['type'], `${at.path}.source.type`);
  for (const key of ['type', 'config'] as const) {
    if (written[key] === undefined) continue;
    at.linter.report(childPath(at.path, key), { code: 'CONFIG_TYPE', message: `${at.path} has both source and ${key}`, remedy: 'write either source, or type and config' });
  }
  if (written['pipelines'] === undefined) missing('pipelines', 'an entry with source needs pipelines; write type and config for the default pipeline');
}

function tellCron(cron: string | undefined, at: { readonly linter: Linter; readonly path: string }): void {
  if (cron === undefined) return;
  try {
    new Cron(cron, { paused: true }).stop();
  } catch {
    at.linter.report(`${at.path}.resync.cron`, { code: 'CONFIG_TYPE', message: `${at.path}.resync.cron is not a cron expression`, remedy: 'write five or six fields, for example 0 3 * * *' });
  }
}
