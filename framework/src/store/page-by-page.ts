/** Everything that `find` finds, page by page, in `_id` order. A page is read when it is asked for, so what changes beyond the page in hand is seen as it is then. */
export async function* pageByPage<T extends { readonly _id: string }>(
  limit: number,
  find: (page: { readonly limit: number; readonly after?: string }) => Promise<readonly T[]>,
): AsyncGenerator<readonly T[]> {
  let after: string | undefined;
  do {
    const page = await find({ limit, ...(after !== undefined && { after }) });
    if (page.length > 0) yield page;
    after = page.length === limit ? page[page.length - 1]!._id : undefined;
  } while (after !== undefined);
}
