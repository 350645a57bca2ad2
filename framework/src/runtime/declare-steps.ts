import { childPath, isError, mappingProblems, nearest, parseSettings, type Problem, type Settings, type WrittenStep } from '../config';
import { secretsIn, type Integration, type Log, type Mapping, type Secret, type SettingsSpec } from '../contract';
import type { DocumentSink } from '../deliver';
import { sinkTypes } from '../deliver/sinks';
import type { Entry, PipelineSource } from '../load';
import type { CompiledMapping } from '../pipeline';
import { createProcessor, processorSettings, processorTypes, type Processor } from '../pipeline/processors';
import { isObject, type Clock } from '../shared';
import { compileAt, mappingEnv } from './check-mapping';

/** Where a pipeline stands, and what its parts need. */
export interface Declaring {
  /** `integration` is absent where it could not be loaded: the parts that do not need it are checked all the same. */
  readonly entry: Pick<Entry, 'identifier' | 'type' | 'lenient'> & { readonly integration?: Integration };
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
  /** Takes up every secret that a part is given, so that the log can hide it. */
  readonly secrets?: Secret[];
}

/** A problem that a part found in its own configuration. */
interface Found {
  readonly path: string;
  readonly code: string;
  readonly severity?: Problem['severity'];
  readonly message: string;
  readonly remedy: string;
}

export interface DeclaredProcessor {
  readonly type: string;
  readonly processor?: Processor;
  readonly mapping?: CompiledMapping;
  readonly celExpression?: string;
  /** All that its outputs follow from; no secrets. */
  readonly content: unknown;
}

export interface DeclaredSink {
  readonly type: string;
  readonly name: string;
  /** Its name without what the user calls it: two sinks alike write to one place. */
  readonly place: string;
  readonly path: string;
  readonly insertOnly: boolean;
  /** Absent: the portal, or a closed configuration. */
  readonly sink?: DocumentSink;
}

/** What a declared part became; `made` is absent when an error stands among the problems. */
interface Made<T> {
  readonly made?: T;
  readonly problems: readonly Problem[];
}

export const problemIn = (step: string, found: Found, settings: Settings): Problem => {
  const path = found.path === '' ? step : found.path.startsWith('[') ? `${step}${found.path}` : `${step}.${found.path}`;
  const { file, line, column } = settings.locate(path);
  return { file, line, column, path, code: found.code, severity: found.severity ?? 'error', message: found.message, remedy: found.remedy };
};

function unknownType(step: WrittenStep, known: readonly string[], what: string): Found {
  const near = nearest(step.type, known);
  return { path: 'type', code: 'CONFIG_ENUM', message: `there is no ${what} '${step.type}'`, remedy: near === undefined ? `known: ${known.join(', ')}` : `did you mean '${near}'?` };
}

/** A part's settings, references followed where text or a secret may stand, and checked by its spec. */
function readStep(step: WrittenStep, spec: SettingsSpec, { entry, settings, secrets }: Declaring): { readonly parsed: Readonly<Record<string, unknown>>; readonly assumed: boolean; readonly problems: readonly Problem[] } {
  const follows = (key: string): boolean => {
    const setting = spec[key];
    return setting !== undefined && setting.template !== true && (setting.type !== 'object' || setting.references === true || setting.members !== undefined);
  };
  const values = Object.fromEntries(Object.entries(step.config).map(([key, value]) => [key, follows(key) ? settings.follow(value, childPath(step.path, key)) : value]));
  const place = { path: step.path, locate: settings.locate, folder: settings.folder, lenient: entry.lenient, literal: 'refuse', missing: 'report' } as const;
  const { settings: parsed, problems } = parseSettings(spec, values, place);
  const found = secretsIn(values);
  secrets?.push(...found, ...secretsIn(parsed));
  return { parsed, assumed: settings.closed && found.length > 0, problems };
}

const mappingSpec: SettingsSpec = { mapping: { type: 'object', required: true, template: true, description: 'A mapping, or the path of a file that holds one.' } };

export function declareProcessor(step: WrittenStep, pipeline: PipelineSource, at: Declaring): Made<DeclaredProcessor> {
  if (step.type === 'mapping') return declareMapping(step, at);
  const spec = processorSettings(step.type);
  const { entry, settings, clock, log } = at;
  if (!spec) return { problems: [problemIn(step.path, unknownType(step, [...processorTypes, 'mapping'], 'processor'), settings)] };
  const { parsed, assumed, problems } = readStep(step, spec, at);
  // What a processor reads itself is written text, so a duration becomes text again.
  const config = Object.fromEntries(Object.entries(parsed).map(([key, value]) => [key, spec[key]?.type === 'duration' ? `${String(value)}ms` : value]));
  const celExpression = step.type === 'filter' ? parsed['celExpression'] : undefined;
  const declared = { type: step.type, content: [step.type, config], ...(typeof celExpression === 'string' && { celExpression }) };
  if (problems.some(isError)) return { problems };
  // Made up values would be told as wrong.
  if (assumed) return { made: declared, problems };
  const folder = settings.locate(childPath(step.path, 'modulePath')).folder ?? settings.folder;
  const created = createProcessor(step.type, config, { integration: entry.identifier, pipeline: pipeline.name, folder, lenient: entry.lenient, clock, log });
  const own = [...created.problems, ...vendorProblems(step, parsed, at)].filter(({ code }) => !(settings.closed && code === 'PLUGIN_MISSING'));
  const all = [...problems, ...own.map((found) => problemIn(step.path, found, settings))];
  return all.some(isError) ? { problems: all } : { made: { ...declared, ...(created.processor && { processor: created.processor }) }, problems: all };
}

/** An aggregator reads the records of one vendor, whose name the kinds of its source carry. */
function vendorProblems(step: WrittenStep, parsed: Readonly<Record<string, unknown>>, { entry }: Declaring): readonly Found[] {
  const vendor = parsed['cloudVendorName'];
  const kinds = entry.integration?.kinds;
  if (step.type !== 'cloud-vendor-aggregator' || typeof vendor !== 'string' || !kinds || kinds.some((kind) => kind.vendor === vendor)) return [];
  return [{ path: 'cloudVendorName', code: 'CONFIG_INVALID', message: `${entry.type} gives no records of ${vendor}`, remedy: 'remove the processor, or name the vendor of the source' }];
}

function declareMapping(step: WrittenStep, at: Declaring): Made<DeclaredProcessor> {
  const { entry, settings } = at;
  const { parsed, problems } = readStep(step, mappingSpec, at);
  const path = childPath(step.path, 'mapping');
  const value = parsed['mapping'];
  const placeOf = (inside: string): ReturnType<Settings['locate']> & { readonly folder: string } => ({ folder: settings.folder, ...settings.locate(inside) });
  const shape = isObject(value) ? mappingProblems({ value, locate: placeOf }, path) : [];
  if (!isObject(value) || [...problems, ...shape].some(isError)) return { problems: [...problems, ...shape] };
  const env = settings.closed ? {} : mappingEnv(settings);
  const offered = entry.integration && (entry.integration.kinds ?? []).map((kind) => kind.name);
  const { compiled, problems: inside } = compileAt(value as unknown as Mapping, { path, type: entry.type, offered, settings, env });
  // A resource that cannot work does not run; the others do (interface.md 4.1).
  const all = [...problems, ...shape, ...inside.map((problem) => ({ ...problem, severity: 'warning' as const }))];
  return { made: { type: 'mapping', mapping: compiled, content: ['mapping', compiled.options, compiled.kinds.map((kind) => [kind, compiled.hashOf(kind)])] }, problems: all };
}

/** Makes the sinks of a pipeline. Names that are written stand; of the others the second of two alike gets `-2`. */
export function declareSinks(pipeline: PipelineSource, hasMapping: boolean, at: Declaring): { readonly sinks: readonly DeclaredSink[]; readonly problems: readonly Problem[] } {
  const { settings } = at;
  const problems: Problem[] = [];
  const written = pipeline.sinks.flatMap(({ name }) => (name === undefined ? [] : [name]));
  const taken = new Set(written);
  const free = (name: string): string => {
    let result = name;
    for (let count = 2; taken.has(result); count++) result = `${name}-${count}`;
    taken.add(result);
    return result;
  };
  const sinks = pipeline.sinks.flatMap((step): readonly DeclaredSink[] => {
    if (step.name !== undefined && written.filter((name) => name === step.name).length > 1) {
      problems.push(problemIn(step.path, { path: 'name', code: 'IDENTIFIER_DUPLICATE', message: `two sinks of this pipeline have the name '${step.name}'`, remedy: 'give each its own' }, settings));
    }
    const { made, problems: own } = step.type === 'port' ? portSink(step, hasMapping, at) : documentSink(step, pipeline, at);
    problems.push(...own);
    return made ? [made(step.name ?? free(made.place))] : [];
  });
  return { sinks, problems };
}

type NamedSink = ((name: string) => DeclaredSink) & { readonly place: string };
const named = (place: string, make: (name: string) => Omit<DeclaredSink, 'name' | 'place'>): NamedSink => Object.assign((name: string): DeclaredSink => ({ name, place, ...make(name) }), { place });

function portSink(step: WrittenStep, hasMapping: boolean, at: Declaring): Made<NamedSink> {
  const { settings } = at;
  const { problems } = readStep(step, {}, at);
  const found: Found[] = [];
  if (!hasMapping) found.push({ path: '', code: 'CONFIG_INVALID', message: 'the sink port takes entities, which only a mapping makes', remedy: 'add the processor mapping' });
  if (!settings.port) found.push({ path: '', code: 'CONFIG_REQUIRED', message: 'the sink port writes to the portal of the root key port, and there is none', remedy: 'add port, or remove the sink' });
  const all = [...problems, ...found.map((one) => problemIn(step.path, one, settings))];
  return all.some(isError) ? { problems: all } : { made: named('port', () => ({ type: 'port', path: step.path, insertOnly: false })), problems: all };
}

function documentSink(step: WrittenStep, pipeline: PipelineSource, at: Declaring): Made<NamedSink> {
  const { entry, settings, clock, log } = at;
  const type = sinkTypes.get(step.type);
  if (!type) return { problems: [problemIn(step.path, unknownType(step, [...sinkTypes.keys(), 'port'], 'sink'), settings)] };
  const { parsed, assumed, problems } = readStep(step, type.settings, at);
  if (problems.some(isError)) return { problems };
  const insertOnly = type.insertOnly(parsed);
  if (assumed) return { made: named(step.type, () => ({ type: step.type, path: step.path, insertOnly })), problems };
  const own = (type.problems?.(parsed) ?? []).map((found): Found => ({ ...found, ...(entry.lenient && found.code.startsWith('TEMPLATE_') && { severity: 'warning' }) }));
  const all = [...problems, ...own.map((found) => problemIn(step.path, found, settings))];
  if (all.some(isError)) return { problems: all };
  const context = { integration: entry.identifier, pipeline: pipeline.name, clock, log };
  return { made: named(type.nameOf(parsed), (name) => ({ type: step.type, path: step.path, insertOnly, sink: type.create(parsed, { ...context, name }) })), problems: all };
}
