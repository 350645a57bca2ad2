import { Cron } from 'croner';
import { ConfigError } from '../../contract';

/** When a connector refreshes by itself. */
export interface Schedule {
  /** Directly after `start`. */
  readonly atStart: boolean;
  readonly everyMs?: number;
  /** Local time. */
  readonly cron?: string;
}

/** The share by which an interval is made longer or shorter, so that many connectors do not run in step. */
export const JITTER = 0.1;

/** Epoch ms of the run after one that ended then: the earlier of interval and cron. Undefined: only at start and on request. */
export function nextDue(schedule: Schedule, endedAt: number, random: () => number): number | undefined {
  const { everyMs, cron } = schedule;
  const interval = everyMs === undefined ? Infinity : endedAt + Math.round(everyMs * (1 + JITTER * (2 * random() - 1)));
  const at = Math.min(interval, cron === undefined ? Infinity : (readCron(cron).nextRun(new Date(endedAt))?.getTime() ?? Infinity));
  return at === Infinity ? undefined : at;
}

/** When a process that has just started is due, beside what `atStart` asks for: what was planned before, unless the schedule was made shorter meanwhile. */
export function firstDue(schedule: Schedule, planned: { readonly nextDueAt?: number; readonly lastAttemptAt?: number }, at: { readonly now: number; readonly random: () => number }): number | undefined {
  if (schedule.everyMs === undefined && schedule.cron === undefined) return undefined;
  const anew = nextDue(schedule, planned.lastAttemptAt ?? at.now, at.random);
  const latest = nextDue(schedule, at.now, () => 1);
  return planned.nextDueAt === undefined ? anew : Math.min(planned.nextDueAt, latest ?? Infinity);
}

/** Throws ConfigError for a pattern that is none. */
export function checkSchedule(schedule: Schedule): void {
  if (schedule.cron !== undefined) readCron(schedule.cron);
}

function readCron(pattern: string): Cron {
  try {
    return new Cron(pattern, { paused: true });
  } catch (err) {
    throw new ConfigError(`resync.cron ${pattern}: ${err instanceof Error ? err.message : String(err)}`, { cause: err });
  }
}
