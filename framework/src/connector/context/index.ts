export { guardHttp } from './guard-http';
export { openContext, type ContextDeps, type ContextOf } from './open-context';
export type { OpenRoute } from './listeners';
