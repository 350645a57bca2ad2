import { drawLifecycle, edges } from './draw';
import { created, isLive, next, restState, setUpSteps, statuses, transitions, type LifecycleEvent, type MachineState, type Status } from './machine';
import { seeded } from './test/timeline';

/** The state after these events; each must be possible. */
function after(events: readonly LifecycleEvent[], given: Partial<MachineState> = { polls: true }): MachineState {
  return events.reduce<MachineState>((state, event) => {
    const reached = next(state, event);
    if (!reached) throw new Error(`${event} cannot happen in ${state.status}`);
    return reached;
  }, { ...created(), ...given });
}

const engaging = { polls: true, engages: true };

describe('status', () => {
  test.each<[Status, string, readonly LifecycleEvent[], Partial<MachineState>]>([
    ['CREATED', 'starting', [], { polls: true }],
    ['INITIALIZED', 'starting', ['setUp'], { polls: true }],
    ['WAITING', 'waiting', ['setUp', 'started'], { polls: true }],
    ['REFRESHING', 'running', ['setUp', 'started', 'refreshBegins'], { polls: true }],
    ['RUNNING', 'running', ['setUp', 'started'], engaging],
    ['DEGRADED', 'degraded', ['setUp', 'started', 'refreshBegins', 'refreshFails'], { polls: true }],
    ['CONFIG_FAILED', 'config-failed', ['configError'], { polls: true }],
    ['INITIALIZE_FAILED', 'degraded', ['unreachable'], { polls: true }],
    ['FAILED', 'failed', ['setUp', 'exhausted'], { polls: true }],
    ['STOPPING', 'stopped', ['setUp', 'started', 'stop'], { polls: true }],
    ['STOPPED', 'stopped', ['setUp', 'started', 'stop', 'disconnected'], { polls: true }],
  ])('%s is %s in REST', (status, state, events, given) => {
    const reached = after(events, given);
    expect(reached.status).toBe(status);
    expect(restState(reached)).toBe(state);
  });

  test('the words for people', () => {
    expect([statuses.CONFIG_FAILED.display, statuses.INITIALIZE_FAILED.display, statuses.FAILED.display]).toEqual(['Configuration Failed', 'Initialize Failed', 'Connector Failed']);
  });

  test('what runs on entry: the set-up steps in their order, start, disconnect where it is owed', () => {
    expect(statuses.CREATED.entry).toEqual(['initialize', 'setAuditLog', 'setConnectorName', 'setContext']);
    expect(setUpSteps).toEqual(statuses.CREATED.entry);
    expect(statuses.INITIALIZED.entry).toEqual(['start']);
    for (const [name, { entry }] of Object.entries(statuses)) expect({ name, owes: (entry as readonly string[]).includes('disconnect') }).toEqual({ name, owes: ['STOPPING', 'CONFIG_FAILED', 'INITIALIZE_FAILED'].includes(name) });
  });

  test('pollState and engageState are shown apart', () => {
    expect(after(['setUp', 'started', 'engageBegins', 'refreshBegins'], engaging)).toMatchObject({ status: 'RUNNING', pollState: 'REFRESHING', engageState: 'ENGAGED' });
    expect(after(['setUp', 'started', 'engageBegins', 'refreshBegins', 'engageSucceeds'], engaging)).toMatchObject({ status: 'RUNNING', pollState: 'REFRESHING', engageState: 'PAUSED' });
    expect(after(['setUp', 'started'])).toMatchObject({ pollState: 'WAITING', engageState: 'OFF' });
    expect(after(['setUp'])).toMatchObject({ pollState: 'OFF', engageState: 'OFF' });
  });

  test('paused: both are off once what was in flight has ended, and REST says so', () => {
    const inFlight = after(['setUp', 'started', 'engageBegins', 'refreshBegins', 'pause'], engaging);
    expect(inFlight).toMatchObject({ pollState: 'REFRESHING', engageState: 'ENGAGED' });
    const quiet = ['refreshSucceeds', 'engageAborts'].reduce((state, event) => next(state, event as LifecycleEvent)!, inFlight);
    expect(quiet).toMatchObject({ paused: true, pollState: 'OFF', engageState: 'OFF' });
    expect(restState(quiet)).toBe('paused');
    expect(next(quiet, 'refreshBegins')).toBeUndefined();
    expect(next(quiet, 'engageBegins')).toBeUndefined();
    expect(next(quiet, 'resume')).toMatchObject({ paused: false, pollState: 'WAITING', engageState: 'PAUSED', status: 'RUNNING' });
  });

  test('DEGRADED ends when nothing is failing any more', () => {
    const both = after(['setUp', 'started', 'refreshBegins', 'refreshFails', 'engageBegins', 'engageFails'], engaging);
    expect(both).toMatchObject({ status: 'DEGRADED', failing: ['refresh', 'engage'] });
    const one = next(next(both, 'refreshBegins')!, 'refreshSucceeds')!;
    expect(one).toMatchObject({ status: 'DEGRADED', failing: ['engage'] });
    expect(next(next(one, 'engageBegins')!, 'engageSucceeds')).toMatchObject({ status: 'RUNNING', failing: [] });
  });
});

describe('the transitions of the specification, and no others', () => {
  test.each<[string, Status, LifecycleEvent, Status | undefined]>([
    ['set-up leads to start', 'CREATED', 'setUp', 'INITIALIZED'],
    ['an unreachable store is tried again with a new instance', 'INITIALIZE_FAILED', 'again', 'CREATED'],
    ['a wrong configuration waits for a restart', 'CONFIG_FAILED', 'again', 'CREATED'],
    ['a failed connector is disconnected before anything else', 'FAILED', 'stop', 'STOPPING'],
    ['and not simply begun again', 'FAILED', 'again', undefined],
    ['nothing but the end of disconnect follows STOPPING', 'STOPPING', 'stop', undefined],
    ['stopped, it may be created anew', 'STOPPED', 'again', 'CREATED'],
    ['a stopped one is not stopped again', 'STOPPED', 'stop', undefined],
    ['no refresh before start', 'INITIALIZED', 'refreshBegins', undefined],
  ])('%s', (_, status, event, to) => {
    expect(next({ ...created(), polls: true, status }, event)?.status).toBe(to);
  });

  test.each(Object.keys(statuses).filter((status) => isLive(status as Status) || status === 'CREATED') as Status[])('%s may become CONFIG_FAILED, FAILED and STOPPING', (status) => {
    const state: MachineState = { ...created(), polls: true, status };
    expect(next(state, 'configError')?.status).toBe('CONFIG_FAILED');
    expect(next(state, 'fatal')?.status).toBe('FAILED');
    expect(next(state, 'stop')?.status).toBe('STOPPING');
  });

  test('every status can be reached, and STOPPED from each', () => {
    const found = edges();
    const reached = new Set<string>(['CREATED', ...found.map(({ to }) => to)]);
    expect([...reached].sort()).toEqual(Object.keys(statuses).sort());
    const ends = (from: Status, seen = new Set<Status>()): boolean => from === 'STOPPED' || (!seen.has(from) && found.some((edge) => edge.from === from && ends(edge.to, new Set([...seen, from]))));
    for (const status of Object.keys(statuses) as Status[]) expect({ status, ends: ends(status) }).toEqual({ status, ends: true });
  });

  test('every event happens somewhere in the drawing or leaves the status as it is', () => {
    const drawn = new Set(edges().flatMap(({ events }) => events));
    const silent = (Object.keys(transitions) as LifecycleEvent[]).filter((event) => !drawn.has(event));
    // From PAUSED to ENGAGED the connector is RUNNING all along.
    expect(silent).toEqual(['engageBegins']);
    expect(drawLifecycle()).toContain('CREATED --> INITIALIZED: setUp');
  });
});

test('random walk over the machine: 100,000 steps', () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
  console.log(`seed ${seed}`);
  const random = seeded(seed);
  const events = [...Object.keys(transitions), 'pause', 'resume'] as LifecycleEvent[];
  let state: MachineState = { ...created(), polls: true, engages: true };
  let setUps = 0;
  const met = new Set<string>();
  for (let step = 0; step < 100_000; step++) {
    const event = events[Math.floor(random() * events.length)]!;
    // Ends are rarer, so that what comes before them is met, too.
    if (['configError', 'fatal', 'exhausted', 'stop', 'unreachable'].includes(event) && random() < 0.9) continue;
    const reached = next(state, event);
    if (!reached) continue;
    met.add(reached.status);
    if (event === 'again') setUps++;
    const open = isLive(reached.status);
    // Nothing runs in a connector that is not live, not started, or (beyond what was in flight) paused.
    if (!open || !reached.started) expect(reached).toMatchObject({ pollState: 'OFF', engageState: 'OFF' });
    if (reached.paused) expect([reached.pollState, reached.engageState].filter((one) => one === 'WAITING' || one === 'PAUSED')).toEqual([]);
    expect(reached.status === 'DEGRADED').toBe(open && reached.failing.length > 0);
    expect(reached.status === 'REFRESHING' && reached.pollState !== 'REFRESHING').toBe(false);
    expect(reached.status === 'RUNNING' && reached.engageState === 'OFF').toBe(false);
    // At most one refresh and one engage.
    if (event === 'refreshBegins') expect(state.pollState).toBe('WAITING');
    if (event === 'engageBegins') expect(state.engageState).toBe('PAUSED');
    // STOPPING leads nowhere but to STOPPED, and from FAILED nowhere but to STOPPING.
    if (state.status === 'STOPPING' && reached.status !== 'STOPPING') expect(reached.status).toBe('STOPPED');
    if (state.status === 'FAILED' && reached.status !== 'FAILED') expect(reached.status).toBe('STOPPING');
    if (reached.status === 'CREATED' && state.status !== 'CREATED') expect(event).toBe('again');
    state = event === 'again' ? { ...reached, polls: random() < 0.8, engages: random() < 0.5 } : reached;
  }
  expect(setUps).toBeGreaterThan(100);
  expect([...met].sort()).toEqual(Object.keys(statuses).sort());
});
