import type { EngageState, PollState, Status } from './machine';
import type { Statistics, TargetStatus } from './types';

const OVER: readonly Status[] = ['FAILED', 'CONFIG_FAILED', 'STOPPED'];
const TROUBLE: readonly Status[] = ['DEGRADED', 'INITIALIZE_FAILED', 'FAILED', 'CONFIG_FAILED'];
/** Of what is well, the one that is further shows. */
const WELL: readonly Status[] = ['RUNNING', 'REFRESHING', 'WAITING', 'INITIALIZED', 'CREATED', 'STOPPING', 'STOPPED'];

/** The status of a connector of several targets: failed when all are, degraded when one is in trouble. Without a target it waits for one. */
export function aggregateStatus(targets: readonly Status[]): Status {
  const [first] = targets;
  if (first === undefined) return 'WAITING';
  if (targets.every((status) => status === first)) return first;
  if (targets.every((status) => OVER.includes(status))) return targets.includes('FAILED') ? 'FAILED' : 'CONFIG_FAILED';
  if (targets.some((status) => TROUBLE.includes(status))) return 'DEGRADED';
  return WELL.find((status) => targets.includes(status)) ?? first;
}

const furthest = <T extends string>(order: readonly T[], found: readonly T[]): T => order.find((one) => found.includes(one)) ?? order.at(-1)!;

export const aggregatePoll = (targets: readonly TargetStatus[]): PollState => furthest(['REFRESHING', 'WAITING', 'OFF'], targets.map(({ pollState }) => pollState));
export const aggregateEngage = (targets: readonly TargetStatus[]): EngageState => furthest(['ENGAGED', 'PAUSED', 'OFF'], targets.map(({ engageState }) => engageState));

/** Of one target what it says; of several the sums of their numbers. */
export function aggregateStatistics(targets: readonly TargetStatus[]): Statistics {
  const [only] = targets;
  if (only && targets.length === 1) return only.statistics;
  return sumOf(targets.map(({ statistics }) => statistics));
}

export function sumOf(all: readonly Statistics[]): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const statistics of all) for (const [name, value] of Object.entries(statistics)) if (typeof value === 'number') sums[name] = (sums[name] ?? 0) + value;
  return sums;
}
