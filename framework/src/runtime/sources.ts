import { FrameworkError, secretsIn, type Context, type Http, type Log, type Secret } from '../contract';
import { createHttp } from '../fetch';
import type { Entry } from '../load';
import type { Clock } from '../shared';

export interface SourcesOptions {
  readonly clock: Clock;
  readonly log: Log;
  onRequest?(integration: string, status: string): void;
  onWait?(integration: string, ms: number): void;
}

/** When each source was last heard of, for `/-/check-up`. */
export interface SourceHealth {
  lastSuccessAt?: number;
  error?: string;
}

export interface Sources {
  /** What a scan of this entry may touch, for as long as the signal lives. */
  context(entry: Entry, signal: AbortSignal): Context<unknown>;
  health(identifier: string): SourceHealth;
}

/** The secrets of an entry: of its settings, of who may call it, and of its pipelines. */
export const secretsOf = (entry: Pick<Entry, 'settings'> & Partial<Pick<Entry, 'incoming' | 'pipelines' | 'connector'>>): readonly Secret[] => secretsIn([entry.settings, entry.incoming, entry.pipelines, entry.connector?.targets]);

const noHttp: Http = {
  send: () => Promise.reject(new FrameworkError('INTEGRATION_FAILED', ['it declares no http client; add `http` to defineIntegration'])),
  get: () => noHttp.send({ url: '' }),
};

export function createSources(options: SourcesOptions): Sources {
  const known = new Map<string, SourceHealth>();
  const health = (identifier: string): SourceHealth => {
    let state = known.get(identifier);
    if (!state) known.set(identifier, (state = {}));
    return state;
  };

  return {
    health,
    context(entry, signal) {
      const log = childLog(options.log, { integration: entry.identifier });
      const spec = entry.integration.http?.(entry.settings);
      const http = spec
        ? createHttp(spec, {
            ...entry.http,
            clock: options.clock,
            log,
            signal,
            secrets: secretsOf(entry),
            onRequest(status) {
              options.onRequest?.(entry.identifier, String(status));
              if (typeof status === 'number' && status < 400) health(entry.identifier).lastSuccessAt = options.clock.now();
            },
            onWait: (ms) => options.onWait?.(entry.identifier, ms),
          })
        : noHttp;
      return { settings: entry.settings, http, log, signal, identifier: entry.identifier };
    },
  };
}

/** A log whose lines all carry these fields. */
export function childLog(log: Log, fields: Readonly<Record<string, unknown>>): Log {
  return {
    debug: (message, more) => log.debug(message, { ...fields, ...more }),
    info: (message, more) => log.info(message, { ...fields, ...more }),
    warn: (message, more) => log.warn(message, { ...fields, ...more }),
    error: (message, more) => log.error(message, { ...fields, ...more }),
  };
}
