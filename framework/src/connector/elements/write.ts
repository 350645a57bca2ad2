import { DirectionNotPermitted, ElementMissing, ElementRefused, hashText, type BlueprintName, type DeleteMethod, type ElementRef, type NewElement, type UpsertResult } from '../../contract';
import { groupBy, type Clock } from '../../shared';
import { pageByPage, rowId, rowKey, rowToMap, type ClaimInput, type Claimed, type Farewell, type Row, type RowToMap, type Store, type Ticks } from '../../store';
import { anchorIn, lookingFor, type Anchors } from './anchors';
import { NOBODYS, type ElementEntry, type Writer } from './element-entry';
import { elementText, keptHeader, parseElement, partsOf, type ElementRow, type KeptHeader } from './element-row';
import { contentOf, judge, refusalOf, type Verdict } from './judge';
import type { Located, Registry } from './registry';

const PAGE = 500;

type Unstamped = ClaimInput extends infer TClaim ? (TClaim extends unknown ? Omit<TClaim, 'stamp'> : never) : never;

export interface WriteDeps {
  readonly store: Store;
  readonly ticks: Ticks;
  readonly clock: Clock;
  readonly registry: Registry;
  /** What is kept about an element is another now. */
  headerChanged(ref: ElementRef, before: KeptHeader, after: KeptHeader): Promise<void>;
}

/** How elements go. */
export interface Going {
  readonly method: DeleteMethod;
  /** Who removes, for the archive. */
  readonly by: string;
  /** Takes the rows of a kind that are gone, to map them. Default: they are offered to the pipelines of their entry. */
  departed?(kind: string, rows: readonly RowToMap[]): Promise<void>;
}

/** One that was refused has the error, which is what a call for it alone throws. */
export type Upserted = UpsertResult & { readonly error?: Error };

export type ChangeHeader = (kept: KeptHeader, at: Located) => KeptHeader;

/** Every write of a connector is a claim under the one write rule; this is where they are made. */
export interface Writing {
  /** What is wrong with one element stops no other. */
  upsert(writer: Writer, blueprint: BlueprintName, elements: readonly NewElement[]): Promise<readonly Upserted[]>;
  /** Changes an element that is there, from what it is. Throws ElementMissing, NotHome, ElementRefused. */
  revise(writer: Writer, ref: ElementRef, change: (content: ElementRow) => NewElement): Promise<void>;
  /** With what is anchored in it. False: it was not there, or its method leaves it. */
  remove(writer: Writer, ref: ElementRef, how: Going & { readonly confirm?: string }): Promise<boolean>;
  /** What is anchored in these elements of an entry, which are about to go, goes, the deepest parts first. */
  cascade(entry: ElementEntry, going: Anchors, how: Going): Promise<void>;
  /** Changes what is kept about an element. False: it was so already. Throws ElementMissing, NotHome, DirectionNotPermitted. */
  keep(writer: Writer, ref: ElementRef, change: ChangeHeader): Promise<boolean>;
  /** Notes what the third party calls an element, which may be anybody's: no change of it, so TO_THIRD_PARTY may. */
  note(writer: Writer, ref: ElementRef, change: ChangeHeader): Promise<void>;
  /** Judges elements before a page takes them: those of other rows are claimed, those that are refused are told. Held until `done`. */
  admit(writer: Writer, blueprint: BlueprintName, elements: readonly NewElement[]): Promise<{ readonly rows: readonly ElementRow[]; readonly refused: readonly { readonly identifier: string; readonly error: Error }[] }>;
}

/** How elements go by a method. */
export function farewellOf(method: DeleteMethod, of: { readonly by: string; readonly at: number }): { readonly keeps: boolean; readonly farewell?: Farewell } {
  if (method === 'archive') return { keeps: true, farewell: { forever: true, header: { memento: { archiveDate: new Date(of.at).toISOString(), archiveProcess: of.by, archiveProperties: {} } } } };
  return method === 'purge' ? { keeps: false, farewell: { bare: true } } : { keeps: true };
}

export function createWriting({ store, ticks, clock, registry, headerChanged }: WriteDeps): Writing {
  const mayWrite = (writer: Writer, what: string): void => {
    if (writer.direction !== 'FROM_THIRD_PARTY') throw new DirectionNotPermitted(writer.entry.identifier, writer.direction, what);
  };

  /** Claims of one kind of one entry; what changed is offered to its pipelines. */
  async function claim(entry: ElementEntry, kind: string, said: { readonly claims: readonly Unstamped[]; readonly author: string; readonly departed?: Going['departed'] }): Promise<Claimed> {
    const { claims, author, departed } = said;
    const scope = { integration: entry.identifier, kind };
    const stamped: ClaimInput[] = [];
    for (const one of claims) stamped.push({ ...one, stamp: await ticks.next(scope) } as ClaimInput);
    const claimed = await store.rows.claim({ scope, truth: 'mixed', claims: stamped, mapping: entry.mapping(kind), author, at: clock.now() });
    const dirty = await toMap(claimed.dirty.map(({ _id }) => _id));
    if (dirty.length > 0 && departed) await departed(kind, dirty);
    else if (dirty.length > 0) entry.offer(kind, dirty);
    return claimed;
  }

  const toMap = async (ids: readonly string[]): Promise<readonly RowToMap[]> => (ids.length === 0 ? [] : (await store.rows.get(ids)).map(rowToMap));

  /** Puts them into rows: of ours, or of whoever holds what belongs to nobody. In the turn of the blueprint. */
  async function put(writer: Writer, blueprint: BlueprintName, taken: readonly Extract<Verdict, { is: 'taken' }>[]): Promise<ReadonlyMap<string, UpsertResult['is']>> {
    const results = new Map<string, UpsertResult['is']>();
    for (const [entry, verdicts] of groupBy(taken, ({ at }) => at?.entry ?? writer.entry)) {
      const kind = entry.kinds.get(blueprint)!;
      const claims = verdicts.map(({ content, at }) => {
        const text = elementText(content);
        // Partitions of another entry are its own targets.
        const partition = content.home === undefined ? NOBODYS : entry === writer.entry ? writer.target : at!.row.partition;
        const anchor = anchorIn(blueprint, content);
        return { key: rowKey([content.identifier]), is: 'present' as const, text, hash: hashText(text), partition, ...(anchor !== undefined && { anchor }) };
      });
      registry.noted(blueprint, verdicts.map(({ content, at }) => ({ id: at?.row._id ?? rowId({ integration: entry.identifier, kind }, rowKey([content.identifier])), content })));
      const { outcomes } = await claim(entry, kind, { claims, author: writer.entry.identifier });
      verdicts.forEach(({ content, at }, index) => {
        const same = outcomes[index] === 'unchanged' || (at !== undefined && at.row.hash === claims[index]!.hash);
        results.set(content.identifier, at === undefined ? 'created' : same ? 'unchanged' : 'updated');
      });
    }
    return results;
  }

  async function upsert(writer: Writer, blueprint: BlueprintName, elements: readonly NewElement[]): Promise<readonly Upserted[]> {
    mayWrite(writer, `a write of ${blueprint}`);
    const { contents, refused } = form(writer, blueprint, elements);
    const done = await registry.inTurn(blueprint, async () => {
      const verdicts = await judge(registry, writer, blueprint, [...contents.values()]);
      for (const verdict of verdicts) if (verdict.is === 'refused') refused.set(verdict.identifier, verdict.error);
      return put(writer, blueprint, verdicts.filter((verdict) => verdict.is === 'taken'));
    });
    return elements.map(({ identifier }) => {
      const error = refused.get(identifier);
      return error ? { identifier, is: 'refused', reason: error.message, error } : { identifier, is: done.get(identifier) ?? 'unchanged' };
    });
  }

  /** Of an identifier that comes twice the last one counts. */
  function form(writer: Writer, blueprint: BlueprintName, elements: readonly NewElement[]): { readonly contents: Map<string, ElementRow>; readonly refused: Map<string, Error> } {
    const contents = new Map<string, ElementRow>();
    const refused = new Map<string, Error>();
    for (const element of elements) {
      try {
        const content = contentOf(blueprint, element, writer.home);
        contents.set(content.identifier, content);
        refused.delete(content.identifier);
      } catch (err) {
        if (!(err instanceof ElementRefused)) throw err;
        refused.set(element?.identifier, err);
        contents.delete(element?.identifier);
      }
    }
    return { contents, refused };
  }

  const find = async (ref: ElementRef): Promise<Located | undefined> => (await registry.locate(ref.blueprint, [ref.identifier])).get(ref.identifier);

  async function mine(writer: Writer, ref: ElementRef): Promise<Located | undefined> {
    const at = await find(ref);
    const refused = at && refusalOf(at, writer, ref.blueprint);
    if (refused) throw refused;
    return at;
  }

  /** False: it was as it should be, and nothing was written. */
  async function changeHeader(ref: ElementRef, look: () => Promise<Located | undefined>, change: ChangeHeader): Promise<boolean> {
    for (;;) {
      const at = await look();
      if (!at) throw new ElementMissing(`${ref.blueprint} ${ref.identifier}`);
      const before = keptHeader(at.row);
      const after = change(before, at);
      const header = JSON.stringify(after);
      if (header === JSON.stringify(before)) return false;
      const { dirty, lost } = await store.rows.setHeaders([{ _id: at.row._id, rev: at.row.rev, header }], { mapping: at.entry.mapping(at.kind), at: clock.now() });
      // Somebody wrote it meanwhile.
      if (lost.length > 0) continue;
      if (dirty.length > 0) at.entry.offer(at.kind, await toMap(dirty.map(({ _id }) => _id)));
      await headerChanged(ref, before, after);
      return true;
    }
  }

  /**
   * Buries elements of one kind of an entry. What is anchored in them goes first, so that whatever a kill leaves half done is a thing without some of its parts, which
   * whoever removes it again finds; never parts of a thing that is gone. `above`: rows that wait for this one, where anchors lead in a circle.
   */
  async function bury(entry: ElementEntry, blueprint: string, of: { readonly rows: readonly Row[]; readonly how: Going; readonly above: ReadonlySet<string> }): Promise<void> {
    const { rows, how } = of;
    await buryParts(entry, { blueprint, identifiers: rows.map(({ row }) => parseElement(row!).identifier) }, { how, above: new Set([...of.above, ...rows.map(({ _id }) => _id)]) });
    const { keeps, farewell } = farewellOf(how.method, { by: how.by, at: clock.now() });
    const gone = rows.map(({ key, row }) => ({ key, is: 'gone' as const, ...(keeps && { data: row! }), ...(farewell && { farewell }) }));
    await claim(entry, entry.kinds.get(blueprint)!, { claims: gone, author: entry.identifier, departed: how.departed });
  }

  async function buryParts(entry: ElementEntry, going: Anchors, { how, above }: { readonly how: Going; readonly above: ReadonlySet<string> }): Promise<void> {
    for (const blueprint of partsOf(going.blueprint, entry.kinds.keys())) {
      const scope = { integration: entry.identifier, kind: entry.kinds.get(blueprint)! };
      for (const anchors of lookingFor(going)) {
        for await (const page of pageByPage(PAGE, (at) => store.rows.find({ ...scope, anchors, gone: false, ...at }))) {
          const rows = page.filter(({ _id }) => !above.has(_id));
          if (rows.length > 0) await bury(entry, blueprint, { rows, how, above });
        }
      }
    }
  }

  return {
    upsert,
    async revise(writer, ref, change) {
      mayWrite(writer, `a change of ${ref.blueprint} ${ref.identifier}`);
      await registry.inTurn(ref.blueprint, async () => {
        const at = await mine(writer, ref);
        if (!at) throw new ElementMissing(`${ref.blueprint} ${ref.identifier}`);
        const content = contentOf(ref.blueprint, change(at.content), writer.home);
        const [verdict] = await judge(registry, writer, ref.blueprint, [at.content.home === undefined ? withoutHome(content) : content]);
        if (verdict!.is === 'refused') throw verdict!.error;
        await put(writer, ref.blueprint, [verdict!]);
      });
    },
    async remove(writer, ref, how) {
      mayWrite(writer, `the removal of ${ref.blueprint} ${ref.identifier}`);
      return registry.inTurn(ref.blueprint, async () => {
        const at = await mine(writer, ref);
        if (!at) return false;
        const name = at.content.properties['qualifiedName'];
        if (how.confirm !== undefined && how.confirm !== name) throw new ElementRefused(`${ref.blueprint} ${ref.identifier}`, `its qualifiedName is not the one that was given to confirm; nothing was removed`);
        if (how.method === 'none') return false;
        await bury(at.entry, ref.blueprint, { rows: [at.row], how, above: new Set() });
        return true;
      });
    },
    cascade: (entry, going, how) => buryParts(entry, going, { how, above: new Set() }),
    async keep(writer, ref, change) {
      mayWrite(writer, `a change of ${ref.blueprint} ${ref.identifier}`);
      return changeHeader(ref, () => mine(writer, ref), change);
    },
    async note(writer, ref, change) {
      if (writer.direction === 'OTHER') mayWrite(writer, `an external identifier of ${ref.blueprint} ${ref.identifier}`);
      await changeHeader(ref, () => find(ref), change);
    },
    async admit(writer, blueprint, elements) {
      mayWrite(writer, `a comparison of ${blueprint}`);
      const { contents, refused } = form(writer, blueprint, elements);
      const rows: ElementRow[] = [];
      const elsewhere: Extract<Verdict, { is: 'taken' }>[] = [];
      for (const verdict of await judge(registry, writer, blueprint, [...contents.values()])) {
        if (verdict.is === 'refused') refused.set(verdict.identifier, verdict.error);
        else if ((verdict.at !== undefined && verdict.at.entry !== writer.entry) || verdict.content.home === undefined) elsewhere.push(verdict);
        else rows.push(verdict.content);
      }
      if (elsewhere.length > 0) await put(writer, blueprint, elsewhere);
      const kind = writer.entry.kinds.get(blueprint)!;
      registry.noted(blueprint, rows.map((content) => ({ id: rowId({ integration: writer.entry.identifier, kind }, rowKey([content.identifier])), content })));
      return { rows, refused: [...refused].map(([identifier, error]) => ({ identifier, error })) };
    },
  };
}

const withoutHome = ({ home: _home, ...content }: ElementRow): ElementRow => content;

