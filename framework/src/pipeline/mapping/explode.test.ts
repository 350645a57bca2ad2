import type { Json } from '../../shared';
import { endJq } from './engine/engine';
import { ENGINES } from './test/both-engines';
import { mapWith, type Mapped } from './test/map-one';

afterAll(endJq);

const record: Json = { id: '1', items: [{ s: 'a' }, { s: 'b' }], a: [1], b: [2], obj: { l: [{ v: 1 }], k: 2 }, item: 'orig', str: 'text', none: null };

describe.each(ENGINES)('itemsToParse (9.2) in %s', (engine) => {
  /** The children, as the mapping sees them. */
  async function explode(itemsToParse: string, options: { name?: string; trim?: boolean; records?: readonly Json[] } = {}): Promise<Mapped & { readonly children: readonly Record<string, Json>[] }> {
    const port = { itemsToParse, ...(options.name && { itemsToParseName: options.name }), ...(options.trim !== undefined && { itemsToParseTopLevelTransform: options.trim }) };
    const mapped = await mapWith({ engine, port, entity: { identifier: '. | tojson', properties: { child: '.' } } }, options.records ?? [record]);
    return { ...mapped, children: mapped.bodies.map(({ properties }) => (properties as { child: Record<string, Json> }).child) };
  }

  it('.items', async () => {
    const { children, counters } = await explode('.items');
    expect(children).toEqual([{ s: 'a' }, { s: 'b' }].map((element) => ({ ...(record as object), item: element, items: undefined })).map((child) => JSON.parse(JSON.stringify(child)) as Json));
    expect(counters).toMatchObject({ raw: 1, items: 2, mapped: 2, emptyList: 0 });
  });
  it('.items under another name keeps item', async () => {
    const { children } = await explode('.items', { name: 'row' });
    expect(children).toMatchObject([{ item: 'orig', row: { s: 'a' } }, { item: 'orig', row: { s: 'b' } }]);
  });
  it('.a without the transform keeps the record whole', async () => {
    expect((await explode('.a', { trim: false })).children).toEqual([{ ...(record as object), item: 1 }]);
  });
  it('.obj.l removes the nested path', async () => {
    const [child] = (await explode('.obj.l')).children;
    expect(child).toMatchObject({ obj: { k: 2 }, item: { v: 1 } });
    expect(Object.keys(child!['obj'] as object)).toEqual(['k']);
  });
  it.each([
    ['.items // []', 2],
    ['(.items)', 2],
    ['.items | map(select(.s=="a"))', 1],
    ['. as $r | .items | map(. + {id:$r.id})', 2],
  ])('%s removes items', async (expression, count) => {
    const { children } = await explode(expression);
    expect(children).toHaveLength(count);
    expect(children.some((child) => 'items' in child)).toBe(false);
  });
  it('.a + .b removes a and keeps b', async () => {
    const { children } = await explode('.a + .b');
    expect(children.map((child) => [child['item'], 'a' in child, child['b']])).toEqual([[1, false, [2]], [2, false, [2]]]);
  });
  it.each([true, false])('[.a[],.b[]] with the transform %s removes nothing', async (trim) => {
    const { children, report } = await explode('[.a[],.b[]]', { trim });
    expect(children).toEqual([{ ...(record as object), item: 1 }, { ...(record as object), item: 2 }]);
    expect(report.examples.has('0/itemsToParse/whole')).toBe(trim);
  });
  it('[.] gives the record', async () => {
    expect((await explode('[.]')).children).toEqual([{ ...(record as object), item: record }]);
  });
  it('to_entries gives keys and values', async () => {
    const { children } = await explode('to_entries');
    expect(children).toHaveLength(8);
    expect(children[0]!['item']).toEqual({ key: 'id', value: '1' });
  });
  it.each([
    ['.', /gives object, not a list$/],
    ['.items[]', /gives object, not a list; drop the \[\]/],
    ['.obj', /object/],
    ['.items | length', /number/],
    ['.str', /string/],
    ['.str.x', /failed/],
  ])('%s is no list', async (expression, message) => {
    const { children, counters, records, report } = await explode(expression);
    expect(children).toEqual([]);
    expect(counters).toMatchObject({ items: 0, emptyList: 0, invalid: { itemsToParse: 1 } });
    expect(records[0]!.uncertain).toBeDefined();
    expect(report.examples.get('0/itemsToParse')).toMatch(message);
  });
  it.each(['.missing', '.none', '[]', 'empty'])('%s is an empty list', async (expression) => {
    const { counters, records } = await explode(expression);
    expect(counters).toMatchObject({ items: 0, emptyList: 1, invalid: {} });
    expect(records[0]).toEqual({ entities: [], protected: [] });
  });
  it('children keep the keys of their own record', async () => {
    const { children } = await explode('.l', { records: [{ id: 'x', l: [1] }, { id: 'y', l: [2, 3] }] });
    expect(children).toEqual([{ id: 'x', item: 1 }, { id: 'y', item: 2 }, { id: 'y', item: 3 }]);
  });
});

it('the selector sees the child', async () => {
  const { counters } = await mapWith({ port: { itemsToParse: '.items' }, selector: '.item.s == "a"', entity: { identifier: '.item.s' } }, [record]);
  expect(counters).toMatchObject({ raw: 1, items: 2, filtered: 1, mapped: 1 });
});

it('takes long lists in portions', async () => {
  const { bodies } = await mapWith({ port: { itemsToParse: '.l' }, entity: { identifier: '.item' } }, [{ l: Array.from({ length: 1_001 }, (_element, at) => at + 1) }]);
  expect(bodies.map(({ identifier }) => identifier)).toEqual(Array.from({ length: 1_001 }, (_element, at) => String(at + 1)));
});
