export { checkContext } from './check-context';
export type { ContextRecord } from './context-record';
export { guardHttp } from './guard-http';
export { createContext, METADATA_SOURCE, openContext, type ContextDeps, type ContextOf } from './open-context';
export type { OpenRoute } from './listeners';
