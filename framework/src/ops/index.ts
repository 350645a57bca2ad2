export * from './http-server';
export * from './metrics';
export type * from './runtime';
export { toRun } from './views';
