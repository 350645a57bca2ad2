import { FrameworkError, type RefreshCause } from '../../contract';
import { deferred, limiter } from '../../shared';
import { firstDue, nextDue } from './due';
import type { RunningTarget } from './running-target';
import type { Slot, TargetSet } from './targets';
import type { ConnectorSettings, ConnectorSurroundings, ExecutedRun, Marks, TargetOutcome } from './types';
import { orAbort, sleepOr, type Changes } from './wait';

/** After a run that was asked for and never came. */
const NOT_REACHED_MS = 1_000;
/** Targets that one run refreshes beside each other. */
const ABREAST = 10;

export interface Turns {
  /** Plans the first run. */
  begin(planned: Pick<Marks, 'nextDueAt' | 'lastAttemptAt' | 'requested'>, learns: boolean): void;
  /** Asks for runs whenever one is due, until it stops or its dates are over. */
  loop(until: number): Promise<void>;
  request(cause: RefreshCause): { readonly status: 'running' | 'queued'; readonly joined: boolean };
  refresh(run: ExecutedRun): Promise<readonly TargetOutcome[]>;
  nextAt(): number | undefined;
  /** The part of the marks that is known here. */
  marks(): Pick<Marks, 'requested' | 'nextDueAt'>;
}

export interface TurnOptions {
  readonly settings: ConnectorSettings;
  readonly surroundings: ConnectorSurroundings;
  readonly set: TargetSet;
  readonly changes: Changes;
  readonly stopping: AbortSignal;
  paused(): boolean;
  /** `later`: its targets are not set up yet. A state of REST: nothing can run. */
  shut(): 'later' | 'config-failed' | 'failed' | 'stopped' | undefined;
  /** Endpoints that are learned and were never listed, and why. */
  unlisted(): string | 'not yet' | undefined;
  /** Looks for endpoints before a run; absent: they are not learned. Never throws. */
  compare(): Promise<void> | undefined;
  attempted(at: number): void;
  succeeded(at: number): void;
  save(): void;
}

interface Turn {
  readonly cause: RefreshCause;
  /** Absent: all. */
  readonly targets?: readonly string[];
  readonly requested: boolean;
}

/** When a connector refreshes: by schedule, on request, because a target wants it; one run at a time, and exactly one after it for all that was asked for during it. */
export function createTurns(options: TurnOptions): Turns {
  const { settings, surroundings, set, changes, stopping } = options;
  const { clock, random } = surroundings;
  const { schedule } = settings;
  const limit = limiter(ABREAST);
  let learns = false;
  let due: number | undefined;
  let requested: RefreshCause | undefined;
  let active: (Turn & { reached: boolean }) | undefined;
  /** Runs that were handed over and have not ended. */
  let executing = 0;
  let last: Promise<void> = Promise.resolve();
  let notBefore = 0;

  const all = (): readonly Slot[] => [...set.slots.values()];
  const ready = (): readonly Slot[] => all().filter(({ running }) => running.ready());
  const busy = (): boolean => options.paused() || active !== undefined || executing > 0;
  const refuseShut = (): void => {
    const shut = options.shut();
    if (shut !== undefined && shut !== 'later') throw new FrameworkError('ENTRY_REFUSED', [settings.identifier, shut]);
  };

  async function loop(until: number): Promise<void> {
    while (!stopping.aborted && clock.now() < until) {
      const promise = changes.next();
      const turn = choose(clock.now());
      if (turn) void run(turn);
      await sleepOr(clock, Math.min(until, busy() ? Infinity : Math.max(notBefore, earliest())) - clock.now(), { promise, signal: stopping });
    }
  }

  /** When something is due by itself, as things are. */
  function earliest(): number {
    const slots = ready();
    if (requested !== undefined && slots.length > 0) return clock.now();
    const planned = slots.length > 0 || learns ? (due ?? Infinity) : Infinity;
    return Math.min(planned, ...slots.map(({ running }) => running.wanted()?.at ?? Infinity));
  }

  function choose(now: number): Turn | undefined {
    if (busy() || now < notBefore) return undefined;
    const slots = ready();
    if (requested !== undefined && slots.length > 0) return { cause: requested, requested: true };
    if (due !== undefined && due <= now && (slots.length > 0 || learns)) return { cause: 'interval', requested: false };
    const wanting = slots.flatMap(({ target, running }) => {
      const wanted = running.wanted();
      return wanted && wanted.at <= now ? [{ name: target.name, cause: wanted.cause }] : [];
    });
    if (wanting.length === 0) return undefined;
    const causes = wanting.map(({ cause }) => cause);
    const cause = (['start', 'interval', 'target'] as const).find((one) => causes.includes(one)) ?? 'repair';
    return { cause, requested: false, ...(wanting.length < set.slots.size && { targets: wanting.map(({ name }) => name) }) };
  }

  async function run(turn: Turn): Promise<void> {
    const ask = { ...turn, reached: false };
    active = ask;
    if (turn.requested) requested = undefined;
    await options.compare();
    const names = turn.targets ?? ready().map(({ target }) => target.name);
    try {
      if (names.length > 0 && !stopping.aborted) await surroundings.runRefresh({ cause: turn.cause, ...(turn.targets && { targets: turn.targets }) });
    } catch (err) {
      if (!ask.reached && !stopping.aborted) for (const name of names) set.slots.get(name)?.running.missed(err);
    }
    const now = clock.now();
    if (!ask.reached) notBefore = now + NOT_REACHED_MS;
    if (!ask.reached && turn.requested && stopping.aborted) requested ??= turn.cause;
    if (due !== undefined && due <= now) due = nextDue(schedule, now, random);
    active = undefined;
    options.save();
    changes.tell();
  }

  async function refresh(given: ExecutedRun): Promise<readonly TargetOutcome[]> {
    const before = last;
    const done = deferred<void>();
    last = done.promise;
    executing++;
    try {
      const signals = [given.signal, stopping];
      await orAbort(before, signals);
      while (!mayExecute()) await orAbort(changes.next(), signals);
      if (active) active.reached = true;
      const chosen = all().filter(({ target }) => given.targets?.includes(target.name) ?? true);
      given.begins(chosen.map(({ target }) => target.name));
      const complete = ready().every((slot) => chosen.includes(slot));
      if (chosen.some(({ running }) => running.ready())) options.attempted(clock.now());
      const outcomes = await Promise.all(chosen.map(({ running }) => limit(async () => told(running, await running.refresh(given)))));
      const now = clock.now();
      if (outcomes.length > 0 && outcomes.every(({ is }) => is === 'completed')) options.succeeded(now);
      if (complete) due = nextDue(schedule, now, random);
      options.save();
      return outcomes;
    } finally {
      executing--;
      void before.then(() => done.resolve());
      changes.tell();
    }
  }

  /** What is not started proves nothing, and is refreshed when it is. Where something keeps it from starting the run has failed for it; a pause is nobody's failure. */
  function told(running: RunningTarget, outcome: TargetOutcome): TargetOutcome {
    if (outcome.is !== 'skipped') return outcome;
    const { failing, paused } = running.status();
    return failing && !paused ? { target: outcome.target, is: 'failed', error: new Error(failing.message) } : outcome;
  }

  /** Throws when it never will. */
  function mayExecute(): boolean {
    refuseShut();
    if (options.shut() === 'later' || options.paused()) return false;
    const slots = all();
    if (settings.once) return allKnown(slots);
    if (slots.length === 0 || ready().length > 0) return true;
    if (!slots.some(({ running }) => running.hopeful())) throw new FrameworkError('ENTRY_REFUSED', [settings.identifier, 'failed']);
    return false;
  }

  /** Is there nothing more to wait for, in a process that ends with this run? */
  function allKnown(slots: readonly Slot[]): boolean {
    const unlisted = options.unlisted();
    if (unlisted === 'not yet') return false;
    if (unlisted !== undefined) throw new Error(unlisted);
    return slots.every(({ running }) => running.ready() || !running.hopeful() || running.status().failing !== undefined);
  }

  return {
    begin(planned, learning) {
      const now = clock.now();
      learns = learning;
      requested ??= planned.requested;
      if (!schedule.atStart) due = firstDue(schedule, planned, { now, random });
      else if (learns) due = nextDue(schedule, now, random);
    },
    loop,
    refresh,
    request(cause) {
      refuseShut();
      if (requested !== undefined) return { status: 'queued', joined: true };
      requested = cause;
      const begins = !busy() && clock.now() >= notBefore && ready().length > 0;
      options.save();
      changes.tell();
      return { status: begins ? 'running' : 'queued', joined: false };
    },
    nextAt() {
      if (options.paused() || options.shut() !== undefined) return undefined;
      // Nothing runs until somebody restarts it; learned endpoints are looked for all the same.
      if (!learns && all().length > 0 && !all().some(({ running }) => running.hopeful())) return undefined;
      const asked = requested !== undefined && !active ? clock.now() : Infinity;
      const at = Math.min(asked, due ?? Infinity, ...all().map(({ running }) => running.wanted()?.at ?? Infinity));
      return at === Infinity ? undefined : at;
    },
    marks() {
      const asked = requested ?? (active && !active.reached && active.requested ? active.cause : undefined);
      return { ...(asked !== undefined && { requested: asked }), ...(due !== undefined && { nextDueAt: due }) };
    },
  };
}
