import type { Http } from './http';

export interface Log {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** What a scan may touch. No store, no portal: an integration cannot write, so it cannot write in the wrong order. */
export interface Context<TSettings> {
  readonly settings: TSettings;
  /** Authenticated, budgeted, retried. There when the integration declares `http`; else every call throws. */
  readonly http: Http;
  readonly log: Log;
  /** Aborts on stop and cancel; pass it to whatever waits. */
  readonly signal: AbortSignal;
  /** Identifier of the entry. */
  readonly identifier: string;
}
