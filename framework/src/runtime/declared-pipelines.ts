import { isError, sortProblems, type PipelineDelivery, type Problem, type Settings } from '../config';
import type { Log, Secret } from '../contract';
import { services } from '../connector/services';
import type { DocumentSink } from '../deliver';
import { loadEntries, pipelinesOf, type Entry, type LoadedEntries, type PipelineSource } from '../load';
import type { CompiledMapping } from '../pipeline';
import type { Processor } from '../pipeline/processors';
import { hashText, toJson, type Clock } from '../shared';
import { declareProcessor, declareSinks, problemIn, type DeclaredProcessor, type DeclaredSink, type Declaring } from './declare-steps';
import { eventsReason } from './feed-of';
import { secretsOf } from './sources';

/** A declared pipeline, ready to run; nothing of it is started. */
export interface DeclaredPipeline {
  readonly name: string;
  readonly feed: 'rows' | 'events';
  /** What asks for every event. */
  readonly feedReason?: string;
  readonly processors: readonly Processor[];
  /** The last step, where there is one. */
  readonly mapping?: CompiledMapping;
  readonly sinks: readonly ({ readonly is: 'document'; readonly name: string; readonly type: string; readonly sink: DocumentSink } | { readonly is: 'port'; readonly name: string })[];
  readonly delivery: PipelineDelivery;
  /** Of all that makes outputs of rows: processors and mapping; no names of sinks, no secrets. */
  readonly hash: string;
}

export interface Declared {
  /** Only those without an error. */
  readonly pipelines: readonly DeclaredPipeline[];
  readonly problems: readonly Problem[];
}

export interface DeclareOptions {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
  /** Takes up the secrets that the parts are given. */
  readonly secrets?: Secret[];
}

export interface LoadedConfiguration extends LoadedEntries {
  /** Of entries, of who may call them, and of their pipelines: what must not show anywhere. */
  readonly secrets: readonly Secret[];
  /** By identifier, of entries that declare some, also of disabled ones. */
  readonly pipelines: ReadonlyMap<string, readonly DeclaredPipeline[]>;
}

/** Raise it when the same processors give other outputs than before: every row then goes through again. */
const PROCESSORS_VERSION = 1;

/** Makes the declared pipelines of an entry, and tells what is wrong with them. Opens nothing, starts nothing. */
export function declarePipelines(entry: Entry, of: DeclareOptions): Declared {
  const { pipelines, problems } = declare(entry, of);
  return { pipelines: pipelines.map(({ pipeline }) => pipeline), problems };
}

type Declarable = Declaring['entry'] & { readonly pipelines?: readonly PipelineSource[] };
interface DeclaredOne {
  readonly pipeline: DeclaredPipeline;
  readonly sinks: readonly DeclaredSink[];
}

function declare(entry: Declarable, of: DeclareOptions): { readonly pipelines: readonly DeclaredOne[]; readonly problems: readonly Problem[] } {
  const made = (entry.pipelines ?? []).map((source) => declareOne(source, { ...of, entry }));
  return { pipelines: made.flatMap(({ declared }) => (declared ? [declared] : [])), problems: made.flatMap(({ problems }) => problems) };
}

function declareOne(source: PipelineSource, at: Declaring): { readonly declared?: DeclaredOne; readonly problems: readonly Problem[] } {
  const steps = source.processors.map((step) => declareProcessor(step, source, at));
  const processors = steps.flatMap(({ made }) => (made ? [made] : []));
  const mappingStep = source.processors.find(({ type }) => type === 'mapping');
  const { sinks, problems: ofSinks } = declareSinks(source, mappingStep !== undefined, at);
  const feedReason = eventsReason({ integration: at.entry.integration, processors: source.processors.map(({ type }, index) => ({ type, celExpression: steps[index]?.made?.celExpression })), sinks });
  const problems = [...steps.flatMap((step) => step.problems), ...ofSinks, ...orderProblems(source, at.settings)];
  if (mappingStep && feedReason !== undefined) {
    const message = `a mapping reads rows, and ${feedReason}, which takes events`;
    problems.push(problemIn(mappingStep.path, { path: '', code: 'FEED_CONFLICT', message, remedy: 'make two pipelines of it' }, at.settings));
  }
  if (problems.some(isError)) return { problems };
  const mapping = processors.find((processor) => processor.mapping)?.mapping;
  const pipeline: DeclaredPipeline = {
    name: source.name,
    feed: feedReason === undefined ? 'rows' : 'events',
    ...(feedReason !== undefined && { feedReason }),
    processors: processors.flatMap(({ processor }) => (processor ? [processor] : [])),
    ...(mapping && { mapping }),
    sinks: sinks.flatMap(({ type, name, sink }): readonly DeclaredPipeline['sinks'][number][] => (type === 'port' ? [{ is: 'port', name }] : sink ? [{ is: 'document', name, type, sink }] : [])),
    delivery: source.delivery,
    hash: hashOf(processors),
  };
  return { declared: { pipeline, sinks }, problems };
}

/** Secrets print as `[redacted]`, so one that was rotated changes nothing. */
const hashOf = (processors: readonly DeclaredProcessor[]): string => hashText(toJson([PROCESSORS_VERSION, ...processors.map(({ content }) => content)]));

/** `mapping` reads rows and makes entities, so it ends the chain; an aggregator reads the vendor's record, so it begins it. */
function orderProblems({ processors }: PipelineSource, settings: Settings): readonly Problem[] {
  return processors.flatMap(({ type, path }, index): readonly Problem[] => {
    const tell = (message: string, remedy: string): readonly Problem[] => [problemIn(path, { path: '', code: 'CONFIG_INVALID', message, remedy }, settings)];
    if (type === 'mapping' && index < processors.length - 1) return tell('mapping is not the last processor', 'move it to the end');
    if (type === 'cloud-vendor-aggregator' && index > 0) return tell('cloud-vendor-aggregator is not the first processor', 'move it to the beginning');
    return [];
  });
}

/** Loads the entries and makes what they declare. An entry with an error in its pipelines cannot run; all problems of all entries come in one report. */
export async function loadConfiguration(settings: Settings, of: { readonly clock: Clock; readonly log: Log }): Promise<LoadedConfiguration> {
  const loaded = await loadEntries(settings, services);
  const secrets: Secret[] = [...loaded.entries, ...loaded.disabled].flatMap(secretsOf);
  const options = { ...of, settings, secrets };
  const pipelines = new Map<string, readonly DeclaredPipeline[]>();
  const shared = new Map<string, { readonly identifier: string }>();
  const failed = loaded.failed.map((entry) => {
    const source = settings.entries.find(({ settingsPath }) => settingsPath.slice(0, settingsPath.lastIndexOf('.')) === entry.path);
    const { problems } = source ? declare({ ...entry, lenient: source.lenient, pipelines: pipelinesOf(source) }, options) : { problems: [] };
    return { ...entry, problems: sortProblems([...entry.problems, ...problems]) };
  });
  const check = (entry: Entry): readonly Entry[] => {
    if (!entry.pipelines) return [entry];
    const declared = declare(entry, options);
    const problems = [...declared.problems, ...(entry.enabled ? sharingProblems(entry, declared.pipelines, { settings, shared }) : [])];
    const all = sortProblems([...entry.warnings, ...problems]);
    if (!all.some(isError)) {
      pipelines.set(entry.identifier, declared.pipelines.map(({ pipeline }) => pipeline));
      return [{ ...entry, warnings: all }];
    }
    failed.push({ identifier: entry.identifier, type: entry.type, path: entry.path, problems: all });
    return [];
  };
  const entries = loaded.entries.flatMap(check);
  const disabled = loaded.disabled.flatMap(check);
  return { entries, disabled, failed, pipelines, secrets };
}

/** Entries of one vendor without different scopes name different things alike: in one place the later overwrites the earlier. */
function sharingProblems(entry: Entry, declared: readonly DeclaredOne[], at: { readonly settings: Settings; readonly shared: Map<string, { readonly identifier: string }> }): readonly Problem[] {
  // What a mapping made is named by blueprint and identifier, and has no scope.
  const sinks = declared.flatMap((one) => (one.pipeline.mapping ? [] : one.sinks)).filter(({ sink, type }) => sink && type !== 'fake');
  return sinks.flatMap(({ type, place, path }): readonly Problem[] => {
    const key = toJson([entry.type, entry.scope, type, place]);
    const other = at.shared.get(key);
    if (!other) at.shared.set(key, entry);
    if (!other || other.identifier === entry.identifier) return [];
    const message = `${other.identifier} and ${entry.identifier} write to ${place} with one scope: they are taken as one instance of ${entry.type}`;
    return [problemIn(path, { path: '', code: 'SCOPE_SHARED', severity: 'warning', message, remedy: 'give one of them a scope, or another place' }, at.settings)];
  });
}

/** What `validate` prints of an entry: each pipeline and its feed. A connector has no feed to choose, and no pipeline that somebody wrote. */
export function feedLines(entry: Entry, pipelines: readonly DeclaredPipeline[] | undefined): readonly string[] {
  if (!pipelines) return entry.connector ? [] : [`${entry.identifier}  feed: rows`];
  return pipelines.map(({ name, feed, feedReason }) => `${name}  feed: ${feed}${feedReason === undefined ? '' : ` (${feedReason})`}`);
}

