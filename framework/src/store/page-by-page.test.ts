import { pageByPage } from './page-by-page';

const rows = ['a', 'b', 'c', 'd'].map((_id) => ({ _id }));

function source(): { readonly asked: unknown[]; find(page: { readonly limit: number; readonly after?: string }): Promise<readonly { readonly _id: string }[]> } {
  const asked: unknown[] = [];
  return {
    asked,
    find(page) {
      asked.push(page);
      return Promise.resolve(rows.filter(({ _id }) => _id > (page.after ?? '')).slice(0, page.limit));
    },
  };
}

async function idsOf(pages: AsyncIterable<readonly { readonly _id: string }[]>): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const page of pages) ids.push(page.map(({ _id }) => _id).join(''));
  return ids;
}

test('each page begins behind the last; a short one is the last', async () => {
  const { asked, find } = source();
  expect(await idsOf(pageByPage(3, find))).toEqual(['abc', 'd']);
  expect(asked).toEqual([{ limit: 3 }, { limit: 3, after: 'c' }]);
});

test('a full page is followed by a look for more, and an empty page is not given', async () => {
  const { asked, find } = source();
  expect(await idsOf(pageByPage(4, find))).toEqual(['abcd']);
  expect(asked).toHaveLength(2);
});

test('whoever stops reads no further page', async () => {
  const { asked, find } = source();
  for await (const page of pageByPage(2, find)) {
    expect(page).toHaveLength(2);
    break;
  }
  expect(asked).toHaveLength(1);
});
