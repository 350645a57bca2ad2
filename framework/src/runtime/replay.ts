import { rowToMap } from '../deliver';
import { createTicks, removeDeadLetter, type DeadLetter, type FeedEvent, type Store } from '../store';
import type { Clock } from '../shared';
import type { EntryWork } from './entry-work';
import type { Incoming } from './incoming';

const PATIENCE_MS = 60_000;

export interface ReplayOptions {
  readonly store: Store;
  readonly works: ReadonlyMap<string, EntryWork>;
  readonly incoming: Incoming;
  readonly clock: Clock;
}

/**
 * Tries a dead letter again. A raw delivery is routed as if it came now. On the rows feed the row goes through as it is now; on the events feed the event goes to those it
 * did not reach. What fails again is kept again under its number; gives whether it was taken up.
 */
export async function replayLetter(letter: DeadLetter, options: ReplayOptions): Promise<boolean> {
  const work = options.works.get(letter.integration);
  if (!work) return false;
  if (letter.stage === 'source') return replayDelivery(letter, options);
  return letter.event === undefined ? replayRow(letter, work, options) : replayEvent(letter, options);
}

async function replayDelivery(letter: DeadLetter, { store, incoming }: ReplayOptions): Promise<boolean> {
  if (letter.payload === undefined || !(await incoming.replay(letter.integration, letter.payload))) return false;
  return removeDeadLetter(store.documents, letter.id);
}

/** Its letter goes when it went through (the pipeline sees to that), or when there is nothing any more that could. */
async function replayRow(letter: DeadLetter, work: EntryWork, { store, clock }: ReplayOptions): Promise<boolean> {
  const pipeline = work.pipelines.find(({ name }) => name === letter.pipeline)?.pipeline;
  if (!pipeline?.mapping()) return false;
  if (letter.stage === 'sink' && letter.output !== undefined) {
    const [output] = await store.outputs.get([letter.output]);
    if (!output || !output.sinks.some(({ sink, error }) => sink === letter.sink && error !== undefined)) return removeDeadLetter(store.documents, letter.id);
    await store.outputs.retry([letter.output], clock.now());
    await pipeline.sendDue();
    return true;
  }
  const [row] = letter.row === undefined ? [] : await store.rows.get([letter.row]);
  if (!row) return removeDeadLetter(store.documents, letter.id);
  await pipeline.map(row.kind, [rowToMap(row)], { departures: 'now', signal: AbortSignal.timeout(PATIENCE_MS) });
  return true;
}

/** Under a number of its own; states take it only where no later event of the row was taken. */
async function replayEvent(letter: DeadLetter, { store, works, clock }: ReplayOptions): Promise<boolean> {
  if (letter.payload === undefined) return false;
  const { _id: _, ...event } = JSON.parse(letter.payload) as FeedEvent;
  const [row] = await store.rows.get([event.row]);
  const later = row !== undefined && (row.heard > event.number || row.stamp > event.number);
  const number = await createTicks(store, clock).next({ integration: event.integration, kind: event.kind });
  await store.events.append([{ ...event, id: `${event.id}~${letter.id}`, number, ...(later && { outvoted: true }) }]);
  await removeDeadLetter(store.documents, letter.id);
  for (const { events } of works.get(letter.integration)?.pipelines ?? []) events?.look();
  return true;
}
