import { FrameworkError, type Log } from '../contract';
import type { Later, TopicMessage } from '../kafka';
import { backoff } from '../shared';
import type { RequestResync } from '../store';
import type { TriggerResult } from './trigger';
import { decide, parseMessage } from './truth';

export interface TakeOptions {
  /** Identifiers of the entries that this consumer speaks for. */
  readonly identifiers: readonly string[];
  readonly request: RequestResync;
  readonly log: Log;
  count?(result: TriggerResult, identifier?: string): void;
}

const BLOCKED = { initialMs: 500, factor: 2, maxMs: 10_000 };

/**
 * What happens to a message. One that asks for a resync is done once that is stored as a run; while the store takes none, it is given again. The place of a
 * message is the id of its request.
 */
export function takeRequests(options: TakeOptions): (message: TopicMessage) => Promise<Later | undefined> {
  let failures = 0;

  return async ({ topic, partition, offset, value }) => {
    const parsed = parseMessage(value);
    if (parsed === undefined) {
      options.count?.('malformed');
      options.log.debug('a Kafka message is no JSON object; skipped', { topic, partition, offset });
      return undefined;
    }
    for (const identifier of options.identifiers) {
      if (!decide(topic, parsed, identifier).resync) {
        options.count?.('ignored', identifier);
        continue;
      }
      try {
        await options.request({ identifier, cause: 'kafka', id: `${topic}/${partition}/${offset}` });
        options.count?.('requested', identifier);
      } catch (err) {
        if (!isRefusal(err)) return { ms: backoff(BLOCKED, ++failures), detail: 'the store takes no requests; nothing is committed meanwhile' };
        options.count?.('refused', identifier);
        options.log.warn('a resync that was asked for by Kafka was refused', { integration: identifier, err });
      }
    }
    failures = 0;
    return undefined;
  };
}

/** The entry cannot run: asking again would change nothing. */
const isRefusal = (err: unknown): boolean => err instanceof FrameworkError && (err.code === 'ENTRY_REFUSED' || err.code === 'ENTRY_UNKNOWN');
