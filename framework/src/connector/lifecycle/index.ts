/** The lifecycle of connectors: what runs when, and what happens when it fails. */
export { attribute, runAs, watchStray, type Owner } from './attribute';
export { classify, describeError, type ErrorClass } from './classify';
export { drawLifecycle } from './draw';
export { checkSchedule, firstDue, nextDue, type Schedule } from './due';
export { configuredTargets, connectionOf, DEFAULT_TARGET, endpointMode, learnedTarget, matchesEndpoint, type EndpointEntity, type EndpointMode, type LearnedSelector } from './endpoint-mode';
export type { Failing } from './failures';
export { contextOf, gateContext, type ContextGate } from './gate-context';
export type { EndpointFeed } from './learn-endpoints';
export { invariants, next, statuses, transitions, type LifecycleEvent, type MachineState, type Method, type Status } from './machine';
export { createMeasures } from './measures';
export { runConnector, type Connector } from './run-connector';
export { diffTargets } from './targets';
export type { ConnectorSettings, ConnectorStatus, ConnectorSurroundings, ContextRequest, ExecutedRun, LifecycleRecord, Marks, OpenedContext, Origin, Statistics, TargetOutcome, TargetStatus } from './types';
export { tryOut } from './try-out';
export { watchDelay } from './watch-delay';
