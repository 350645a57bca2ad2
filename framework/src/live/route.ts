import { eventNameOf, identityOf, type AnyKind, type Change, type ChangeKey, type Delivery, type EventName, type Http, type Integration, type Log, type MemberContext, type Version } from '../contract';
import { hashText, isObject, toJson, type Json, type JsonObject } from '../shared';
import { rowKey, type ClaimInput, type RowEvent, type Truth } from '../store';
import { payloadOf, withoutDropped, type Dropped } from './drop';

/** What routing needs to know of an entry. */
export interface RouteScope {
  readonly integration: Integration;
  /** Identifier of the entry. */
  readonly identifier: string;
  readonly settings: unknown;
  truthOf(kind: AnyKind<unknown>): Truth;
  /** Event names that are taken (`events`); absent: all. */
  readonly events?: readonly string[] | undefined;
  /** Are there declared pipelines? Only they read the envelope, so only for them it is kept. */
  readonly envelopes: boolean;
  /** Members that are never kept, of rows and of deliveries: kind → paths (`a.b.c` in the row, or in the delivery). */
  readonly drop?: Dropped | undefined;
  /** Of the resources of the mapping that name the kind: members of the selector beside `query`. */
  selectorsOf?(kind: string): readonly Readonly<Record<string, unknown>>[];
}

/** How a delivery came: by a call, from a queue, or found by a poll. */
export type DeliveryOrigin = 'webhook' | 'queue' | 'poll';

/** A verified, parsed delivery, or a message of a queue. */
export interface ReceivedDelivery extends Delivery {
  readonly origin: DeliveryOrigin;
  /** The body as text, when it is at hand: it is kept as it came. */
  readonly text?: string;
  /** Time of receipt, epoch ms. */
  readonly at: number;
}

type WithoutStamp<T> = T extends unknown ? Omit<T, 'stamp'> : never;
/** A claim that has no stamp yet: stamps are allotted on receipt, by whoever hands it to the store. */
export type RoutedClaim = WithoutStamp<ClaimInput>;

/** One record of a delivery. */
export interface RoutedRecord {
  readonly kind: string;
  readonly truth: Truth;
  /** Identity and passed-on members, in order. */
  readonly keys: readonly ChangeKey[];
  readonly operation: 'write' | 'delete';
  readonly event: RowEvent;
  readonly origin: DeliveryOrigin;
  /** What the event says, also where the claim only asks. */
  readonly version?: Version;
  /** For the rows. */
  readonly claim: RoutedClaim;
}

export type Routed =
  | { readonly is: 'ignored'; readonly reason: string; readonly type?: string }
  | {
      readonly is: 'dead';
      readonly code: 'KEY_MISSING' | 'ROUTING_FAILED';
      readonly message: string;
      readonly type: string;
      /** Text of the delivery as it may be kept: as it came, or with `drop` without those members wherever they stand. Absent: none can be written. */
      readonly payload?: string;
    }
  | {
      readonly is: 'records';
      readonly type: string;
      /** JSON text of the envelope: the body, with the name of the event where that stood in a header. */
      readonly envelope: string;
      /** The envelope as a value. */
      readonly data: Json;
      /** At least one. */
      readonly records: readonly RoutedRecord[];
    };

/** Routes deliveries of one entry: what each says, as claims for the row store. No I/O; nothing that a delivery holds makes it throw. */
export function createRoute(scope: RouteScope): (delivery: ReceivedDelivery) => Routed {
  const { live } = scope.integration;
  if (!live) return () => ({ is: 'ignored', reason: 'unknown-event' });
  const known = new Set(live.events);
  const tests = new Set(live.tests);
  const selected = scope.events && new Set(scope.events);
  const dropped = scope.drop && Object.keys(scope.drop).length > 0 ? scope.drop : undefined;
  const thingOf = createThingOf(scope);
  const recordOf = createRecordOf(scope);

  return (delivery) => {
    const named = eventNameOf(live, delivery);
    if (named === undefined) return { is: 'ignored', reason: 'unknown-event' };
    const { type } = named;
    if (tests.has(type)) return { is: 'ignored', reason: 'ping', type };
    if (!known.has(type)) return { is: 'ignored', reason: 'unknown-event', type };
    if (selected && !selected.has(type)) return { is: 'ignored', reason: 'not-selected', type };
    const dead = (code: 'KEY_MISSING' | 'ROUTING_FAILED', message: string): Routed => {
      const payload = payloadOf(delivery, dropped);
      return { is: 'dead', code, message, type, ...(payload !== undefined && { payload }) };
    };
    const { body } = delivery;
    if (!isObject(body)) return dead('ROUTING_FAILED', 'the body is no JSON object');
    try {
      const changes = live.changes({ headers: delivery.headers, body, type }, scope.settings);
      const things = changes.filter((change) => change.is !== 'ignored').map((change) => thingOf(change, body));
      if (things.length === 0) return { is: 'ignored', reason: changes.find((change) => change.is === 'ignored')?.reason ?? 'empty', type };
      const kept = dropped && things.some(({ kind }) => dropped[kind.name] !== undefined) ? withoutDropped(body, things, dropped) : undefined;
      const { text: envelope, data } = kept ? envelopeOf(kept, named) : envelopeOf(delivery, named);
      const records: RoutedRecord[] = [];
      for (const [index, thing] of things.entries()) {
        const record = recordOf(thing, { type, at: delivery.at, origin: delivery.origin, kept: kept ? kept.rows[index] : thing.row, envelope: scope.envelopes ? envelope : undefined });
        if (typeof record !== 'object') return dead('KEY_MISSING', `an event ${type} without ${record}`);
        records.push(record);
      }
      return { is: 'records', type, envelope, data, records };
    } catch (err) {
      return dead('ROUTING_FAILED', err instanceof Error ? err.message : String(err));
    }
  };
}

/** The body, with the name of the event where that stood in a header. A text that came is neither parsed nor written again for it. */
function envelopeOf({ body, text }: { readonly body: Json; readonly text?: string }, { type, inHeader }: EventName): { readonly text: string; readonly data: Json } {
  if (!inHeader || !isObject(body) || body['eventType'] !== undefined) return { text: text ?? toJson(body), data: body };
  const data = { ...(body as JsonObject), eventType: type };
  const isBare = text === undefined || Object.keys(body).length === 0;
  return { text: isBare ? toJson(data) : `${text.slice(0, text.lastIndexOf('}'))},"eventType":${toJson(type)}}`, data };
}

type ChangeOfThing = Exclude<Change, { readonly is: 'ignored' }>;

/** What a change speaks of. */
interface Thing {
  readonly change: ChangeOfThing;
  readonly kind: AnyKind<unknown>;
  readonly truth: Truth;
  readonly row: unknown;
}

function createThingOf(scope: RouteScope): (change: ChangeOfThing, body: Json) => Thing {
  const kinds = new Map((scope.integration.kinds ?? []).map((kind) => [kind.name, { kind, truth: scope.truthOf(kind) }]));
  return (change, body) => {
    const known = kinds.get(change.kind);
    if (!known) throw new Error(`the kind ${change.kind} is not there`);
    // Nobody can be asked about a told kind, so it takes what there is.
    return { change, ...known, row: change.row ?? (known.truth === 'told' ? body : undefined) };
  };
}

interface Around {
  readonly type: string;
  readonly at: number;
  readonly origin: DeliveryOrigin;
  /** The row as it may be kept. What orders and selects is read from the row as it came. */
  readonly kept: unknown;
  readonly envelope: string | undefined;
}

/** Makes the record of a thing. A text is the name of the member of the identity that is missing. */
function createRecordOf(scope: RouteScope): (thing: Thing, around: Around) => RoutedRecord | string {
  const isMember = createMembership(scope);

  return (thing, { type, at, origin, kept, envelope }) => {
    const { change, kind, truth } = thing;
    const identity = identityOf(change.keys);
    if (!identity) return change.keys.find((key) => key.identity && (key.value === undefined || key.value === ''))?.name ?? 'a key';
    const version = versionOf(thing);
    const operation = change.is === 'gone' ? 'delete' : 'write';
    const event = { type, operation, at } as const;
    const claim = {
      key: rowKey(identity),
      event,
      ...(envelope !== undefined && { data: envelope }),
      ...(change.locate && { locate: toJson(change.locate) }),
    };
    return {
      kind: kind.name,
      truth,
      keys: change.keys,
      operation,
      event,
      origin,
      ...(version !== undefined && { version }),
      claim: { ...claim, ...verdictOf(thing, { operation, version, kept, isMember }) },
    };
  };
}

function versionOf({ change, kind, truth, row }: Thing): Version | undefined {
  const own = change.version ?? (row === undefined ? undefined : kind.version?.(row));
  const version = own ?? (truth === 'told' ? change.at : undefined);
  return version !== undefined && Number.isFinite(version) ? version : undefined;
}

type Verdict = { readonly is: 'changed' } | { readonly is: 'gone'; readonly version?: number } | { readonly is: 'present'; readonly version?: number; readonly text: string; readonly hash: string };

interface Judged {
  readonly operation: 'write' | 'delete';
  readonly version: Version | undefined;
  readonly kept: unknown;
  isMember(kind: AnyKind<unknown>, row: unknown): boolean | undefined;
}

/**
 * What the store is told. In a listed kind only what has a version can be ordered with what was read; all else is a question to the source, and a removal that nobody
 * can be asked about is taken at its word. A row that is not selected any more is gone.
 */
function verdictOf({ kind, truth, row }: Thing, { operation, version, kept, isMember }: Judged): Verdict {
  const versioned = version === undefined ? {} : { version };
  if (truth === 'listed') {
    const onlyAsks = kind.claims === 'ask' && (operation === 'write' || kind.get !== undefined);
    if (onlyAsks || (version === undefined && (operation === 'write' || kind.get !== undefined))) return { is: 'changed' };
  }
  if (operation === 'delete') return { is: 'gone', ...versioned };
  if (!isObject(row)) return { is: 'changed' };
  const member = isMember(kind, row);
  if (member === undefined && truth === 'listed') return { is: 'changed' };
  if (member === false) return { is: 'gone', ...versioned };
  const text = toJson(kept);
  return { is: 'present', ...versioned, text, hash: hashText(text) };
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
const refuse = (): Promise<never> => Promise.reject(new Error('routing makes no calls'));
const noHttp: Http = { send: refuse, get: refuse };

/** Is the row selected? Undefined when only the source could tell. */
function createMembership(scope: RouteScope): Judged['isMember'] {
  const { settings, identifier } = scope;
  const context: MemberContext<unknown> = { settings, identifier, http: noHttp, log: silent, signal: new AbortController().signal };
  return (kind, row) => {
    if (kind.claims === 'ask') return undefined;
    if (!kind.member) return true;
    const selectors = scope.selectorsOf?.(kind.name);
    const verdict = kind.member(selectors ? { ...context, selectors } : context, row);
    if (typeof verdict === 'boolean') return verdict;
    verdict.catch(() => undefined); // it wanted to ask; the asker does
    return undefined;
  };
}
