import { lineReader } from './lines';

const read = (maxBytes: number, chunks: readonly string[]): readonly string[] => {
  const lines: string[] = [];
  const push = lineReader(maxBytes, (line, cut) => lines.push(`${line.toString()}${cut ? '…' : ''}`));
  for (const chunk of chunks) push(Buffer.from(chunk));
  return lines;
};

test.each([
  [['a\nb\n'], ['a', 'b']],
  [['a', 'b', '\n', 'c'], ['ab']],
  [['\n\n'], ['', '']],
  [['12345\n123456\n1\n'], ['12345', '12345…', '1']],
  [['1234', '5678', '9', '\nx\n'], ['12345…', 'x']],
])('%j', (chunks, lines) => {
  expect(read(5, chunks)).toEqual(lines);
});

test('a character may be split between chunks', () => {
  const lines: string[] = [];
  const push = lineReader(99, (line) => lines.push(line.toString()));
  for (const byte of Buffer.from('é\n')) push(Buffer.from([byte]));
  expect(lines).toEqual(['é']);
});
