import type { Page, Position } from '@integration-framework/framework';

// A page is stored in one transaction: large enough to make it cheap, small enough to lose little when the process ends.
export const PAGE_ROWS = 500;

/** Cuts a stream of rows into pages; `next` says, from the last row of a page, where the one after it begins. The last page may be empty. */
export async function* inPages<TRow>(rows: AsyncIterable<TRow>, next: (last: TRow) => Position): AsyncIterable<Page<TRow>> {
  let page: TRow[] = [];
  for await (const row of rows) {
    page.push(row);
    if (page.length < PAGE_ROWS) continue;
    yield { rows: page, next: next(row) };
    page = [];
  }
  yield { rows: page, next: undefined };
}
