import type { Log } from '../contract';
import { groupBy, parseJson, type Clock } from '../shared';
import type { FeedEvent, MappedRow, Output, Ticks } from '../store';
import { madeOf } from './account';
import { runChain, type Ended } from './chain';
import type { Described } from './describe';
import { documentId, documentItem, writeBody } from './documents';
import { followEvents } from './follow-events';
import type { MakeOutputs } from './map-rows';
import type { Pipeline, PipelineOptions } from './pipeline';
import type { ProcessRowsDeps } from './process-rows';
import { createReadEvents } from './read-events';
import { originalOf } from './replayed-event';
import type { DocumentItem, DocumentKey, DocumentSink } from './sink';
import type { RetryPolicy } from './sink-queue';
import { unlessAborted } from './sinks/unless-aborted';

/** Who numbers events and stores them does both in here, one after the other, so that numbers ascend as the write rule takes them. */
export type InOrder = <T>(work: () => Promise<T>) => Promise<T>;

export interface EventFeedOptions extends ProcessRowsDeps {
  /** Sinks that want every event; the others of the pipeline hold states. */
  readonly sinks: readonly DocumentSink[];
  readonly kinds: readonly string[];
  readonly retry: RetryPolicy;
  /** Those of whoever takes deliveries in: numbers of events and of claims are one order. */
  readonly ticks: Ticks;
  readonly inOrder: InOrder;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onSettled?: PipelineOptions['onSettled'];
}

/** A pipeline that is fed with every event, in order for each row. */
export interface EventFeed {
  /** Who waits for events: the states of the pipeline, and each sink that wants all. */
  readonly waits: readonly string[];
  /** Rows that were read become events; a changed pipeline begins with the last event of each row. */
  readonly make: MakeOutputs;
  /** To be called before deliveries are taken in. */
  begin(): Promise<void>;
  /** Events were stored. */
  look(): void;
  /** Works until the signal aborts. */
  run(): Promise<void>;
  /** States go out by this pipeline. */
  sendBy(pipeline: Pipeline): void;
  away(): readonly { readonly sink: string; readonly since: number; readonly error: string }[];
  /** Events that wait for each sink, now. */
  waiting(): Promise<ReadonlyMap<string, number>>;
}

/** Processed events that are kept for the next sink that asks. */
const MEMO = 2_000;

/** An event, and what the processors made of it. */
interface Made {
  readonly event: FeedEvent;
  readonly keys: readonly DocumentKey[];
  readonly ended: Ended;
}

export function createEventFeed(options: EventFeedOptions): EventFeed {
  const { store, pipeline, account, clock, ticks, signal, letters } = options;
  const states = pipeline.sinks.length > 0 ? pipeline.name : undefined;
  const waitOf = (sink: DocumentSink): string => `${pipeline.name}\u0000${sink.name}`;
  const waits = [...(states === undefined ? [] : [states]), ...options.sinks.map(waitOf)];
  /** Those who wait, as sinks. */
  const sinksOf = (of: readonly string[]): readonly string[] => [...(states !== undefined && of.includes(states) ? pipeline.sinks : []), ...options.sinks.filter((sink) => of.includes(waitOf(sink))).map(({ name }) => name)];
  const reading = createReadEvents({ ticks, clock, waits, states, describe: options.describe });
  let sending: Pipeline | undefined;

  const begin = (event: FeedEvent): number => account.beginEvent(event.id, sinksOf(event.waits));

  /** The same event is processed once, also when several sinks take it one after the other; in order for each row. */
  const memo = new Map<string, Promise<Made>>();
  const tails = new Map<string, Promise<unknown>>();
  function process(event: FeedEvent): Promise<Made> {
    begin(event);
    const known = memo.get(event._id);
    if (known) return known;
    const before = tails.get(event.row) ?? Promise.resolve();
    const made = before.then(() => processOne(event));
    const tail = made.catch(() => undefined).finally(() => tails.get(event.row) === tail && tails.delete(event.row));
    tails.set(event.row, tail);
    memo.set(event._id, made);
    made.catch(() => memo.delete(event._id)); // not judged: asked again
    for (const oldest of memo.keys()) {
      if (memo.size <= MEMO) break;
      memo.delete(oldest);
    }
    return made;
  }

  async function processOne(event: FeedEvent): Promise<Made> {
    const { event: told, keys } = describeEvent(options.describe, event);
    const ended = await runChain(pipeline.processors, told);
    return { event, keys, ended };
  }

  /** What fails has its dead letter, and what passes has none any more, before anybody acts on it. */
  async function judged(wait: string, event: FeedEvent): Promise<Made> {
    const made = await process(event);
    const { ended } = made;
    signal.throwIfAborted(); // nobody waits for it any more
    if (ended.is === 'dead') await letters.keepEvent({ pipeline: pipeline.name, stage: ended.stage, code: ended.code, message: ended.message }, { event, wait });
    else await letters.clearEvent(pipeline.name, { event, wait });
    return made;
  }

  async function toStates(events: readonly FeedEvent[]): Promise<readonly string[]> {
    const wanted: FeedEvent[] = [];
    for (const event of events) {
      if (event.outvoted !== true) wanted.push(event);
      else {
        begin(event);
        if (event.asked && !originalOf(event).replayed) account.asked(event.id, pipeline.sinks);
        else account.end(event.id, pipeline.sinks, 'stale');
      }
    }
    const effects = new Map<string, Made>();
    for (const made of await unlessAborted(Promise.all(wanted.map((event) => judged(pipeline.name, event))), signal)) {
      const { event, ended } = made;
      const earlier = effects.get(event.row);
      if (ended.is !== 'event') account.end(event.id, pipeline.sinks, ended.is === 'dead' ? 'dead' : 'filtered');
      else if (originalOf(event).replayed && (await isOvertaken(made, earlier))) account.end(event.id, pipeline.sinks, 'stale');
      else {
        if (earlier) account.end(earlier.event.id, pipeline.sinks, 'superseded');
        effects.set(event.row, made);
      }
    }
    for (const [kind, same] of groupBy(effects.values(), ({ event }) => event.kind)) await writeStates(kind, same);
    return events.map((event) => event._id);
  }

  async function writeStates(kind: string, same: readonly Made[]): Promise<void> {
    const at = { pipeline: pipeline.name, integration: pipeline.integration, kind, sinks: pipeline.sinks };
    const since = account.mark();
    const { dirty } = await store.outputs.rewrite({ ...at, mapping: '', rows: same.map((made) => effectOf(pipeline.name, made)), departures: 'now', more: true, at: clock.now() });
    const outputs = new Map(dirty.map((output) => [output._id, output]));
    const idOf = (made: Made): string => documentId(pipeline.name, canonicalIdOf(made));
    const unseen = same.map(idOf).filter((id) => !outputs.has(id));
    // Sinks that failed get it later, or have it by now.
    if (unseen.length > 0) for (const output of await store.outputs.get(unseen)) outputs.set(output._id, output);
    for (const made of same) {
      const id = idOf(made);
      account.processed(made.event.id, begin(made.event), { made: [madeOf(id, outputs.get(id))], rest: 'unchanged', sinks: pipeline.sinks, since });
    }
    sending?.send(dirty);
  }

  /** An event that is tried again must not overwrite what a later event of its row left: a state, or nothing. */
  async function isOvertaken(made: Made, earlier: Made | undefined): Promise<boolean> {
    const { number } = originalOf(made.event);
    if (earlier && originalOf(earlier.event).number > number) return true;
    const [[output], [row]] = await Promise.all([store.outputs.get([documentId(pipeline.name, canonicalIdOf(made))]), store.rows.get([made.event.row])]);
    const isWrite = made.ended.is === 'event' && made.ended.event.operation === 'write';
    if (isWrite && (row === undefined || row.gone)) return true;
    return output !== undefined && !output.gone && output.parts.some(({ order }) => order !== undefined && order > number);
  }

  /** What a sink that wants every event takes of it; undefined: nothing. */
  async function itemOf(sink: DocumentSink, event: FeedEvent): Promise<DocumentItem | undefined> {
    const { ended, keys } = await judged(waitOf(sink), event);
    if (ended.is !== 'event') {
      account.end(event.id, [sink.name], ended.is === 'dead' ? 'dead' : 'filtered');
      return undefined;
    }
    const { canonicalId, operation, eventType, data } = ended.event;
    const item = documentItem({ output: event._id, operation, canonicalId }, { keys, eventType, data });
    return { ...item, event: { id: originalOf(event).id, receivedAt: new Date(event.event.at).toISOString() } };
  }

  const paused = (): boolean => sending?.paused() ?? false;
  const common = { ...options, integration: pipeline.integration, paused };
  const followers = [
    ...(states === undefined ? [] : [followEvents({ ...common, wait: states, take: toStates })]),
    ...options.sinks.map((sink) => followEvents({ ...common, wait: waitOf(sink), sink: { sink, itemOf, pipeline: pipeline.name } })),
  ];
  const look = (): void => followers.forEach((follower) => follower.look());

  async function keepRead(ids: readonly string[], mapping: string): Promise<void> {
    const events = await reading.of(await store.rows.get(ids), mapping);
    if (events.length === 0) return;
    // One that is there already was stored by an earlier reading of the same, and may be done for some who waited for it.
    const added = new Set(await store.events.append(events));
    for (const event of events) if (added.has(event.id)) account.readEvent(event.id, sinksOf(event.waits));
    look();
  }

  return {
    waits,
    look,
    begin: () => reading.begin(pipeline.integration, options.kinds),
    sendBy: (by) => void (sending = by),
    run: async () => void (await Promise.all(followers.map((follower) => follower.run()))),
    away: () => followers.flatMap((follower) => follower.away() ?? []),
    async waiting() {
      const counts = new Map<string, number>();
      for (const wait of waits) {
        const count = await store.events.count(pipeline.integration, wait);
        for (const sink of sinksOf([wait])) counts.set(sink, count);
      }
      return counts;
    },
    async make(mapping, { kind, rows }, how): Promise<readonly Output[]> {
      const told = rows.filter((row) => !row.heard).map((row) => row._id);
      if (told.length > 0) await options.inOrder(() => keepRead(told, mapping.hashOf(kind)));
      if (how.more) return [];
      const kept = rows.map(({ _id, face }): MappedRow => ({ row: _id, face, parts: [], keep: true }));
      const { dirty } = await store.outputs.rewrite({ pipeline: pipeline.name, integration: pipeline.integration, kind, sinks: pipeline.sinks, mapping: mapping.hashOf(kind), rows: kept, departures: how.departures, at: clock.now() });
      return dirty;
    },
  };
}

const canonicalIdOf = ({ ended }: Made): string => (ended.is === 'event' ? ended.event.canonicalId : '');

/** What the event said becomes the state, whatever the row holds by now; a later event has a later number. */
function effectOf(pipeline: string, { event, keys, ended }: Made): MappedRow {
  const { operation, canonicalId, eventType, data } = (ended as Extract<Ended, { readonly is: 'event' }>).event;
  const { body, hash } = writeBody({ keys, eventType, data });
  if (operation === 'delete') return { row: event.row, parts: [], last: body };
  return { row: event.row, parts: [{ output: documentId(pipeline, canonicalId), resource: 0, body, hash, order: originalOf(event).number }] };
}

/** The event as processors see it: what the delivery said, not what the row holds now. */
function describeEvent(describe: ProcessRowsDeps['describe'], event: FeedEvent): Described {
  const data = parseJson(event.data);
  const described = describe(event.kind, { _id: event.row, face: event.event.operation === 'delete' ? '' : event._id, event: event.event, data });
  const told = parseJson(event.keys) as unknown as readonly DocumentKey[];
  const keys = told.length > 0 ? told : described.keys;
  const { id } = originalOf(event);
  return { keys, event: { ...described.event, id, origin: event.origin, data, keys: keys.map(({ name, value }) => ({ name, value })), ...(event.version !== undefined && { version: event.version }) } };
}
