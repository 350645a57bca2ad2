import { parseJson, toJson, type AnyKind, type Context, type Integration, type Page, type Partition, type PlanContext, type Position } from '../contract';

export interface ReadPage {
  readonly partition: Partition;
  readonly page: Page<unknown>;
}
export interface ReadOptions<TSettings> {
  readonly integration: Integration<TSettings>;
  readonly kind: string;
  readonly context: Context<TSettings>;
  /** Members beside `query` of a resource's selector. */
  readonly selector?: Readonly<Record<string, unknown>>;
}

export function kindOf<TSettings>(integration: Integration<TSettings>, name: string): AnyKind<TSettings> {
  const kind = integration.kinds?.find((candidate) => candidate.name === name);
  if (!kind) throw new Error(`${integration.type} has no kind ${name}`);
  return kind;
}

/** A row as it comes out of the store: JSON text and back. */
export const stored = <TRow>(row: TRow): TRow => parseJson(toJson(row)) as TRow;

/** The partitions of a kind, planned as the runtime plans them; what `after` names is read first. */
export async function planKind<TSettings>(options: ReadOptions<TSettings>): Promise<readonly Partition[]> {
  const kind = kindOf(options.integration, options.kind);
  if (!kind.partitions) return [{ name: '' }];
  const context: PlanContext<TSettings> = {
    ...options.context,
    selector: options.selector ?? {},
    async *stored<TRow>(name: string) {
      for await (const row of readRows({ ...options, kind: name })) yield stored(row) as TRow;
    },
  };
  const partitions: Partition[] = [];
  for await (const partition of kind.partitions(context)) partitions.push(partition);
  return partitions;
}

/** The pages of one partition, from a position or the beginning. */
export async function* readPartition<TSettings>(options: ReadOptions<TSettings>, partition: Partition, position?: Position): AsyncIterable<Page<unknown>> {
  const kind = kindOf(options.integration, options.kind);
  if (!kind.scan) throw new Error(`${options.kind} cannot be scanned`);
  yield* kind.scan({ ...options.context, partition, selector: options.selector ?? {} }, position);
}

/** Every page of every partition. */
export async function* readPages<TSettings>(options: ReadOptions<TSettings>): AsyncIterable<ReadPage> {
  for (const partition of await planKind(options)) {
    for await (const page of readPartition(options, partition)) yield { partition, page };
  }
}

/** Every row of a kind. */
export async function* readRows<TSettings>(options: ReadOptions<TSettings>): AsyncIterable<unknown> {
  for await (const { page } of readPages(options)) yield* page.rows;
}

/** Every row of a kind, in a list. */
export async function allRows<TRow, TSettings>(options: ReadOptions<TSettings>): Promise<readonly TRow[]> {
  const rows: TRow[] = [];
  for await (const row of readRows(options)) rows.push(row as TRow);
  return rows;
}
