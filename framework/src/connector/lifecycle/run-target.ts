import { FrameworkError, isAbort, type RefreshCause, type RefreshRun } from '../../contract';
import { deferred } from '../../shared';
import { runAs } from './attribute';
import type { Called } from './call-method';
import { statedWait } from './classify';
import { countFailures, BACKOFF } from './failures';
import { watchEngage } from './engage-well';
import { createInstance, START_MS, type Instance, type Saying } from './instance';
import { created, isLive, next, restState, type Failure, type LifecycleEvent, type MachineState } from './machine';
import { createMeasures } from './measures';
import type { RunningTarget, TargetOptions } from './running-target';
import { runOfTarget } from './run-of-target';
import type { ExecutedRun, TargetOutcome } from './types';
import { OVER } from './wait';

/** Between the return of `engage` and its next call. */
export const ENGAGE_PAUSE_MS = 1_000;

/** Why a life ends. */
type End = { readonly is: 'stop' | 'restart' } | { readonly is: 'replace'; readonly waitMs: number } | { readonly is: 'configError' } | { readonly is: 'unreachable'; readonly waitMs: number };

interface Life {
  readonly instance: Instance;
  readonly ended: Promise<End>;
  /** The first reason counts. */
  finish(end: End): void;
}

/** One target through all its instances, until it is stopped. */
export function runTarget(options: TargetOptions): RunningTarget {
  const { settings, surroundings, target, changed } = options;
  const { clock } = surroundings;
  const failures = countFailures({ maxFailures: settings.maxFailures, now: () => clock.now(), random: surroundings.random, withhold: surroundings.withhold });
  let machine: MachineState = created(options.paused);
  /** The run in which it is being refreshed. */
  let given: RefreshRun | undefined;
  const measures = createMeasures((name, most) => surroundings.log.warn('a connector has too many metrics; this one and other new ones are passed over', { integration: settings.identifier, target: target.name, name, most }));
  let life: Life = newLife();
  let wanted: { at: number; cause: RefreshCause } | undefined;
  let { lastAttemptAt, lastSuccessAt } = options.seen;
  let lastStatusChange = clock.now();
  let pausing = new AbortController();
  if (options.paused) pausing.abort();
  let resumed = deferred<void>();
  /** A command, while no life is on that could end by it. */
  let asked: 'stop' | 'restart' | undefined;
  const commanded = (): typeof asked => asked;
  /** Before `start` of the next instance, when the one before hung in it. */
  let heldBackMs = 0;
  /** Errors outside a method, counted. */
  let strays = 0;
  let told = deferred<void>();
  /** Aborts when a refresh succeeds: the third party is back, so nobody waits any longer for that. */
  let refreshed = new AbortController();
  const engageWell = watchEngage({
    clock,
    well() {
      failures.succeeded('engage');
      apply('engageMends');
    },
  });

  /** What is said of an instance that is over must not look like the one that came after it. */
  function say(record: Saying, instanceId = life.instance.instanceId): void {
    try {
      surroundings.record({ ...record, identifier: settings.identifier, target: target.name, instanceId });
    } catch {
      // Whoever keeps records must not end a connector.
    }
  }

  function apply(event: LifecycleEvent): void {
    const after = next(machine, event);
    if (!after) return say({ is: 'refused', event, status: machine.status });
    const before = machine;
    machine = after;
    if (before.status !== after.status) {
      lastStatusChange = clock.now();
      say({ is: 'status', from: before.status, to: after.status });
    }
    changed();
  }

  function newLife(): Life {
    const ended = deferred<End>();
    const instanceId = surroundings.newId();
    const mine = (): boolean => life.instance === instance;
    const instance: Instance = createInstance({
      settings,
      surroundings,
      target,
      instanceId,
      lifecycle: { nextRefreshAt: options.nextRefreshAt, refreshInProgress: () => machine.pollState === 'REFRESHING', requestRefresh: options.requestRefresh, run: () => (mine() ? given : undefined) },
      measures,
      mayHear: () => mine() && isLive(machine.status),
      stray: (thrown) => stray(instance, thrown),
      say: (record) => say(record, instanceId),
      addTarget: options.addTarget,
      removeTarget: options.removeTarget,
    });
    return {
      instance,
      ended: ended.promise,
      finish(end) {
        instance.halt();
        ended.resolve(end);
      },
    };
  }

  const isOn = (instance: Instance): boolean => life.instance === instance && !instance.work.aborted;

  /** One instance after another. */
  async function lives(): Promise<void> {
    for (;;) {
      const end = await live();
      wanted = undefined;
      if (end.is === 'configError' || end.is === 'unreachable') await pauseFor(end.is === 'unreachable' ? end.waitMs : undefined);
      const command = commanded();
      if (command === 'stop') break;
      if (command === 'restart') failures.forget();
      heldBackMs = end.is === 'replace' && command === undefined ? end.waitMs : 0;
      asked = undefined;
      life = newLife();
      apply('again');
    }
    if (machine.status !== 'STOPPED') {
      apply('stop');
      apply('disconnected');
    }
  }

  async function live(): Promise<End> {
    const { instance, ended, finish } = life;
    if (asked !== undefined) finish({ is: asked });
    else void begin(life);
    const end = await ended;
    const failed = end.is === 'configError' || end.is === 'unreachable';
    apply(failed ? end.is : 'stop');
    await instance.end();
    if (!failed) apply('disconnected');
    return end;
  }

  async function begin(it: Life): Promise<void> {
    const setUp = await it.instance.setUp();
    if (setUp.is === 'ended' || !isOn(it.instance)) return;
    if (setUp.is === 'failed') {
      const { verdict, failing, repeated } = failures.note('setUp', setUp.err);
      say({ is: 'error', method: setUp.method, error: setUp.err, failing, repeated });
      if (setUp.as === 'fatal') return giveUp('fatal');
      return it.finish(setUp.as === 'configError' ? { is: 'configError' } : { is: 'unreachable', waitMs: verdict.is === 'retry' ? verdict.waitMs : BACKOFF.maxMs });
    }
    failures.succeeded('setUp');
    machine = { ...machine, polls: setUp.polls, engages: setUp.engages };
    apply('setUp');
    if (!(await start(it))) return;
    failures.succeeded('start');
    const cause = machine.polls ? options.firstRefresh(lastSuccessAt) : undefined;
    if (cause !== undefined) wanted = { at: clock.now(), cause };
    apply('started');
    if (machine.engages) void engageLoop(it.instance);
  }

  /** True: it has started. A start that cannot be ended is left to its instance; another instance begins anew. */
  async function start(it: Life): Promise<boolean> {
    const { instance } = it;
    if (heldBackMs > 0) {
      apply('startFails');
      if (!(await sleep(heldBackMs, instance.work))) return false;
    }
    for (;;) {
      say({ is: 'starts', configuration: instance.configuration() });
      say({ is: 'step', method: 'start' });
      const called = await instance.call('start', { deadlineMs: START_MS, invoke: (connector, signal) => connector.start?.(signal) });
      if (!isOn(instance)) return false;
      if (called.is === 'returned') return true;
      await instance.unregister();
      if (!isOn(instance)) return false;
      const waitMs = failed('start', called.is === 'threw' ? called.err : new FrameworkError('CONNECTOR_TIMEOUT', ['start', settings.identifier, START_MS]));
      if (waitMs === undefined) return false;
      if (called.is === 'hung') it.finish({ is: 'replace', waitMs });
      if (!(await sleep(waitMs, instance.work))) return false;
    }
  }

  async function engageLoop(instance: Instance): Promise<void> {
    say({ is: 'engage-loop', runs: true });
    for (;;) {
      while (isOn(instance) && machine.paused) await Promise.race([resumed.promise, life.ended]);
      if (!isOn(instance)) break;
      apply('engageBegins');
      const before = strays;
      const over = engageWell.begins(machine.failing.includes('engage'), instance.work);
      const called = await instance.call('engage', { signals: [pausing.signal], invoke: (connector, signal) => connector.engage?.(signal) });
      over({ failed: called.is === 'threw' });
      if (!isOn(instance)) break;
      say({ is: 'engaged' });
      let wait: number | undefined = 0;
      if (called.is === 'threw') wait = failed('engage', called.err);
      else if (called.is === 'returned') succeeded('engage', before);
      else apply('engageAborts');
      // It ignored the pause: a second call beside it would be two at once.
      if (called.is === 'hung') life.finish({ is: 'replace', waitMs: 0 });
      if (wait === undefined || !(await sleep(ENGAGE_PAUSE_MS, instance.work))) break;
      // What the third party asked for is waited for to the end.
      const mayEnd = called.is === 'threw' && statedWait(called.err, clock.now()) === undefined;
      if (wait > ENGAGE_PAUSE_MS) await sleep(wait - ENGAGE_PAUSE_MS, mayEnd ? AbortSignal.any([instance.work, refreshed.signal]) : instance.work);
    }
    say({ is: 'engage-loop', runs: false });
  }

  /** What began before an error outside a method shows nothing about it: it may be its cause. */
  function succeeded(method: 'refresh' | 'engage', straysBefore: number): void {
    failures.succeeded(method);
    apply(method === 'refresh' ? 'refreshSucceeds' : 'engageSucceeds');
    if (machine.failing.includes('outside') && strays === straysBefore && (method === 'refresh' || !machine.polls)) mendOutside();
  }

  function mendOutside(): void {
    failures.succeeded('outside');
    apply('outsideMends');
  }

  /** The wait before the next attempt; undefined: there is none in this life. */
  function failed(failure: Failure, err: unknown, event: LifecycleEvent = `${failure}Fails`): number | undefined {
    const { verdict, failing, repeated } = failures.note(failure, err);
    say({ is: 'error', method: failure, error: err, failing, repeated });
    if (verdict.is === 'config') life.finish({ is: 'configError' });
    else if (verdict.is === 'retry') apply(event);
    else giveUp(verdict.is);
    return verdict.is === 'retry' ? verdict.waitMs : undefined;
  }

  /** Nothing is called any more, until a restart or a stop disconnects it. */
  function giveUp(event: 'fatal' | 'exhausted'): void {
    life.instance.halt();
    wanted = undefined;
    apply(event);
  }

  function stray(instance: Instance, thrown: unknown): void {
    if (!isOn(instance) || machine.status === 'CREATED' || (isAbort(thrown) && pausing.signal.aborted)) return say({ is: 'late', method: 'outside', error: thrown }, instance.instanceId);
    strays++;
    const waitMs = failed('outside', thrown);
    if (waitMs === undefined) return;
    if (machine.polls) repairIn(waitMs);
    else if (!machine.engages) void quiet(instance, strays);
  }

  /** Of a connector that neither refreshes nor engages nothing succeeds that could show it is well again. */
  async function quiet(instance: Instance, before: number): Promise<void> {
    if ((await sleep(BACKOFF.maxMs, instance.work)) && strays === before) mendOutside();
  }

  function repairIn(waitMs: number): void {
    wanted = { at: clock.now() + waitMs, cause: 'repair' };
    changed();
  }

  async function refresh(run: ExecutedRun): Promise<TargetOutcome> {
    const { instance } = life;
    if (!ready()) return { target: target.name, is: 'skipped' };
    if (!machine.polls) return { target: target.name, is: 'completed' };
    const before = wanted;
    wanted = undefined;
    const from = clock.now();
    const straysBefore = strays;
    lastAttemptAt = from;
    apply('refreshBegins');
    say({ is: 'refresh-begins', runId: run.runId, cause: run.cause });
    const of = runOfTarget(run, target.name);
    const called = await instance.call('refresh', { signals: [run.signal], invoke: (connector, signal) => connector.refresh?.((given = of.given(signal))) });
    given = undefined;
    of.over();
    const outcome = conclude(instance, called.is === 'threw' && run.signal.aborted ? { is: 'aborted' } : called, straysBefore);
    // A run that was cancelled before it did what was wanted leaves that to the schedule, but for what was never done.
    if (outcome.is === 'aborted' && lastSuccessAt === undefined && before && isOn(instance)) wanted ??= { ...before, at: clock.now() + BACKOFF.maxMs };
    say({ is: 'refresh-ends', runId: run.runId, ms: clock.now() - from, outcome: outcome.is, counts: of.counts });
    changed();
    return outcome;
  }

  function conclude(instance: Instance, called: Called, straysBefore: number): TargetOutcome {
    const name = { target: target.name };
    if (called.is === 'returned') {
      lastSuccessAt = clock.now();
      if (isOn(instance)) succeeded('refresh', straysBefore);
      refreshed.abort(OVER);
      refreshed = new AbortController();
      return { ...name, is: 'completed' };
    }
    if (called.is === 'threw' && isOn(instance)) {
      const waitMs = failed('refresh', called.err);
      if (waitMs !== undefined) repairIn(waitMs);
      return { ...name, is: 'failed', error: called.err };
    }
    if (isOn(instance)) {
      // The run was cancelled. What ignores that would still be running when the next run begins.
      apply('refreshAborts');
      if (called.is === 'hung') life.finish({ is: 'replace', waitMs: 0 });
    }
    return { ...name, is: 'aborted' };
  }

  const ready = (): boolean => isOn(life.instance) && machine.started && !machine.paused && machine.pollState !== 'REFRESHING';
  const sleep = (ms: number, signal: AbortSignal): Promise<boolean> => clock.sleep(ms, signal).then(() => !signal.aborted, () => false);

  /** Waits for a command; for a time, if one is given. */
  async function pauseFor(ms: number | undefined): Promise<void> {
    if (asked !== undefined) return;
    const timer = new AbortController();
    await Promise.race([told.promise, ...(ms === undefined ? [] : [clock.sleep(ms, timer.signal).catch(() => undefined)])]);
    timer.abort(OVER);
  }

  function command(what: 'stop' | 'restart'): void {
    if (asked === 'stop') return;
    asked = what;
    life.finish({ is: what });
    told.resolve();
    told = deferred<void>();
  }

  const running = runAs(undefined, lives);

  return {
    target,
    ready,
    hopeful: () => !['CONFIG_FAILED', 'FAILED', 'STOPPED'].includes(machine.status),
    wanted: () => wanted,
    measures: measures.values,
    refresh,
    missed(err) {
      if (!ready()) return;
      const waitMs = failed('refresh', err, 'runFails');
      if (waitMs !== undefined) repairIn(waitMs);
    },
    restart: () => command('restart'),
    pause() {
      if (machine.paused) return;
      apply('pause');
      pausing.abort(new DOMException('the connector is paused', 'AbortError'));
    },
    resume() {
      if (!machine.paused) return;
      pausing = new AbortController();
      apply('resume');
      resumed.resolve();
      resumed = deferred<void>();
    },
    stop() {
      command('stop');
      return running;
    },
    status: () => {
      const failing = failures.worst();
      return {
        name: target.name,
        instanceId: life.instance.instanceId,
        status: machine.status,
        state: restState(machine),
        paused: machine.paused,
        pollState: machine.pollState,
        engageState: machine.engageState,
        lastStatusChange,
        ...(lastAttemptAt !== undefined && { lastAttemptAt }),
        ...(lastSuccessAt !== undefined && { lastSuccessAt }),
        ...(wanted && !machine.paused && { nextDueAt: wanted.at }),
        ...(failing && { failing }),
        statistics: life.instance.statistics(),
      };
    },
  };
}

