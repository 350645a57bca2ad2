import { createTour, type Tour } from '../src/tour';

const databases = ['a', 'b', 'c', 'd', 'e'];

function stage(options: { readonly fails?: Readonly<Record<string, Error>>; readonly signal?: AbortSignal } = {}) {
  const opened: string[] = [];
  const open = new Set<string>();
  let most = 0;
  const tour: Tour<string> = createTour<string>({
    databases,
    signal: options.signal ?? new AbortController().signal,
    isOfOne: (err) => (err as Error).message.startsWith('one:'),
    async open(database) {
      opened.push(database);
      open.add(database);
      most = Math.max(most, open.size);
      const failure = options.fails?.[database];
      if (failure) {
        open.delete(database);
        throw failure;
      }
      return database;
    },
    close: async (database) => void open.delete(database),
  });
  const read = (pages: number) =>
    async function* (database: string) {
      for (let page = 0; page < pages; page++) yield `${database}${page}`;
    };
  return { tour, opened, open, most: () => most, read };
}

async function all<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(page);
  return found;
}

test('sources go side by side: each sees every database once, and few are open at a time', async () => {
  const { tour, opened, open, most, read } = stage();
  const sources = [tour.source(read(1)), tour.source(read(20)), tour.source(read(0))];
  const found = await Promise.all(sources.map(({ pages }) => all(pages)));
  await tour.end();
  expect(found.map((pages) => pages.length)).toEqual([5, 100, 0]);
  expect(opened).toEqual(databases);
  expect(open.size).toBe(0);
  expect(most()).toBeLessThanOrEqual(2);
});

test('one after the other works too, with every database open', async () => {
  const { tour, open, most, read } = stage();
  const sources = [tour.source(read(1)), tour.source(read(2))];
  for (const { pages } of sources) await all(pages);
  await tour.end();
  expect(most()).toBe(5);
  expect(open.size).toBe(0);
});

test('a source that is never pulled, or given up, holds nothing', async () => {
  const { tour, open, read } = stage();
  const sources = [tour.source(read(3)), tour.source(read(3)), tour.source(read(3))];
  for await (const page of sources[1]!.pages) if (page === 'b1') break;
  await all(sources[2]!.pages);
  sources[0]!.leave();
  sources[1]!.leave();
  await tour.end();
  expect(open.size).toBe(0);
});

test('a failure of one database is thrown at the end, another at once', async () => {
  const one = stage({ fails: { b: new Error('one: dropped') } });
  const seen: string[] = [];
  const reading = (async () => {
    for await (const page of one.tour.source(one.read(1)).pages) seen.push(page);
  })();
  await expect(reading).rejects.toThrow('one: dropped');
  expect(seen).toEqual(['a0', 'c0', 'd0', 'e0']);
  const other = stage({ fails: { b: new Error('unreachable') } });
  await expect(all(other.tour.source(other.read(1)).pages)).rejects.toThrow('unreachable');
  expect(other.opened).toEqual(['a', 'b']);
});

test('an abort ends the wait for the others', async () => {
  const stop = new AbortController();
  const { tour, read } = stage({ signal: stop.signal });
  const fast = tour.source(read(1));
  const slow = tour.source(read(1)).pages[Symbol.asyncIterator]();
  await slow.next();
  const reading = all(fast.pages);
  setImmediate(() => stop.abort(new DOMException('stopped', 'AbortError')));
  await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
});
