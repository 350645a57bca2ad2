/** The state machine of a connector instance as data. Nothing here waits, calls or knows the time; the page about the lifecycle is drawn from it. */

/** The methods of a connector that the machine calls, in the order in which the first four and `start` must come. */
export type Method = 'initialize' | 'setAuditLog' | 'setConnectorName' | 'setContext' | 'start' | 'refresh' | 'engage' | 'disconnect';
export const setUpSteps = ['initialize', 'setAuditLog', 'setConnectorName', 'setContext'] as const satisfies readonly Method[];

export interface StatusSpec {
  /** For people. */
  readonly display: string;
  /** `state` of the entry in REST. */
  readonly state: 'starting' | 'waiting' | 'running' | 'degraded' | 'config-failed' | 'failed' | 'stopped';
  /** What runs when the status is entered. */
  readonly entry: readonly Method[];
  readonly meaning: string;
}

export const statuses = {
  CREATED: { display: 'Created', state: 'starting', entry: setUpSteps, meaning: 'configured, not yet set up' },
  INITIALIZED: { display: 'Initialized', state: 'starting', entry: ['start'], meaning: 'set up, `start` outstanding' },
  WAITING: { display: 'Waiting', state: 'waiting', entry: [], meaning: 'started, the next run is planned' },
  REFRESHING: { display: 'Refreshing', state: 'running', entry: ['refresh'], meaning: 'inside `refresh`' },
  RUNNING: { display: 'Running', state: 'running', entry: ['engage'], meaning: 'the engage loop lives; refreshes run beside it' },
  DEGRADED: { display: 'Degraded', state: 'degraded', entry: [], meaning: 'the last attempt failed; the schedule is kept, an early retry planned' },
  CONFIG_FAILED: { display: 'Configuration Failed', state: 'config-failed', entry: ['disconnect'], meaning: 'type or configuration wrong; waits for a restart with a changed file' },
  INITIALIZE_FAILED: { display: 'Initialize Failed', state: 'degraded', entry: ['disconnect'], meaning: 'store or portal not reachable while the context is made; tried again with a new instance' },
  FAILED: { display: 'Connector Failed', state: 'failed', entry: [], meaning: 'fatal error, or too many failures; waits for a restart' },
  STOPPING: { display: 'Stopping', state: 'stopped', entry: ['disconnect'], meaning: 'methods in flight end, then `disconnect`' },
  STOPPED: { display: 'Stopped', state: 'stopped', entry: [], meaning: 'disconnected: shut down, outside its dates, or replaced' },
} as const satisfies Readonly<Record<string, StatusSpec>>;

export type Status = keyof typeof statuses;
export type PollState = 'WAITING' | 'REFRESHING' | 'OFF';
export type EngageState = 'ENGAGED' | 'PAUSED' | 'OFF';
/** What may fail in a way that is tried again; `outside` = a timer or a promise that no method waits for. */
export type Failure = 'start' | 'refresh' | 'engage' | 'outside';

export interface MachineState {
  readonly status: Status;
  readonly started: boolean;
  readonly pollState: PollState;
  readonly engageState: EngageState;
  /** Whose last attempt failed. */
  readonly failing: readonly Failure[];
  readonly paused: boolean;
  /** Does it refresh, does it engage? Known once it is made. */
  readonly polls: boolean;
  readonly engages: boolean;
}

/** `live`: whichever of INITIALIZED, WAITING, REFRESHING, RUNNING, DEGRADED follows from the other members. */
export interface Transition {
  readonly from: readonly Status[];
  readonly to: Status | 'live';
  /** Only before, or only after `start` returned. */
  readonly started?: boolean;
  readonly poll?: { readonly from?: readonly PollState[]; readonly to: PollState };
  readonly engage?: { readonly from?: readonly EngageState[]; readonly to: EngageState };
  readonly fails?: Failure;
  readonly mends?: readonly Failure[];
  readonly when: string;
}

const SET_UP: readonly Status[] = ['INITIALIZED', 'DEGRADED'];
const STARTED: readonly Status[] = ['WAITING', 'REFRESHING', 'RUNNING', 'DEGRADED'];
const LIVE: readonly Status[] = ['INITIALIZED', ...STARTED];
const inRefresh = (more: Pick<Transition, 'fails' | 'mends' | 'when'>): Transition => ({ from: STARTED, to: 'live', started: true, poll: { from: ['REFRESHING'], to: 'WAITING' }, ...more });
const inEngage = (more: Pick<Transition, 'fails' | 'mends' | 'when'>): Transition => ({ from: STARTED, to: 'live', started: true, engage: { from: ['ENGAGED'], to: 'PAUSED' }, ...more });

export const transitions = {
  setUp: { from: ['CREATED'], to: 'live', when: 'the set-up steps returned' },
  unreachable: { from: ['CREATED'], to: 'INITIALIZE_FAILED', when: 'store or portal not reachable' },
  startFails: { from: SET_UP, to: 'live', started: false, fails: 'start', when: '`start` failed in a retryable way' },
  started: { from: SET_UP, to: 'live', started: false, poll: { to: 'WAITING' }, engage: { to: 'PAUSED' }, mends: ['start'], when: '`start` returned' },
  refreshBegins: { from: STARTED, to: 'live', started: true, poll: { from: ['WAITING'], to: 'REFRESHING' }, when: 'a run begins' },
  refreshSucceeds: inRefresh({ mends: ['refresh'], when: '`refresh` returned' }),
  refreshFails: inRefresh({ fails: 'refresh', when: '`refresh` failed in a retryable way' }),
  refreshAborts: inRefresh({ when: 'the run was cancelled' }),
  runFails: { from: STARTED, to: 'live', started: true, poll: { from: ['WAITING'], to: 'WAITING' }, fails: 'refresh', when: 'a run failed before it reached `refresh`' },
  engageBegins: { from: STARTED, to: 'live', started: true, engage: { from: ['PAUSED'], to: 'ENGAGED' }, when: 'news is waited for' },
  engageSucceeds: inEngage({ mends: ['engage'], when: '`engage` returned' }),
  engageMends: { from: STARTED, to: 'live', started: true, engage: { from: ['ENGAGED'], to: 'ENGAGED' }, mends: ['engage'], when: '`engage`, which failed before, has not for a minute' },
  engageFails: inEngage({ fails: 'engage', when: '`engage` failed in a retryable way' }),
  engageAborts: inEngage({ when: '`engage` was interrupted by a pause' }),
  outsideFails: { from: LIVE, to: 'live', fails: 'outside', when: 'an error outside a method' },
  outsideMends: { from: LIVE, to: 'live', mends: ['outside'], when: 'an attempt that began after the error outside a method succeeded, or 5 min passed' },
  configError: { from: ['CREATED', ...LIVE], to: 'CONFIG_FAILED', when: 'ConfigError' },
  fatal: { from: ['CREATED', ...LIVE], to: 'FAILED', when: 'FatalError' },
  exhausted: { from: LIVE, to: 'FAILED', when: '`maxFailures` in a row' },
  stop: { from: ['CREATED', ...LIVE, 'CONFIG_FAILED', 'INITIALIZE_FAILED', 'FAILED'], to: 'STOPPING', when: 'stop, restart, removal, stopDate' },
  disconnected: { from: ['STOPPING'], to: 'STOPPED', when: '`disconnect` is over' },
  again: { from: ['STOPPED', 'CONFIG_FAILED', 'INITIALIZE_FAILED'], to: 'CREATED', when: 'restart or retry, with a new instance id' },
} as const satisfies Readonly<Record<string, Transition>>;

export type LifecycleEvent = keyof typeof transitions | 'pause' | 'resume';

export const created = (paused = false): MachineState => ({ status: 'CREATED', started: false, pollState: 'OFF', engageState: 'OFF', failing: [], paused, polls: false, engages: false });

/** Can `refresh` and `engage` be called? Also those that failed: FAILED, STOPPING and the like are no longer live. */
export const isLive = (status: Status): boolean => LIVE.includes(status);
/** May it be restarted by a retry of its own, or is a restart of the connector awaited? */
export const isOver = (status: Status): boolean => status === 'CONFIG_FAILED' || status === 'FAILED' || status === 'STOPPED' || status === 'STOPPING';

/** `state` in REST. */
export const restState = (state: Pick<MachineState, 'status' | 'paused'>): StatusSpec['state'] | 'paused' => (state.paused && isLive(state.status) ? 'paused' : statuses[state.status].state);

/** The state after the event; undefined: it cannot happen in this state. */
export function next(state: MachineState, event: LifecycleEvent): MachineState | undefined {
  if (event === 'pause' || event === 'resume') return state.paused === (event === 'pause') ? undefined : settle({ ...state, paused: event === 'pause' }, state.status);
  const transition: Transition = transitions[event];
  const { poll, engage } = transition;
  if (!transition.from.includes(state.status)) return undefined;
  if (transition.started !== undefined && transition.started !== state.started) return undefined;
  if (poll?.from && !poll.from.includes(state.pollState)) return undefined;
  if (engage?.from && !engage.from.includes(state.engageState)) return undefined;
  const mended = state.failing.filter((failure) => !transition.mends?.includes(failure) && failure !== transition.fails);
  const after: MachineState = {
    ...state,
    started: event === 'started' || state.started,
    pollState: poll?.to ?? state.pollState,
    engageState: engage?.to ?? state.engageState,
    failing: transition.fails === undefined ? mended : [...mended, transition.fails],
  };
  return settle(after, transition.to);
}

/** What follows from the rest: the status while it is live, and that nothing runs otherwise. */
function settle(state: MachineState, to: Status | 'live'): MachineState {
  if (to !== 'live' && !isLive(to)) return { ...state, status: to, started: false, pollState: 'OFF', engageState: 'OFF', failing: [] };
  const pollState = state.pollState === 'REFRESHING' ? 'REFRESHING' : state.started && state.polls && !state.paused ? 'WAITING' : 'OFF';
  const engageState = state.engageState === 'ENGAGED' ? 'ENGAGED' : state.started && state.engages && !state.paused ? 'PAUSED' : 'OFF';
  return { ...state, pollState, engageState, status: liveStatus({ ...state, pollState, engageState }) };
}

function liveStatus(state: MachineState): Status {
  if (state.failing.length > 0) return 'DEGRADED';
  if (!state.started) return 'INITIALIZED';
  if (state.engageState !== 'OFF') return 'RUNNING';
  return state.pollState === 'REFRESHING' ? 'REFRESHING' : 'WAITING';
}

/** What holds at all times; each is a test of that name. */
export const invariants = {
  I1: 'set-up steps run in the order given, each once per instance; a new instance has a new instance id and keeps the connector id',
  I2: 'at most one refresh per connector, and per target, at a time; requests during a run become exactly one follow-up run',
  I3: '`refresh` and `engage` are independent: a blocked one delays neither the other, nor status, restart or stop',
  I4: 'one `engage` at a time, at least 1 s between return and next call; after an error the pause follows the backoff',
  I5: '`disconnect` is called exactly once for each successful `initialize`, from any status, and nothing is called after it',
  I6: 'no context call succeeds after `disconnect` began: ContextClosed',
  I7: 'the status is readable at any time without waiting for a method',
  I8: '`lastAttemptAt`, `lastSuccessAt`, `nextDueAt` are separate; a skipped run moves none of the first two',
  I9: 'a stop ends within the grace time even if every method ignores its signal; late results are discarded, late writes refused',
  I10: "trouble of one connector changes no other connector's schedule; an error outside a method belongs to the connector it arose in",
  I11: 'listeners of a connector in FAILED, STOPPING or STOPPED receive nothing, and what they refuse is not lost',
} as const;
