import type { ClaimInput, ObservedBatch, Scope, SweepFilter } from '../../src/store';
import type { Family } from './families';
import type { ModelStore } from './model-store';
import { seeded, type Random } from './random';
import { createSource, STORM, type Source, type Thing, type Write } from './source';

/** Mistakes made on purpose, to show that the model sees them. */
export interface Breaks {
  /** The stamp of a page is taken when it is stored, not before it is read. */
  readonly stampAfterRead?: boolean;
  /** The position is stored before the rows of its page. */
  readonly positionFirst?: boolean;
}

export interface Outcome {
  /** Keys that are not as in the source in the end: ghost, missing, stale, or asked about for ever. */
  readonly diverged: readonly string[];
  /** Keys that a sweep buried though they existed throughout the run. */
  readonly falseDeletes: readonly string[];
}

const PAGE = 3;
const CRASH = 0.15;
/** A rule that never takes an answer, or a sweep that never ends, must fail and not hang. */
const ROUNDS = 20;
const MAPPING = 'm';

interface Step {
  readonly at: number;
  readonly order: number;
  run(): Promise<void>;
}

/** A schedule in simulated time. */
function createSchedule() {
  const steps: Step[] = [];
  let order = 0;
  const schedule = {
    now: 0,
    after(delay: number, run: () => Promise<void>): void {
      steps.push({ at: schedule.now + delay, order: order++, run });
    },
    /** Until nothing is left to do. */
    async drain(): Promise<void> {
      while (steps.length > 0) {
        let first = 0;
        for (let n = 1; n < steps.length; n++) if (steps[n]!.at < steps[first]!.at || (steps[n]!.at === steps[first]!.at && steps[n]!.order < steps[first]!.order)) first = n;
        const [step] = steps.splice(first, 1);
        schedule.now = Math.max(schedule.now, step!.at);
        await step!.run();
      }
    },
  };
  return schedule;
}

interface Run {
  readonly scan: string;
  readonly generation: number;
  readonly startStamp: number;
  readonly startedAt: number;
}

/**
 * One source, one kind, one store: a storm of writes whose events come late, twice and out of order, while runs list the source page by page, crash, leave zombies
 * and resume, and an asker answers. Then everything that is under way arrives, and the store is compared with the source.
 */
export async function simulate(family: Family, seed: number, on: { readonly store: ModelStore; readonly breaks?: Breaks }): Promise<Outcome> {
  const { store, breaks = {} } = on;
  const random = seeded(seed);
  const source = createSource(family, random);
  const scope: Scope = { integration: `model${seed}`, kind: 'thing' };
  const schedule = createSchedule();
  const falseDeletes: string[] = [];

  let dealt = 0;
  const history: { readonly at: number; readonly stamp: number }[] = [];
  const deal = (): number => {
    history.push({ at: schedule.now, stamp: ++dealt });
    return dealt;
  };
  /** The stamp that was current `lag` ago. */
  const asOf = (stamp: number): number => {
    if (family.lag === 0) return stamp;
    const wanted = schedule.now - family.lag;
    return (history.findLast((entry) => entry.at <= wanted) ?? history[0]!).stamp;
  };

  const observed = (stamp: number, more: Partial<ObservedBatch>): ObservedBatch => ({ scope, truth: family.truth, by: 'page', stamp, mapping: MAPPING, at: Math.floor(schedule.now), rows: [], ...more });
  const present = ([key, thing]: readonly [string, Thing]) => ({ key, hash: thing.text, ...thing });

  // ------------------------------------------------------------ events
  const claimOf = (write: Write, stamp: number): ClaimInput => {
    const version = write.version === undefined ? {} : { version: write.version };
    if (write.thing && family.events === 'claims') return { key: write.key, stamp, is: 'present', text: write.thing.text, hash: write.thing.text, ...version };
    // A kind that can be asked passes what it cannot order as a question.
    if (!write.thing && family.events === 'claims' && (write.version !== undefined || !family.get)) return { key: write.key, stamp, is: 'gone', ...version };
    return { key: write.key, stamp, is: 'changed' };
  };
  const hear = (write: Write) => (): Promise<void> => store.claim({ scope, truth: family.truth, claims: [claimOf(write, deal())], mapping: MAPPING, at: Math.floor(schedule.now) });

  // ------------------------------------------------------------ the asker
  async function askOnce(key: string, delays: () => number): Promise<void> {
    const stamp = deal();
    schedule.after(delays(), async () => {
      const thing = source.at(schedule.now).get(key);
      schedule.after(delays(), () => store.observe(observed(stamp, { by: 'get', ...(thing ? { rows: [present([key, thing])] } : { absent: [key] }) })));
    });
  }
  async function askAll(): Promise<void> {
    for (const key of await store.asking(scope)) if (!random.chance(CRASH)) await askOnce(key, () => random.next() * 2);
  }
  async function answerEverything(): Promise<void> {
    if (!family.get) return;
    let rounds = 0;
    for (let keys = await store.asking(scope); keys.length > 0 && rounds < ROUNDS; keys = await store.asking(scope), rounds++) {
      for (const key of keys) await askOnce(key, () => 0);
      await schedule.drain();
    }
  }

  // ------------------------------------------------------------ runs
  let generation = 0;
  async function begin(): Promise<void> {
    const run: Run = { scan: `${scope.integration}/thing/${++generation}/all`, generation, startStamp: asOf(deal()), startedAt: schedule.now };
    await store.openScan(run.scan);
    await resume(run);
  }
  async function resume(run: Run): Promise<void> {
    await nextPage(run, await store.takeScan(run.scan));
  }
  const crash = (run: Run): void => schedule.after(random.next() * 4, () => resume(run));

  async function nextPage(run: Run, at: { readonly rev: string; readonly position: string }): Promise<void> {
    if (at.position === 'end') return sweep(run);
    const early = deal();
    if (random.chance(CRASH)) return crash(run);
    schedule.after(random.next(), async () => {
      const stampBefore = asOf(early);
      const { rows, next } = listPage(source, family, { time: schedule.now - family.lag, position: at.position });
      if (breaks.positionFirst) await store.moveScan(run.scan, at.rev, next);
      const write = (): Promise<void> =>
        store.observe(observed(breaks.stampAfterRead ? asOf(deal()) : stampBefore, { by: family.get ? 'page' : 'get', seen: run.generation, partition: 'all', rows: rows.map(present) }), {
          scan: run.scan,
          rev: at.rev,
          position: next,
        });
      if (random.chance(CRASH)) {
        if (random.chance(0.5)) schedule.after(random.next() * 15, write);
        return crash(run);
      }
      schedule.after(random.next() * 2, async () => {
        await write();
        if (random.chance(CRASH)) return crash(run);
        await nextPage(run, { rev: at.rev, position: next });
      });
    });
  }

  async function sweep(run: Run): Promise<void> {
    const filter: SweepFilter = { scope, generation: run.generation, startStamp: run.startStamp, truth: family.truth, incomplete: [] };
    for (let done = false, rounds = 0; !done && rounds < ROUNDS; rounds++) {
      const before = await store.alive(scope);
      done = await store.sweep(filter, { policy: family.policy, stamp: deal(), limit: 4, at: Math.floor(schedule.now) });
      const after = await store.alive(scope);
      for (const key of before.keys()) if (!after.has(key) && source.existed(key, run.startedAt, schedule.now)) falseDeletes.push(key);
      if (!done && random.chance(CRASH)) return crash(run);
    }
    // A zombie that wakes long after may sweep once more.
    if (random.chance(0.1)) schedule.after(random.next() * 15, () => sweep(run));
  }

  // ------------------------------------------------------------ the storm
  const late: Write[] = [];
  for (const write of source.writes) {
    if (random.chance(family.lost)) continue;
    if (random.chance(family.backlog)) late.push(write);
    else arrive(write, { family, random, schedule, hear: hear(write) });
  }
  for (let n = 0; n < family.runs; n++) schedule.after(random.next() * STORM, begin);
  if (family.get) for (let at = 3; at < STORM + 20; at += 5) schedule.after(at, askAll);
  await schedule.drain();

  for (let n = 0; n < family.quietRuns; n++) {
    for (const write of late.splice(0)) schedule.after(random.next() * 40, hear(write));
    schedule.after(0, begin);
    await schedule.drain();
    await answerEverything();
  }
  await answerEverything();
  const open = family.get ? (await store.asking(scope)).map((key) => `never answered ${key}`) : [];
  const diverged = [...compare(source.at(schedule.now), await store.alive(scope)), ...open];
  await store.forget(scope);
  return { diverged, falseDeletes };
}

/** Schedules the deliveries of one event, from after its write: late, sometimes twice. */
function arrive(write: Write, how: { readonly family: Family; readonly random: Random; readonly schedule: { after(delay: number, run: () => Promise<void>): void }; readonly hear: () => Promise<void> }): void {
  const { random, schedule } = how;
  // In order: all events take the same time, and what comes twice comes at once.
  const delay = (): number => (how.family.ordered ? 5 : random.next() * (random.chance(0.3) ? 30 : 4));
  const first = delay();
  schedule.after(write.at + first, how.hear);
  if (random.chance(0.2)) schedule.after(write.at + (how.family.ordered ? first : delay()), how.hear);
}

/** `stable`: after the last key of the page before. `drifting`: after so many rows. */
function listPage(source: Source, family: Family, at: { readonly time: number; readonly position: string }): { readonly rows: readonly (readonly [string, Thing])[]; readonly next: string } {
  const all = [...source.at(at.time)].sort(([a], [b]) => (a < b ? -1 : 1));
  const skip = family.paging === 'drifting' ? Number(at.position || 0) : all.filter(([key]) => key <= at.position).length;
  const rows = all.slice(skip, skip + PAGE);
  if (rows.length < PAGE) return { rows, next: 'end' };
  return { rows, next: family.paging === 'drifting' ? String(skip + PAGE) : rows.at(-1)![0] };
}

function compare(wanted: ReadonlyMap<string, Thing>, found: ReadonlyMap<string, string>): readonly string[] {
  const diverged: string[] = [];
  for (const [key, thing] of wanted) {
    const text = found.get(key);
    if (text === undefined) diverged.push(`missing ${key}`);
    else if (text !== thing.text) diverged.push(`stale ${key}`);
  }
  for (const key of found.keys()) if (!wanted.has(key)) diverged.push(`ghost ${key}`);
  return diverged;
}
