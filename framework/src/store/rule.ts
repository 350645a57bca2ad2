/**
 * The write rule: the only place that decides what becomes of a row when somebody says something about it. Pure functions; every store calls them.
 * Invariants I1, I2, I7 and the proofs behind them: framework/test/model runs random interleavings of exactly these functions.
 */

/** What the rule knows of a row. No document = `nothing`: a tombstone older than everything. */
export interface Doc<T> {
  readonly gone: boolean;
  readonly row?: T;
  readonly hash?: string;
  readonly version?: number;
  /** Largest version ever applied. */
  readonly floor: number;
  /** Stamp of the last observation applied. */
  readonly stamp: number;
  /** Largest receipt stamp of a claim applied. */
  readonly heard: number;
  /** Stamp of a question to the source that nobody has answered yet. */
  readonly ask?: number;
}

/** We asked, and the source answered. `stamp` was allotted before the read began. */
export type Observation<T> = { readonly stamp: number; readonly by: 'page' | 'get' } & (
  | { readonly is: 'absent' }
  | { readonly is: 'present'; readonly version?: number; readonly row: T; readonly hash: string }
);

/** An event payload said so, in a listed kind. `stamp` was allotted on receipt. */
export type Claim<T> = { readonly stamp: number } & (
  | { readonly is: 'changed' }
  | { readonly is: 'gone'; readonly version: number }
  | { readonly is: 'present'; readonly version: number; readonly row: T; readonly hash: string }
);

/** An event payload said so, in a kind whose events decide (told, mixed). */
export type Told<T> = { readonly stamp: number; readonly version?: number } & (
  | { readonly is: 'gone' }
  | { readonly is: 'present'; readonly row: T; readonly hash: string }
);

export const nothing = { gone: true, floor: -1, stamp: -1, heard: -1 } as const;

export const ask = <T>(d: Doc<T>, stamp: number): Doc<T> => ({ ...d, ask: Math.max(d.ask ?? -1, stamp) });

const bury = <T>({ row: _row, hash: _hash, version: _version, ...d }: Doc<T>): Doc<T> => ({ ...d, gone: true });

/** A claim may move a live row forward or bury it with a greater version. Whatever else it says becomes a question. */
export function hear<T>(d: Doc<T>, c: Claim<T>): Doc<T> {
  if (c.is === 'changed') return ask(d, c.stamp);
  if (c.version < d.floor) return d;
  const heard = { version: c.version, floor: c.version, heard: Math.max(d.heard, c.stamp) };
  if (c.is === 'gone') return !d.gone && c.version === d.floor ? ask(d, c.stamp) : { ...bury(d), ...heard };
  if (d.gone || (c.version === d.floor && c.hash !== d.hash)) return ask(d, c.stamp);
  return { ...d, ...heard, row: c.row, hash: c.hash };
}

/** An observation may decide anything, unless it cannot be ordered with what was heard, or contradicts the stored version: then ask. */
export function see<T>(doc: Doc<T>, o: Observation<T>): Doc<T> {
  const { ask: open, ...rest } = doc;
  const answers = open !== undefined && open < o.stamp; // a later look answers the question, win or lose
  const d: Doc<T> = answers ? rest : doc;
  const newer = o.stamp > d.stamp;
  const unsure = o.stamp < d.heard;
  if (o.is === 'absent') {
    if (d.gone) return { ...d, stamp: Math.max(d.stamp, o.stamp) };
    if (!newer) return d;
    return unsure ? ask(d, o.stamp) : { ...bury(d), stamp: o.stamp };
  }
  const comparable = o.version !== undefined && d.version !== undefined;
  const order = comparable ? Math.sign(o.version! - d.version!) : 0;
  const back = order < 0 && newer && !unsure && answers && o.by === 'get'; // asked, and the version did go back: believe it
  const { version: _version, ...base } = d;
  const won: Doc<T> = {
    ...base,
    ...(o.version !== undefined && { version: o.version }),
    row: o.row,
    hash: o.hash,
    gone: false,
    stamp: Math.max(d.stamp, o.stamp),
    floor: back ? o.version! : Math.max(d.floor, o.version ?? -1),
  };
  if (d.gone && !newer) return d; // only a newer look revives
  if (order > 0 || back) return won;
  if (order < 0) return newer ? ask(d, o.stamp) : d; // a slow reader, a stale list, or a source restored from backup
  if (comparable && unsure && o.hash !== d.hash) return ask(d, o.stamp);
  return newer ? won : d;
}

/** By version, then by receipt; on a tie of versions a delete stays (many senders give it the time of the last update). */
export function tell<T>(d: Doc<T>, c: Told<T>): Doc<T> {
  const comparable = c.version !== undefined && d.version !== undefined;
  const order = comparable ? Math.sign(c.version! - d.version!) : Math.sign(c.stamp - Math.max(d.stamp, d.heard));
  if (order < 0 || (order === 0 && (d.gone || (c.is === 'present' && c.stamp < d.heard)))) return d; // outvoted
  const base = bury(d);
  return {
    ...base,
    ...(c.is === 'present' && { gone: false, row: c.row, hash: c.hash }),
    ...(c.version !== undefined && { version: c.version }),
    floor: Math.max(d.floor, c.version ?? -1),
    heard: Math.max(d.heard, c.stamp),
  };
}

/** In a mixed kind a page begun before the last claim, and not comparable with it, is a question and no answer. */
export function seeMixed<T>(d: Doc<T>, o: Observation<T>): Doc<T> {
  const comparable = o.is === 'present' && o.version !== undefined && d.version !== undefined;
  if (o.is === 'present' && !comparable && o.stamp < d.heard) return o.hash === d.hash ? d : ask(d, o.stamp);
  return see(d, o);
}
