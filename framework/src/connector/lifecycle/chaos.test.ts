import { watchMoody } from './test/moody';
import { HOUR, MINUTE, stage, START, type Stage } from './test/stage';
import { seeded, timeline } from './test/timeline';

const ALL = 100;
const CHAOTIC = 20;
const HOURS = 3;

/** 100 connectors on one clock, some of which do as they please. Each has its own randomness, so that only interference could change what the others do. */
async function world(chaotic: number, seed: number): Promise<{ readonly schedules: readonly (readonly number[])[]; readonly breaches: readonly string[]; readonly took: number; readonly counts: Readonly<Record<string, number>>; readonly states: readonly string[]; readonly running: number }> {
  const clock = timeline(START);
  const random = seeded(seed);
  const breaches: string[] = [];
  const counts: Record<string, number> = {};
  const watch = (): ReturnType<typeof watchMoody> => watchMoody({ random, clock, trouble: () => 0.7, fatal: 0.05, breach: (what) => void breaches.push(what), counts });
  const all: Stage[] = Array.from({ length: ALL }, (_, n) => {
    const options = { clock, seed: n, identifier: `connector-${n}`, engage: n % 3 === 0, schedule: { atStart: true, everyMs: 20 * MINUTE } };
    const own = `${n}-`;
    return n < chaotic
      ? stage({ ...options, engage: true, idPrefix: own, make: watch().make })
      : stage({ ...options, idPrefix: own, make: () => ({ engage: (signal) => clock.sleep(5 * MINUTE, signal), refresh: ({ signal }) => clock.sleep(30_000, signal), disconnect: async () => undefined }) });
  });
  for (let minute = 0; minute < HOURS * 60; minute++) {
    await clock.advance(MINUTE);
    // Readable at any time, and a restart now and then by an operator.
    for (const { connector } of all) connector.status();
    if (minute % 30 === 29) for (const { connector } of all.slice(0, chaotic)) connector.restart();
  }
  const states = all.map(({ connector }) => connector.status().status);
  const from = clock.now();
  let took = Infinity;
  void Promise.all(all.map(({ connector }) => connector.stop())).then(() => (took = clock.now() - from));
  await clock.advance(30_000);
  const schedules = all.slice(CHAOTIC).map((on) => on.calls.filter(({ method }) => method === 'refresh' || method === 'engage').map(({ at }) => at - START));
  const running = all.filter(({ connector }) => connector.status().status !== 'STOPPED').length;
  await clock.advance(HOUR);
  return { schedules, breaches, took, counts, states, running };
}

test('chaos: 100 connectors, 20 of which throw, hang, leak or ignore their signal at random in every method', async () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
  console.log(`seed ${seed}`);
  const calm = await world(0, seed);
  const chaos = await world(CHAOTIC, seed);
  expect(chaos.breaches).toEqual([]);
  // The others: to the millisecond as if the twenty were not there.
  expect(chaos.schedules).toEqual(calm.schedules);
  for (const schedule of chaos.schedules) expect(schedule.length).toBeGreaterThanOrEqual(8);
  expect(chaos.states.slice(CHAOTIC).filter((status) => status !== 'WAITING' && status !== 'RUNNING' && status !== 'REFRESHING')).toEqual([]);
  expect(chaos.took).toBeLessThanOrEqual(30_000);
  expect(chaos.running).toBe(0);
  expect(Object.keys(chaos.counts)).toEqual(expect.arrayContaining(['initialize', 'setContext', 'start', 'refresh', 'engage', 'disconnect', 'leaks', 'obeys', 'comes back late', 'hangs']));
});
