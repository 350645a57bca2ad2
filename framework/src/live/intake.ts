import { deliveryIdOf, FrameworkError, hashText, type Live, type Log } from '../contract';
import { newId, parseJson, toJson, type Clock, type Json } from '../shared';
import { rowId, type AcceptedDelivery, type AcceptedRecord, type ClaimOutcome, type NewDeadLetter, type NewFeedEvent, type RowEvent, type Store, type Ticks } from '../store';
import type { ReceivedDelivery, Routed, RoutedRecord } from './route';

/** A vendor that repeats a delivery does so within this time. */
const REMEMBERED_MS = 24 * 3_600_000;
const TOLD_MS = 3_600_000;
const TOLD_NAMES = 1_000;
/** Deliveries that are stored together. */
const BATCH = 500;

export interface Receipt {
  readonly status: 'accepted' | 'duplicate' | 'ignored' | 'dead-lettered';
  readonly reason?: string;
  readonly deliveryId: string;
}

/** A row that an event changed, with its content where that is at hand. */
export interface HeardRow {
  readonly _id: string;
  /** '' when gone. */
  readonly face: string;
  readonly row?: Json;
  readonly event: RowEvent;
  readonly data?: Json;
}

/** What became of one record. */
export interface Heard {
  readonly record: RoutedRecord;
  readonly row: string;
  readonly outcome: ClaimOutcome;
  /** Id of the event that was kept of it, where somebody wants every event. */
  readonly event?: string;
  /** Of a row on which others may hang: what it was before. */
  readonly before?: Json;
}

/** An entry, as far as what comes in concerns it. */
export interface IntakeEntry {
  readonly identifier: string;
  /** Where deliveries come in: their ids are unique there. */
  readonly place: string;
  readonly live: Live<unknown>;
  route(delivery: ReceivedDelivery): Routed;
  /** Kinds on whose rows others hang. */
  readonly parents: ReadonlySet<string>;
  /** Hash of what maps the kind now; '' as long as none is known. */
  mapping(kind: string): string;
  /** What its pipelines read of a row. */
  readonly reads: { readonly row: boolean; readonly envelope: boolean };
  /** Who wants every event; empty: nobody. */
  readonly waits: readonly string[];
  /** Members are never kept (`drop`), so a text that cannot be read is not kept either. */
  readonly drops: boolean;
  /** Keeps what cannot be routed. */
  keep(letter: NewDeadLetter): Promise<unknown>;
  /** What was taken in is durable. `rows` may be processed from memory; `more`: other rows are due in the store. `dirty`: `_id`s of all that are due. */
  heard(taken: { readonly records: readonly Heard[]; readonly rows: ReadonlyMap<string, readonly HeardRow[]>; readonly more: boolean; readonly dirty: ReadonlySet<string> }): void;
  /** Counts deliveries and records: received, accepted, duplicate, ignored, dead. */
  count(result: 'received' | 'accepted' | 'duplicate' | 'ignored' | 'dead', events: number): void;
}

export interface Intake {
  /** Routes a verified delivery, and resolves once what it says is durable. Rejects with STORE_UNREACHABLE when the store is away: then nothing is known of it. */
  accept(entry: IntakeEntry, delivery: ReceivedDelivery, id?: string): Promise<Receipt>;
  /** Resolves when nothing is being stored. */
  idle(): Promise<void>;
}

interface Waiting {
  readonly entry: IntakeEntry;
  readonly delivery: ReceivedDelivery;
  readonly routed: Extract<Routed, { readonly is: 'records' }>;
  readonly deliveryId: string;
  /** The vendor's id; undefined: nothing is de-duplicated. */
  readonly known: string | undefined;
  readonly hash: string;
  resolve(receipt: Receipt): void;
  reject(err: unknown): void;
}

export interface IntakeOptions {
  readonly store: Store;
  readonly ticks: Ticks;
  /** Who numbers events and stores them does both in here, one after the other. */
  inOrder<T>(work: () => Promise<T>): Promise<T>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Everything that comes in goes through here: whatever arrives while the store writes is written together next, so a flood costs one synchronisation for many. */
export function createIntake(of: IntakeOptions): Intake {
  const { store, ticks, clock, log } = of;
  let queue: Waiting[] = [];
  let working: Promise<void> | undefined;
  /** Names of events that nobody takes are told once an hour, at most so many of them: a sender must not flood the log. */
  const told = new Map<string, number>();

  function tellIgnored(entry: IntakeEntry, { reason, type = '' }: Extract<Routed, { readonly is: 'ignored' }>): void {
    if (reason !== 'unknown-event' && reason !== 'not-selected') return;
    const name = `${entry.identifier} ${type}`;
    const before = clock.now() - TOLD_MS;
    if ((told.get(name) ?? -Infinity) > before) return;
    if (told.size >= TOLD_NAMES) for (const [old, at] of told) if (at <= before) told.delete(old);
    if (told.size >= TOLD_NAMES) return;
    told.set(name, clock.now());
    log.info('events of this name are ignored', { integration: entry.identifier, eventType: type, reason });
  }

  async function accept(entry: IntakeEntry, delivery: ReceivedDelivery, id?: string): Promise<Receipt> {
    const known = id ?? deliveryIdOf(entry.live, delivery);
    const deliveryId = known ?? newId();
    const routed = entry.route(delivery);
    if (routed.is === 'ignored') {
      entry.count('received', 1);
      entry.count('ignored', 1);
      tellIgnored(entry, routed);
      return { status: 'ignored', reason: routed.reason, deliveryId };
    }
    if (routed.is === 'dead') {
      const { code, message, payload } = routed;
      await entry.keep({ integration: entry.identifier, pipeline: '', stage: 'source', code, message, ...(payload !== undefined && { payload: rawDelivery(delivery, { body: payload, id }) }) });
      entry.count('received', 1);
      entry.count('dead', 1);
      return { status: 'dead-lettered', reason: code, deliveryId };
    }
    return new Promise((resolve, reject) => {
      queue.push({ entry, delivery, routed, deliveryId, known, hash: known === undefined ? '' : hashText(delivery.text ?? routed.envelope), resolve, reject });
      working ??= new Promise<void>((done) => setImmediate(() => void work().finally(done)));
    });
  }

  async function work(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.slice(0, BATCH);
      queue = queue.slice(BATCH);
      try {
        await storeTogether(batch);
      } catch (err) {
        // One that no store can hold must not take the others with it; what was written of them is the same once more.
        if (batch.length > 1 && isTooLarge(err)) for (const one of batch) await storeTogether([one]).catch(one.reject);
        else for (const one of batch) one.reject(err);
      }
    }
    working = undefined;
  }

  async function storeTogether(batch: readonly Waiting[]): Promise<void> {
    const { deliveries, results, dirty, before } = await of.inOrder(async () => {
      const stamps = await Promise.all(batch.map(stamped));
      const were = await parentsBefore(batch);
      const taken = await store.accept({ deliveries: stamps, since: clock.now() - REMEMBERED_MS, at: clock.now() });
      return { deliveries: stamps, results: taken.deliveries, dirty: taken.dirty, before: were };
    });
    const due = new Set(dirty.map(({ _id }) => _id));
    const heard = new Map<IntakeEntry, { records: Heard[]; rows: Map<string, HeardRow[]>; more: boolean; dirty: ReadonlySet<string> }>();
    const takenOf = (entry: IntakeEntry) => {
      let mine = heard.get(entry);
      if (!mine) heard.set(entry, (mine = { records: [], rows: new Map(), more: false, dirty: due }));
      return mine;
    };
    /** Of each row that goes: the record that said so last. */
    const gone = new Map<string, { readonly at: number; readonly record: number }>();
    for (const [at, one] of batch.entries()) {
      const outcome = results[at]!;
      const { entry, routed, deliveryId } = one;
      const records = routed.records.length;
      entry.count('received', records);
      if (outcome === 'duplicate') {
        entry.count('duplicate', records);
        one.resolve({ status: 'duplicate', deliveryId });
        continue;
      }
      entry.count('accepted', records);
      for (const [index, record] of routed.records.entries()) {
        const row = rowOf(entry, record);
        const was = before.get(row);
        if (record.claim.is === 'gone') gone.set(row, { at, record: index });
        const kept = deliveries[at]!.records[index]!.event;
        takenOf(entry).records.push({ record, row, outcome: outcome[index]!, ...(kept && { event: kept.id }), ...(was !== undefined && { before: parseJson(was) }) });
      }
      one.resolve({ status: 'accepted', deliveryId });
    }
    for (const row of dirty) {
      const source = row.at ? { at: row.at.delivery, record: row.at.record } : row.gone ? gone.get(row._id) : undefined;
      const one = source && batch[source.at]!;
      if (!one) {
        const entry = batch.find((candidate) => candidate.entry.identifier === row.scope.integration)!.entry;
        takenOf(entry).more = true;
        continue;
      }
      const mine = takenOf(one.entry);
      const rows = mine.rows.get(row.scope.kind) ?? [];
      rows.push(contentOf(one, one.routed.records[source.record]!, { _id: row._id, face: row.face }));
      mine.rows.set(row.scope.kind, rows);
    }
    for (const [entry, taken] of heard) entry.heard(taken);
  }

  /** Text of the rows on which others hang, where there are any. */
  async function parentsBefore(batch: readonly Waiting[]): Promise<ReadonlyMap<string, string>> {
    const ids = batch.flatMap(({ entry, routed }) => routed.records.filter(({ kind }) => entry.parents.has(kind)).map((record) => rowOf(entry, record)));
    const rows = ids.length === 0 ? [] : await store.rows.get([...new Set(ids)]);
    return new Map(rows.flatMap(({ _id, row }) => (row === undefined ? [] : [[_id, row]])));
  }

  async function stamped(one: Waiting): Promise<AcceptedDelivery> {
    const { entry, routed, hash, known } = one;
    const records: AcceptedRecord[] = [];
    for (const [index, record] of routed.records.entries()) {
      const scope = { integration: entry.identifier, kind: record.kind };
      const stamp = await ticks.next(scope);
      const claim = known !== undefined && routed.envelope === one.delivery.text ? { ...record.claim, stamp, dataHash: hash } : { ...record.claim, stamp };
      const taken = { scope, truth: record.truth, mapping: entry.mapping(record.kind), claim };
      records.push(entry.waits.length > 0 ? { ...taken, event: eventOf(one, { record, index, number: claim.stamp }) } : taken);
    }
    return { ...(known !== undefined && { id: `${entry.place}/${known}` }), hash, records };
  }

  return {
    accept,
    async idle() {
      while (working) await working;
    },
  };
}

export const isTooLarge = (err: unknown): boolean => err instanceof FrameworkError && err.code === 'TOO_LARGE';

const rowOf = (entry: IntakeEntry, { kind, claim }: RoutedRecord): string => rowId({ integration: entry.identifier, kind }, claim.key);

/** What is needed to route a delivery again. */
export interface RawDelivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly at: number;
  readonly origin: ReceivedDelivery['origin'];
  readonly body: string;
  /** The vendor's id, where it stands beside the delivery. */
  readonly id?: string;
}

export const rawDelivery = ({ headers, at, origin }: Omit<ReceivedDelivery, 'body'>, of: { readonly body: string; readonly id: string | undefined }): string =>
  toJson({ headers: headers as Json, at, origin, body: of.body, ...(of.id !== undefined && { id: of.id }) });

function eventOf({ entry, routed, delivery, deliveryId, hash }: Waiting, of: { readonly record: RoutedRecord; readonly index: number; readonly number: number }): Omit<NewFeedEvent, 'outvoted'> {
  const { record, index, number } = of;
  const row = rowOf(entry, record);
  const keys = record.keys.flatMap(({ name, value, identity }) => (value === undefined ? [] : [{ name, value, identity }]));
  return {
    integration: entry.identifier,
    kind: record.kind,
    number,
    // A redelivery has the same id; without an id of the vendor nothing tells that two deliveries are one.
    id: hashText(`${entry.place}/${deliveryId}/${hash}/${index}`),
    row,
    event: record.event,
    origin: delivery.origin,
    ...(record.version !== undefined && { version: record.version }),
    data: routed.envelope,
    keys: toJson(keys),
    waits: entry.waits,
  };
}

function contentOf({ entry, routed }: Waiting, record: RoutedRecord, row: { readonly _id: string; readonly face: string }): HeardRow {
  const { claim, event } = record;
  return {
    ...row,
    event,
    ...(entry.reads.row && claim.is === 'present' && { row: parseJson(claim.text) }),
    ...(entry.reads.envelope && { data: routed.data }),
  };
}
