import { Secret, type Http, type Integration } from '../contract';
import { createHttp } from '../fetch';
import { fakeClock, type FakeClock } from './fake-clock';
import { recordedLog, type RecordedLog } from './recorded-log';

export interface TestHttp {
  /** Undefined when the integration declares no `http`. */
  readonly http: Http | undefined;
  readonly clock: FakeClock;
  readonly log: RecordedLog;
}

/** The client that the runtime would make for these settings, in time that takes none. */
export function testHttp<TSettings extends object>(
  integration: Integration<TSettings>,
  settings: TSettings,
  given: { readonly retries?: number; readonly log?: RecordedLog } = {},
): TestHttp {
  const clock = fakeClock();
  const log = given.log ?? recordedLog();
  const spec = integration.http?.(settings);
  const secrets = Object.values(settings).filter((value): value is Secret => value instanceof Secret);
  const signal = new AbortController().signal;
  return { clock, log, http: spec && createHttp(spec, { timeoutMs: 10_000, concurrency: 10, retries: given.retries ?? 5, clock, log, signal, secrets }) };
}
