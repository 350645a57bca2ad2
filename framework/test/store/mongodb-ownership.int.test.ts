import { describeWith } from '../../../tools/servers';
import type { Clock } from '../../src/shared';
import { useMongo } from './mongodb-database';

/** Time that passes only when the test says so. */
function manualClock(): Clock & { advance(ms: number): void; sleepers(): number } {
  let now = 1_000_000;
  const sleeping = new Set<{ readonly until: number; wake(): void }>();
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { until: now + ms, wake: resolve };
        if (signal?.aborted) return reject(signal.reason as Error);
        sleeping.add(sleeper);
        signal?.addEventListener('abort', () => sleeping.delete(sleeper) && reject(signal.reason as Error), { once: true });
      }),
    advance(ms) {
      now += ms;
      for (const sleeper of sleeping) {
        if (sleeper.until > now) continue;
        sleeping.delete(sleeper);
        sleeper.wake();
      }
    },
    sleepers: () => sleeping.size,
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((again) => setTimeout(again, 5));
}

describeWith({ needs: ['mongo'] }, 'ownership of a MongoDB database', () => {
  const database = useMongo();

  it('passes to the one that stands by as soon as the owner gives it up', async () => {
    const clock = manualClock();
    const [first, second] = [await database.open(clock), await database.open(clock)];
    await first.ownership.acquire(AbortSignal.timeout(10_000));
    await first.ownership.announce('http://here:1');
    expect(await second.ownership.holder()).toEqual({ pid: process.pid, url: 'http://here:1', startedAt: new Date(1_000_000).toISOString() });
    const acquired = second.ownership.acquire(AbortSignal.timeout(10_000));
    await until(() => clock.sleepers() === 2);
    await first.ownership.release();
    expect(await second.ownership.holder()).toBeUndefined();
    clock.advance(1_000);
    await acquired;
    expect(first.ownership.held.aborted).toBe(false);
  });

  it('passes when the owner was silent for 20 s of the other one’s own clock, and the first learns of it', async () => {
    const [clock, other] = [manualClock(), manualClock()];
    const [first, second] = [await database.open(clock), await database.open(other)];
    await first.ownership.acquire(AbortSignal.timeout(10_000));
    let acquired = false;
    const waiting = second.ownership.acquire(AbortSignal.timeout(20_000)).then(() => (acquired = true));
    const look = async (ms: number): Promise<void> => {
      await until(() => other.sleepers() === 1);
      other.advance(ms);
    };
    await look(19_000);
    // A renewal: the other one counts from there.
    const before = (await database.db.collection('framework.state').findOne({ _id: 'owner' as never }))!['rev'];
    clock.advance(10_000);
    while ((await database.db.collection('framework.state').findOne({ _id: 'owner' as never }))!['rev'] === before) await new Promise((again) => setTimeout(again, 5));
    await look(1_000);
    await look(19_000);
    await until(() => other.sleepers() === 1);
    expect(acquired).toBe(false);
    other.advance(1_000);
    await waiting;

    const lost = new Promise((aborted) => first.ownership.held.addEventListener('abort', aborted, { once: true }));
    clock.advance(10_000);
    await lost;
    expect(first.ownership.held.reason).toMatchObject({ code: 'STORE_LOST' });
    // It stands by, and waits like any other.
    const again = first.ownership.acquire(AbortSignal.timeout(10_000));
    await second.ownership.release();
    await until(() => clock.sleepers() === 1);
    clock.advance(1_000);
    await again;
    expect(first.ownership.held.aborted).toBe(false);
  });

  it('is given to one of many that come at once', async () => {
    const waiting = new AbortController();
    const all = await Promise.all(Array.from({ length: 6 }, () => database.open(manualClock())));
    const owners: number[] = [];
    const done = all.map((store, index) => store.ownership.acquire(waiting.signal).then(() => owners.push(index), () => undefined));
    await Promise.race(done);
    waiting.abort();
    await Promise.all(done);
    expect(owners).toHaveLength(1);
  });
});
