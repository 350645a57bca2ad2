import { eventNameOf, identityOf, type AnyKind, type Change, type ChangeKey, type Delivery, type EventName, type Http, type Integration, type Log, type MemberContext, type Version } from '../contract';
import { hashText, isObject, toJson, type Json } from '../shared';
import { rowKey, type ClaimInput, type Truth } from '../store';

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
  /** Of the resources of the mapping that name the kind: members of the selector beside `query`. */
  selectorsOf?(kind: string): readonly Readonly<Record<string, unknown>>[];
}

/** A verified, parsed delivery. */
export interface ReceivedDelivery extends Delivery {
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
  /** What the event says, also where the claim only asks. */
  readonly version?: Version;
  /** For the rows. */
  readonly claim: RoutedClaim;
}

export type Routed =
  | { readonly is: 'ignored'; readonly reason: string; readonly type?: string }
  | { readonly is: 'dead'; readonly code: 'KEY_MISSING' | 'ROUTING_FAILED'; readonly message: string; readonly type: string }
  | {
      readonly is: 'records';
      readonly type: string;
      /** JSON text of the envelope: the body, with the name of the event where that stood in a header. */
      readonly envelope: string;
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
  const claimOf = createClaimOf(scope);

  return (delivery) => {
    const named = eventNameOf(live, delivery);
    if (named === undefined) return { is: 'ignored', reason: 'unknown-event' };
    const { type } = named;
    if (tests.has(type)) return { is: 'ignored', reason: 'ping', type };
    if (!known.has(type)) return { is: 'ignored', reason: 'unknown-event', type };
    if (selected && !selected.has(type)) return { is: 'ignored', reason: 'not-selected', type };
    const failed = (message: string): Routed => ({ is: 'dead', code: 'ROUTING_FAILED', message, type });
    try {
      if (!isObject(delivery.body)) return failed('the body is no JSON object');
      const changes = live.changes({ headers: delivery.headers, body: delivery.body, type }, scope.settings);
      const things = changes.filter((change) => change.is !== 'ignored');
      if (things.length === 0) return { is: 'ignored', reason: changes.find((change) => change.is === 'ignored')?.reason ?? 'empty', type };
      const envelope = envelopeOf(delivery, named);
      const records: RoutedRecord[] = [];
      for (const change of things) {
        const record = claimOf(change, { type, at: delivery.at, body: delivery.body, envelope: scope.envelopes ? envelope : undefined });
        if (typeof record !== 'object') return { is: 'dead', code: 'KEY_MISSING', message: `an event ${type} without ${record}`, type };
        records.push(record);
      }
      return { is: 'records', type, envelope, records };
    } catch (err) {
      return failed(err instanceof Error ? err.message : String(err));
    }
  };
}

function envelopeOf({ body, text }: ReceivedDelivery, { type, inHeader }: EventName): string {
  if (inHeader && isObject(body) && body['eventType'] === undefined) return toJson({ ...body, eventType: type });
  return text ?? toJson(body);
}

interface Around {
  readonly type: string;
  readonly at: number;
  readonly body: Json;
  readonly envelope: string | undefined;
}
type ChangeOfThing = Exclude<Change, { readonly is: 'ignored' }>;

/** Makes the record of a change. A text is the name of the member of the identity that is missing. */
function createClaimOf(scope: RouteScope): (change: ChangeOfThing, around: Around) => RoutedRecord | string {
  const kinds = new Map((scope.integration.kinds ?? []).map((kind) => [kind.name, { kind, truth: scope.truthOf(kind) }]));
  const isMember = createMembership(scope);

  return (change, { type, at, body, envelope }) => {
    const known = kinds.get(change.kind);
    if (!known) throw new Error(`the kind ${change.kind} is not there`);
    const { kind, truth } = known;
    const identity = identityOf(change.keys);
    if (!identity) return change.keys.find((key) => key.identity && (key.value === undefined || key.value === ''))?.name ?? 'a key';
    // Nobody can be asked about a told kind, so it takes what there is.
    const row = change.row ?? (truth === 'told' ? body : undefined);
    const version = versionOf({ change, kind, truth, row });
    const operation = change.is === 'gone' ? 'delete' : 'write';
    const claim = {
      key: rowKey(identity),
      event: { type, operation, at } as const,
      ...(envelope !== undefined && { data: envelope }),
      ...(change.locate && { locate: toJson(change.locate) }),
    };
    return { kind: kind.name, truth, keys: change.keys, operation, ...(version !== undefined && { version }), claim: { ...claim, ...verdictOf({ operation, kind, truth, version, row, isMember }) } };
  };
}

function versionOf({ change, kind, truth, row }: { readonly change: ChangeOfThing; readonly kind: AnyKind<unknown>; readonly truth: Truth; readonly row: unknown }): Version | undefined {
  const own = change.version ?? (row === undefined ? undefined : kind.version?.(row));
  const version = own ?? (truth === 'told' ? change.at : undefined);
  return version !== undefined && Number.isFinite(version) ? version : undefined;
}

type Verdict = { readonly is: 'changed' } | { readonly is: 'gone'; readonly version?: number } | { readonly is: 'present'; readonly version?: number; readonly text: string; readonly hash: string };

interface Judged {
  readonly operation: 'write' | 'delete';
  readonly kind: AnyKind<unknown>;
  readonly truth: Truth;
  readonly version: Version | undefined;
  readonly row: unknown;
  isMember(kind: AnyKind<unknown>, row: unknown): boolean | undefined;
}

/**
 * What the store is told. In a listed kind only what has a version can be ordered with what was read; all else is a question to the source, and a removal that nobody
 * can be asked about is taken at its word. A row that is not selected any more is gone.
 */
function verdictOf({ operation, kind, truth, version, row, isMember }: Judged): Verdict {
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
  const text = toJson(row);
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
