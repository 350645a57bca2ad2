import { ConfigError, type RefreshCause, type Target } from '../../contract';
import { backoff, withoutUser } from '../../shared';
import { aggregateEngage, aggregatePoll, aggregateStatistics, aggregateStatus, sumOf } from './aggregate';
import { runAs } from './attribute';
import { bounded } from './call-method';
import { checkSchedule } from './due';
import { configuredTargets, endpointMode, type EndpointMode } from './endpoint-mode';
import { BACKOFF, countFailures } from './failures';
import { SHARES, type Saying } from './instance';
import { keepMarks } from './keep-marks';
import { learnEndpoints, type EndpointFeed, type LearnedEndpoints } from './learn-endpoints';
import { restState, type Status } from './machine';
import { runTarget } from './run-target';
import { createTargetSet, diffTargets, type Slot } from './targets';
import { createTurns } from './turns';
import type { ConnectorSettings, ConnectorStatus, ConnectorSurroundings, ExecutedRun, Marks, TargetOutcome } from './types';
import { createChanges, orAbort, sleepOr } from './wait';

export interface Connector {
  /** At any time, without waiting. */
  status(): ConnectorStatus;
  /** What it counts and measures by `ctx.metrics`, summed over its targets. */
  measures(): Readonly<Record<string, number>>;
  /** What it works on now, whoever said so. */
  targets(): readonly Target[];
  /** The one of this name. */
  target(name: string): Target | undefined;
  /** Asks for a refresh; during one, for exactly one after it, which later requests join. Throws ENTRY_REFUSED when the configuration is wrong or its dates are not now. */
  request(cause: RefreshCause): { readonly status: 'running' | 'queued'; readonly joined: boolean };
  /**
   * Executes a run: calls `refresh` of its targets, never two runs at once. Waits while none is started, or it is paused. Rejects when the run's signal aborts
   * or the connector stops before it began, and with ENTRY_REFUSED when no target can be ready without a restart.
   */
  refresh(run: ExecutedRun): Promise<readonly TargetOutcome[]>;
  /** New instances; a run in flight ends, a queued one is kept. */
  restart(target?: string): void;
  pause(): void;
  resume(): void;
  /** Throws TARGET_NAME_TAKEN when the file, an endpoint or the other of the two has the name. */
  addTarget(target: Target, by: 'rest' | 'connector'): 'added' | 'changed' | 'unchanged';
  /** False: there is none that was added. */
  removeTarget(name: string): boolean;
  /** Resolves within the grace time, all targets disconnected. */
  stop(): Promise<void>;
}

/** Runs one connector from now on: its targets, each through its instances, and when they refresh. */
export function runConnector(settings: ConnectorSettings, surroundings: ConnectorSurroundings, feed?: EndpointFeed): Connector {
  const { clock, random, log } = surroundings;
  const stopping = new AbortController();
  const own = countFailures({ maxFailures: Infinity, now: () => clock.now(), random, withhold: surroundings.withhold });
  const added = new Map<string, { readonly target: Target; readonly by: 'rest' | 'connector' }>();
  const changes = createChanges();
  let marks: Marks = {};
  /** Set while it has no targets: before they are set up, and outside its dates. */
  let apart: Status | undefined = 'CREATED';
  let apartSince = clock.now();
  let mode: EndpointMode | undefined;
  let learned: LearnedEndpoints | undefined;
  /** Were the endpoints listed once? What comes then is new. */
  let listed = false;

  const paused = (): boolean => marks.paused ?? false;
  const keeper = keepMarks({ save: (next) => surroundings.marks.save(next), current: snapshot, clock, stop: stopping.signal });
  const save = (): void => keeper.changed();
  const set = createTargetSet({ begin, changed: changes.tell });
  const turns = createTurns({
    settings,
    surroundings,
    set,
    changes,
    stopping: stopping.signal,
    paused,
    shut: () => (apart === undefined ? undefined : apart === 'CONFIG_FAILED' ? 'config-failed' : apart === 'STOPPED' ? 'stopped' : apart === 'FAILED' ? 'failed' : 'later'),
    unlisted: () => (learned === undefined || listed ? undefined : (own.worst()?.message ?? 'not yet')),
    compare: () => learned?.compare().catch(trouble),
    attempted: (at) => void (marks = { ...marks, lastAttemptAt: at }),
    succeeded: (at) => void (marks = { ...marks, lastSuccessAt: at }),
    save,
  });
  const slots = (): readonly Slot[] => [...set.slots.values()];

  function say(record: Saying): void {
    try {
      surroundings.record({ ...record, identifier: settings.identifier, target: '', instanceId: '' });
    } catch {
      // Whoever keeps records must not end a connector.
    }
  }

  function trouble(err: unknown): void {
    const { failing, repeated } = own.note('setUp', err);
    if (!repeated) say({ is: 'trouble', error: err, failing });
  }

  function snapshot(): Marks {
    const { requested: _requested, nextDueAt: _nextDueAt, ...rest } = marks;
    const seen = slots().map(({ running }) => {
      const { name, lastAttemptAt, lastSuccessAt } = running.status();
      return [name, { ...(lastAttemptAt !== undefined && { lastAttemptAt }), ...(lastSuccessAt !== undefined && { lastSuccessAt }) }] as const;
    });
    return { ...rest, ...turns.marks(), targets: seen.length > 0 ? Object.fromEntries(seen) : (marks.targets ?? {}), added: [...added.values()] };
  }

  function begin(slot: Omit<Slot, 'running'>): ReturnType<typeof runTarget> {
    return runTarget({
      settings,
      surroundings,
      target: slot.target,
      paused: paused(),
      seen: slot.fresh ? {} : (marks.targets?.[slot.target.name] ?? {}),
      firstRefresh: (lastSuccessAt) => firstRefresh(slot, lastSuccessAt),
      nextRefreshAt: turns.nextAt,
      requestRefresh: () => void turns.request('event'),
      addTarget: (target) => void addTarget(target, 'connector'),
      removeTarget: (name) => void removeTarget(name),
      changed: changes.tell,
    });
  }

  /** What came while it was running is refreshed at once, what never succeeded too; else `atStart` says. */
  function firstRefresh(slot: Omit<Slot, 'running'>, lastSuccessAt: number | undefined): RefreshCause | undefined {
    if (slot.fresh) {
      slot.fresh = false;
      return 'target';
    }
    if (settings.schedule.atStart) return 'start';
    return settings.schedule.everyMs !== undefined && lastSuccessAt === undefined ? 'interval' : undefined;
  }

  function apartAs(status: Status | undefined): void {
    apart = status;
    apartSince = clock.now();
    changes.tell();
  }

  async function main(): Promise<void> {
    if (!(await load())) return apartAs('STOPPED');
    let configured: readonly Target[];
    try {
      checkSchedule(settings.schedule);
      mode = endpointMode(settings);
      if (mode === 'learned' && !feed) throw new ConfigError('this process cannot learn endpoints; set connection.endpoint.address');
      configured = configuredTargets(mode, settings.targets);
    } catch (err) {
      trouble(err);
      return apartAs('CONFIG_FAILED');
    }
    const { startAt = -Infinity, stopAt = Infinity } = settings;
    if (startAt > clock.now() || stopAt <= clock.now()) outside();
    while (!stopping.signal.aborted && clock.now() < startAt) await sleepOr(clock, startAt - clock.now(), { signal: stopping.signal });
    if (stopping.signal.aborted || stopAt <= clock.now()) return apartAs('STOPPED');
    if (marks.endpointMode && marks.endpointMode !== mode) say({ is: 'mode', from: marks.endpointMode, to: mode });
    marks = { ...marks, endpointMode: mode };
    save();
    turns.begin(marks, mode === 'learned');
    apartAs(undefined);
    set.replaceAll(configured, 'file', false);
    for (const by of ['rest', 'connector'] as const) {
      const targets = [...added.values()].filter((one) => one.by === by).map(({ target }) => target);
      for (const { name } of set.replaceAll(targets, by, false)) passOver(name);
    }
    learn();
    await turns.loop(stopAt);
    learned?.stop();
    await set.stop();
    if (stopping.signal.aborted) apartAs('STOPPED');
    else outside();
  }

  /** Its dates are not now. */
  function outside(): void {
    const { startAt, stopAt } = settings;
    say({ is: 'outside', ...(startAt !== undefined && { startAt }), ...(stopAt !== undefined && { stopAt }) });
    apartAs('STOPPED');
  }

  function passOver(name: string): void {
    added.delete(name);
    log.warn('the name of this target is taken; it is passed over', { integration: settings.identifier, target: name });
  }

  /** False: it stops. */
  async function load(): Promise<boolean> {
    for (let attempt = 1; !stopping.signal.aborted; attempt++) {
      try {
        const loaded = (await orAbort(surroundings.marks.load(), [stopping.signal])) ?? {};
        // What was commanded meanwhile is newer.
        marks = { ...loaded, ...marks };
        for (const one of loaded.added ?? []) if (!added.has(one.target.name)) added.set(one.target.name, one);
        own.succeeded('setUp');
        return true;
      } catch (err) {
        if (stopping.signal.aborted) return false;
        trouble(err);
        apartAs('INITIALIZE_FAILED');
        await sleepOr(clock, Math.max(BACKOFF.initialMs, backoff(BACKOFF, attempt, random)), { signal: stopping.signal });
      }
    }
    return false;
  }

  function learn(): void {
    if (mode !== 'learned' || !settings.learned || !feed) return;
    learned = learnEndpoints({
      selector: settings.learned,
      feed,
      clock,
      random,
      failed: trouble,
      learned(targets) {
        own.succeeded('setUp');
        tellLearned(slots().flatMap(({ by, target }) => (by === 'learned' ? [target] : [])), targets);
        for (const { name } of set.replaceAll(targets, 'learned', listed)) log.warn('the name of this endpoint is taken by another target; it is passed over', { integration: settings.identifier, target: name });
        listed = true;
      },
    });
  }

  /** Once listed, an endpoint that comes, changes or goes is told; and when there is none. */
  function tellLearned(before: readonly Target[], targets: readonly Target[]): void {
    const diff = diffTargets(before, targets);
    for (const change of ['added', 'changed', 'removed'] as const) for (const { name, connection } of diff[change]) say({ is: 'learned', name, change, address: withoutUser(connection?.endpoint?.address ?? '', '[redacted]@') });
    if (targets.length === 0 && (!listed || before.length > 0)) say({ is: 'none-learned' });
  }

  function addTarget(target: Target, by: 'rest' | 'connector'): 'added' | 'changed' | 'unchanged' {
    const known = added.has(target.name);
    // Before it runs, they wait to be set up with the others.
    const result = apart === undefined ? set.put(target, by, true) : known ? 'changed' : 'added';
    if (by === 'connector' && result !== 'unchanged') say({ is: 'given', name: target.name, change: result });
    added.set(target.name, { target, by });
    save();
    return result;
  }

  function removeTarget(name: string): boolean {
    if (added.get(name)?.by === 'connector') say({ is: 'given', name, change: 'removed' });
    const known = added.delete(name);
    set.remove(name, ['rest', 'connector']);
    save();
    return known;
  }

  function pauseAs(next: boolean): void {
    marks = { ...marks, paused: next };
    for (const { running } of slots()) running[next ? 'pause' : 'resume']();
    save();
    changes.tell();
  }

  function status(): ConnectorStatus {
    const targets = slots().map(({ by, running }) => ({ ...running.status(), origin: by }));
    const current = apart ?? aggregateStatus(targets.map((one) => one.status));
    const failing = targets.find((one) => one.failing)?.failing ?? own.worst();
    const nextDueAt = turns.nextAt();
    const [only] = targets;
    return {
      connectorId: settings.connectorId,
      ...(only && targets.length === 1 && { instanceId: only.instanceId }),
      status: current,
      state: restState({ status: current, paused: paused() }),
      paused: paused(),
      pollState: aggregatePoll(targets),
      engageState: aggregateEngage(targets),
      lastStatusChange: Math.max(apartSince, ...targets.map((one) => one.lastStatusChange)),
      ...(marks.lastAttemptAt !== undefined && { lastAttemptAt: marks.lastAttemptAt }),
      ...(marks.lastSuccessAt !== undefined && { lastSuccessAt: marks.lastSuccessAt }),
      ...(nextDueAt !== undefined && { nextDueAt }),
      ...(mode && { endpointMode: mode }),
      ...(failing && { failing }),
      statistics: aggregateStatistics(targets),
      targets,
    };
  }

  const running = runAs(undefined, main).catch((err: unknown) => {
    log.error('a connector cannot go on', { integration: settings.identifier, err });
    apartAs('FAILED');
  });

  return {
    status,
    measures: () => sumOf(slots().map(({ running }) => running.measures())),
    targets: () => slots().map(({ target }) => target),
    target: (name) => set.slots.get(name)?.target,
    request: turns.request,
    refresh: turns.refresh,
    addTarget,
    removeTarget,
    restart(target) {
      for (const slot of slots()) if (target === undefined || slot.target.name === target) slot.running.restart();
    },
    pause: () => pauseAs(true),
    resume: () => pauseAs(false),
    async stop() {
      stopping.abort(new DOMException('the connector stops', 'AbortError'));
      learned?.stop();
      await set.stop();
      await running;
      save();
      await bounded(() => keeper.settled(), { clock, ms: settings.graceMs * SHARES.clearing });
    },
  };
}
