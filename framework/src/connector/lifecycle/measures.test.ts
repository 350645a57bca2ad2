import { createMeasures } from './measures';

const open = () => {
  const full: string[] = [];
  const { metrics, values } = createMeasures((name, most) => void full.push(`${name} beyond ${most}`));
  return { metrics, values, full };
};

it('counts and measures', () => {
  const { metrics, values } = open();
  metrics.count('pages');
  metrics.count('pages', 4);
  metrics.gauge('lag_ms', 250);
  metrics.gauge('lag_ms', 20);
  metrics.count('credit', -1.5);
  expect(values()).toEqual({ pages: 5, lag_ms: 20, credit: -1.5 });
});

it.each([
  ['', 1, '"" is no name of a metric'],
  ['1st', 1, '"1st" is no name'],
  ['rows of db', 1, '"rows of db" is no name'],
  ['x'.repeat(65), 1, 'is no name'],
  [undefined as unknown as string, 1, 'is no name'],
  ['rows', NaN, 'the metric rows is given NaN; give a finite number'],
  ['rows', '5' as unknown as number, 'the metric rows is given 5; give a finite number'],
])('refuses %s with %s', (name, value, message) => {
  const { metrics, values } = open();
  expect(() => metrics.count(name, value)).toThrow(message);
  expect(() => metrics.gauge(name, value)).toThrow(message);
  expect(values()).toEqual({});
});

it('keeps fifty names, tells the first that is too many, and goes on with those it has', () => {
  const { metrics, values, full } = open();
  for (let at = 0; at < 200; at++) metrics.count(`n${at}`);
  metrics.count('n0');
  expect(Object.keys(values())).toHaveLength(50);
  expect(values()['n0']).toBe(2);
  expect(full).toEqual(['n50 beyond 50']);
});
