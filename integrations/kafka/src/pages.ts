import { SourceError, type Context, type Page, type Position } from '@integration-framework/framework';
import type { Admin } from 'kafkajs';
import { withAdmin } from './admin';
import type { KafkaSettings } from './settings';

// Configurations of 200 topics are about half a megabyte.
const PAGE_ROWS = 200;

export interface Listing<TItem, TRow> {
  /** Everything that there is now. */
  list(admin: Admin): Promise<readonly TItem[]>;
  /** Unique; pages go by its order. */
  name(item: TItem): string;
  read(admin: Admin, items: readonly TItem[]): Promise<readonly TRow[]>;
}

// Each try lists anew; that something goes within milliseconds, three times in a row, is another trouble.
const TRIES = 3;

async function readPage<TItem, TRow>(context: Context<KafkaSettings>, listing: Listing<TItem, TRow>, after: string | undefined): Promise<Page<TRow>> {
  return withAdmin(context, async (admin) => {
    const sorted = [...(await listing.list(admin))].sort((a, b) => (listing.name(a) < listing.name(b) ? -1 : 1));
    const rest = sorted.filter((item) => after === undefined || listing.name(item) > after);
    const items = rest.slice(0, PAGE_ROWS);
    const last = items.at(-1);
    const next = rest.length > items.length && last !== undefined ? { after: listing.name(last) } : undefined;
    return { rows: items.length === 0 ? [] : await listing.read(admin, items), next };
  });
}

/**
 * Pages in the order of names. Kafka gives its lists in one piece, so each page lists anew, in a connection of its own, and takes what comes after the last
 * name: something that is made or deleted meanwhile moves nothing to another page.
 */
export async function* pagesByName<TItem, TRow>(context: Context<KafkaSettings>, listing: Listing<TItem, TRow>, position: Position | undefined): AsyncIterable<Page<TRow>> {
  let after = position === undefined ? undefined : String(position['after']);
  for (let failed = 0; ; ) {
    let page: Page<TRow>;
    try {
      page = await readPage(context, listing, after);
    } catch (err) {
      if (err instanceof SourceError && err.recovery === 'retry' && ++failed < TRIES) continue;
      throw err;
    }
    failed = 0;
    yield page;
    if (page.next === undefined) return;
    after = String(page.next['after']);
  }
}
