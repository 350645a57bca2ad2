import { hashText, type Log } from '../../contract';
import { anchorId, pageByPage, readState, writeState, type Row, type Store } from '../../store';
import { blueprintOf } from '../services';
import type { ElementEntry } from './element-entry';
import { anchorOf, parseElement, type ElementRow } from './element-row';

const PAGE = 500;
/** Elements whose parts are looked for together: each page of parts is put in order anew. */
const AT_ONCE = 50;

/** `state` documents: under which anchors the rows of an entry were written. */
export const ANCHORS = 'anchors/';

/** How its row says what an element is a part of; undefined: of nothing. */
export function anchorIn(blueprint: string, row: Pick<ElementRow, 'relations'>): string | undefined {
  const anchor = anchorOf(blueprint, row);
  return anchor && anchorId(anchor.blueprint, anchor.identifier);
}

/** Elements that others are parts of. */
export interface Anchors {
  readonly blueprint: string;
  readonly identifiers: readonly string[];
}

/** What their parts are looked for by, some at a time. */
export function* lookingFor({ blueprint, identifiers }: Anchors): Generator<readonly string[]> {
  for (let from = 0; from < identifiers.length; from += AT_ONCE) yield identifiers.slice(from, from + AT_ONCE).map((identifier) => anchorId(blueprint, identifier));
}

/** Which relations of these blueprints are anchors. */
const anchorsOf = (kinds: ElementEntry['kinds']): string =>
  hashText(JSON.stringify([...kinds].map(([blueprint, kind]) => [kind, Object.entries(blueprintOf(blueprint)?.relations ?? {}).flatMap(([name, { anchor, target }]) => (anchor ? [[name, target]] : []))])));

/**
 * Rows of an entry that were written before anchors were kept, or when others were, get theirs. A pass over all that may be parts, once; a kill begins it again. Before
 * anybody looks for parts.
 */
export async function settleAnchors(store: Store, { identifier, kinds }: Pick<ElementEntry, 'identifier' | 'kinds'>, log: Log): Promise<void> {
  const state = `${ANCHORS}${identifier}`;
  const wanted = anchorsOf(kinds);
  if ((await readState<string>(store.documents, state)) === wanted) return;
  let changed = 0;
  for (const [blueprint, kind] of kinds) {
    for await (const page of pageByPage(PAGE, (at) => store.rows.find({ integration: identifier, kind, gone: false, ...at }))) changed += await settlePage(store, blueprint, page);
  }
  if (changed > 0) log.info('elements that are parts of others were marked so', { integration: identifier, count: changed });
  await writeState(store.documents, state, wanted);
}

async function settlePage(store: Store, blueprint: string, page: readonly Row[]): Promise<number> {
  let changed = 0;
  for (let rows = page; rows.length > 0; ) {
    const changes = rows.flatMap(({ _id, rev, row, anchor: before }) => {
      const anchor = row === undefined ? undefined : anchorIn(blueprint, parseElement(row));
      return anchor === before ? [] : [{ _id, rev, ...(anchor !== undefined && { anchor }) }];
    });
    const lost = changes.length > 0 ? await store.rows.setAnchors(changes) : [];
    changed += changes.length - lost.length;
    rows = lost.length > 0 ? await store.rows.get(lost) : [];
  }
  return changed;
}
