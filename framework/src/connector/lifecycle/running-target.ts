import type { RefreshCause, Target } from '../../contract';
import type { ConnectorSettings, ConnectorSurroundings, ExecutedRun, TargetOutcome, TargetStatus } from './types';

export interface TargetOptions {
  readonly settings: ConnectorSettings;
  readonly surroundings: ConnectorSurroundings;
  readonly target: Target;
  /** Cause of the refresh that follows `start`; undefined: none is wanted then. */
  firstRefresh(lastSuccessAt: number | undefined): RefreshCause | undefined;
  readonly paused: boolean;
  readonly seen: { readonly lastAttemptAt?: number; readonly lastSuccessAt?: number };
  nextRefreshAt(): number | undefined;
  requestRefresh(): void;
  addTarget(target: Target): void;
  removeTarget(name: string): void;
  /** Something is different: a status, or what is wanted. */
  changed(): void;
}

export interface RunningTarget {
  readonly target: Target;
  status(): TargetStatus;
  /** May `refresh` be called now? */
  ready(): boolean;
  /** May it become ready without a restart? */
  hopeful(): boolean;
  /** When it wants a refresh of its own accord, and why. */
  wanted(): { readonly at: number; readonly cause: RefreshCause } | undefined;
  /** What it counts and measures. */
  measures(): Readonly<Record<string, number>>;
  /** Never throws. */
  refresh(run: ExecutedRun): Promise<TargetOutcome>;
  /** A run did not get as far as `refresh`. */
  missed(err: unknown): void;
  restart(): void;
  pause(): void;
  resume(): void;
  /** Resolves when it is disconnected, within the grace time. */
  stop(): Promise<void>;
}
