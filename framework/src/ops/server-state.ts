import type { Metrics } from './metrics';
import type { OperationsRuntime } from './runtime';

/** `draining`: ready says no, everything is served. `closed`: nothing new is accepted. */
export type ServerPhase = 'serving' | 'draining' | 'closed';

/** What handlers may know of the server they run in. */
export interface ServerState {
  readonly name: string;
  readonly version: string;
  readonly phase: ServerPhase;
  /** Absent until this process owns its store and its parts stand. */
  readonly runtime?: OperationsRuntime;
  readonly metrics: Metrics;
  /** The OpenAPI document of the route table. */
  openApi(): object;
}
