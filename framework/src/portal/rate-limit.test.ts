import { fakeClock } from '../testkit';
import { openRateLimit } from './rate-limit';
import type { Priority } from './types';

const START = 1_700_000_000_000;
const headers = (remaining: number, resetS: number | string, limit = 100): Record<string, string> => ({
  'x-ratelimit-limit': String(limit),
  'x-ratelimit-remaining': String(remaining),
  'x-ratelimit-reset': String(resetS),
  'x-ratelimit-period': '300',
});

describe('openRateLimit', () => {
  const open = () => {
    const clock = fakeClock(START);
    const rate = openRateLimit(clock, new AbortController().signal);
    /** One request and its answer. */
    const one = async (answer?: Record<string, string>, priority: Priority = 'resync'): Promise<void> => (await rate.pass(priority))(answer);
    return { clock, rate, one };
  };

  it('does not wait while enough remains', async () => {
    const { clock, one } = open();
    for (let at = 0; at < 50; at++) await one(headers(60, 60));
    expect(clock.waits).toEqual([]);
  });

  it('spreads what is left below a tenth', async () => {
    const { clock, one } = open();
    await one(headers(5, 60));
    await one(headers(4, 48));
    await one(headers(3, 36));
    expect(clock.waits).toEqual([12_000, 12_000]);
  });

  it.each([
    ['seconds until the reset', 40],
    ['epoch seconds', START / 1_000 + 40],
  ])('waits for the reset at 0, given as %s', async (_, reset) => {
    const { clock, one } = open();
    await one(headers(0, reset));
    await one();
    expect(clock.waits).toEqual([40_000]);
  });

  it('a new window is free again', async () => {
    const { clock, rate, one } = open();
    await one(headers(0, 40));
    await one();
    for (let at = 0; at < 20; at++) await rate.pass('resync');
    expect(clock.waits).toEqual([40_000]);
  });

  it('counts what is in flight, so that a burst does not overshoot', async () => {
    const { rate, one, clock } = open();
    await one(headers(2, 30, 10));
    const burst = await Promise.all([rate.pass('resync'), rate.pass('resync')]);
    const third = rate.pass('resync');
    expect(clock.waits.at(-1)).not.toBe(30_000);
    burst[0]!(headers(0, 20, 10));
    burst[1]!(headers(0, 20, 10));
    (await third)();
    expect(clock.now()).toBeGreaterThanOrEqual(START + 20_000);
  });

  it('a reset far away is a clock that differs: not longer than the period', async () => {
    const { clock, one } = open();
    await one({ ...headers(0, START / 1_000 + 86_400), 'x-ratelimit-period': '10' });
    await one();
    expect(clock.waits).toEqual([10_000]);
  });

  it('ignores answers without headers, and headers that are none', async () => {
    const { clock, one } = open();
    await one({});
    await one({ 'x-ratelimit-remaining': 'none', 'x-ratelimit-limit': '10', 'x-ratelimit-reset': '5' });
    await one({ 'x-ratelimit-limit': '10', 'x-ratelimit-reset': '5' });
    await one();
    expect(clock.waits).toEqual([]);
  });

  it('lets live events pass first, then the resync, then the rest', async () => {
    let now = START;
    let ring!: () => void;
    const rate = openRateLimit({ now: () => now, sleep: () => new Promise<void>((awake) => (ring = awake)) }, new AbortController().signal);
    (await rate.pass('resync'))(headers(0, 40));
    const order: Priority[] = [];
    const send = async (priority: Priority): Promise<void> => {
      const answered = await rate.pass(priority);
      order.push(priority);
      answered(headers(50, 300));
    };
    const all = Promise.all([send('background'), send('resync'), send('live')]);
    expect(order).toEqual([]);
    now += 40_000;
    ring();
    await all;
    expect(order).toEqual(['live', 'resync', 'background']);
  });

  it('a caller that aborts does not wait on', async () => {
    const { rate, one } = open();
    await one(headers(0, 40));
    const stop = new AbortController();
    const waits = rate.pass('live', stop.signal);
    stop.abort(new Error('stopped'));
    await expect(waits).rejects.toThrow('stopped');
    await expect(rate.pass('live', stop.signal)).rejects.toThrow('stopped');
  });
});
