import { parseProgram } from './jq/parser';
import { sourcePath, withoutPath } from './source-path';

describe('source path', () => {
  it.each([
    ['.key', ['key']],
    ['.file.content', ['file', 'content']],
    ['.a.b.c.d.e.f', ['a', 'b', 'c', 'd', 'e', 'f']],
    ['.file_content.raw_data', ['file_content', 'raw_data']],
    ['.file2.content3', ['file2', 'content3']],
    ['.["key"].value', ['key', 'value']],
    ['."key".value', ['key', 'value']],
    ['.file[0].content', ['file', 0, 'content']],
    ['.file.[0].content', ['file', 0, 'content']],
    ['.[0].key', [0, 'key']],
    ['(.file.content)', ['file', 'content']],
    ['  .file.content  ', ['file', 'content']],
    ['. | .file.content', ['file', 'content']],
    ['. as $all | .file.content', ['file', 'content']],
    ['.file.content // {}', ['file', 'content']],
    ['.file.content // []', ['file', 'content']],
    ['.file.content // null', ['file', 'content']],
    ['(. as $all | .file.content)', ['file', 'content']],
    ['. as $all | ($all | .file.content) as $items | $items', ['file', 'content']],
    ['. as $all | ($all | .file.content.raw) // {}', ['file', 'content', 'raw']],
    ['. as $all | $all.file.content | map(.x)', ['file', 'content']],
    ['.first.path | .second.path', ['first', 'path']],
    ['.items | map(.x)', ['items']],
    ['.items[]', ['items']],
    ['.items[].parts', ['items']],
    ['.items[1:]', ['items']],
    ['.items?', ['items']],
    ['(.a).b', ['a', 'b']],
    ['.a + .b', ['a']],
    ['.', undefined],
    ['[.a[],.b[]]', undefined],
    ['[.]', undefined],
    ['to_entries', undefined],
    ['map(.x)', undefined],
    ['$__loc__', undefined],
    ['. as {a: $x} | $x', undefined],
  ])('of %s', (expression, path) => {
    expect(sourcePath(parseProgram(expression))).toEqual(path);
  });
});

describe('without a path', () => {
  it.each([
    [{ a: 1, b: 2 }, ['a'], { b: 2 }],
    [{ o: { l: [1], k: 2 } }, ['o', 'l'], { o: { k: 2 } }],
    [{ l: [{ x: 1, y: 2 }, 5] }, ['l', 0, 'x'], { l: [{ y: 2 }, 5] }],
    [{ l: [1, 2, 3] }, ['l', 1], { l: [1, 3] }],
    [{ l: [1] }, ['l', 4], { l: [1] }],
    [{ a: 1 }, ['b', 'c'], { a: 1 }],
    [{ a: 'text' }, ['a', 'b'], { a: 'text' }],
    [{ a: 1 }, [0], { a: 1 }],
  ])('%j loses %j', (record, path, rest) => {
    const before = structuredClone(record);
    expect(withoutPath(record, path)).toEqual(rest);
    expect(record).toEqual(before);
  });

  it('keeps the order of the other members', () => {
    expect(Object.keys(withoutPath({ z: 1, o: { l: 1, k: 2 }, a: 3 }, ['o', 'l']) as object)).toEqual(['z', 'o', 'a']);
  });
});
