import { ABSENT, toFrameworkError, type AnyKind, type Context, type MemberContext } from '../contract';
import { dropMembers, hashText, limiter, parseJson, toJson, type Clock } from '../shared';
import { rowKey, type Dirty, type Present, type Row, type Store, type Ticks, type Truth } from '../store';

const BATCH = 100;
/** Questions in flight; the source's own budget (http.concurrency) is the tighter limit where it is lower. */
const AT_ONCE = 10;

export interface AskWork {
  readonly kind: AnyKind<unknown>;
  readonly truth: Truth;
  readonly context: Context<unknown>;
  readonly store: Store;
  readonly ticks: Ticks;
  readonly clock: Clock;
  readonly mapping: string;
  /** Declared pipelines read the envelope. */
  readonly envelopes: boolean;
  /** Members that are never stored: kind → paths. */
  readonly drop: Readonly<Record<string, readonly string[]>>;
  /** Of the resources that name the kind: members beside `query`. */
  readonly selectors: readonly Readonly<Record<string, unknown>>[];
  readonly signal: AbortSignal;
  /** Rows that the answers change or take away, before the answers are stored: a crash in between asks again. */
  changing?(changes: readonly RowChange[]): Promise<void>;
  /** Rows that an answer changed. */
  dirty(rows: readonly Dirty[]): Promise<void>;
}

/** A row that was there; `after` absent: it is gone. */
export interface RowChange {
  readonly before: unknown;
  readonly after?: unknown;
}

type Answer = { readonly row: Row; readonly is: 'present'; readonly present: Present } | { readonly row: Row; readonly is: 'absent' } | { readonly row: Row; readonly is: 'failed'; readonly error: Error };

/** Asks the source about every row of the kind with an open question, and lets the answers decide. Gives the first error; its row stays asked. */
export async function answerAsks(work: AskWork): Promise<Error | undefined> {
  const scope = { integration: work.context.identifier, kind: work.kind.name };
  if (!work.kind.get) return undefined;
  let failed: Error | undefined;
  let after: string | undefined;
  const limit = limiter(AT_ONCE);
  for (;;) {
    const rows = await work.store.rows.find({ ...scope, asking: true, limit: BATCH, ...(after !== undefined && { after }) });
    if (rows.length === 0 || work.signal.aborted) return failed;
    after = rows[rows.length - 1]!._id;
    const stamp = await work.ticks.next(scope); // before any of these reads
    const answers = await Promise.all(rows.map((row) => limit(() => askOne(work, row))));
    const present = answers.filter((answer) => answer.is === 'present');
    const absent = answers.filter((answer) => answer.is === 'absent').map((answer) => answer.row.key);
    failed ??= answers.find((answer) => answer.is === 'failed')?.error;
    const changes = answers.flatMap(changeOf);
    if (changes.length > 0) await work.changing?.(changes);
    const observed = await work.store.rows.observe({
      scope,
      truth: work.truth,
      by: 'get',
      stamp,
      rows: present.map((answer) => answer.present),
      absent,
      mapping: work.mapping,
      envelopes: work.envelopes,
      at: work.clock.now(),
    });
    if (observed.dirty.length > 0) await work.dirty(observed.dirty);
  }
}

function changeOf(answer: Answer): readonly RowChange[] {
  const { row } = answer.row;
  if (row === undefined || answer.is === 'failed') return [];
  if (answer.is === 'absent') return [{ before: parseJson(row) }];
  return answer.present.text === row ? [] : [{ before: parseJson(row), after: parseJson(answer.present.text) }];
}

async function askOne(work: AskWork, row: Row): Promise<Answer> {
  try {
    const reference = { key: row.key, ...(row.row !== undefined && { row: parseJson(row.row) as unknown }), ...(row.locate !== undefined && { locate: JSON.parse(row.locate) as Record<string, string> }) };
    const value: unknown = await work.kind.get!(work.context, reference);
    if (value === ABSENT || rowKey(work.kind.key(value)) !== row.key) return { row, is: 'absent' };
    const context: MemberContext<unknown> = { ...work.context, selectors: work.selectors };
    if (work.kind.member && !(await work.kind.member(context, value))) return { row, is: 'absent' };
    const paths = work.drop[work.kind.name];
    const text = toJson(paths ? dropMembers(value, paths) : value);
    const version = work.kind.version?.(value);
    return { row, is: 'present', present: { key: row.key, text, hash: hashText(text), ...(version !== undefined && { version }) } };
  } catch (err) {
    return { row, is: 'failed', error: toFrameworkError(err) };
  }
}
