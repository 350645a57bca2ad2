import { toJson } from '../contract';
import { hashText, type Clock } from '../shared';
import { rowToMap, type NewFeedEvent, type Row, type RowToMap, type Ticks } from '../store';
import type { Described } from './describe';

export interface ReadEventsOptions {
  readonly ticks: Ticks;
  readonly clock: Clock;
  /** Who waits for events: the states of the pipeline, and each sink that wants all. */
  readonly waits: readonly string[];
  /** The one of them that stands for the states. */
  readonly states: string | undefined;
  describe(kind: string, row: RowToMap): Described;
}

/** Events that no delivery brought, of rows as the store holds them. Whoever calls it numbers and stores them before anybody else does. */
export interface ReadEvents {
  /** To be called before deliveries are taken in. */
  begin(integration: string, kinds: readonly string[]): Promise<void>;
  /** `mapping`: what maps the kind now. */
  of(rows: readonly Row[], mapping: string): Promise<readonly NewFeedEvent[]>;
}

/** A delivery brought what the row holds, or took it away. */
const isBrought = (row: Row): boolean => row.event !== undefined && (!row.gone || row.event.operation === 'delete');

const faceOf = (row: Row): string => (row.gone ? '' : (row.face ?? row.hash ?? ''));

export function createReadEvents({ ticks, clock, waits, states, describe }: ReadEventsOptions): ReadEvents {
  /** By kind, the first number of this process: whatever a delivery brought since then has its event. */
  const first = new Map<string, number>();
  const toStates = states === undefined ? [] : [states];
  /** Each pipeline has events of its own of what was read. */
  const own = (waits[0] ?? '').split('\u0000', 1)[0]!;

  async function eventOf(row: Row, of: { readonly id: string; readonly waits: readonly string[] }): Promise<NewFeedEvent> {
    const { event, keys } = describe(row.kind, rowToMap(row));
    return {
      integration: row.integration,
      kind: row.kind,
      number: await ticks.next({ integration: row.integration, kind: row.kind }),
      id: of.id,
      row: row._id,
      event: { type: event.eventType, operation: event.operation, at: isBrought(row) ? row.event!.at : clock.now() },
      origin: event.origin,
      ...(row.version !== undefined && { version: row.version }),
      data: toJson(event.data),
      keys: toJson(keys),
      waits: of.waits,
    };
  }

  /** It was read: a page, a sweep or an answer changed it. The same reading has the same id, also after a stop in the middle. */
  function read(row: Row): Promise<NewFeedEvent> | undefined {
    // An answer that shows nothing but the source's state is no event for those who want all of them; one that buries the row is.
    const wanted = row.gone || row.by === 'run' ? waits : toStates;
    const reading = row.gone ? `gone ${row.goneAt} ${row.data ?? ''}` : `${row.by === 'run' ? row.seen : `answer ${row.stamp}`} ${faceOf(row)}`;
    return wanted.length === 0 ? undefined : eventOf(row, { id: hashText(`${own}\n${row._id}\n${reading}`), waits: wanted });
  }

  /** The pipeline is new or has changed: it begins with the last event of the row. One that was just brought is on its way anyhow. */
  function again(row: Row, mapping: string): Promise<NewFeedEvent> | undefined {
    if (row.gone || toStates.length === 0 || row.mapped?.mapping === mapping || (isBrought(row) && row.heard >= (first.get(row.kind) ?? 0))) return undefined;
    return eventOf(row, { id: hashText(`${own}\n${row._id}\n${faceOf(row)}\n${mapping}`), waits: toStates });
  }

  return {
    async begin(integration, kinds) {
      for (const kind of kinds) first.set(kind, (await ticks.read({ integration, kind }))?.next ?? 0);
    },
    async of(rows, mapping) {
      const events: NewFeedEvent[] = [];
      for (const row of rows) {
        const changed = (row.mapped?.face ?? '') !== faceOf(row);
        const event = await (changed && !isBrought(row) ? read(row) : again(row, mapping));
        if (event) events.push(event);
      }
      return events;
    },
  };
}
