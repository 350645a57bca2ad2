import { Cron } from 'croner';
import type { ResyncSettings } from '../config';
import { FrameworkError, type Log } from '../contract';
import { systemClock, type Clock } from '../shared';
import type { RequestResync } from '../store';
import type { Trigger } from './trigger';

export interface ScheduledEntry {
  readonly identifier: string;
  readonly resync: Pick<ResyncSettings, 'everyMs' | 'cron'>;
  /** The portal's `scheduledResyncInterval` as last read, in milliseconds; holds when the entry has no schedule of its own. */
  portalIntervalMs?(): number | undefined;
}

export interface ScheduleOptions {
  readonly entries: readonly ScheduledEntry[];
  readonly request: RequestResync;
  readonly log: Log;
  readonly clock?: Clock;
}

export interface ScheduleTrigger extends Trigger {
  /** Epoch ms of the next run of the entry; undefined without a schedule. */
  next(identifier: string): number | undefined;
}

/** How often a schedule of the portal is looked at; also the longest sleep, because a timer beyond 24 days fires at once. */
const LOOK_MS = 60_000;
/** After a request that could not be stored. */
const RETRY_MS = 30_000;

/**
 * The schedules of the entries: `every` (the first run after one interval) and `cron` (local time), the earlier of both; else the portal's interval.
 * Throws TRIGGER_FAILED for a pattern that is none.
 */
export function scheduleTrigger(options: ScheduleOptions): ScheduleTrigger {
  const { log } = options;
  const clock = options.clock ?? systemClock;
  const stopping = new AbortController();
  const crons = new Map(options.entries.flatMap(({ identifier, resync }) => (resync.cron === undefined ? [] : [[identifier, cronOf(identifier, resync.cron)] as const])));
  const plans = new Map<string, number>();
  let running: Promise<unknown> | undefined;

  async function follow(entry: ScheduledEntry, signal: AbortSignal): Promise<void> {
    const { identifier } = entry;
    let interval = intervalOf(entry);
    /** Infinity: never. */
    const after = (at: number): number => Math.min(interval === undefined ? Infinity : at + interval, crons.get(identifier)?.nextRun(new Date(at))?.getTime() ?? Infinity);

    plans.set(identifier, after(clock.now()));
    while (!signal.aborted) {
      const due = plans.get(identifier) ?? Infinity;
      await clock.sleep(Math.min(LOOK_MS, Math.max(0, due - clock.now())), signal).catch(() => undefined);
      if (signal.aborted) return;
      const now = clock.now();
      if (intervalOf(entry) !== interval) {
        interval = intervalOf(entry);
        plans.set(identifier, after(now));
      } else if (now >= due) {
        plans.set(identifier, (await ask(identifier)) ? after(now) : Math.min(now + RETRY_MS, after(now)));
      }
    }
  }

  /** False: it could not be stored now. */
  async function ask(identifier: string): Promise<boolean> {
    try {
      await options.request({ identifier, cause: 'interval' });
      return true;
    } catch (err) {
      log.warn('a scheduled resync could not be asked for', { integration: identifier, err });
      return err instanceof FrameworkError && err.code === 'ENTRY_REFUSED';
    }
  }

  return {
    start(signal) {
      const both = AbortSignal.any([signal, stopping.signal]);
      running = Promise.all(options.entries.filter(({ resync, portalIntervalMs }) => resync.everyMs ?? resync.cron ?? portalIntervalMs).map((entry) => follow(entry, both)));
      return Promise.resolve();
    },
    ready: () => (running === undefined ? { ok: false, detail: 'the schedule has not begun' } : { ok: true }),
    next(identifier) {
      const at = plans.get(identifier);
      return at === Infinity ? undefined : at;
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

const intervalOf = (entry: ScheduledEntry): number | undefined => entry.resync.everyMs ?? (entry.resync.cron === undefined ? entry.portalIntervalMs?.() : undefined);

function cronOf(identifier: string, pattern: string): Cron {
  try {
    return new Cron(pattern, { paused: true });
  } catch (err) {
    throw new FrameworkError('TRIGGER_FAILED', [`resync.cron of ${identifier}`, err instanceof Error ? err.message : String(err)], { cause: err });
  }
}
