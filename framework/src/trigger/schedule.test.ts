import { FrameworkError } from '../contract';
import type { ResyncRequest } from '../store';
import { recordedLog } from '../testkit';
import { scheduleTrigger, type ScheduledEntry, type ScheduleTrigger } from './schedule';
import { steppedClock } from './test/stepped-clock';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('the schedule', () => {
  const clock = steppedClock();
  let asked: { readonly identifier: string; readonly at: number }[] = [];
  let answer: () => Promise<void>;
  let trigger: ScheduleTrigger;
  let begun: number;

  const start = async (entries: readonly ScheduledEntry[]): Promise<void> => {
    asked = [];
    begun = clock.now();
    answer = async () => undefined;
    trigger = scheduleTrigger({
      entries,
      clock,
      log: recordedLog(),
      async request({ identifier, cause }: ResyncRequest) {
        expect(cause).toBe('interval');
        asked.push({ identifier, at: clock.now() - begun });
        await answer();
        return { identifier, runId: 'run', status: 'running', joined: false };
      },
    });
    await trigger.start(new AbortController().signal);
  };
  afterEach(() => trigger.stop());

  it('asks first after one interval, then after each', async () => {
    await start([{ identifier: 'a', resync: { everyMs: 10 * MINUTE } }]);
    expect(trigger.next('a')).toBe(begun + 10 * MINUTE);
    await clock.advance(10 * MINUTE - 1);
    expect(asked).toEqual([]);
    await clock.advance(1);
    expect(asked).toEqual([{ identifier: 'a', at: 10 * MINUTE }]);
    expect(trigger.next('a')).toBe(begun + 20 * MINUTE);
    await clock.advance(30 * MINUTE);
    expect(asked.map(({ at }) => at / MINUTE)).toEqual([10, 20, 30, 40]);
  });

  it('holds one plan for each entry', async () => {
    await start([
      { identifier: 'a', resync: { everyMs: 2 * HOUR } },
      { identifier: 'b', resync: { everyMs: 3 * HOUR } },
      { identifier: 'none', resync: {} },
    ]);
    await clock.advance(6 * HOUR);
    expect(asked.map(({ identifier, at }) => `${identifier}${at / HOUR}`).sort()).toEqual(['a2', 'a4', 'a6', 'b3', 'b6']);
    expect(trigger.next('none')).toBeUndefined();
  });

  it('waits longer than a timer can', async () => {
    await start([{ identifier: 'a', resync: { everyMs: 30 * DAY } }]);
    await clock.advance(30 * DAY - 1);
    expect(asked).toEqual([]);
    await clock.advance(1);
    expect(asked).toHaveLength(1);
  });

  it('follows a cron pattern, in local time', async () => {
    await start([{ identifier: 'a', resync: { cron: '30 */6 * * *' } }]);
    await clock.advance(DAY);
    const times = asked.map(({ at }) => new Date(begun + at));
    expect(times).toHaveLength(4);
    expect(times.map((time) => [time.getHours() % 6, time.getMinutes(), time.getSeconds()])).toEqual(times.map(() => [0, 30, 0]));
  });

  it('takes the earlier of interval and pattern', async () => {
    await start([{ identifier: 'a', resync: { everyMs: 3 * HOUR, cron: '0 * * * *' } }]);
    await clock.advance(3 * HOUR);
    expect(asked.length).toBeGreaterThanOrEqual(3);
  });

  it('refuses a pattern that is none', () => {
    const make = () => scheduleTrigger({ entries: [{ identifier: 'a', resync: { cron: 'often' } }], request: () => Promise.reject(new Error()), log: recordedLog() });
    expect(make).toThrow(expect.objectContaining({ code: 'TRIGGER_FAILED', message: expect.stringContaining('resync.cron of a') }));
  });

  it("falls back to the portal's interval, and follows its changes", async () => {
    let interval: number | undefined;
    await start([{ identifier: 'a', resync: {}, portalIntervalMs: () => interval }]);
    await clock.advance(DAY);
    expect(asked).toEqual([]);
    interval = HOUR;
    await clock.advance(3 * HOUR);
    expect(asked).toHaveLength(2);
    interval = undefined;
    await clock.advance(DAY);
    expect(asked).toHaveLength(2);
    expect(trigger.next('a')).toBeUndefined();
  });

  it("does not look at the portal's interval when the entry has a schedule", async () => {
    await start([{ identifier: 'a', resync: { cron: '0 0 1 1 *' }, portalIntervalMs: () => MINUTE }]);
    await clock.advance(DAY);
    expect(asked).toEqual([]);
  });

  it('asks again soon when the request could not be stored, and waits its interval when it was refused', async () => {
    await start([{ identifier: 'a', resync: { everyMs: HOUR } }]);
    answer = () => Promise.reject(new FrameworkError('STORE_UNREACHABLE', ['down']));
    await clock.advance(HOUR + MINUTE);
    expect(asked.map(({ at }) => at - HOUR)).toEqual([0, 30_000, MINUTE]);
    answer = () => Promise.reject(new FrameworkError('ENTRY_REFUSED', ['a', 'disabled']));
    await clock.advance(MINUTE);
    expect(asked).toHaveLength(4);
    await clock.advance(30 * MINUTE);
    expect(asked).toHaveLength(4);
  });

  it('asks nothing once stopped', async () => {
    await start([{ identifier: 'a', resync: { everyMs: HOUR } }]);
    await trigger.stop();
    await clock.advance(DAY);
    expect(asked).toEqual([]);
  });
});
