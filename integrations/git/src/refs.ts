import type { Page, Position } from '@integration-framework/framework';
import { format, records, type Fields } from './git';
import { PAGE_ROWS } from './pages';
import type { Repository } from './repositories';

export interface RefQuery<TName extends string> {
  readonly repository: Repository;
  /** `refs/heads/` or `refs/tags/`. */
  readonly namespace: string;
  /** Beside the name of the ref. */
  readonly fields: Fields<TName>;
  readonly signal: AbortSignal;
}
export type Ref<TName extends string> = Fields<TName> & { readonly name: string };

/** git sorts names by their bytes, JavaScript by UTF-16 units. */
const isAfter = (name: string, position: string): boolean => Buffer.compare(Buffer.from(name), Buffer.from(position)) > 0;

async function readPage<TName extends string>(query: RefQuery<TName>, after: string | undefined): Promise<readonly Ref<TName>[]> {
  const fields = { ref: '%(refname)', ...query.fields };
  const args = ['for-each-ref', '--sort=refname', `--format=${format(fields, '%00')}`, query.namespace];
  const page: Ref<TName>[] = [];
  for await (const record of records<TName | 'ref'>({ ...query, args }, fields)) {
    const name = record.ref.slice(query.namespace.length);
    if (after !== undefined && !isAfter(name, after)) continue;
    page.push({ ...record, name });
    if (page.length === PAGE_ROWS) break;
  }
  return page;
}

/** Pages of refs by name. Each page asks git anew, so what it says is never older than the page. */
export async function* refPages<TName extends string, TRow>(
  query: RefQuery<TName>,
  position: Position | undefined,
  row: (ref: Ref<TName>) => TRow,
): AsyncIterable<Page<TRow>> {
  let after = position === undefined ? undefined : String(position['after']);
  do {
    const page = await readPage(query, after);
    after = page.length < PAGE_ROWS ? undefined : page.at(-1)?.name;
    yield { rows: page.map(row), next: after === undefined ? undefined : { after } };
  } while (after !== undefined);
}
