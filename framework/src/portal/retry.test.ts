import { isTransient, MAX_RETRIES, parseWait, retryAfter } from './retry';

const NOW = 1_700_000_000_000;
const status = (code: number, headers: Record<string, string> = {}) => ({ status: code, headers });

describe('parseWait', () => {
  it.each([
    ['30', 30_000],
    ['1700000005', 5_000],
    ['1699999000', 0],
    ['10000', 10_000_000],
    ['0', 0],
    ['1.5', 1_500],
    ['2023-11-14T22:13:30.000Z', 10_000],
    ['Tue, 14 Nov 2023 22:13:21 GMT', 1_000],
    ['2023-11-14T22:13:10.000Z', undefined],
    ['invalid', undefined],
    ['-5', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('reads %s as %s ms', (value, expected) => {
    expect(parseWait(value, NOW)).toBe(expected);
  });
});

describe('retryAfter', () => {
  it.each([0, 408, 429, 502, 503, 504])('retries %s ten times', (code) => {
    expect(retryAfter(status(code), MAX_RETRIES, NOW)).toBeDefined();
    expect(retryAfter(status(code), MAX_RETRIES + 1, NOW)).toBeUndefined();
  });

  it('retries 500 three times', () => {
    expect(retryAfter(status(500), 3, NOW)).toBeDefined();
    expect(retryAfter(status(500), 4, NOW)).toBeUndefined();
  });

  it.each([200, 207, 400, 401, 403, 404, 409, 413, 422])('never retries %s', (code) => {
    expect(retryAfter(status(code), 1, NOW)).toBeUndefined();
  });

  it('takes the first header that parses, then the backoff', () => {
    expect(retryAfter(status(429, { 'retry-after': '7', 'x-ratelimit-reset': '9' }), 1, NOW)).toBe(7_000);
    expect(retryAfter(status(429, { 'retry-after': 'invalid', 'x-ratelimit-reset': '1700000009' }), 1, NOW)).toBe(9_000);
    expect(retryAfter(status(429, { 'retry-after': '', 'x-ratelimit-reset': 'invalid' }), 1, NOW)).toBeLessThanOrEqual(300);
  });

  it('waits 300 s at most', () => {
    expect(retryAfter(status(429, { 'retry-after': '10000' }), 1, NOW)).toBe(300_000);
  });

  it('does not wait for a reset while requests remain', () => {
    const headers = { 'x-ratelimit-reset': '250', 'x-ratelimit-remaining': '900' };
    expect(retryAfter(status(503, headers), 1, NOW)).toBeLessThanOrEqual(300);
    expect(retryAfter(status(503, { ...headers, 'x-ratelimit-remaining': '0' }), 1, NOW)).toBe(250_000);
  });

  it('spreads the backoff over the whole interval', () => {
    const waits = Array.from({ length: 200 }, () => retryAfter(status(503), 5, NOW)!);
    expect(Math.max(...waits)).toBeLessThanOrEqual(4_800);
    expect(Math.min(...waits)).toBeLessThan(2_400);
    expect(Math.max(...waits)).toBeGreaterThan(2_400);
  });
});

describe('isTransient', () => {
  it('tells what may pass from what will not', () => {
    expect([0, 401, 408, 429, 500, 503].every(isTransient)).toBe(true);
    expect([200, 400, 403, 404, 409, 413, 422].some(isTransient)).toBe(false);
  });
});
