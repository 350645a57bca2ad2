import { auditMessages, type AuditLog } from '../audit';
import { classify, DEFAULT_TARGET, statuses, type LifecycleRecord, type Status } from '../connector/lifecycle';
import { ContextClosed, FrameworkError, type Component, type Direction, type Integration } from '../contract';

const { context, runtime, targets } = auditMessages;

type Kind = LifecycleRecord['is'];
type RecordOf<TKind extends Kind> = Extract<LifecycleRecord, { readonly is: TKind }>;

/** What speaks of the connector of one entry, or of one instance: `component` of its integration, else one by its type. */
export function connectorLog(log: AuditLog, of: { readonly identifier: string; readonly type: string; readonly integration: Pick<Integration, 'title' | 'component'> }, instanceId?: string): AuditLog {
  const scope = { connector: of.identifier, ...(instanceId !== undefined && { instanceId }) };
  return log.child(of.integration.component ?? componentOf(of.type, of.integration.title), scope);
}

const componentOf = (type: string, title: string): Component => ({
  // Of no registry: integrations that care have a component of their own.
  id: 0,
  name: `${type.toUpperCase()}-CONNECTOR`,
  description: `the connector of ${title}`,
  wikiUrl: '',
  status: 'STABLE',
});

/** What the entry of the connector says. */
export interface Told {
  readonly type: string;
  readonly direction: Direction;
}

/** Says in the log of a connector what its lifecycle recorded. Whatever is recorded is said; what two records say alike is said once. */
export function tellLifecycle(log: AuditLog, record: LifecycleRecord, of: Told & { readonly information?: readonly string[] }): void {
  const { instanceId } = record;
  const own = log.child(log.component, { connector: record.identifier, ...(instanceId !== '' && { instanceId }), ...('runId' in record && { runId: record.runId }) });
  (sayings[record.is] as (log: AuditLog, record: LifecycleRecord, of: Told & { readonly information?: readonly string[] }) => void)(own, record, of);
}

const sayings: { readonly [K in Kind]: (log: AuditLog, record: RecordOf<K>, of: Told & { readonly information?: readonly string[] }) => void } = {
  initialising(log, record, { type: connectorType, direction }) {
    const parameters = { ...named(record), connectorType, instanceId: record.instanceId, direction: record.direction ?? direction };
    if (record.target === DEFAULT_TARGET) log.log('set up', runtime.connectorInitialising, parameters);
    else log.log('set up', targets.targetInitialising, { ...parameters, targetName: record.target });
  },
  step(log, record) {
    const { method } = record;
    if (method === 'disconnect') log.log(actionOf(record, method), runtime.disconnecting, named(record));
    else log.log(actionOf(record, method), runtime.stepBegins, { ...named(record), methodName: method });
  },
  starts: (log, record) => log.log(actionOf(record, 'start'), runtime.effectiveConfiguration, { ...named(record), configuration: record.configuration }),
  status(log, record) {
    const { from, to } = record;
    const action = actionOf(record, 'status');
    const change = { ...named(record), previousStatus: from };
    // At every refresh, which has records of its own.
    if (isRoutine(from) && isRoutine(to)) log.log(action, runtime.statusTurned, { ...change, status: to });
    else if (from === 'INITIALIZED' && isRoutine(to)) tellStarted(log, record);
    else if (to === 'CREATED') log.log(action, runtime.restarted, { ...named(record), instanceId: record.instanceId });
    else if (to === 'FAILED') log.log(action, runtime.connectorFailed, change);
    else if (to === 'DEGRADED') log.log(action, runtime.retryPlanned, change);
    else if (from === 'DEGRADED' && isRoutine(to)) log.log(action, runtime.recovered, { ...named(record), status: to });
    else log.log(action, runtime.statusChanged, { ...change, status: to, reason: statuses[to].meaning });
  },
  'refresh-begins': (log, record) => log.log(actionOf(record, 'refresh'), record.cause === 'start' ? runtime.firstRefresh : runtime.refresh, { ...named(record), cause: record.cause }),
  'refresh-ends'(log, record) {
    const { runId, ms: elapsedMs, outcome, counts } = record;
    const parameters = { ...named(record), runId, elapsedMs, counts };
    if (outcome === 'completed') log.log(actionOf(record, 'refresh'), runtime.refreshComplete, parameters);
    else log.log(actionOf(record, 'refresh'), runtime.refreshEnded, { ...parameters, state: outcome });
  },
  'engage-loop': (log, record) => log.log(actionOf(record, 'engage'), record.runs ? runtime.engageBegins : runtime.engageEnds, named(record)),
  engaged: (log, record) => log.log(actionOf(record, 'engage'), runtime.engageReturned, named(record)),
  error(log, record) {
    const { method, error, repeated, failing } = record;
    const action = actionOf(record, method);
    const failure = { ...named(record), reason: failing.message };
    if (repeated) log.log(action, runtime.failedAgain, { ...failure, methodName: method, attempt: failing.attempts });
    else if (classify(error) === 'config') log.logException(action, runtime.configurationWrong, failure, error);
    else if (method === 'setContext') log.logException(action, runtime.contextNotAvailable, failure, error);
    else if (error instanceof FrameworkError && error.code === 'CONNECTOR_TIMEOUT') log.log(action, runtime.methodTimedOut, { ...failure, methodName: method });
    else if (method === 'outside') log.logException(action, runtime.strayError, failure, error);
    else log.logException(action, runtime.methodFailed, { ...failure, methodName: method, attempt: failing.attempts }, error);
  },
  disconnected(log, record) {
    if (record.forced) log.log(actionOf(record, 'disconnect'), runtime.signalIgnored, { ...named(record), methodName: 'disconnect' });
    log.log(actionOf(record, 'disconnect'), runtime.disconnected, { ...named(record), statistics: record.statistics });
  },
  hung: (log, record) => log.log(actionOf(record, record.method), runtime.signalIgnored, { ...named(record), methodName: record.method }),
  late(log, record) {
    const parameters = { ...named(record), methodName: record.method };
    if (record.error === undefined) log.log(actionOf(record, record.method), runtime.lateResult, parameters);
    else log.logException(actionOf(record, record.method), runtime.lateResult, parameters, record.error);
  },
  blocked: (log, record) => log.log(actionOf(record, record.method), runtime.threadBlocked, { ...named(record), elapsedMs: record.ms }),
  misused(log, record, { information }) {
    const { error, instanceId } = record;
    if (error instanceof ContextClosed) log.log(actionOf(record, 'context'), context.contextClosed, { ...named(record), instanceId, call: error.call }, information);
    else log.log(actionOf(record, 'context'), context.serviceNotDeclared, { ...named(record), service: error.service }, information);
  },
  refused: (log, record) => log.log(actionOf(record, 'status'), runtime.eventRefused, { ...named(record), status: record.status, eventType: record.event }),
  trouble(log, record) {
    const { error, failing } = record;
    const failure = { ...named(record), reason: failing.message };
    log.logException('set up', classify(error) === 'config' ? runtime.configurationWrong : runtime.contextNotAvailable, failure, error);
  },
  outside: (log, record) => log.log('look at its dates', runtime.outsideWindow, { ...named(record), startDate: dateOf(record.startAt), stopDate: dateOf(record.stopAt) }),
  mode: (log, record) => log.log('look at its endpoints', targets.modeSwitched, { ...named(record), mode: record.to, previousMode: record.from }),
  learned(log, record) {
    const about = { ...named(record), targetName: record.name };
    if (record.change === 'removed') log.log('learn endpoints', targets.endpointGone, { ...about, reason: 'its entity went, or does not match any more' });
    else log.log('learn endpoints', targets.endpointLearned, { ...about, address: record.address });
  },
  given(log, record) {
    const message = { added: targets.targetAdded, changed: targets.targetChanged, removed: targets.targetRemoved }[record.change];
    log.log('give a target', message, { ...named(record), targetName: record.name, origin: 'the connector' });
  },
  'none-learned': (log, record) => log.log('learn endpoints', targets.noEndpointMatches, named(record)),
};

function tellStarted(log: AuditLog, record: RecordOf<'status'>): void {
  const { target, to: status } = record;
  if (target === DEFAULT_TARGET) log.log('status', runtime.started, { ...named(record), status });
  else log.log(actionOf(record, 'status'), targets.targetStarted, { ...named(record), status, targetName: target });
}

const dateOf = (at: number | undefined): string => (at === undefined ? 'any time' : new Date(at).toISOString());

/** A connector that is well goes to and fro among these. */
const isRoutine = (status: Status): boolean => status === 'WAITING' || status === 'REFRESHING' || status === 'RUNNING';

const named = ({ identifier }: LifecycleRecord): { readonly connectorName: string } => ({ connectorName: identifier });

/** Names the target where there are several: an instance is of one. */
const actionOf = ({ target }: LifecycleRecord, what: string): string => (target === DEFAULT_TARGET ? what : `${what} of the target ${target}`);
