import { FrameworkError, type JsonObject, type Log, type Page, type Position } from '@integration-framework/framework';

export interface Listed {
  readonly rows: readonly JsonObject[];
  /** Marker of the next page. */
  readonly next: string | undefined;
}

const isExpired = (err: unknown): boolean => err instanceof FrameworkError && err.status === 400;

/** Pages by a marker. A stored one that is refused sends the scan to its beginning, in the same generation, where what was seen stays seen. */
export async function* listedPages(
  read: (marker: string | undefined) => Promise<Listed>,
  from: { readonly position: Position | undefined; readonly log: Log },
): AsyncIterable<Page<JsonObject>> {
  let marker = from.position === undefined ? undefined : String(from.position['marker']);
  for (let isStored = marker !== undefined; ; isStored = false) {
    let page: Listed;
    try {
      page = await read(marker);
    } catch (err) {
      if (!isStored || !isExpired(err)) throw err;
      from.log.warn('the stored position is not accepted any more; reading from the beginning');
      marker = undefined;
      continue;
    }
    yield { rows: page.rows, next: page.next === undefined ? undefined : { marker: page.next } };
    if (page.next === undefined) return;
    marker = page.next;
  }
}
