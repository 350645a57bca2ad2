import { limiter } from '../../shared';
import { pageByPage, rowId, rowKey, type Row, type Store } from '../../store';
import type { ElementEntry } from './element-entry';
import { lookingFor, type Anchors } from './anchors';
import { parseElement, type ElementRow } from './element-row';

const PAGE = 500;

/** An element that is there, and the entry that holds it. */
export interface Located {
  readonly row: Row;
  readonly content: ElementRow;
  readonly entry: ElementEntry;
  readonly kind: string;
}

/** Where the elements of all entries are. One process owns the store, so what is known here is all there is. */
export interface Registry {
  /** By identifier. */
  locate(blueprint: string, identifiers: readonly string[]): Promise<ReadonlyMap<string, Located>>;
  /** By qualifiedName. */
  named(blueprint: string, names: readonly string[]): Promise<ReadonlyMap<string, Located>>;
  /** One after the other for each blueprint: whoever looks whether something is there and then makes it does both in here. */
  inTurn<T>(blueprint: string, work: () => Promise<T>): Promise<T>;
  /** These rows hold, or will hold, these names. */
  noted(blueprint: string, rows: readonly { readonly id: string; readonly content: ElementRow }[]): void;
  /** Live elements of a blueprint, of whatever entry, page by page; `after`: `_id` of a row. */
  pages(blueprint: string, after?: string): AsyncIterable<readonly Located[]>;
  /** Those of them that are parts of these; `after` for parts of one. */
  parts(blueprint: string, of: Anchors, after?: string): AsyncIterable<readonly Located[]>;
}

const nameOf = ({ properties }: ElementRow): string | undefined => {
  const name = properties['qualifiedName'];
  return typeof name === 'string' ? name : undefined;
};

export function createRegistry(store: Store, entries: readonly ElementEntry[]): Registry {
  const turns = new Map<string, ReturnType<typeof limiter>>();
  /** By blueprint: qualifiedName → `_id` of the row that had it last. Read once, kept by whoever writes; what it says is looked up before it counts. */
  const names = new Map<string, Promise<Map<string, string>>>();

  const scopes = (blueprint: string): readonly { readonly entry: ElementEntry; readonly kind: string }[] =>
    entries.flatMap((entry) => {
      const kind = entry.kinds.get(blueprint);
      return kind === undefined ? [] : [{ entry, kind }];
    });

  const located = (row: Row): Located | undefined => {
    const entry = entries.find(({ identifier }) => identifier === row.integration);
    return entry && !row.gone && row.row !== undefined ? { row, content: parseElement(row.row), entry, kind: row.kind } : undefined;
  };

  async function rows(ids: readonly string[]): Promise<readonly Located[]> {
    const found: Located[] = [];
    for (let from = 0; from < ids.length; from += PAGE) for (const row of await store.rows.get(ids.slice(from, from + PAGE))) found.push(...[located(row)].filter((one) => one !== undefined));
    return found;
  }

  async function* pages(blueprint: string, after?: string, anchors?: readonly string[]): AsyncGenerator<readonly Located[]> {
    for (const { entry, kind } of [...scopes(blueprint)].sort((one, other) => (rowId({ integration: one.entry.identifier, kind: one.kind }, '') < rowId({ integration: other.entry.identifier, kind: other.kind }, '') ? -1 : 1))) {
      const scope = { integration: entry.identifier, kind };
      if (after !== undefined && after > `${rowId(scope, '')}\uffff`) continue;
      for await (const page of pageByPage(PAGE, ({ limit, after: last = after }) => store.rows.find({ ...scope, gone: false, limit, ...(anchors && { anchors }), ...(last !== undefined && last > rowId(scope, '') && { after: last }) }))) {
        yield page.flatMap((row) => located(row) ?? []);
      }
    }
  }

  async function readNames(blueprint: string): Promise<Map<string, string>> {
    const known = new Map<string, string>();
    for await (const page of pages(blueprint)) for (const { row, content } of page) known.set(nameOf(content) ?? '', row._id);
    return known;
  }

  function namesOf(blueprint: string): Promise<Map<string, string>> {
    let known = names.get(blueprint);
    if (!known) {
      known = readNames(blueprint);
      known.catch(() => names.delete(blueprint));
      names.set(blueprint, known);
    }
    return known;
  }

  return {
    async locate(blueprint, identifiers) {
      const ids = scopes(blueprint).flatMap(({ entry, kind }) => identifiers.map((identifier) => rowId({ integration: entry.identifier, kind }, rowKey([identifier]))));
      return new Map((await rows(ids)).map((one) => [one.content.identifier, one]));
    },
    async named(blueprint, wanted) {
      const known = await namesOf(blueprint);
      const ids = [...new Set(wanted.flatMap((name) => known.get(name) ?? []))];
      return new Map((await rows(ids)).flatMap((one): [string, Located][] => (wanted.includes(nameOf(one.content) ?? '') ? [[nameOf(one.content)!, one]] : [])));
    },
    inTurn(blueprint, work) {
      const turn = turns.get(blueprint) ?? limiter(1);
      turns.set(blueprint, turn);
      return turn(work);
    },
    noted(blueprint, written) {
      void names.get(blueprint)?.then(
        (known) => {
          for (const { id, content } of written) {
            const name = nameOf(content);
            if (name !== undefined) known.set(name, id);
          }
        },
        () => undefined,
      );
    },
    pages: (blueprint, after) => pages(blueprint, after),
    async *parts(blueprint, of, after) {
      for (const anchors of lookingFor(of)) yield* pages(blueprint, after, anchors);
    },
  };
}
