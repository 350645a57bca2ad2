import { canonicalEntity, hashText, parseJson, toJson, type JsonObject } from '../contract';
import { decodeSegment } from '../shared';
import type { Output, Part, Settlement, SinkState } from './store';

/** An output as it should be stored; the store gives `rev`. */
export type OutputState = Omit<Output, 'rev'>;

/** What a rewrite does to one output. */
export interface Replacement {
  readonly _id: string;
  readonly pipeline: string;
  readonly integration: string;
  /** `_id`s of the rows that were mapped: whatever parts they had here are replaced. */
  readonly rows: ReadonlySet<string>;
  /** Of these, rows that could not be judged: what they gave before and do not give now stays. */
  readonly keep?: ReadonlySet<string>;
  /** What these rows give to this output now. */
  readonly parts: readonly Part[];
  /** Sinks of the pipeline. */
  readonly sinks: readonly string[];
  readonly departures: 'now' | 'held';
  /** Of these rows, what the removal of one says: kept where its part was the last. By `_id`. */
  readonly removals?: ReadonlyMap<string, string>;
  /** Epoch ms. */
  readonly at: number;
}

/** `write`: it should be stored so. `same`: it is stored so. `remove`: nothing of it is left anywhere. */
export type Composed = { readonly is: 'write' | 'same'; readonly output: OutputState } | { readonly is: 'remove' };

const byPlace = (a: Part, b: Part): number => a.resource - b.resource || (a.row < b.row ? -1 : a.row > b.row ? 1 : 0);
const placeOf = (part: Part): string => `${part.resource} ${part.row}`;
const kindOf = (row: string): string => decodeSegment(row.split('/', 2)[1] ?? '');

/** Parts laid over each other: later ones win key by key, inside properties and relations too. */
function layOver(parts: readonly { readonly body: string }[]): Record<string, unknown> {
  const whole: Record<string, unknown> = {};
  for (const part of parts) {
    const { properties, relations, ...rest } = parseJson(part.body) as JsonObject;
    Object.assign(whole, rest);
    if (properties !== undefined) whole['properties'] = { ...(whole['properties'] as object | undefined), ...(properties as object | null) };
    if (relations !== undefined) whole['relations'] = { ...(whole['relations'] as object | undefined), ...(relations as object | null) };
  }
  return whole;
}

const composedHash = (parts: readonly Part[]): string => {
  const [first, ...others] = parts;
  if (first === undefined) return '';
  return others.length === 0 ? first.hash : hashText(canonicalEntity(layOver(parts) as JsonObject));
};

/** `title`, `icon`, `team`, `properties.x`, `relations.y`: what a part can leave behind when it departs. */
function keysOf(parts: readonly Part[]): Set<string> {
  const keys = new Set<string>();
  for (const part of parts) {
    const body = parseJson(part.body) as JsonObject;
    for (const key of ['title', 'icon', 'team']) if (body[key] !== undefined) keys.add(key);
    for (const group of ['properties', 'relations']) for (const key of Object.keys(body[group] ?? {})) keys.add(`${group}.${key}`);
  }
  return keys;
}

function clearedOf(before: readonly string[], departed: readonly Part[], parts: readonly Part[]): readonly string[] {
  if (before.length === 0 && departed.length === 0) return before;
  const present = keysOf(parts);
  const cleared = [...new Set([...before, ...keysOf(departed)])].filter((key) => !present.has(key));
  return cleared.sort();
}

/**
 * The sinks that have to hear of the output now: those that hold something else, of a gone one all that may hold anything. A sink without entry holds nothing;
 * one without hash may hold anything (it was told and nobody knows what became of it).
 */
export const pendingSinks = (output: Pick<Output, 'gone' | 'hash' | 'sinks'>): readonly SinkState[] =>
  output.gone ? output.sinks : output.sinks.filter((sink) => sink.hash !== output.hash);

/** Note of a sink that holds an entity which the store did not know (first run, take-over from another product). */
export const ADOPTED = 'adopted';

/** A refusal lasts until the output changes or a run begins. */
const isRefused = (sink: SinkState): boolean => sink.error !== undefined && sink.next === undefined;

const withoutHash = ({ hash: _hash, ...sink }: SinkState): SinkState => sink;
const withoutError = ({ error: _error, fails: _fails, next: _next, ...sink }: SinkState): SinkState => sink;

/** When the output wants work: at once, or when the last failure says; never before, and not while nothing but refusals are left. */
function dueOf(output: Pick<Output, 'gone' | 'hash' | 'sinks'>, at: number): number | undefined {
  const open = pendingSinks(output).filter((sink) => !isRefused(sink));
  return open.length === 0 ? undefined : Math.min(...open.map((sink) => sink.next ?? at));
}

const sameSinks = (a: readonly SinkState[], b: readonly SinkState[]): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);
const sameTexts = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((text, index) => text === b[index]);
const sameParts = (a: readonly Part[], b: readonly Part[]): boolean =>
  a.length === b.length &&
  a.every((part, index) => {
    const other = b[index]!;
    return part.row === other.row && part.resource === other.resource && part.hash === other.hash && part.body === other.body && part.search === other.search && part.order === other.order;
  });

/** What becomes of the sinks when the content changes (or is of a search, which is always sent). */
function sinksFor(before: OutputState | undefined, hash: string, replacement: Replacement): readonly SinkState[] {
  const held = before?.sinks ?? [];
  const search = replacement.parts.some((part) => part.search);
  const sinks = held.map((sink) => {
    if (before?.hash === hash) return search ? withoutHash(sink) : sink;
    // What the output was may have reached the sink unheard. So it is not believed to hold the older state, should the output return to that.
    const unsure = before?.due !== undefined && sink.hash !== before.hash && !isRefused(sink);
    const kept = isRefused(sink) || hash === '' ? withoutError(sink) : sink;
    return search || unsure ? withoutHash(kept) : kept;
  });
  if (hash === '') return sinks;
  const missing = replacement.sinks.filter((name) => !held.some((sink) => sink.sink === name));
  return [...sinks, ...missing.map((sink) => ({ sink }))];
}

/** What is given, by place; where a part of a later event is there already, that one. */
function newestParts(old: readonly Part[], parts: readonly Part[]): ReadonlyMap<string, Part> {
  const newest = new Map<string, Part>();
  const ordered = new Map<string, Part>();
  for (const part of old) if (part.order !== undefined) ordered.set(placeOf(part), part);
  for (const part of parts) {
    const place = placeOf(part);
    const known = newest.get(place) ?? ordered.get(place);
    newest.set(place, known?.order !== undefined && part.order !== undefined && part.order < known.order ? known : part);
  }
  return newest;
}

/** What a removal said, while nothing came after it. */
function lastOf(before: OutputState | undefined, departed: readonly Part[], replacement: Replacement): string | undefined {
  if (before?.gone) return before.last;
  return departed.map((part) => replacement.removals?.get(part.row)).findLast((text) => text !== undefined);
}

/** Replaces the parts of the given rows in one output. `before` undefined = there is no such output; then without parts nothing comes of it. */
export function replaceParts(before: OutputState | undefined, replacement: Replacement): Composed {
  const old = before?.parts ?? [];
  const given = newestParts(old, replacement.parts);
  const stays = (part: Part): boolean => !replacement.rows.has(part.row) || (replacement.keep?.has(part.row) === true && !given.has(placeOf(part)));
  const departed = old.filter((part) => !stays(part) && !given.has(placeOf(part)));
  const parts = [...old.filter(stays), ...given.values()].sort(byPlace);
  const gone = parts.length === 0;
  if (before === undefined && gone) return { is: 'remove' };
  const unchanged = before !== undefined && sameParts(old, parts);
  const hash = unchanged ? before.hash : composedHash(parts);
  const sinks = sinksFor(before, hash, replacement);
  if (gone && sinks.length === 0) return { is: 'remove' };
  const due = dueAfter(before, { gone, hash, sinks }, replacement);
  const last = gone ? lastOf(before, departed, replacement) : undefined;
  const output: OutputState = {
    _id: replacement._id,
    pipeline: replacement.pipeline,
    integration: replacement.integration,
    kinds: gone ? (before?.kinds ?? []) : [...new Set(parts.map((part) => kindOf(part.row)))],
    parts,
    cleared: clearedOf(before?.cleared ?? [], departed, parts),
    hash,
    gone,
    ...(last !== undefined && { last }),
    again: !gone && againOf(parts, { gone, hash, sinks }),
    ...(before?.identifier !== undefined && { identifier: before.identifier }),
    sinks,
    ...(due !== undefined && { due }),
  };
  return { is: unchanged && sameOutput(before, output) ? 'same' : 'write', output };
}

/** Rows that gave a part of the output before, and give none now. */
export const rowsThatLeft = (before: Pick<Output, 'parts'> | undefined, after: Pick<Output, 'parts'>): readonly string[] =>
  before === undefined ? [] : [...new Set(before.parts.map(({ row }) => row))].filter((row) => !after.parts.some((part) => part.row === row));

const againOf = (parts: readonly Pick<Part, 'search'>[], output: Pick<Output, 'gone' | 'hash' | 'sinks'>): boolean =>
  parts.some((part) => part.search) || pendingSinks(output).some(isRefused);

function dueAfter(before: OutputState | undefined, next: Pick<Output, 'gone' | 'hash' | 'sinks'>, replacement: Replacement): number | undefined {
  const at = Math.min(before?.due ?? replacement.at, replacement.at);
  if (!next.gone) return dueOf(next, at);
  // It was gone before: held ones stay held, due ones due.
  if (before?.gone) return before.due;
  return replacement.departures === 'now' ? dueOf(next, at) : undefined;
}

const sameOutput = (a: OutputState, b: OutputState): boolean =>
  a.due === b.due && a.again === b.again && a.gone === b.gone && sameTexts(a.cleared, b.cleared) && sameTexts(a.kinds, b.kinds) && sameSinks(a.sinks, b.sinks);

/** JSON text of the entity as a sink should hold it: the parts laid over each other, cleared keys as null. Undefined when it should hold none. */
export function overlay(output: Pick<Output, 'parts' | 'cleared'>): string | undefined {
  const [first, ...others] = output.parts;
  if (first === undefined) return undefined;
  if (others.length === 0 && output.cleared.length === 0) return first.body;
  const whole = layOver(output.parts);
  for (const key of output.cleared) {
    const dot = key.indexOf('.');
    if (dot < 0) whole[key] = null;
    else whole[key.slice(0, dot)] = { ...(whole[key.slice(0, dot)] as object | undefined), [key.slice(dot + 1)]: null };
  }
  return toJson(whole);
}

/** What sinks change in an output, and what that depends on: of its parts only whether they hold a search, so a store need not read the bodies. */
export type Settleable = Pick<Output, 'gone' | 'hash' | 'again' | 'cleared' | 'sinks' | 'identifier' | 'due'> & { readonly parts: readonly Pick<Part, 'search'>[] };

const withDue = <T extends Settleable>({ due: _due, ...output }: T, due: number | undefined): T => ({ ...output, ...(due !== undefined && { due }) }) as T;

/** What the sinks said about one output, in order. `remove`: it has no part, and every sink let go of it. */
export function settleOutput<T extends Settleable>(output: T, said: readonly Settlement[], at: number): T | 'remove' {
  let { sinks, identifier } = output;
  for (const one of said) {
    if (one.is === 'accepted' && one.identifier !== undefined) identifier = one.identifier;
    sinks = sinks.flatMap((sink) => (sink.sink === one.sink ? settleSink(output, sink, one, at) : [sink]));
  }
  if (output.gone && sinks.length === 0) return 'remove';
  const next = {
    ...output,
    sinks,
    cleared: !output.gone && pendingSinks({ ...output, sinks }).length === 0 ? [] : output.cleared,
    again: againOf(output.parts, { ...output, sinks }),
    ...(identifier !== undefined && { identifier }),
  };
  // A gone output without due is held: only a release lets it go.
  return withDue(next, output.gone && output.due === undefined ? undefined : dueOf(next, output.due ?? at));
}

function settleSink(output: Pick<Output, 'gone' | 'hash'>, sink: SinkState, said: Settlement, at: number): readonly SinkState[] {
  switch (said.is) {
    case 'accepted':
      return [{ sink: sink.sink, hash: said.hash, at, ...(said.note !== undefined && { note: said.note }) }];
    case 'letGo':
      return output.gone ? [] : [{ sink: sink.sink }];
    case 'failed':
      return [{ ...sink, fails: (sink.fails ?? 0) + 1, next: said.next, error: said.error }];
    case 'refused':
      // The output has moved on since: what was refused is not what it wants now.
      return [said.hash !== undefined && said.hash !== output.hash ? sink : { ...withoutError(sink), error: said.error }];
  }
}

/** The sinks of a pipeline, and those of them that write otherwise than they did. */
export interface Alignment {
  readonly sinks: readonly string[];
  readonly reshaped?: readonly string[];
  readonly at: number;
}

/**
 * The sinks of the pipeline are these: others are forgotten, and a new one has to hear of what is not gone. So has one that writes otherwise now; a removal is the same
 * in every shape. Undefined = nothing changes.
 */
export function alignOutput<T extends Settleable>(output: T, { sinks, reshaped = [], at }: Alignment): T | 'remove' | undefined {
  const known = output.sinks.filter((sink) => sinks.includes(sink.sink));
  const kept = output.gone ? known : known.map((sink) => (reshaped.includes(sink.sink) ? withoutHash(withoutError(sink)) : sink));
  const added = output.gone ? [] : sinks.filter((name) => !known.some((sink) => sink.sink === name)).map((sink) => ({ sink }));
  if (added.length === 0 && sameSinks(kept, output.sinks)) return undefined;
  if (output.gone && kept.length === 0) return 'remove';
  const next = { ...output, sinks: [...kept, ...added] };
  const held = output.gone && output.due === undefined;
  return withDue({ ...next, again: againOf(next.parts, next) }, held ? undefined : dueOf(next, Math.min(output.due ?? at, at)));
}

/** Gone, and nobody has let it go yet. */
export const isHeld = (output: Pick<Output, 'gone' | 'due' | 'again'>): boolean => output.gone && output.due === undefined && !output.again;

/** A run begins: what was refused is tried once more, and a search is sent in any case. */
export function wakeOutput<T extends Settleable>(output: T, at: number): T {
  const search = output.parts.some((part) => part.search);
  const sinks = output.sinks.map((sink) => {
    const kept = isRefused(sink) ? withoutError(sink) : sink;
    return search ? withoutHash(kept) : kept;
  });
  const next = { ...output, sinks };
  return withDue(next, dueOf(next, Math.min(output.due ?? at, at)));
}

/** Nothing that sinks accepted counts any more; whatever is not gone is sent again. */
export function forceOutput<T extends Settleable>(output: T, at: number): T {
  if (output.gone) return output;
  const sinks = output.sinks.map((sink) => withoutHash(withoutError(sink)));
  const next = { ...output, sinks, again: output.parts.some((part) => part.search) };
  return withDue(next, dueOf(next, Math.min(output.due ?? at, at)));
}
