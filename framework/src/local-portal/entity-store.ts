import { toJson, type Json } from '../shared';
import type { Store } from './store';

/** A row of the table; instants in milliseconds, `body` the JSON text of an EntityBody. */
export interface EntityRow {
  readonly n: number;
  readonly blueprint: number;
  readonly identifier: string;
  readonly source: number;
  readonly created: number;
  readonly updated: number;
  readonly body: string;
}

/** What an entity says, apart from where it stands and who wrote it. */
export interface EntityBody {
  title?: string;
  icon?: string;
  team: readonly string[];
  properties: Record<string, Json>;
  relations: Record<string, Json>;
}

export interface EntityWrite {
  readonly row: EntityRow;
  /** What its relations point to; absent: as before. */
  readonly links?: readonly { readonly relation: string; readonly target: number }[];
  /** The table has it, so it may have links that have to go. */
  readonly stored: boolean;
}

export interface EntityStore {
  /** The next free row number. */
  nextNumber(): number;
  /** Number of a User-Agent. */
  source(text: string): number;
  sources(): readonly { readonly n: number; readonly text: string }[];
  sourceText(n: number): string;
  find(blueprint: number, identifiers: readonly string[]): readonly EntityRow[];
  write(writes: readonly EntityWrite[]): void;
  /** In the order of identifiers, those after `after`. */
  page(where: { readonly blueprint: number; readonly after: string; readonly limit: number; readonly identifiers?: readonly string[] }): readonly EntityRow[];
  /** In the order in which they were created, without bodies. */
  owned(where: { readonly source: number; readonly after: number; readonly before: number; readonly limit: number }): readonly Omit<EntityRow, 'body'>[];
  count(blueprint: number): number;
  /** Entities with a relation to one of these, themselves excluded. */
  dependents(targets: readonly number[]): readonly number[];
  /** These and all that depend on them, however far. */
  withDependents(targets: readonly number[]): readonly number[];
  /** Followed over relations away from these (`up`) or against them (`down`). */
  related(from: readonly number[], options: { readonly direction: 'up' | 'down'; readonly follows: (row: { source: number; relation: string }) => boolean }): ReadonlySet<number>;
  byNumbers(numbers: readonly number[]): readonly EntityRow[];
  delete(numbers: readonly number[]): void;
}

const COLUMNS = 'n, blueprint, identifier, source, created, updated, body';
// One statement writes many rows; its text depends on their number, so the number is bounded.
const ROWS_A_STATEMENT = 50;
const LISTED = '(SELECT value FROM json_each(?))';

export function entityStore(store: Store): EntityStore {
  const { statement } = store;
  let last = 0;
  const sourceNumbers = new Map<string, number>();
  const sourceTexts = new Map<number, string>();
  const remember = (n: number, text: string): void => void (sourceNumbers.set(text, n), sourceTexts.set(n, text));
  const read = (): void => {
    last = (statement('SELECT coalesce(max(n), 0) AS n FROM entities').get() as { n: number }).n;
    sourceNumbers.clear();
    sourceTexts.clear();
    for (const { n, text } of statement('SELECT n, text FROM sources').all() as { n: number; text: string }[]) remember(n, text);
  };
  read();
  store.onLoss(read);

  return {
    nextNumber: () => ++last,
    source(text) {
      const known = sourceNumbers.get(text);
      if (known !== undefined) return known;
      statement('INSERT INTO sources(text) VALUES (?) ON CONFLICT DO NOTHING').run(text);
      const { n } = statement('SELECT n FROM sources WHERE text = ?').get(text) as { n: number };
      remember(n, text);
      return n;
    },
    sources: () => [...sourceTexts].map(([n, text]) => ({ n, text })),
    sourceText: (n) => sourceTexts.get(n) ?? '',
    find: (blueprint, identifiers) =>
      identifiers.length === 0 ? [] : (statement(`SELECT ${COLUMNS} FROM entities WHERE blueprint = ? AND identifier IN ${LISTED}`).all(blueprint, toJson(identifiers)) as EntityRow[]),
    write(writes) {
      for (let at = 0; at < writes.length; at += ROWS_A_STATEMENT) writeSome(store, writes.slice(at, at + ROWS_A_STATEMENT));
    },
    page: ({ blueprint, after, limit, identifiers }) =>
      (identifiers
        ? statement(`SELECT ${COLUMNS} FROM entities WHERE blueprint = ? AND identifier > ? AND identifier IN ${LISTED} ORDER BY identifier LIMIT ?`).all(blueprint, after, toJson(identifiers), limit)
        : statement(`SELECT ${COLUMNS} FROM entities WHERE blueprint = ? AND identifier > ? ORDER BY identifier LIMIT ?`).all(blueprint, after, limit)) as EntityRow[],
    owned: ({ source, after, before, limit }) =>
      statement('SELECT n, blueprint, identifier, source, created, updated FROM entities WHERE source = ? AND n > ? AND updated < ? ORDER BY n LIMIT ?').all(source, after, before, limit) as Omit<EntityRow, 'body'>[],
    count: (blueprint) => (statement('SELECT count(*) AS count FROM entities WHERE blueprint = ?').get(blueprint) as { count: number }).count,
    dependents: (targets) => (statement(`SELECT DISTINCT source AS n FROM links WHERE target IN ${LISTED} AND source <> target`).all(toJson(targets)) as { n: number }[]).map(({ n }) => n),
    withDependents: (targets) =>
      (
        statement(`WITH RECURSIVE reached(n) AS (SELECT value FROM json_each(?) UNION SELECT links.source FROM links JOIN reached ON links.target = reached.n) SELECT n FROM reached`).all(toJson(targets)) as {
          n: number;
        }[]
      ).map(({ n }) => n),
    related(from, { direction, follows }) {
      const reached = new Set<number>();
      let edge = [...from];
      while (edge.length > 0) {
        const [near, far] = direction === 'up' ? ['source', 'target'] : ['target', 'source'];
        const rows = statement(`SELECT ${far} AS n, source, relation FROM links WHERE ${near} IN ${LISTED}`).all(toJson(edge)) as { n: number; source: number; relation: string }[];
        edge = [];
        for (const row of rows) {
          if (reached.has(row.n) || !follows(row)) continue;
          reached.add(row.n);
          edge.push(row.n);
        }
      }
      return reached;
    },
    byNumbers: (numbers) => statement(`SELECT ${COLUMNS} FROM entities WHERE n IN ${LISTED}`).all(toJson(numbers)) as EntityRow[],
    delete(numbers) {
      const listed = toJson(numbers);
      statement(`DELETE FROM links WHERE source IN ${LISTED}`).run(listed);
      statement(`DELETE FROM links WHERE target IN ${LISTED}`).run(listed);
      statement(`DELETE FROM entities WHERE n IN ${LISTED}`).run(listed);
    },
  };
}

function writeSome({ statement }: Store, writes: readonly EntityWrite[]): void {
  const values = writes.flatMap(({ row }) => [row.n, row.blueprint, row.identifier, row.source, row.created, row.updated, row.body]);
  statement(
    `INSERT INTO entities(${COLUMNS}) VALUES ${writes.map(() => '(?, ?, ?, ?, ?, ?, ?)').join(', ')}
     ON CONFLICT(n) DO UPDATE SET source = excluded.source, updated = excluded.updated, body = excluded.body`,
  ).run(values);
  const relinked = writes.flatMap(({ row, links, stored }) => (stored && links ? [row.n] : []));
  if (relinked.length > 0) statement(`DELETE FROM links WHERE source IN ${LISTED}`).run(toJson(relinked));
  const links = writes.flatMap(({ row, links: targets = [] }) => targets.map(({ relation, target }) => [target, row.n, relation]));
  if (links.length > 0) statement('INSERT OR IGNORE INTO links(target, source, relation) SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)').run(toJson(links));
}
