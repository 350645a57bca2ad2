import type { Json } from '../../shared';
import { createFilter } from './filter';
import { context, created, event, processed } from './test/event';
import { vectorData } from './test/vector-data';
import type { PipelineEvent } from './types';

/** `pass`, the reason of a discard, or the code of a dead letter. */
const judged = (celExpression: string, other: Partial<PipelineEvent> = {}, options: Readonly<Record<string, unknown>> = {}): string => {
  const result = processed(created(createFilter, { type: 'filter', celExpression, ...options }), event(vectorData, other));
  if (result.is === 'event') return result.event.operation === 'delete' ? 'delete' : 'pass';
  return result.is === 'discard' ? result.reason : result.code;
};
const on = (data: Json, celExpression: string): string => judged(celExpression, { data });
const full = (text: string): string => text.replaceAll('F.', 'data.issue.fields.');
const codesOf = (config: Readonly<Record<string, unknown>>): readonly string[] => createFilter(config, context()).problems.map(({ path, code }) => `${path} ${code}`);

describe('the vectors', () => {
  test.each([
    ['eventType.startsWith("jira:")', 'pass'],
    ['eventType in ["a","b"]', 'false'],
    ['F.points > 5 && "web" in F.labels', 'pass'],
    ['data.nope.x == "a"', 'missing-field'],
    ['data.nope.x != "a"', 'missing-field'],
    ['!has(data.nope.x) || data.nope.x != "a"', 'pass'],
    ['data.nope == 1 || eventType != ""', 'pass'],
    ['data.issue.key', 'FILTER_NOT_BOOLEAN'],
    ['data.issue.key + 1 == 2', 'FILTER_FAILED'],
  ])('%s', (expression, expected) => {
    expect(judged(full(expression))).toBe(expected);
  });

  test.each([
    ['"type is " + eventType', 'FILTER_NOT_BOOLEAN'],
    ['nosuch == 1', 'FILTER_UNKNOWN_NAME'],
    ['eventType ==', 'FILTER_SYNTAX'],
    ['nosuch(1)', 'FILTER_UNKNOWN_NAME'],
    ['has(data)', 'FILTER_SYNTAX'],
    ['has(data.a, data.b)', 'FILTER_SYNTAX'],
    ['eventType > 1', 'FILTER_SYNTAX'],
    ['eventType && true', 'FILTER_SYNTAX'],
    ['', 'FILTER_SYNTAX'],
  ])('%s is refused', (expression, code) => {
    expect(codesOf({ celExpression: expression })).toEqual([`celExpression ${code}`]);
  });

  test('a problem tells its place', () => {
    expect(createFilter({ celExpression: 'has(data.a) && nosuch == 1' }, context()).problems[0]).toMatchObject({ message: 'Unknown variable: nosuch (at 16)' });
  });
});

describe('missing fields', () => {
  test.each([
    ['data.nope', 'missing-field'],
    ['!data.nope', 'missing-field'],
    ['data.nope == null', 'missing-field'],
    ['F.parent.x == 1', 'missing-field'],
    ['F.labels[9] == "x"', 'missing-field'],
    ['F.labels[-1] == "x"', 'missing-field'],
    ['true || data.nope == 1', 'pass'],
    ['data.nope == 1 || true', 'pass'],
    ['false && data.nope == 1', 'false'],
    ['data.nope == 1 && false', 'false'],
    ['!(false && data.nope == 1)', 'pass'],
    ['data.nope == 1 && true', 'missing-field'],
    ['data.nope == 1 || false', 'missing-field'],
    ['data.nope == 1 ? true : true', 'missing-field'],
    ['F.subtasks.exists(s, s.none == 1 || s.id == 2)', 'pass'],
    ['F.subtasks.exists(s, s.none == 1)', 'missing-field'],
    ['F.parent == null', 'pass'],
    ['data.constructor == 1', 'missing-field'],
    ['data.toString == 1', 'missing-field'],
  ])('%s', (expression, expected) => {
    expect(judged(full(expression))).toBe(expected);
  });

  test.each([
    ['has(data.issue.fields.parent)', 'pass'],
    ['has(F.parent.x)', 'false'],
    ['has(data.a.b.c.d)', 'false'],
    ['has(data.issue.key.x)', 'false'],
    ['has(data.issue.fields.labels.x)', 'false'],
    ['has(data.issue.fields["subtasks"][0].t)', 'pass'],
    ['has(data.issue.fields["subtasks"][7].t)', 'false'],
    ['F.subtasks.all(s, has(s.t) && !has(s.none))', 'pass'],
    ['has( data.nope.x ) || has(data.issue)', 'pass'],
    ['data.issue.key == "has(x)" || has(data.empty) // has(data.nope)', 'pass'],
  ])('%s', (expression, expected) => {
    expect(judged(full(expression))).toBe(expected);
  });
});

describe('other errors are kept', () => {
  test.each([
    ['data.issue.key > 1', 'FILTER_FAILED'],
    ['data.issue.key.matches("(")', 'FILTER_FAILED'],
    ['1 / 0 == 1', 'FILTER_FAILED'],
    ['F.parent', 'FILTER_NOT_BOOLEAN'],
    ['!data.issue.key', 'FILTER_FAILED'],
    ['data.issue.key || false', 'FILTER_FAILED'],
    ['data.issue.key || true', 'pass'],
    // Whichever side the missing field is on, it hides no error.
    ['data.issue.key + 1 == 2 || data.nope == 1', 'FILTER_FAILED'],
    ['data.nope == 1 || data.issue.key + 1 == 2', 'FILTER_FAILED'],
    ['data.issue.key + 1 == 2 && data.nope == 1', 'FILTER_FAILED'],
  ])('%s', (expression, expected) => {
    expect(judged(full(expression))).toBe(expected);
  });

  test('the cause is told without values', () => {
    const dead = (celExpression: string): unknown => processed(created(createFilter, { celExpression }), event({ secretish: 'hunter2' }));
    expect(dead('data.secretish > 1')).toEqual({ is: 'dead', code: 'FILTER_FAILED', message: 'no such overload: dyn<string> > int' });
    expect(JSON.stringify(dead('bool(data.secretish)'))).not.toContain('hunter2');
    expect(JSON.stringify(dead('duration(data.secretish) > duration("1s")'))).not.toContain('hunter2');
  });
});

describe('numbers', () => {
  test.each([
    ['F.points == 8', 'pass'],
    ['F.points == 8.0', 'pass'],
    ['8 == F.points && F.points >= 8 && F.points <= 8.5 && F.points != 7', 'pass'],
    ['F.points in [7, 8]', 'pass'],
    ['F.points in ["a", 8.0]', 'pass'],
    ['F.ratio < 1', 'pass'],
    ['F.points > size(F.labels)', 'pass'],
    ['data.big == 9007199254740995', 'pass'],
    ['data.big == 9007199254740996', 'false'],
    ['data.big > 9007199254740994 && data.big < 9007199254740996', 'pass'],
    ['data.big > 5.0', 'pass'],
    ['string(data.big) == "9007199254740995"', 'pass'],
  ])('%s', (expression, expected) => {
    expect(judged(full(expression))).toBe(expected);
  });
});

test('all names', () => {
  const expression =
    'eventType == "jira:issue_updated" && operation == "write" && kind == "issue" && source == "jira-main" && keys.id == "10001" && receivedAt > timestamp("2026-02-03T04:05:05Z") && receivedAt.getFullYear() == 2026';
  expect(judged(expression)).toBe('pass');
  expect(judged('keys.n == 9007199254740995', { keys: [{ name: 'n', value: 9007199254740995n }] })).toBe('pass');
});

test('a member named constructor is a member like others', () => {
  const data: Json = { a: { constructor: 'x', team: 'F1' }, list: [{ constructor: null, id: 1 }] };
  expect(on(data, 'data.a.constructor == "x" && data.a.team == "F1"')).toBe('pass');
  expect(on(data, 'data.list[0].id == 1')).toBe('pass');
  expect(on(data, 'has(data.a.team) && !has(data.a.nope)')).toBe('pass');
  expect(on(data, 'data.a.team == "F1" || data.nope == 1')).toBe('pass');
});

describe('what happens to the event', () => {
  const one = event(vectorData);
  test('it passes as it is', () => {
    const result = processed(created(createFilter, { celExpression: 'true' }), one);
    expect(result.is === 'event' && result.event).toBe(one);
  });

  test('onFalse: delete makes a delete of it, also for a missing field', () => {
    const leaving = created(createFilter, { celExpression: 'data.issue.fields.points > 10', onFalse: 'delete' });
    expect(processed(leaving, one)).toEqual({ is: 'event', event: { ...one, operation: 'delete' } });
    expect(judged('data.nope == 1', {}, { onFalse: 'delete' })).toBe('delete');
    expect(judged('data.issue.key', {}, { onFalse: 'delete' })).toBe('FILTER_NOT_BOOLEAN');
  });

  test('delete events are judged, unless deletes: always', () => {
    expect(judged('false', { operation: 'delete' })).toBe('false');
    expect(judged('false', { operation: 'delete' }, { deletes: 'always' })).toBe('delete');
    expect(judged('false', {}, { deletes: 'always' })).toBe('false');
  });

  test('the shape of the configuration', () => {
    expect(codesOf({})).toEqual(['celExpression CONFIG_REQUIRED']);
    expect(codesOf({ celExpression: 'true', onFalse: 'drop', deletes: 1 })).toEqual(['onFalse CONFIG_ENUM', 'deletes CONFIG_TYPE']);
  });
});
