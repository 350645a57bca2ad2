import { Buffer } from 'node:buffer';
import avsc from 'avsc';
import { once } from 'node:events';
import { identifier, qualifiedName } from '../src/bytes';
import { readStructure, type Inside } from '../src/structure/read-structure';
import type { Field } from '../src/structure/structure';

const of = (name: string, content: string | Buffer, isCut = false): Inside => readStructure(name, { bytes: Buffer.from(content as string), isCut });
const columns = (found: Inside) => found.structure?.fields.map(({ name, dataType, isNullable }) => `${name} ${dataType}${isNullable ? '?' : ''}`);
const shown = (fields: readonly Field[] = []): object => Object.fromEntries(fields.map((field) => [field.name, field.fields.length > 0 ? [field.dataType, shown(field.fields)] : field.dataType + (field.isNullable ? '?' : '') + (field.required ? '' : ' (optional)')]));

describe('CSV', () => {
  it.each<[string, string, string, string[]]>([
    ['a.csv', 'id,name,born,ok,score\n1,"Smith, ""J""",1990-01-01,true,1.5\n2,,1991-01-01,false,2\n', ',', ['id integer', 'name string?', 'born date', 'ok boolean', 'score number']],
    ['a.csv', 'a;b\r\n1,5;x\r\n2,5;y\r\n', ';', ['a number', 'b string']],
    ['a.csv', 'a|b|c\n1|2|3\n', '|', ['a integer', 'b integer', 'c integer']],
    ['a.tsv', 'at\tb\n2024-01-01T10:00:00Z\t,\n', 'tab', ['at date-time', 'b string']],
    ['A.CSV', '1,2\n3,4\n', ',', ['column1 integer', 'column2 integer']],
    ['a.csv', 'only\nx\n', ',', ['only string']],
    ['a.csv', 'a,b,a\nx,y,z\n', ',', ['column1 string', 'column2 string', 'column3 string']],
    ['a.csv', 'a,b\n"line\nbreak",2\n', ',', ['a string', 'b integer']],
  ])('%s %j', (name, content, delimiter, expected) => {
    const found = of(name, content);
    expect(found.structure?.typeName).toBe('CSVFile');
    expect(columns(found)).toEqual(expected);
    expect(found.structure?.notes['delimiter']).toBe(delimiter);
  });
  it('of a file that is cut only whole records count; bytes of other encodings are read', () => {
    expect(columns(of('a.csv', 'a,b\n1,2\n3,fo', true))).toEqual(['a integer', 'b integer']);
    expect(of('a.csv', Buffer.from('\ufeffä,b\n1,2\n', 'utf16le'))).toMatchObject({ encoding: 'UTF-16LE', structure: { fields: [{ name: 'ä' }, { name: 'b' }] } });
    expect(of('a.csv', Buffer.from('\ufeffä,b\n1,2\n', 'utf8'))).toMatchObject({ encoding: 'UTF-8', structure: { fields: [{ name: 'ä' }, { name: 'b' }] } });
    expect(of('a.csv', Buffer.from('\u00e4,b\n1,2\n', 'latin1'))).toMatchObject({ encoding: 'windows-1252', structure: { fields: [{ name: 'ä' }, { name: 'b' }] } });
    expect(of('a.csv', Buffer.from('xä,b').subarray(0, 2), true)).toMatchObject({ encoding: 'UTF-8' });
    expect(of('a.csv', Buffer.from([1, 0, 2]))).toEqual({ reason: 'it is no text' });
    expect(of('a.csv', '\n')).toEqual({ encoding: 'UTF-8', reason: 'it is empty' });
  });
});

describe('JSON', () => {
  it('one value, a list, values a line', () => {
    expect(shown(of('a.json', '{"id":1,"tags":["a"],"owner":{"name":null,"at":"x"}}').structure?.fields)).toEqual({ id: 'integer', tags: 'array of string', owner: ['object', { name: 'null?', at: 'string' }] });
    expect(shown(of('a.json', '[{"id":1,"x":2.5},{"id":"b"},{"id":null,"x":3}]').structure?.fields)).toEqual({ id: 'integer or string?', x: 'number (optional)' });
    expect(of('a.ndjson', '{"a":1}\n\n{"a":2,"b":true}\n').structure).toMatchObject({ notes: { values: 'one a line' }, fields: [{ name: 'a', required: true }, { name: 'b', required: false }] });
  });
  it.each(['{"a":1,"b":{"c":[1,2,{"d":"e\\"}', '{"a":1,"b":{"c":[1,2,{"d":', '{"a":1,"b":{"c":[1,2,', '{"a":1,"b":{"c":[{"x'])('the beginning of a value is read as far as it goes: %s', (text) => {
    expect(of('a.json', text, true).structure).toMatchObject({ notes: { sample: 'the beginning of the file' }, fields: [{ name: 'a' }, { name: 'b', fields: [{ name: 'c' }] }] });
    expect(of('a.json', text)).toMatchObject({ reason: 'it is no JSON' });
  });
  it('names without end, and depth without end, are cut off', () => {
    const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`k${index}`, index])));
    expect(of('a.json', wide).structure?.fields).toHaveLength(2_000);
    expect(of('a.json', wide).structure?.notes['cut']).toBeDefined();
    let deep: unknown = 1;
    for (let index = 0; index < 50; index++) deep = { in: deep };
    expect(of('a.json', JSON.stringify(deep)).structure?.notes['cut']).toBeDefined();
    expect(of('a.json', '{"__proto__":{"a":1},"constructor":2}').structure?.fields.map(({ name }) => name)).toEqual(['__proto__', 'constructor']);
  });
});

describe('Avro', () => {
  const schema = {
    type: 'record', name: 'Order', namespace: 'shop', doc: 'An order',
    fields: [
      { name: 'id', type: 'long', doc: 'Its number', aliases: ['number'] }, { name: 'note', type: ['null', 'string'], default: null }, { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'state', type: { type: 'enum', name: 'State', symbols: ['NEW', 'DONE'] } }, { name: 'lines', type: { type: 'array', items: { type: 'record', name: 'Line', fields: [{ name: 'sku', type: 'string' }, { name: 'next', type: ['null', 'Line'] }] } } },
      { name: 'last', type: ['null', 'shop.Line'] }, { name: 'extra', type: { type: 'map', values: 'int' } }, { name: 'hash', type: { type: 'fixed', name: 'MD5', size: 16 } },
    ],
  };
  async function written(codec: 'null' | 'deflate'): Promise<Buffer> {
    const encoder = new avsc.streams.BlockEncoder(schema as avsc.Schema, { codec });
    const chunks: Buffer[] = [];
    encoder.on('data', (chunk: Buffer) => chunks.push(chunk));
    encoder.end({ id: 1, note: null, at: 1, state: 'NEW', lines: [], last: null, extra: {}, hash: Buffer.alloc(16) });
    await once(encoder, 'end');
    return Buffer.concat(chunks);
  }
  it('the schema of the header, as another library writes it, whatever the file is called', async () => {
    const bytes = await written('deflate');
    const found = of('part-0', bytes);
    expect(found.structure).toMatchObject({ typeName: 'AvroFile', name: 'Order', namespace: 'shop', description: 'An order', notes: { codec: 'deflate' } });
    expect(shown(found.structure?.fields)).toEqual({
      id: 'long', note: 'string?', at: 'long (timestamp-millis)', state: 'State', lines: ['array of Line', { sku: 'string', next: 'Line?' }], last: ['Line', { sku: 'string', next: 'Line?' }], extra: 'map of int', hash: 'MD5 (fixed 16)',
    });
    const [id, note, , state, lines] = found.structure!.fields;
    expect(id).toMatchObject({ description: 'Its number', aliases: ['number'] });
    expect(note).toMatchObject({ defaultValue: 'null' });
    expect(state?.notes).toEqual({ values: 'NEW, DONE' });
    expect(lines).toMatchObject({ isList: true, fields: [{}, { notes: { cut: 'it is within itself: shop.Line' } }] });
    for (let length = 4; length < bytes.indexOf('avro.schema') + 40; length += 3) expect(of('a.avro', bytes.subarray(0, length))).toEqual({ reason: 'its header is not whole' });
    expect(of('a.avro', bytes.subarray(0, 60), true)).toEqual({ reason: 'its header is longer than maxBytes' });
  });
  it('what only bears the name is none', () => {
    expect(of('a.avro', 'hello')).toEqual({ reason: 'it is no Avro object container file' });
    expect(of('a.avro', Buffer.from('Obj\u0001\u0000rest', 'latin1'))).toEqual({ reason: 'its header holds no schema' });
    expect(of('a.avro', Buffer.concat([Buffer.from('Obj\u0001', 'latin1'), Buffer.alloc(64, 0xff)]))).toEqual({ reason: 'its header is not whole' });
  });
});

it('other files have no structure; a name is no trap', () => {
  for (const name of ['a.txt', 'csv', '.csv', 'a.constructor', 'a.__proto__']) expect(of(name, 'a,b\n1,2\n')).toEqual({});
});

it('identifiers are storable, and differ where paths do', () => {
  const paths = ['/a', '/a b', '/a=20b', '/a%20b', '/a:b', '/a::b', '/\u00fc', '/\u00c3\u00bc', '/\u00ff', '/=FF', `/${'x'.repeat(1_200)}`, `/${'x'.repeat(1_201)}`];
  const made = [...paths.map((path) => identifier(path)), identifier('/a', ['b']), identifier('/a', ['b', 'c']), identifier('/a', ['b::c']), identifier('/a::', ['b'])];
  expect(new Set(made).size).toBe(made.length);
  for (const one of made) expect(one).toMatch(/^[\p{L}0-9@_.+:\\/=-]{1,1000}$/u);
  expect(new Set(paths.map((path) => qualifiedName('T', path))).size).toBe(paths.length);
});
