export type { ConnectorView, EntryState, TargetView } from './connector-view';
export * from './http-server';
export * from './metrics';
export type * from './runtime';
export type { Refusal } from './server-state';
export { toRun } from './views';
