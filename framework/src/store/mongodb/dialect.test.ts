import { storable } from '../ids';
import { startsWith, withStorableKeys } from './dialect';

it.each(['a/', 'a', 'ü', '\u{10000}'])('the range of texts that begin with %p', (prefix) => {
  const { $gte, $lt } = startsWith(prefix);
  const within = (text: string): boolean => Buffer.compare(Buffer.from(text), Buffer.from($gte)) >= 0 && Buffer.compare(Buffer.from(text), Buffer.from($lt)) < 0;
  for (const text of ['', '!', 'z', '\uffff', '\u{10ffff}']) expect(within(prefix + text)).toBe(true);
  for (const text of ['', prefix.slice(0, -1), '\u{10ffff}', String.fromCodePoint(prefix.codePointAt(0)! + 1)]) expect(within(text)).toBe(false);
});

it('ids are what the server gives back', () => {
  expect(storable('a\u0000b\ud800c\u{1f600}')).toBe('a\ufffdb\ufffdc\u{1f600}');
  const items = [{ key: 'a', x: 1 }];
  expect(withStorableKeys(items)).toBe(items);
  expect(withStorableKeys([{ key: '\udc00', x: 1 }])).toEqual([{ key: '\ufffd', x: 1 }]);
});
