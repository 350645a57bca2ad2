import { FrameworkError } from '../contract';
import { pageByPage } from './page-by-page';
import type { Collection, Documents, Stored, Writable } from './store';

/** Rounds after which a document that others keep changing is given up. */
const ROUNDS = 10;

/**
 * Changes one small document: reads it, applies `change`, writes it under its rev, and begins again when somebody was faster.
 * `change` gets undefined when there is none; giving undefined back leaves everything as it is. Resolves to what is stored then.
 */
export async function change<T extends Stored>(
  documents: Documents,
  at: { readonly collection: Collection; readonly id: string },
  apply: (current: T | undefined) => Writable<T> | undefined,
): Promise<T | undefined> {
  for (let round = 0; round < ROUNDS; round++) {
    const current = await documents.get<T>(at.collection, at.id);
    const next = apply(current);
    if (next === undefined) return current;
    const rev = current === undefined ? await documents.insert<T>(at.collection, next) : await documents.replace<T>(at.collection, next, current.rev);
    if (rev !== undefined) return { ...next, rev } as T;
  }
  throw new FrameworkError('STORE_CONTENDED', [`${at.collection} ${at.id}`]);
}

/** All documents of a query, page by page, in `_id` order. */
export async function* pages<T extends Stored>(documents: Documents, collection: Collection, query: { readonly prefix?: string; readonly equals?: Readonly<Record<string, string | number | boolean>> }): AsyncGenerator<readonly T[]> {
  yield* pageByPage(500, (page) => documents.list<T>(collection, { ...query, ...page }));
}
