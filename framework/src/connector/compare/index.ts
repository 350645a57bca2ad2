export { anchorKinds, elementKinds } from './element-kinds';
export { createExchange, type Exchange, type TargetEnd } from './exchange';
export { reconcile, type ReconcileDeps } from './reconcile';
