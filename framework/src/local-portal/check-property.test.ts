import { checkProperty } from './check-property';

const cases: [object, unknown[], unknown[]][] = [
  [{ type: 'string' }, ['', 'x'], [1, true, [], {}]],
  [{ type: 'number' }, [0, -1.5, 12345678901234567890n], ['1', NaN, true]],
  [{ type: 'boolean' }, [true, false], ['true', 0]],
  [{ type: 'object' }, [{}, { a: 1 }], [[], 'x']],
  [{ type: 'array' }, [[], [1]], [{}, 'x']],
  [{ type: 'string', format: 'date-time' }, ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.123456+02:00', '2024-02-29t23:59:60z'], ['2026-01-01', '2026-01-01T00:00:00', '2026-02-29T00:00:00Z', '2026-13-01T00:00:00Z', '2026-01-01T24:00:00Z']],
  [{ type: 'string', format: 'timer' }, ['2026-01-01T00:00:00Z'], ['soon']],
  [{ type: 'string', format: 'url' }, ['https://x.example/a?b#c', 'ssh://git@h/x'], ['x.example', 'https://', 'https://a b', '/path']],
  [{ type: 'string', format: 'email' }, ['a.b+c@x.example'], ['a', 'a@', '@x', 'ü@x.example', 'a b@x.example']],
  [{ type: 'string', format: 'idn-email' }, ['ü@ö.example'], ['ü', 'a @x']],
  [{ type: 'string', format: 'ipv4' }, ['10.0.0.1'], ['10.0.0.256', '::1']],
  [{ type: 'string', format: 'ipv6' }, ['::1'], ['10.0.0.1']],
  [{ type: 'string', format: 'markdown' }, ['# x'], [1]],
  [{ type: 'object', format: 'labeled-url' }, [{ url: 'https://x.example', displayText: 'x' }], [{}, { url: 'x' }]],
  [{ type: 'string', enum: ['a', 'b'] }, ['a'], ['c', '']],
  [{ type: 'number', enum: [1, 2] }, [1], [3]],
  [{ type: 'string', pattern: '^[a-z]+$', minLength: 2, maxLength: 3 }, ['ab', 'abc'], ['a', 'abcd', 'A1']],
  [{ type: 'number', minimum: 1, exclusiveMaximum: 5 }, [1, 4.9], [0, 5]],
  [{ type: 'array', items: { type: 'string', format: 'url' }, maxItems: 1 }, [[], ['https://x.example']], [['x'], [1], ['https://a.example', 'https://b.example']]],
  [{ type: 'array', format: 'url', items: { type: 'string', enum: ['a'] } }, [['a']], [['b']]],
];

test.each(cases)('%j', (property, good, bad) => {
  const check = checkProperty(property as Record<string, unknown>);
  for (const value of good) expect({ value, fault: check(value) }).toEqual({ value, fault: undefined });
  for (const value of bad) expect({ value, fault: check(value) }).toEqual({ value, fault: expect.any(String) });
});
