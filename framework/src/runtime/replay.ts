import { replayId, type EventPayload, type InOrder } from '../deliver';
import { changeDeadLetter, readDeadLetter, removeDeadLetter, repeatDeadLetter, rowToMap, scopeId, type DeadLetter, type Store, type Ticks } from '../store';
import type { Clock } from '../shared';
import type { EntryWork, PipelineWork } from './entry-work';
import type { Incoming } from './incoming';

const PATIENCE_MS = 60_000;

export interface ReplayOptions {
  readonly store: Store;
  readonly ticks: Ticks;
  readonly inOrder: InOrder;
  readonly works: ReadonlyMap<string, EntryWork>;
  readonly incoming: Incoming;
  readonly clock: Clock;
}

/**
 * Tries a dead letter again. A raw delivery is routed as if it came now. On the rows feed the row goes through as it is now; on the events feed the event goes once more to
 * those it did not reach. What passes takes its letter away, what fails again stays under its number. Gives whether it was taken up.
 */
export async function replayLetter(letter: DeadLetter, options: ReplayOptions): Promise<boolean> {
  const work = options.works.get(letter.integration);
  if (!work) return false;
  if (letter.stage === 'source') return replayDelivery(letter, options);
  const pipeline = work.pipelines.find(({ name }) => name === letter.pipeline);
  if (!pipeline) return false;
  return letter.event === undefined ? replayRow(letter, pipeline, options) : replayEvent(letter, pipeline, options);
}

async function replayDelivery({ id, integration, payload }: DeadLetter, { store, incoming, clock }: ReplayOptions): Promise<boolean> {
  if (payload === undefined) return false;
  const failure = await incoming.replay(integration, payload);
  if (failure) await repeatDeadLetter(store.documents, { letter: failure, id }, clock);
  else await removeDeadLetter(store.documents, id);
  return true;
}

/** Its letter goes when it went through (the pipeline sees to that), or when there is nothing any more that could. */
async function replayRow(letter: DeadLetter, { pipeline }: PipelineWork, { store, clock }: ReplayOptions): Promise<boolean> {
  if (!pipeline.mapping()) return false;
  if (letter.stage === 'sink' && letter.output !== undefined) {
    const [output] = await store.outputs.get([letter.output]);
    if (!output?.sinks.some(({ sink, error }) => sink === letter.sink && error !== undefined)) return removeDeadLetter(store.documents, letter.id);
    await store.outputs.retry([letter.output], clock.now());
    await pipeline.sendDue();
    return true;
  }
  const [row] = letter.row === undefined ? [] : await store.rows.get([letter.row]);
  if (!row) return removeDeadLetter(store.documents, letter.id);
  // What the other pipelines of the entry made of it stands, or is on its way.
  await pipeline.map(row.kind, [rowToMap(row)], { departures: 'now', more: true, signal: AbortSignal.timeout(PATIENCE_MS) });
  return true;
}

/** As a new event; states take it only where they hold nothing of a later one. */
async function replayEvent({ id }: DeadLetter, { events }: PipelineWork, { store, ticks, inOrder }: ReplayOptions): Promise<boolean> {
  if (!events) return false;
  const isTaken = await inOrder(async () => {
    // It may have gone through meanwhile, asked for a moment ago.
    const letter = await readDeadLetter(store.documents, id);
    if (letter?.payload === undefined) return false;
    const { _id: _, asked: _asked, tried: _tried, again, ...event } = JSON.parse(letter.payload) as EventPayload;
    const wanted = event.waits.filter((wait) => events.waits.includes(wait));
    if (wanted.length === 0) return removeDeadLetter(store.documents, id);
    // What was sent again before is still on its way to some.
    const [onItsWay] = again === undefined ? [] : await store.events.get([again]);
    const waits = wanted.filter((wait) => !onItsWay?.waits.includes(wait));
    if (waits.length === 0) return true;
    const number = await ticks.next({ integration: event.integration, kind: event.kind });
    await changeDeadLetter(store.documents, id, () => ({ payload: JSON.stringify({ ...(JSON.parse(letter.payload!) as EventPayload), again: `${scopeId(event)}/${number}` }) }));
    await store.events.append([{ ...event, waits, id: replayId(event, number), number }]);
    return true;
  });
  events.look();
  return isTaken;
}
