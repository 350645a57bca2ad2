export { anchorKinds, elementKinds } from './element-kinds';
export { createExchange, type Exchange, type TargetEnd } from './exchange';
export { writeBack, type WriteBackDeps } from './write-back';
export { reconcile, type ReconcileDeps } from './reconcile';
