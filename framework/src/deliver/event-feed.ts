import { toJson, type Log } from '../contract';
import type { PipelineEvent, Processor } from '../pipeline';
import { groupBy, parseJson, type Clock } from '../shared';
import { createTicks, type FeedEvent, type MappedRow, type NewFeedEvent, type Row } from '../store';
import { madeState } from './account';
import { runChain, type Ended } from './chain';
import type { Described } from './describe';
import { documentId, documentItem, writeBody } from './documents';
import { followEvents } from './follow-events';
import type { MakeOutputs, RowToMap } from './map-rows';
import type { Pipeline, PipelineOptions } from './pipeline';
import type { ProcessRowsDeps } from './process-rows';
import { rowToMap } from './row-feed';
import type { DocumentItem, DocumentKey, DocumentSink } from './sink';
import type { RetryPolicy } from './sink-queue';

export interface EventFeedOptions extends ProcessRowsDeps {
  /** Sinks that want every event; the others of the pipeline hold states. */
  readonly sinks: readonly DocumentSink[];
  readonly kinds: readonly string[];
  readonly retry: RetryPolicy;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onSettled?: PipelineOptions['onSettled'];
}

/** A pipeline that is fed with every event, in order for each row. */
export interface EventFeed {
  /** Who waits for events: the states of the pipeline, and each sink that wants all. */
  readonly waits: readonly string[];
  /** Rows that were read, and rows whose pipeline changed: what was read becomes an event; a changed pipeline begins with what each row holds. */
  readonly make: MakeOutputs;
  /** Events were stored. */
  look(): void;
  /** Works until the signal aborts. */
  run(): Promise<void>;
  /** States go out by this pipeline. */
  sendBy(pipeline: Pipeline): void;
  /** The event whose state an output has now. */
  eventOf(output: string): string | undefined;
  away(): readonly { readonly sink: string; readonly since: number; readonly error: string }[];
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
  const { store, pipeline, account, clock } = options;
  const ticks = createTicks(store, clock);
  const states = pipeline.name;
  const waitOf = (sink: DocumentSink): string => `${pipeline.name}\u0000${sink.name}`;
  const waits = [...(pipeline.sinks.length > 0 ? [states] : []), ...options.sinks.map(waitOf)];
  const latest = new Map<string, string>();
  let sending: Pipeline | undefined;

  /** The same event is processed once, also when several sinks take it one after the other; in order for each row. */
  const memo = new Map<string, Promise<Made>>();
  const tails = new Map<string, Promise<unknown>>();
  function process(event: FeedEvent): Promise<Made> {
    const known = memo.get(event._id);
    if (known) return known;
    account.beginEvent(event.id, sinksOf(event.waits));
    const before = tails.get(event.row) ?? Promise.resolve();
    const made = before.then(() => processOne(event, pipeline.processors));
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

  /** One dead letter of the event, whoever meets the failure first. */
  const keepFailure = ({ event, ended }: Made & { readonly ended: Extract<Ended, { readonly is: 'dead' }> }): Promise<void> =>
    options.letters.keep({ integration: pipeline.integration, pipeline: pipeline.name, kind: event.kind, row: event.row, event: event.number, stage: ended.stage, code: ended.code, message: ended.message, payload: toJson({ ...event, waits }) });

  async function toStates(events: readonly FeedEvent[]): Promise<readonly string[]> {
    const made = await Promise.all(events.map(process));
    const effects = new Map<string, { readonly made: Made; readonly row: MappedRow }>();
    for (const one of made) {
      const { event, ended } = one;
      if (ended.is === 'dead') await keepFailure({ ...one, ended });
      if (event.outvoted) account.end(event.id, pipeline.sinks, 'stale');
      else if (ended.is !== 'event') account.end(event.id, pipeline.sinks, ended.is === 'dead' ? 'dead' : 'filtered');
      else {
        const earlier = effects.get(event.row);
        if (earlier) account.end(earlier.made.event.id, pipeline.sinks, 'superseded');
        effects.set(event.row, { made: one, row: effectOf(pipeline.name, one, ended.event) });
      }
    }
    for (const [kind, same] of groupBy(effects.values(), ({ made: one }) => one.event.kind)) {
      const { dirty } = await store.outputs.rewrite({
        pipeline: pipeline.name,
        integration: pipeline.integration,
        kind,
        sinks: pipeline.sinks,
        mapping: '',
        rows: same.map(({ row }) => row),
        departures: 'now',
        more: true,
        at: clock.now(),
      });
      const outputs = new Map(dirty.map((output) => [output._id, output]));
      for (const { made: one } of same) {
        const id = documentId(pipeline.name, canonicalIdOf(one));
        const output = outputs.get(id);
        const state = output && madeState(output);
        const waiting = state?.sinks ?? [];
        if (state) account.madeBy(one.event.id, state);
        const earlier = latest.get(id);
        if (earlier !== undefined && earlier !== one.event.id) account.end(earlier, pipeline.sinks, 'superseded');
        account.end(one.event.id, pipeline.sinks.filter((sink) => !waiting.includes(sink)), 'unchanged');
        if (waiting.length > 0) latest.set(id, one.event.id);
        else latest.delete(id);
      }
      sending?.send(dirty);
    }
    return events.map((event) => event._id);
  }

  /** What a sink that wants every event takes of it; undefined: nothing. */
  async function itemOf(sink: DocumentSink, event: FeedEvent): Promise<DocumentItem | undefined> {
    const made = await process(event);
    const { ended } = made;
    if (ended.is === 'dead') await keepFailure({ ...made, ended });
    if (ended.is !== 'event') {
      account.end(event.id, [sink.name], ended.is === 'dead' ? 'dead' : 'filtered');
      return undefined;
    }
    const { canonicalId, operation, eventType, data } = ended.event;
    return { ...documentItem({ output: event._id, operation, canonicalId }, { keys: made.keys, eventType, data }), event: { id: baseId(event.id), receivedAt: new Date(event.event.at).toISOString() } };
  }

  async function processOne(event: FeedEvent, processors: readonly Processor[]): Promise<Made> {
    const described = describeEvent(options.describe, event);
    return { event, keys: described.keys, ended: await runChain(processors, described.event) };
  }

  const paused = (): boolean => sending?.paused() ?? false;
  const followers = [
    ...(pipeline.sinks.length > 0 ? [followEvents({ ...options, integration: pipeline.integration, wait: states, paused, take: toStates })] : []),
    ...options.sinks.map((sink) => followEvents({ ...options, integration: pipeline.integration, wait: waitOf(sink), paused, sink: { sink, itemOf, pipeline: pipeline.name } })),
  ];

  /** What was read of a row, as an event: its id is the same when the same is read again. */
  async function readEvent(row: Row): Promise<NewFeedEvent> {
    const { event, keys } = options.describe(row.kind, rowToMap(row));
    return {
      integration: row.integration,
      kind: row.kind,
      number: await ticks.next({ integration: row.integration, kind: row.kind }),
      id: event.id,
      row: row._id,
      event: { type: event.eventType, operation: event.operation, at: clock.now() },
      origin: 'import',
      ...(row.version !== undefined && { version: row.version }),
      data: toJson(event.data),
      keys: toJson(keys),
      // An answer that shows nothing but the source's state is no event for those who want all of them; one that buries the row is.
      waits: row.gone || row.by === 'run' ? waits : waits.filter((wait) => wait === states),
    };
  }

  return {
    waits,
    eventOf: (output) => latest.get(output),
    sendBy: (by) => void (sending = by),
    look: () => followers.forEach((follower) => follower.look()),
    run: async () => void (await Promise.all(followers.map((follower) => follower.run()))),
    away: () => followers.flatMap((follower) => follower.away() ?? []),
    async make(mapping, batch, how) {
      const stored = await store.rows.get(batch.rows.filter((row) => !row.heard).map((row) => row._id));
      // Its content is another than the one that was mapped, and no delivery brought it (those have an event already): it was read.
      const read = stored.filter((row) => (row.mapped?.face ?? '') !== (row.gone ? '' : row.face) && !isBrought(row));
      const events = await Promise.all(read.map(readEvent));
      for (const event of events) if (event.waits.length > 0) account.acceptedEvent(event.id, sinksOf(event.waits));
      await store.events.append(events.filter((event) => event.waits.length > 0));
      // A changed pipeline, or a stop in the middle: what each row holds goes to the states once more.
      const again = stored.filter((row) => !read.includes(row) && !row.gone);
      const remade = await Promise.all(again.map((row) => remake(rowToMap(row), row.kind)));
      const rows = batch.rows.map((row): MappedRow => remade.find((one) => one?.row === row._id) ?? { row: row._id, face: row.face, parts: [], keep: true });
      const at = { pipeline: pipeline.name, integration: pipeline.integration, kind: batch.kind, sinks: pipeline.sinks, departures: how.departures, at: clock.now() };
      const { dirty } = await store.outputs.rewrite({ ...at, mapping: mapping.hashOf(batch.kind), rows, ...(options.more && { more: true }) });
      for (const output of dirty) account.madeBy(latest.get(output._id) ?? '', madeState(output));
      if (events.length > 0) followers.forEach((follower) => follower.look());
      return dirty;
    },
  };

  async function remake(row: RowToMap, kind: string): Promise<MappedRow | undefined> {
    const described = options.describe(kind, row);
    const ended = await runChain(pipeline.processors, described.event);
    return ended.is === 'event' ? { ...documentEffect(pipeline.name, { row: row._id, face: row.face }, { keys: described.keys, event: ended.event }) } : undefined;
  }
}

/** A replay has the number of its letter behind the id; at the sinks it is the same event. */
const baseId = (id: string): string => id.split('~', 1)[0]!;

/** A delivery brought what the row holds, or took it away. */
const isBrought = (row: Row): boolean => row.event !== undefined && (!row.gone || row.event.operation === 'delete');

const canonicalIdOf = ({ ended }: Made): string => (ended.is === 'event' ? ended.event.canonicalId : '');

function effectOf(pipeline: string, { event, keys }: Made, processed: PipelineEvent): MappedRow {
  return documentEffect(pipeline, { row: event.row, face: '' }, { keys, event: processed, order: event.number });
}

function documentEffect(pipeline: string, to: { readonly row: string; readonly face: string }, of: { readonly keys: readonly DocumentKey[]; readonly event: PipelineEvent; readonly order?: number }): MappedRow {
  const { event, keys, order } = of;
  const { body, hash } = writeBody({ keys, eventType: event.eventType, data: event.data });
  if (event.operation === 'delete') return { ...to, parts: [], last: body };
  return { ...to, parts: [{ output: documentId(pipeline, event.canonicalId), resource: 0, body, hash, ...(order !== undefined && { order }) }] };
}

/** The event as processors see it: what the delivery said, not what the row holds now. */
function describeEvent(describe: ProcessRowsDeps['describe'], event: FeedEvent): Described {
  const data = parseJson(event.data);
  const described = describe(event.kind, { _id: event.row, face: event.event.operation === 'delete' ? '' : event._id, event: event.event, data });
  const keys = parseJson(event.keys) as unknown as readonly DocumentKey[];
  return {
    keys: keys.length > 0 ? keys : described.keys,
    event: { ...described.event, id: event.id, origin: event.origin, data, keys: (keys.length > 0 ? keys : described.keys).map(({ name, value }) => ({ name, value })), ...(event.version !== undefined && { version: event.version }) },
  };
}
