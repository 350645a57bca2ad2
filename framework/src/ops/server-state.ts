import type { Metrics } from './metrics';
import type { OperationsRuntime } from './runtime';

/** `draining`: ready says no, everything is served. `closed`: nothing new is accepted. */
export type ServerPhase = 'serving' | 'draining' | 'closed';

/** A call that was not let in. Nothing of it but where it came from. */
export interface Refusal {
  readonly method: string;
  /** As the table has it, so that there are few. */
  readonly route: string;
  readonly reason: string;
  /** Address of the caller, where it is known. */
  readonly from?: string;
}

/** What handlers may know of the server they run in. */
export interface ServerState {
  readonly name: string;
  readonly version: string;
  readonly phase: ServerPhase;
  /** Absent until this process owns its store and its parts stand. */
  readonly runtime?: OperationsRuntime;
  readonly metrics: Metrics;
  /** Hears of every call that was not let in. */
  refused(refusal: Refusal): void;
  /** The OpenAPI document of the route table. */
  openApi(): object;
}
