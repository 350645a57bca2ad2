import { isLive } from './machine';
import { stage, START, stop, type Stage } from './test/stage';
import { watchMoody } from './test/moody';
import { seeded, settle, timeline } from './test/timeline';

const STEPS = 100_000;
/** Steps of one connector, from its start to its stop. */
const LIFE = 400;

test('random walk over the runner: 100,000 steps, no invariant broken', async () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
  console.log(`seed ${seed}`);
  const random = seeded(seed);
  const breaches: string[] = [];
  const counts: Record<string, number> = {};
  const statuses = new Set<string>();
  let written = 0;

  /** One connector among random commands, then stopped. */
  async function walk(steps: number): Promise<void> {
    const clock = timeline(START);
    const trouble = random() * 0.5;
    let calm = false;
    const watch = watchMoody({ random, clock, trouble: () => (calm ? 0 : trouble), fatal: 0.03, counts, breach: (what) => void breaches.push(what) });
    const on = stage({
      clock,
      seed: Math.floor(random() * 1e9),
      engage: random() < 0.6,
      maxFailures: 1 + Math.floor(random() * 10),
      schedule: { atStart: random() < 0.7, ...(random() < 0.7 && { everyMs: 1 + Math.floor(random() * 600_000) }) },
      targets: random() < 0.5 ? [] : [{ name: 'a' }, { name: 'b' }],
      openContext: () => (!calm && random() < trouble * 0.2 ? Promise.reject(Object.assign(new Error('store away'), { code: 'ECONNREFUSED' })) : undefined),
      beforeRun: () => (!calm && random() < trouble * 0.2 ? Promise.reject(Object.assign(new Error('store away'), { code: 'ECONNREFUSED' })) : undefined),
      make: watch.make,
    });
    for (let step = 0; step < steps; step++) {
      await act(on);
      look(on);
    }
    // What was asked for is done in the end, once: no request is lost.
    if (random() < 0.5) {
      calm = true;
      on.connector.resume();
      on.connector.restart();
      await clock.advance(60_000);
      if (on.connector.status().targets.every(({ status }) => isLive(status))) {
        on.connector.request('rest');
        await clock.advance(5_000);
        if (on.saved?.requested !== undefined) breaches.push('I2: a request was never served');
      }
    }
    const took = await stop(on);
    if (took > 30_000) breaches.push(`I9: the stop took ${took} ms`);
    await clock.advance(125_000);
    written += on.writes.length;
    for (const [instanceId, { done, over }] of watch.lives) if (done.includes('initialize') !== over) breaches.push(`I5: ${instanceId} ${over ? 'was disconnected, though it was never initialized' : 'was not disconnected'}`);
    for (const record of on.records) if (record.is === 'refused') breaches.push(`the machine refused ${record.event} in ${record.status}`);
  }

  async function act(on: Stage): Promise<void> {
    const { connector, clock } = on;
    const dice = random();
    if (dice < 0.45) await clock.advance(Math.floor(random() ** 3 * 60_000));
    else if (dice < 0.6) tryTo(() => connector.request('rest'));
    else if (dice < 0.66) connector.pause();
    else if (dice < 0.76) connector.resume();
    else if (dice < 0.8) connector.restart();
    else if (dice < 0.84) connector.restart(['default', 'a', 'b', 'x'][Math.floor(random() * 4)]);
    else if (dice < 0.88) tryTo(() => connector.addTarget({ name: random() < 0.5 ? 'x' : 'y', config: { n: Math.floor(random() * 3) } }, 'rest'));
    else if (dice < 0.91) connector.removeTarget(random() < 0.5 ? 'x' : 'y');
    else if (dice < 0.94) on.runs.at(-1)?.cancel.abort();
    else if (dice < 0.97) for (const listener of on.listeners) void listener('news').catch(() => undefined);
    else await settle();
  }

  function look(on: Stage): void {
    const status = on.connector.status();
    statuses.add(status.status);
    for (const target of status.targets) {
      statuses.add(target.status);
      if (!isLive(target.status) && (target.pollState !== 'OFF' || target.engageState !== 'OFF')) breaches.push(`${target.status} shows ${target.pollState} ${target.engageState}`);
      if (target.lastSuccessAt !== undefined && (target.lastAttemptAt === undefined || target.lastAttemptAt > on.clock.now())) breaches.push('I8: a success without an attempt');
    }
    if (status.connectorId !== 'connector-1') breaches.push('I1: another connector id');
    if (on.runs.filter(({ over }) => !over).length > 1) breaches.push('I2: two runs at once');
  }

  for (let done = 0; done < STEPS; done += LIFE) await walk(LIFE);
  expect({ seed, breaches: [...new Set(breaches)].slice(0, 10) }).toEqual({ seed, breaches: [] });
  // It went everywhere.
  expect([...statuses].sort()).toEqual(['CONFIG_FAILED', 'CREATED', 'DEGRADED', 'FAILED', 'INITIALIZED', 'INITIALIZE_FAILED', 'REFRESHING', 'RUNNING', 'STOPPED', 'STOPPING', 'WAITING']);
  for (const kind of ['refresh', 'engage', 'disconnect', 'leaks', 'obeys', 'comes back late', 'hangs']) expect({ kind, often: (counts[kind] ?? 0) > 100 }).toEqual({ kind, often: true });
  expect(written).toBeGreaterThan(0);
}, 600_000);

/** A refusal is an answer. */
function tryTo(work: () => unknown): void {
  try {
    work();
  } catch (err) {
    if (!(err instanceof Error)) throw new Error('something else was thrown', { cause: err });
  }
}
