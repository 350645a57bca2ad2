import { keyNames, toJson, type Log } from '../contract';
import {
  catalogSink,
  createDescriber,
  createEntryFlow,
  createEventFeed,
  createLetters,
  createPipeline,
  createPipelineAccount,
  createRowFeed,
  documentOutlet,
  documentRow,
  entityDocumentOutlet,
  entityOutlet,
  mapRowsFor,
  portSink,
  processRowsFor,
  stateOf,
  type DocumentSink,
  type EntryFlow,
  type EventFeed,
  type InOrder,
  type Letters,
  type Outlet,
  type Pipeline,
  type PipelineAccount,
  type PipelineOptions,
  type RowFeed,
  type Settled,
} from '../deliver';
import type { Entry } from '../load';
import type { CompiledMapping } from '../pipeline';
import type { PortalActorClient } from '../portal';
import type { Clock } from '../shared';
import { readState, writeState, type NewDeadLetter, type Output, type Store, type Ticks } from '../store';
import type { DeclaredPipeline } from './declared-pipelines';
import { planOfPipelines } from './plan-of-pipelines';

/** How often it is looked at what is left of what an earlier process left. */
const CARRIED_MS = 5_000;

export interface EntryWorkOptions {
  readonly entry: Entry;
  /** In place of the default pipeline. */
  readonly declared: readonly DeclaredPipeline[] | undefined;
  readonly store: Store;
  readonly ticks: Ticks;
  /** Who numbers events and stores them does both in here. */
  readonly inOrder: InOrder;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly portal: PortalActorClient | undefined;
  onSettled(pipeline: string, sink: string, result: Settled['settlement']['is'], count: number): void;
  onOwnershipChange(): void;
  /** Entities of the catalog changed. */
  onCatalog(changed: readonly { readonly blueprint: string; readonly identifier: string }[]): void;
  onLetter(letter: NewDeadLetter): void;
}

/** A pipeline of an entry with what is kept about it. */
export interface PipelineWork {
  readonly name: string;
  /** States: outputs to sinks. */
  readonly pipeline: Pipeline;
  /** Absent: the default pipeline, whose counters stand in runs. */
  readonly account?: PipelineAccount;
  readonly declared?: DeclaredPipeline;
  /** Every event, where it asks for that. */
  readonly events?: EventFeed;
}

/** From the rows of one entry to its sinks. */
export interface EntryWork {
  readonly entry: Entry;
  readonly flow: EntryFlow;
  readonly pipelines: readonly PipelineWork[];
  readonly feed: RowFeed;
  readonly letters: Letters;
  /** What maps its rows, where that is fixed by the configuration. */
  readonly plan: CompiledMapping | undefined;
  /** Pipeline that delivers to the portal. */
  readonly toPortal: string | undefined;
  /** Who wants every event. */
  readonly waits: readonly string[];
  /** Brings the store in line with the configuration, then sends what is due, until the signal aborts. */
  begin(): Promise<readonly Promise<void>[]>;
}

export function createEntryWork(options: EntryWorkOptions): EntryWork {
  const { entry, declared, store, clock, log, signal } = options;
  const letters = createLetters({ documents: store.documents, integration: entry.identifier, clock, onKept: options.onLetter });
  const pipelines = declared ? declared.map((pipeline, index) => declaredWork(options, { pipeline, index, letters })) : [defaultWork(options)];
  const flow = createEntryFlow(pipelines.map(({ pipeline }) => pipeline), { store, integration: entry.identifier, clock });
  const plan = declared && planOfPipelines(entry, declared);
  if (plan) flow.use(plan);
  const feed = createRowFeed({
    store,
    integration: entry.identifier,
    kinds: (entry.integration.kinds ?? []).map((kind) => kind.name),
    clock,
    log,
    signal,
    pipelines: flow.pipelines,
    mapping: (kind) => flow.mapping()?.hashOf(kind),
    inOrder: options.inOrder,
    mark: flow.mark,
  });
  const waits = pipelines.flatMap((pipeline) => pipeline.events?.waits ?? []);
  return {
    entry,
    flow,
    pipelines,
    feed,
    letters,
    plan,
    toPortal: declared ? declared.find((pipeline) => pipeline.sinks.some((sink) => sink.is === 'port'))?.name : options.portal && entry.identifier,
    waits,
    async begin() {
      await letters.load();
      await store.outputs.keepPipelines(entry.identifier, pipelines.map(({ name }) => name));
      await store.events.align(entry.identifier, waits);
      await store.events.heal(entry.identifier);
      for (const { events } of pipelines) await events?.begin();
      for (const work of pipelines) await align(store, work, clock);
      for (const work of pipelines) await carry(store, work, (account, sink, count) => account.carry(sink, count));
      for (const { declared: of } of pipelines) for (const processor of of?.processors ?? []) processor.start?.();
      return [flow.keepSending(), feed.run(), keepCarried(options, pipelines), aborted(signal).then(letters.idle), ...pipelines.flatMap(({ events }) => (events ? [events.run()] : []))];
    },
  };
}

function defaultWork({ entry, store, clock, log, signal, portal, onSettled, onOwnershipChange, onCatalog }: EntryWorkOptions): PipelineWork {
  const name = entry.identifier;
  const outlets = [entityOutlet(catalogSink({ catalog: store.catalog, clock, onOwnershipChange, onChange: onCatalog })), ...(portal ? [entityOutlet(portSink({ client: portal, blueprints: entry.blueprints }))] : [])];
  const make = mapRowsFor({ store, clock, pipeline: { name, integration: name, sinks: outlets.map((outlet) => outlet.name) } });
  return { name, pipeline: createPipeline({ store, name, integration: name, outlets, make, clock, log, signal, onSettled: (sink, result, count) => onSettled(name, sink, result, count) }) };
}

interface Declared {
  readonly pipeline: DeclaredPipeline;
  readonly index: number;
  readonly letters: Letters;
}

function declaredWork(options: EntryWorkOptions, { pipeline: declared, index, letters }: Declared): PipelineWork {
  const { entry, store, clock, log, signal, onSettled } = options;
  const { name } = declared;
  const outlets = outletsOf(options, declared);
  const sinks = outlets.map((outlet) => outlet.name);
  const every = declared.sinks.flatMap((sink) => (sink.is === 'document' && sink.sink.insertOnly ? [inBatches(sink.sink, declared)] : []));
  const account = createPipelineAccount([...sinks, ...every.map((sink) => sink.name)]);
  const at = { store, clock, pipeline: { name, integration: entry.identifier, sinks, processors: declared.processors, ...(declared.mapping && { mapping: declared.mapping }) }, index, letters, account, describe: createDescriber(entry, clock) };
  const watched = watchOf(declared, { entry, letters, account });
  const { delivery } = declared;
  const retry = { waitMs: delivery.batchWaitMs, backoff: delivery.backoff, maxAttempts: delivery.maxAttempts, maxAgeMs: delivery.maxAgeMs };
  const settled: PipelineOptions['onSettled'] = (sink, result, count) => onSettled(name, sink, result, count);
  const common = { store, name, integration: entry.identifier, outlets, clock, log, signal, retry, ahead: true, onSettled: settled, ...watched };
  if (declared.feed === 'rows') return { name, declared, account, pipeline: createPipeline({ ...common, make: processRowsFor(at) }) };
  const events = createEventFeed({ ...at, ticks: options.ticks, inOrder: options.inOrder, sinks: every, retry, signal, log, kinds: (entry.integration.kinds ?? []).map((kind) => kind.name), onSettled: settled });
  const pipeline = createPipeline({ ...common, make: events.make });
  events.sendBy(pipeline);
  return { name, declared, account, pipeline, events };
}

/** States only: a sink that wants every event is served by the event feed. */
function outletsOf({ entry, portal }: EntryWorkOptions, declared: DeclaredPipeline): readonly Outlet[] {
  const kinds = new Map((entry.integration.kinds ?? []).map((kind) => [kind.name, kind]));
  const namesOf = (kind: string): readonly string[] => keyNames(kinds.get(kind) ?? {});
  return declared.sinks.flatMap((sink): readonly Outlet[] => {
    if (sink.is === 'port') return portal ? [entityOutlet({ ...portSink({ client: portal, blueprints: entry.blueprints }), name: sink.name })] : [];
    if (sink.sink.insertOnly) return [];
    const document = inBatches(sink.sink, declared);
    return [declared.mapping ? entityDocumentOutlet(document) : documentOutlet(document, namesOf)];
  });
}

const inBatches = (sink: DocumentSink, { delivery }: DeclaredPipeline): DocumentSink => ({ ...sink, batchItems: Math.min(sink.batchItems, delivery.batchItems) });

/** What sinks of a declared pipeline refuse becomes dead letters, before the store forgets that it is owed; what they take takes its letter away. */
function watchOf(declared: DeclaredPipeline, of: { readonly entry: Entry; readonly letters: Letters; readonly account: PipelineAccount }): Pick<PipelineOptions, 'onRefused' | 'onLanded'> {
  const { entry, letters, account } = of;
  const rowsOf = (output: Output): readonly string[] => {
    const rows = [...new Set(output.parts.map((part) => part.row))];
    return rows.length > 0 || declared.mapping ? rows : [documentRow(entry.identifier, output)];
  };
  return {
    async onRefused(batch) {
      for (const { output, settlement, code } of batch) {
        if (settlement.is !== 'refused') continue;
        const [row = output._id] = rowsOf(output);
        const payload = output.gone ? output.last : output.parts.at(-1)?.body;
        const kind = output.kinds[0];
        await letters.keep({
          integration: entry.identifier,
          pipeline: declared.name,
          sink: settlement.sink,
          ...(kind !== undefined && { kind }),
          row,
          output: output._id,
          stage: 'sink',
          code: code ?? 'SINK_REFUSED',
          message: settlement.error,
          payload: payload ?? toJson({ output: output._id }),
        });
      }
    },
    async onLanded(batch) {
      const through = batch.filter(({ settlement }) => settlement.is === 'accepted' || settlement.is === 'letGo');
      await letters.clear(through.flatMap(({ output, settlement }) => rowsOf(output).map((row) => ({ pipeline: declared.name, sink: settlement.sink, row, output: output._id }))));
      for (const { output, settlement } of batch) {
        if (settlement.is !== 'failed') account.settled({ output: output._id, state: stateOf(output), sink: settlement.sink }, settlement.is === 'refused' ? 'dead' : 'delivered');
      }
    },
  };
}

/** A sink that left the file is forgotten, a new one is filled, and one that writes otherwise now is written again. */
async function align(store: Store, { name, pipeline, declared }: PipelineWork, clock: Clock): Promise<void> {
  const shapes = Object.fromEntries((declared?.sinks ?? []).flatMap((sink) => (sink.is === 'document' ? [[sink.name, sink.sink.shape]] : [])));
  const state = `shapes/${name}`;
  const before = declared && ((await readState<Record<string, string>>(store.documents, state)) ?? {});
  const reshaped = Object.keys(shapes).filter((sink) => before?.[sink] !== undefined && before[sink] !== shapes[sink]);
  await store.outputs.alignSinks(name, { sinks: pipeline.sinks, reshaped, at: clock.now() });
  if (declared) await writeState(store.documents, state, shapes);
}

/** What an earlier process left for each sink. */
async function carry(store: Store, { pipeline, account, events }: PipelineWork, tell: (account: PipelineAccount, sink: string, count: number) => void): Promise<void> {
  if (!account) return;
  const { due } = await store.outputs.counts(pipeline.name);
  const waiting = (await events?.waiting()) ?? new Map<string, number>();
  for (const sink of new Set([...pipeline.sinks, ...waiting.keys()])) tell(account, sink, (pipeline.sinks.includes(sink) ? due : 0) + (waiting.get(sink) ?? 0));
}

/** What is due no more was replaced by what came later. */
async function keepCarried({ store, clock, log, signal, entry }: EntryWorkOptions, works: readonly PipelineWork[]): Promise<void> {
  const carrying = (): readonly PipelineWork[] => works.filter(({ account }) => account?.carries());
  while (carrying().length > 0 && !signal.aborted) {
    await clock.sleep(CARRIED_MS, signal).catch(() => undefined);
    try {
      if (!signal.aborted) for (const work of carrying()) await carry(store, work, (account, sink, count) => account.due(sink, count));
    } catch (err) {
      if (!signal.aborted) log.warn('what an earlier process left cannot be counted; trying again', { integration: entry.identifier, err });
    }
  }
}

const aborted = (signal: AbortSignal): Promise<void> => new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));
