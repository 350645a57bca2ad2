import { FrameworkError, type Context, type Http } from '../contract';
import { recordedLog, type RecordedLog } from './recorded-log';

export interface TestContext<TSettings> extends Context<TSettings> {
  readonly log: RecordedLog;
}

export const noHttp: Http = {
  send: (request) => Promise.reject(new FrameworkError('SOURCE_UNREACHABLE', [request.url, 'this context has no http'])),
  get: (url) => Promise.reject(new FrameworkError('SOURCE_UNREACHABLE', [url, 'this context has no http'])),
};

/** What an integration gets from the runtime, with a log that can be read and, unless one is given, a client that refuses every call. */
export function testContext<TSettings>(
  settings: TSettings,
  given: { readonly http?: Http; readonly signal?: AbortSignal; readonly identifier?: string } = {},
): TestContext<TSettings> {
  return { settings, http: given.http ?? noHttp, log: recordedLog(), signal: given.signal ?? new AbortController().signal, identifier: given.identifier ?? 'test' };
}
