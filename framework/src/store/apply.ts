import { hashText, parseJson, toJson, type JsonObject } from '../contract';
import { rowId } from './ids';
import { ask, hear, nothing, see, seeMixed, tell, type Doc, type Observation } from './rule';
import type { ClaimedBatch, ClaimInput, ClaimOutcome, Farewell, FeedEvent, ObservedBatch, Present, Provenance, Row, RowEvent, Scope, SweepFilter } from './store';

/** A row as it should be stored; the store gives `rev`. */
export type RowState = Omit<Row, 'rev'>;

export interface Applied {
  readonly row: RowState;
  /** What became of what was said: taken, known already, or kept out (also: made a question). */
  readonly outcome: 'stored' | 'unchanged' | 'outvoted';
  /**
   * `set`: row, data and event of this value replace the stored ones. `keep`: the stored ones stay, so a store may read and pass rows without them. `bury`: the row goes;
   * its delivery stays, and where it has none, its text takes that place.
   */
  readonly content: 'keep' | 'set' | 'bury';
  /** `touch`: nothing but stamp, seen and partition differs from the stored row. `none`: nothing does, so there is nothing to write. */
  readonly change: 'none' | 'touch' | 'full';
  /** The row now holds what was said, its delivery included. */
  readonly holds: boolean;
}

/** Hash of all that outputs are made of: of the row alone, or with the delivery that brought it, or with its header. */
export function faceOf(hash: string, { event, data, dataHash, header }: Held): string {
  const face = data === undefined ? hash : hashText(`${event?.operation ?? 'write'} ${event?.type ?? ''} ${dataHash ?? hashText(data)}`);
  return header === undefined ? face : hashText(`${header} ${face}`);
}

/** Was this event, written before its row, taken by the row, as its content, as something outvoted or as a question? Later events of the row say so too. */
export const tookEvent = (row: RowState | undefined, { number, version, event, data }: Pick<FeedEvent, 'number' | 'version' | 'event' | 'data'>): boolean =>
  row !== undefined &&
  (row.heard >= number || (row.ask ?? -1) >= number || (version !== undefined && row.floor >= version) || (!row.gone && row.face === faceOf('', { event, data })));

/** Is this event what the row holds now, or what took it away? */
export const holdsEvent = (row: RowState | undefined, { event, data }: Pick<FeedEvent, 'event' | 'data'>): boolean =>
  row !== undefined && (row.gone ? event.operation === 'delete' && row.event?.operation === 'delete' && row.event.at === event.at : row.face === faceOf('', { event, data }));

/** Under this mapping, are the outputs of the row not what the row says? Nothing was ever made of a tombstone that was never mapped. */
export const isDirty = (row: RowState, mapping: string): boolean =>
  row.gone ? row.mapped !== undefined && row.mapped.face !== '' : row.mapped === undefined || row.mapped.face !== row.face || row.mapped.mapping !== mapping;

interface Context {
  readonly scope: Scope;
  readonly mapping: string;
  /** Epoch ms. */
  readonly at: number;
}

/** What outputs were made of when nobody knows: no row ever has this face, so one that comes back the same is mapped too. */
const UNSURE = '?';

/** The tombstone older than everything that stands for a row nobody has heard of. */
const fresh = (key: string, context: Context, by: 'run' | 'event'): RowState => ({
  _id: rowId(context.scope, key),
  integration: context.scope.integration,
  kind: context.scope.kind,
  key,
  partition: '',
  floor: nothing.floor,
  stamp: nothing.stamp,
  heard: nothing.heard,
  seen: -1,
  gone: nothing.gone,
  by,
  goneAt: context.at,
});

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The part of a row that the rule knows. Assigned member by member, as everything here that runs once a row: spreading is several times slower. */
function docOf(row: RowState): Doc<string> {
  const doc: Mutable<Doc<string>> = { gone: row.gone, floor: row.floor, stamp: row.stamp, heard: row.heard };
  if (row.row !== undefined) doc.row = row.row;
  if (row.hash !== undefined) doc.hash = row.hash;
  if (row.version !== undefined) doc.version = row.version;
  if (row.ask !== undefined) doc.ask = row.ask;
  return doc;
}

interface Held {
  readonly row?: string | undefined;
  readonly data?: string | undefined;
  readonly event?: RowEvent | undefined;
  /** `hashText` of `data`, where it is known. */
  readonly dataHash?: string | undefined;
  readonly header?: string | undefined;
}

/** What the rule does not decide. */
interface Around {
  readonly by: 'run' | 'event';
  readonly mapping: string;
  readonly at: number;
  readonly seen?: number | undefined;
  readonly partition?: string | undefined;
  readonly locate?: string | undefined;
  /** Of what was said. */
  readonly anchor?: string | undefined;
  readonly author?: string | undefined;
  readonly envelopes?: boolean | undefined;
  readonly farewell?: Farewell | undefined;
  /** What a claim that was taken brought; `row` absent when gone. */
  readonly brought?: Held;
}

/** What the row holds then, beside what the rule knows of it. */
function contentOf(before: RowState, doc: Doc<string>, around: Around): { readonly content: Applied['content']; readonly held: Held } {
  if (around.brought) return { content: 'set', held: around.brought };
  if (doc.gone === before.gone && doc.hash === before.hash) return { content: 'keep', held: before };
  if (!doc.gone || around.envelopes !== true || around.farewell?.bare) return { content: 'set', held: { row: doc.row } };
  return { content: 'bury', held: before.data === undefined ? { data: before.row } : { data: before.data, event: before.event } };
}

/** It stays while the row does, says of a row that goes how it went, and is gone when the row goes bare or comes back. */
function headerOf(before: RowState, doc: Doc<string>, { farewell }: Around): string | undefined {
  if (!doc.gone) return before.gone ? undefined : before.header;
  if (farewell?.bare) return undefined;
  return !before.gone && farewell?.header ? toJson({ ...(before.header === undefined ? {} : (parseJson(before.header) as JsonObject)), ...farewell.header }) : before.header;
}

/** It tells of one life of a row: another begins anew. Who only looks changes nothing. */
function provenanceOf(before: RowState, doc: Doc<string>, { author, at }: Around): Provenance | undefined {
  if (doc.gone) return undefined;
  if (author === undefined || (!before.gone && doc.hash === before.hash)) return before.provenance;
  if (before.gone) return { createdBy: author, createdAt: at, updatedBy: author, updatedAt: at, version: 1 };
  return { ...before.provenance, updatedBy: author, updatedAt: at, version: (before.provenance?.version ?? 1) + 1 };
}

/** Puts the verdict of the rule back into the row, with everything that follows from it. */
function settle(before: RowState, doc: Doc<string>, around: Around): { readonly row: RowState; readonly content: Applied['content'] } {
  const { content, held } = contentOf(before, doc, around);
  const header = headerOf(before, doc, around);
  const face = doc.hash === undefined || content === 'keep' ? before.face : faceOf(doc.hash, header === undefined ? held : { ...held, header });
  const changed = doc.gone !== before.gone || doc.hash !== before.hash || (!doc.gone && face !== before.face);
  const asked = doc.ask !== undefined && doc.ask !== before.ask;
  const next: Mutable<RowState> = {
    _id: before._id,
    integration: before.integration,
    kind: before.kind,
    key: before.key,
    partition: around.partition ?? before.partition,
    floor: doc.floor,
    stamp: doc.stamp,
    heard: doc.heard,
    seen: Math.max(before.seen, around.seen ?? -1),
    gone: doc.gone,
    // Who opened a question is who changed what its answer changes; but a change that is not mapped yet keeps its author, so that no event takes it past the guards.
    by: changed || (asked && !isDirty(before, before.mapped?.mapping ?? around.mapping)) ? around.by : before.by,
  };
  if (doc.gone) {
    const goneAt = before.gone ? before.goneAt : around.farewell?.forever ? undefined : around.at;
    if (goneAt !== undefined) next.goneAt = goneAt;
  }
  if (doc.hash !== undefined) {
    next.hash = doc.hash;
    next.face = face ?? doc.hash;
  }
  if (doc.version !== undefined) next.version = doc.version;
  if (doc.ask !== undefined) next.ask = doc.ask;
  if (before.mapped !== undefined) next.mapped = before.mapped;
  // It goes before it was mapped, and somebody may be making outputs of it at this moment: so it is mapped once more, as gone.
  else if (doc.gone && !before.gone && before.due !== undefined) next.mapped = { face: UNSURE, mapping: around.mapping };
  const locate = around.locate ?? before.locate;
  if (locate !== undefined) next.locate = locate;
  if (header !== undefined) next.header = header;
  const anchor = doc.gone ? undefined : content === 'keep' ? before.anchor : around.anchor;
  if (anchor !== undefined) next.anchor = anchor;
  const provenance = provenanceOf(before, doc, around);
  if (provenance !== undefined) next.provenance = provenance;
  if (held.row !== undefined) next.row = held.row;
  if (held.data !== undefined) next.data = held.data;
  if (held.event !== undefined) next.event = held.event;
  if (wantsWork(next, around.mapping)) next.due = before.due ?? around.at;
  return { row: next, content };
}

/** A row wants work while it is dirty or asks. */
const wantsWork = (row: RowState, mapping: string): boolean => row.ask !== undefined || isDirty(row, mapping);

const scalars = ['gone', 'hash', 'face', 'version', 'floor', 'heard', 'ask', 'locate', 'goneAt', 'by', 'due', 'header'] as const satisfies readonly (keyof RowState)[];

function changeOf(stored: RowState | undefined, next: RowState, content: Applied['content']): Applied['change'] {
  if (stored === undefined || content !== 'keep') return 'full';
  for (const field of scalars) if (stored[field] !== next[field]) return 'full';
  return stored.stamp !== next.stamp || stored.seen !== next.seen || stored.partition !== next.partition ? 'touch' : 'none';
}

export type ObservedContext = Omit<ObservedBatch, 'rows' | 'absent'>;
export type Said = Present | { readonly key: string; readonly absent: true };

/** One row of a page, or one answer of `get`. */
export function applyObservation(stored: RowState | undefined, batch: ObservedContext, said: Said): Applied {
  const before = stored ?? fresh(said.key, batch, batch.by === 'page' ? 'run' : 'event');
  const absent = 'absent' in said;
  const observation: Observation<string> = absent
    ? { stamp: batch.stamp, by: batch.by, is: 'absent' }
    : { stamp: batch.stamp, by: batch.by, is: 'present', row: said.text, hash: said.hash, ...(said.version !== undefined && { version: said.version }) };
  const doc = batch.truth === 'mixed' ? seeMixed(docOf(before), observation) : see(docOf(before), observation);
  // An answer of `get` belongs to whoever asked.
  const by = batch.by === 'page' ? 'run' : before.by;
  const { row, content } = settle(before, doc, { by, mapping: batch.mapping, at: batch.at, seen: batch.seen, partition: batch.partition, envelopes: batch.envelopes, author: batch.author, anchor: absent ? undefined : said.anchor });
  const known = absent ? doc.gone : !doc.gone && doc.hash === said.hash;
  const outcome = content === 'keep' ? (known ? 'unchanged' : 'outvoted') : 'stored';
  return { row, content, outcome, change: changeOf(stored, row, content), holds: !absent && !row.gone && row.face === said.hash };
}

export type ClaimedContext = Omit<ClaimedBatch, 'claims'>;

export interface AppliedClaim extends Applied {
  /** As who sent the claim sees it: also what outputs wait for, and what became a question. */
  readonly claimed: ClaimOutcome;
}

/**
 * What an event said. In a listed kind a claim that cannot be ordered (no version) is a question; the exception is `gone` without version: the caller passes it
 * only for a kind without `get` (otherwise it passes `changed`), and it is taken as an absence seen on receipt.
 */
export function applyClaim(stored: RowState | undefined, batch: ClaimedContext, claim: ClaimInput): AppliedClaim {
  const before = stored ?? fresh(claim.key, batch, 'event');
  const known = docOf(before);
  const doc = judge(known, batch, claim);
  const knew = knows(doc, claim);
  // The very same document: the rule wanted nothing of it.
  if (doc === known) {
    const outcome = knew ? 'unchanged' : 'outvoted';
    return { row: before, outcome, claimed: outcome, content: 'keep', change: 'none', holds: false };
  }
  const asks = onlyAsks(known, doc);
  const taken = knew && !asks;
  const { row, content } = settle(before, doc, {
    by: 'event',
    mapping: batch.mapping,
    at: batch.at,
    locate: claim.locate,
    partition: claim.partition,
    anchor: claim.is === 'present' ? claim.anchor : undefined,
    author: batch.author,
    farewell: claim.farewell,
    ...(taken && { brought: { row: claim.is === 'present' ? claim.text : undefined, event: claim.event, data: claim.data, dataHash: claim.dataHash } }),
  });
  const changed = doc.gone !== before.gone || doc.hash !== before.hash;
  const outcome = changed ? 'stored' : knew ? 'unchanged' : 'outvoted';
  const question = !knew && asks && doc.ask !== undefined && doc.ask >= claim.stamp;
  const claimed = taken && isDirty(row, batch.mapping) ? 'stored' : question ? 'asked' : knew ? 'unchanged' : 'outvoted';
  return { row, outcome, claimed, content, change: changeOf(stored, row, content), holds: taken && !row.gone };
}

/** Did the rule make the claim a question, and take nothing else from it? */
const onlyAsks = (before: Doc<string>, after: Doc<string>): boolean =>
  before.gone === after.gone && before.hash === after.hash && before.version === after.version && before.heard === after.heard && before.stamp === after.stamp;

/** Is what the claim says what the row holds? */
const knows = (doc: Doc<string>, claim: ClaimInput): boolean =>
  claim.is === 'gone' ? doc.gone : claim.is === 'present' && !doc.gone && doc.hash === claim.hash;

function judge(before: Doc<string>, batch: ClaimedContext, claim: ClaimInput): Doc<string> {
  const { stamp } = claim;
  if (batch.truth === 'listed') {
    if (claim.is === 'changed') return hear(before, { stamp, is: 'changed' });
    const { version } = claim;
    if (claim.is === 'gone') return version === undefined ? see(before, { stamp, by: 'page', is: 'absent' }) : hear(before, { stamp, is: 'gone', version });
    if (version === undefined) return hear(before, { stamp, is: 'changed' });
    return hear(before, { stamp, is: 'present', version, row: claim.text, hash: claim.hash });
  }
  // Nobody can be asked about a told kind; the next refresh of a mixed one answers.
  if (claim.is === 'changed') return batch.truth === 'mixed' ? ask(before, stamp) : before;
  const version = claim.version === undefined ? {} : { version: claim.version };
  return tell(before, claim.is === 'gone' ? { stamp, is: 'gone', ...version } : { stamp, is: 'present', row: claim.text, hash: claim.hash, ...version });
}

/** A complete generation did not have this row, and nothing observed (in a mixed kind: or claimed) it since the run began (I5, I6). */
export const isCandidate = (row: RowState, filter: SweepFilter): boolean =>
  !row.gone &&
  row.seen < filter.generation &&
  row.stamp < filter.startStamp &&
  (filter.truth !== 'mixed' || row.heard < filter.startStamp) &&
  !filter.incomplete.includes(row.partition);

/** Is there still something that the policy has to do about this candidate? Once it asks since the run began, only the answer can decide. */
export const isUntreated = (row: RowState, filter: SweepFilter, policy: 'immediate' | 'verify'): boolean =>
  row.ask === undefined || row.ask < filter.startStamp || (policy === 'immediate' && row.heard <= filter.startStamp);

export interface SweepStep {
  readonly policy: 'immediate' | 'verify';
  /** Stamp of the questions (`verify`). */
  readonly stamp: number;
  readonly envelopes?: boolean;
  readonly farewell?: Farewell;
  readonly at: number;
}

/** Buries a candidate with the start stamp of its run, or asks about it. A row that was heard of since becomes a question by the rule. */
export function applySweep(stored: RowState, filter: SweepFilter, step: SweepStep): Applied {
  const doc = step.policy === 'verify' ? ask(docOf(stored), step.stamp) : see(docOf(stored), { is: 'absent', by: 'page', stamp: filter.startStamp });
  const applied = settle(stored, doc, { by: 'run', mapping: stored.mapped?.mapping ?? '', at: step.at, envelopes: step.envelopes, farewell: step.farewell });
  return { ...applied, outcome: doc.gone ? 'stored' : 'outvoted', change: changeOf(stored, applied.row, applied.content), holds: false };
}

/** Buries a row because its integration leaves (purge): no rule, no question. */
export function applyPurge(stored: RowState, at: number): RowState {
  const { floor, stamp, heard } = stored;
  return settle(stored, { gone: true, floor, stamp, heard }, { by: 'event', mapping: stored.mapped?.mapping ?? '', at, farewell: { bare: true } }).row;
}

/** Another header: outputs are made of it, so the row wants mapping. Only of rows that no delivery brought. */
export function applyHeader(stored: RowState, header: string, of: { readonly mapping: string; readonly at: number }): RowState {
  const { due, ...rest } = stored;
  const next: RowState = { ...rest, header, ...(stored.hash !== undefined && { face: faceOf(stored.hash, { header }) }) };
  // One that is again what its outputs were made of wants nothing: whoever makes them of the state in between finds that the row has moved on.
  return wantsWork(next, of.mapping) ? { ...next, due: due ?? of.at } : next;
}

/** Its outputs were rewritten from this face under this mapping; undefined when the row has moved on and stays dirty. */
export function applyMapped(stored: RowState, face: string, mapping: string): RowState | undefined {
  if ((stored.gone ? '' : stored.face) !== face) return undefined;
  const { due, ...rest } = stored;
  const next: RowState = { ...rest, mapped: { face, mapping } };
  return due !== undefined && wantsWork(next, mapping) ? { ...next, due } : next;
}
