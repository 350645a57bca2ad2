import { obey, stage } from './test/stage';

test('an engage that failed and then waits for news is well after a minute, or after twice the time in which it failed', async () => {
  const failsAfterMs = [0, 0, 50_000];
  const clock = () => on.clock;
  const on = stage({
    engage: true,
    make: () => ({
      async engage(signal) {
        const ms = failsAfterMs.shift();
        if (ms === undefined) return obey(signal);
        if (ms > 0) await clock().sleep(ms, signal);
        throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
      },
    }),
  });
  await on.clock.advance(5_000);
  expect(on.connector.status()).toMatchObject({ status: 'DEGRADED', engageState: 'ENGAGED', failing: { attempts: 2 } });
  // The third call fails before its minute is over; the fourth must last for 100 s.
  await on.clock.advance(55_000);
  expect(on.connector.status()).toMatchObject({ status: 'DEGRADED', failing: { attempts: 3 } });
  await on.clock.advance(90_000);
  expect(on.connector.status()).toMatchObject({ status: 'DEGRADED', engageState: 'ENGAGED' });
  await on.clock.advance(20_000);
  expect(on.connector.status()).toMatchObject({ status: 'RUNNING', engageState: 'ENGAGED' });
  expect(on.connector.status().failing).toBeUndefined();
  expect(on.named('engage').length).toBe(4);
});
