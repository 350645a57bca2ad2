import { parseJson, type Json } from '../../shared';
import { createMapper } from './mapper';
import { context, created, dataOf, event, processed } from './test/event';
import { vectorData } from './test/vector-data';
import type { ProcessorContext } from './types';

const mapped = (outputEvent: unknown, options: Readonly<Record<string, unknown>> = {}): Json =>
  dataOf(processed(created(createMapper, { type: 'mapper', outputEvent, ...options }), event(vectorData)));
const problemsOf = (config: Readonly<Record<string, unknown>>, other: Partial<ProcessorContext> = {}): readonly string[] =>
  createMapper(config, context(other)).problems.map(({ path, code, severity }) => `${severity} ${code} ${path}`);

describe('output', () => {
  test('the data is replaced, everything else stays', () => {
    const one = event(vectorData, { version: 7 });
    expect(processed(created(createMapper, { outputEvent: { key: '{{ issue.key }}' } }), one)).toEqual({ is: 'event', event: { ...one, data: { key: 'SHOP-7' } } });
    expect(one.data).toBe(vectorData);
  });

  test('static leaves keep value and type, empty objects and lists stay', () => {
    const output = { a: 1, b: true, c: null, d: 'public', e: {}, f: [], g: { h: [1, { i: 'x' }] } };
    expect(mapped(output)).toEqual(output);
  });

  test('templates stand at any depth', () => {
    expect(mapped({ list: ['{{ issue.id }}', 5, { k: '{{ issue.key }}' }] })).toEqual({ list: ['10001', 5, { k: 'SHOP-7' }] });
  });

  test('keys are verbatim', () => {
    expect(mapped({ 'a.b': 'x', '0': 'z' })).toEqual({ 'a.b': 'x', '0': 'z' });
    expect(mapped(parseJson('{"__proto__":"{{ issue.id }}","constructor":"c"}'))).toEqual(parseJson('{"__proto__":"10001","constructor":"c"}'));
  });

  test('what is missing is null', () => {
    expect(mapped({ a: '{{ nope }}', b: '{{ issue.fields.parent }}', c: 'x{{ nope }}' })).toEqual({ a: null, b: null, c: 'x' });
  });

  test('onMissing: omit leaves it out, null values stay', () => {
    expect(mapped({ a: '{{ nope }}', b: '{{ issue.fields.parent }}', c: ['{{ nope }}', 1], d: { e: '{{ nope }}' }, f: '{{ nope ?? 1 }}' }, { onMissing: 'omit' })).toEqual({ b: null, c: [1], d: {}, f: 1 });
  });

  test('onMissing: error is a dead letter that names the field and no value', () => {
    const mapper = created(createMapper, { outputEvent: { a: { b: ['{{ issue.key }}', '{{ nope }}'] } }, onMissing: 'error' });
    expect(processed(mapper, event(vectorData))).toEqual({ is: 'dead', code: 'FIELD_MISSING', message: 'outputEvent.a.b[1]: the data has no such field' });
    expect(processed(mapper, event({ issue: { key: null }, nope: 0 }))).toMatchObject({ is: 'event' });
  });

  test('onMissing: error lets a delete pass', () => {
    const mapper = created(createMapper, { outputEvent: { a: '{{ nope }}' }, onMissing: 'error' });
    expect(processed(mapper, event(vectorData, { operation: 'delete' }))).toMatchObject({ is: 'event', event: { operation: 'delete', data: { a: null } } });
  });

  test('expandDots makes objects of dots', () => {
    expect(mapped({ 'a.b.c': '{{ issue.id }}', 'a.d': 1, a: { e: 2, 'f.g': 3 }, '.x': 4, 'y..z': 5, l: [{ 'm.n': 6 }] }, { expandDots: true })).toEqual({
      a: { b: { c: '10001' }, d: 1, e: 2, f: { g: 3 } },
      '.x': 4,
      'y..z': 5,
      l: [{ m: { n: 6 } }],
    });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    mapped({ '__proto__.polluted': 1 }, { expandDots: true });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('digits beyond 2^53 stay exact', () => {
    expect(mapped({ a: '{{ big }}', b: 'n={{ big }}' })).toEqual({ a: 9007199254740995n, b: 'n=9007199254740995' });
  });
});

describe('problems', () => {
  test('each is told at its place', () => {
    expect(problemsOf({ outputEvent: { a: '{{ }}', 'b.c': ['x', '{{ a.* }}'], d: { e: '{{ a | nosuch }}' }, f: '{{ open', 'g{{ x }}': 1 } })).toEqual([
      'error TEMPLATE_SYNTAX outputEvent.a',
      'error TEMPLATE_PATH outputEvent["b.c"][1]',
      'error TEMPLATE_FUNCTION outputEvent.d.e',
      'warning TEMPLATE_LITERAL outputEvent.f',
      'warning TEMPLATE_LITERAL outputEvent["g{{ x }}"]',
    ]);
  });

  test('identity cannot be mapped', () => {
    expect(problemsOf({ outputEvent: { _id: 'x', _eventId: 'y', a: { _id: 'fine' } } })).toEqual(['error CONFIG_INVALID outputEvent._id', 'error CONFIG_INVALID outputEvent._eventId']);
    expect(problemsOf({ outputEvent: { '_id.a': 'x' } })).toEqual([]);
    expect(problemsOf({ outputEvent: { '_id.a': 'x' }, expandDots: true })).toEqual(['error CONFIG_INVALID outputEvent._id']);
  });

  test('two keys that give one member', () => {
    expect(problemsOf({ outputEvent: { a: 1, 'a.b': 2 }, expandDots: true })).toEqual(['error CONFIG_INVALID outputEvent["a.b"]']);
    expect(problemsOf({ outputEvent: { 'a.b': 1, a: { b: 2 } }, expandDots: true })).toEqual(['error CONFIG_INVALID outputEvent.a']);
  });

  test('the shape', () => {
    expect(problemsOf({})).toEqual(['error CONFIG_REQUIRED outputEvent']);
    expect(problemsOf({ outputEvent: [] })).toEqual(['error CONFIG_TYPE outputEvent']);
    expect(problemsOf({ outputEvent: {}, onMissing: 'skip', expandDots: 'yes' })).toEqual(['error CONFIG_ENUM onMissing', 'error CONFIG_TYPE expandDots']);
    expect(problemsOf({ outputEvent: {}, outputevent: {} })).toEqual(['error CONFIG_UNKNOWN_KEY outputevent']);
  });

  test('lenient: warnings, and null', () => {
    const config = { outputEvent: { a: '{{ }}', b: 'x{{ a.* }}', c: '{{ issue.id }}' }, more: 1 };
    expect(problemsOf(config, { lenient: true })).toEqual(['warning CONFIG_UNKNOWN_KEY more', 'warning TEMPLATE_SYNTAX outputEvent.a', 'warning TEMPLATE_PATH outputEvent.b']);
    expect(dataOf(processed(created(createMapper, config, { lenient: true }), event(vectorData)))).toEqual({ a: null, b: null, c: '10001' });
  });
});

test('four fields cost a few microseconds', () => {
  const mapper = created(createMapper, {
    outputEvent: { key: '{{ issue.key }}', summary: '{{ issue.fields.summary }}', points: '{{ issue.fields.points }}', title: '{{ issue.key }}: {{ issue.fields.summary }}' },
  });
  const one = event(vectorData);
  const rounds = 20_000;
  for (let i = 0; i < rounds; i++) processed(mapper, one);
  const start = process.cpuUsage();
  for (let i = 0; i < rounds; i++) processed(mapper, one);
  const { user, system } = process.cpuUsage(start);
  // About 1 on the machine it was written on: far enough from 20 that a busy one does not fail, near enough that parsing on each event does.
  expect((user + system) / rounds).toBeLessThan(20);
});
