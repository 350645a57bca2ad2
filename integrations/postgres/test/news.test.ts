import { createNews } from '../src/news';
import { sizesOf } from '../src/sizes';

const told = (table: string, isNew = false) => ({ database: 'd', schema: 's', table, isNew });

describe('news', () => {
  test('name a table once, and are new only if nothing else was told of it', () => {
    const news = createNews();
    news.hear('d', '{"schema":"s","table":"t","command":"CREATE TABLE"}');
    news.hear('d', '{"schema":"s","table":"u","command":"CREATE TABLE"}');
    news.hear('d', '{"schema":"s","table":"u","command":"ALTER TABLE"}');
    expect(news.take()).toEqual({ tables: [told('t', true), told('u')], refresh: false });
    expect(news.take()).toEqual({ tables: [], refresh: false });
  });

  test.each(['', 'x', '[]', '{"schema":"s"}', '{"schema":"s","table":1}', 'null'])('%j means a refresh', (payload) => {
    const news = createNews();
    news.hear('d', payload);
    expect(news.take()).toEqual({ tables: [], refresh: true });
  });

  test('are bounded: more than 200 tables mean a refresh', () => {
    const news = createNews();
    for (let n = 0; n < 201; n++) news.hear('d', JSON.stringify({ schema: 's', table: `t${n}` }));
    expect(news.take()).toEqual({ tables: [], refresh: true });
  });

  test('that were not handled come back', () => {
    const news = createNews();
    news.hear('d', '{"schema":"s","table":"t"}');
    const batch = news.take();
    news.miss();
    news.restore(batch);
    expect(news.take()).toEqual({ tables: [told('t')], refresh: true });
  });

  test('are waited for until none came, and at most so long', async () => {
    const news = createNews();
    const { signal } = new AbortController();
    const limits = { waitMs: 60_000, quietMs: 5, atMostMs: 60_000 };
    const waiting = news.gathered(limits, signal);
    news.hear('d', '{"schema":"s","table":"t"}');
    await waiting;
    await news.gathered(limits, signal); // they are still there
    news.take();
    await news.gathered({ ...limits, waitMs: 1 }, signal);
    const woken = news.gathered(limits, signal);
    news.wake();
    await woken;
    await news.gathered(limits, AbortSignal.abort());
  });
});

test.each([
  ['varchar(40)', 1043, 44, { length: 40 }],
  ['bit(9)', 1560, 9, { length: 9 }],
  ['numeric(12,3)', 1700, ((12 << 16) | 3) + 4, { precision: 12, scale: 3 }],
  ['numeric(3,-2)', 1700, ((3 << 16) | (-2 & 0x7ff)) + 4, { precision: 3, scale: -2 }],
  ['timestamp(3)', 1114, 3, { precision: 3 }],
  ['interval(2)', 1186, (0x7fff << 16) | 2, { precision: 2 }],
  ['interval year', 1186, (4 << 16) | 0xffff, {}],
  ['text', 25, -1, {}],
  ['a type of an extension', 99_999, 7, {}],
])('sizes of %s', (_, type, modifier, expected) => expect(sizesOf(type, modifier)).toEqual(expected));
