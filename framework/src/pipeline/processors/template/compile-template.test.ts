import type { Json } from '../../../shared';
import { vectorData } from '../test/vector-data';
import { compileTemplate, type Template } from './compile-template';

const compiled = (text: string): Template => {
  const { template, problems } = compileTemplate(text);
  if (!template) throw new Error(problems.map(({ message }) => message).join('; '));
  return template;
};
const value = (text: string, data: Json = vectorData): Json | undefined => compiled(text).value(data);
const full = (text: string): string => text.replace(/\bF(?=[.[])/g, 'issue.fields');

describe('value of a template', () => {
  const vectors: readonly (readonly [string, Json | undefined])[] = [
    ['{{ issue.key }}', 'SHOP-7'],
    ['{{F.points}}', 8],
    ['{{ F.ratio }}', 0.25],
    ['{{ F.flagged }}', true],
    ['{{ F.parent }}', null],
    ['{{ F.labels }}', ['web', 'slow']],
    ['{{ F.owner }}', { team: 'pay' }],
    ['{{ issue.id }}', '10001'],
    ['{{ F.labels.0 }}', 'web'],
    ['{{ F.labels[1] }}', 'slow'],
    ['{{ F["due.date"] }}', '2026-01-31'],
    ["{{ F['due.date'] }}", '2026-01-31'],
    ['{{ F.due\\.date }}', '2026-01-31'],
    ['{{ F.due.date }}', undefined],
    ['{{ nope.a.b }}', undefined],
    ['{{ issue.key.x }}', undefined],
    ['{{ F.labels.9 }}', undefined],
    ['{{ F.labels.-1 }}', undefined],
    ['{{ F.labels[-1] }}', undefined],
    ['{{ big }}', 9007199254740995n],
    ['n={{ big }}', 'n=9007199254740995'],
    ['{{ @this }}', vectorData],
    ['{{ .issue.key }}', 'SHOP-7'],
    ['{{ $.issue.key }}', 'SHOP-7'],
    ['{{ F.subtasks.# }}', 2],
    ['{{ F.subtasks.#.t }}', ['a', 'b']],
    ['{{ F.subtasks.#(id==2).t }}', 'b'],
    ['{{ empty ?? "x" }}', ''],
    ['{{ F.parent ?? "root" }}', 'root'],
    ['{{ nope || 0 }}', 0],
    ["{{ nope ?? 'n/a' }}", 'n/a'],
    ['{{ nope ?? issue.id }}', '10001'],
    ['{{ F.summary | replace(" ","_") }}', 'Pay_page_slow'],
    ['{{ tpl }}', '{{ issue.key }}'],
    ['x{{ tpl }}{{ issue.id }}', 'x{{ issue.key }}10001'],
    ['{{ issue.key }}: {{ F.summary }}', 'SHOP-7: Pay page slow'],
    ['p={{ F.points }} f={{ F.flagged }}', 'p=8 f=true'],
    [' {{ F.points }}', ' 8'],
    ['[{{ nope }}{{ F.parent }}]', '[]'],
    ['l={{ F.labels }}', 'l=["web","slow"]'],
    ['{{ issue.key', '{{ issue.key'],
    ['\\{{ issue.key }}', '{{ issue.key }}'],
    // Not in the table of the reference.
    ['{{\n  issue\n  .key\n}}', 'SHOP-7'],
    ['{{ F.points }}\n', '8\n'],
    ['a \\{{ b }} {{ issue.id }}', 'a {{ b }} 10001'],
    ['{{ issue.id }} {{ open \\{{', '10001 {{ open {{'],
    ['{{ constructor }}', undefined],
    ['{{ __proto__ }}', undefined],
    ['{{ F.labels.length }}', undefined],
    ['{{ F.labels.constructor }}', undefined],
    ['{{ issue.key.length }}', undefined],
    ['{{ issue.key.0 }}', undefined],
    ['{{ F.labels.01 }}', undefined],
    ['{{ F.subtasks[0]["t"] }}', 'a'],
    ['{{ @this.issue.id }}', '10001'],
    ['{{ $["issue"].id }}', '10001'],
    ['{{ F.owner.# }}', undefined],
    ['{{ F.owner.#(a==1) }}', undefined],
    ["{{ F.subtasks.#(t=='b').id }}", 2],
    ['{{ F.subtasks.#(t == "zz").id }}', undefined],
    ['{{ F.subtasks.#.none }}', []],
    ['{{ nope ?? alsoNope }}', undefined],
    ['{{ nope ?? F.parent ?? "last" }}', 'last'],
    ['{{ nope ?? nullable }}', undefined],
    ['{{ F.flagged ?? false }}', true],
    ['{{ nope ?? -1.5e2 }}', -150],
    ['{{ nope ?? 9007199254740997 }}', 9007199254740997n],
    ['{{ nope ?? {"a":{"b":"}}"}} }}', { a: { b: '}}' } }],
    ['{{ nope ?? [] }}', []],
    ['{{ nope ?? "}}" }}', '}}'],
    ["{{ nope ?? 'it\\'s' }}", "it's"],
    ['{{ issue.key | lower }}', 'shop-7'],
    ['{{ issue.key | lower() | upper() }}', 'SHOP-7'],
    ['{{ nope | lower }}', undefined],
    ['{{ nope | lower ?? "none" }}', 'none'],
    ['{{ nope ?? "A" | lower }}', 'a'],
    ['{{ F.parent | lower ?? "none" }}', 'none'],
    ['{{ F.points | string }}', '8'],
    ['{{ big | string }}', '9007199254740995'],
    ['{{ F.labels | json }}', '["web","slow"]'],
    ['{{ issue.id | json }}', '"10001"'],
    ['{{ F.summary | replace("Pay", "$&") }}', '$& page slow'],
    ['', ''],
    ['no placeholder }}', 'no placeholder }}'],
  ];
  test.each(vectors)('%s', (text, expected) => {
    expect(value(full(text))).toEqual(expected);
  });

  test('an index reads a list at the root, and nothing else of it', () => {
    expect(value('{{ 1 }}', [7, 8])).toBe(8);
    expect(value('{{ a }}', [7, 8])).toBeUndefined();
    expect(value('{{ # }}', [7, 8])).toBe(2);
  });

  test('a number names a member of an object', () => {
    expect(value('{{ a.0 }}', { a: { 0: 'zero' } })).toBe('zero');
  });
});

describe('text of a template', () => {
  test.each([
    ['{{ issue.fields.parent }}', ''],
    ['{{ nope }}', ''],
    ['{{ issue.fields.owner }}', '{"team":"pay"}'],
    ['{{ big }}', '9007199254740995'],
    ['{{ issue.key }}!', 'SHOP-7!'],
    ['plain', 'plain'],
  ])('%s', (text, expected) => {
    expect(compiled(text).text(vectorData)).toBe(expected);
  });

  test('digits beyond 2^53 stay inside objects', () => {
    expect(compiled('{{ @this }}').text({ n: 9007199254740995n })).toBe('{"n":9007199254740995}');
  });
});

describe('problems', () => {
  test.each([
    ['{{ }}', 'TEMPLATE_SYNTAX'],
    ['{{}}', 'TEMPLATE_SYNTAX'],
    ['{{ a..b }}', 'TEMPLATE_SYNTAX'],
    ['{{ a. }}', 'TEMPLATE_SYNTAX'],
    ['{{ a b }}', 'TEMPLATE_SYNTAX'],
    ['{{ a[x] }}', 'TEMPLATE_SYNTAX'],
    ['{{ a[0 }}', 'TEMPLATE_SYNTAX'],
    ['{{ a["x }}', 'TEMPLATE_SYNTAX'],
    ["{{ it's }}", 'TEMPLATE_SYNTAX'],
    ['{{ "text" }}', 'TEMPLATE_SYNTAX'],
    ['{{ a ?? }}', 'TEMPLATE_SYNTAX'],
    ['{{ a ?? {x} }}', 'TEMPLATE_SYNTAX'],
    ['{{ a | }}', 'TEMPLATE_SYNTAX'],
    ['{{ a | replace(1, 2) }}', 'TEMPLATE_SYNTAX'],
    ['{{ a {{ b }}', 'TEMPLATE_SYNTAX'],
    ['{{ a.#(x==y) }}', 'TEMPLATE_SYNTAX'],
    ['{{ a.*.b }}', 'TEMPLATE_PATH'],
    ['{{ na?e }}', 'TEMPLATE_PATH'],
    ['{{ a.@reverse }}', 'TEMPLATE_PATH'],
    ['{{ @pretty }}', 'TEMPLATE_PATH'],
    ['{{ a.#(x>1) }}', 'TEMPLATE_PATH'],
    ['{{ a.#(x==1)# }}', 'TEMPLATE_PATH'],
    ['{{ a.#x }}', 'TEMPLATE_PATH'],
    ['{{ a | nosuch }}', 'TEMPLATE_FUNCTION'],
    ['{{ a | nosuch("x") }}', 'TEMPLATE_FUNCTION'],
    ['{{ a | replace("x") }}', 'TEMPLATE_FUNCTION'],
    ['{{ a | lower("x") }}', 'TEMPLATE_FUNCTION'],
  ])('%s is %s', (text, code) => {
    const { template, problems } = compileTemplate(text);
    expect(problems.map((problem) => problem.code)).toEqual([code]);
    expect(template).toBeUndefined();
  });

  test('an unclosed {{ is a warning and stands as text', () => {
    const { template, problems } = compileTemplate('{{ issue.id }} {{ issue.key');
    expect(problems).toEqual([{ code: 'TEMPLATE_LITERAL', message: '{{ at 16 is not closed and stands as text' }]);
    expect(template?.value(vectorData)).toBe('10001 {{ issue.key');
  });

  test('all problems of a text are told, with their places', () => {
    expect(compileTemplate('{{ a..b }} {{ c | nosuch }}').problems.map(({ code, message }) => [code, message.slice(0, 8)])).toEqual([
      ['TEMPLATE_SYNTAX', '{{ at 1:'],
      ['TEMPLATE_FUNCTION', '{{ at 12'],
    ]);
  });
});
