import type { EachBatchPayload } from 'kafkajs';
import { FrameworkError, type Log } from '../contract';
import { backoff } from '../shared';
import type { RequestResync } from '../store';
import type { TriggerResult } from './trigger';
import { decide, parseMessage } from './truth';

export interface BatchOptions {
  /** Identifiers of the entries that this consumer speaks for. */
  readonly identifiers: readonly string[];
  readonly request: RequestResync;
  readonly log: Log;
  count?(result: TriggerResult, identifier?: string): void;
  /** The store took no request: the partition is paused. Undefined = it takes them again. */
  blocked(reason: string | undefined): void;
}

const HEARTBEAT_MS = 3_000;
const BLOCKED = { initialMs: 500, factor: 2, maxMs: 10_000 };

/**
 * What happens to a batch of messages. Each that asks for a resync is stored as a run before its offset counts as done; a batch commits up to the first that
 * could not be stored, pauses the partition and reads on from there later. A message may come again (rebalance, restart): its place is the id of its request.
 */
export function batchHandler(options: BatchOptions): { handle(payload: EachBatchPayload): Promise<void>; stop(): void } {
  const waiting = new Set<NodeJS.Timeout>();
  let failures = 0;

  /** False: it could not be stored now. */
  async function take(topic: string, partition: number, message: EachBatchPayload['batch']['messages'][number]): Promise<boolean> {
    const parsed = parseMessage(message.value);
    if (parsed === undefined) {
      options.count?.('malformed');
      options.log.debug('a Kafka message is no JSON object; skipped', { topic, partition, offset: message.offset });
      return true;
    }
    for (const identifier of options.identifiers) {
      if (!decide(topic, parsed, identifier).resync) {
        options.count?.('ignored', identifier);
        continue;
      }
      try {
        await options.request({ identifier, cause: 'kafka', id: `${topic}/${partition}/${message.offset}` });
        options.count?.('requested', identifier);
      } catch (err) {
        if (!isRefusal(err)) return false;
        options.count?.('refused', identifier);
        options.log.warn('a resync that was asked for by Kafka was refused', { integration: identifier, err });
      }
    }
    return true;
  }

  function pauseFor(payload: EachBatchPayload): void {
    const resume = payload.pause();
    options.blocked('the store takes no requests; nothing is committed meanwhile');
    const timer = setTimeout(() => {
      waiting.delete(timer);
      resume();
    }, backoff(BLOCKED, ++failures));
    waiting.add(timer);
  }

  return {
    async handle(payload) {
      const { batch } = payload;
      let lost = false;
      // By time and not by message: one request may take longer than a session lasts.
      const beat = setInterval(() => {
        payload.heartbeat().catch(() => {
          lost = true;
        });
      }, HEARTBEAT_MS);
      try {
        for (const message of batch.messages) {
          if (lost || payload.isStale() || !payload.isRunning()) break;
          if (!(await take(batch.topic, batch.partition, message))) {
            pauseFor(payload);
            break;
          }
          if (failures > 0) options.blocked(undefined);
          failures = 0;
          payload.resolveOffset(message.offset);
        }
      } finally {
        clearInterval(beat);
      }
      // A batch that turned stale was sought away from: its place must not be committed over the one that was sought.
      if (!payload.isStale()) await payload.commitOffsetsIfNecessary(payload.uncommittedOffsets());
    },
    stop() {
      for (const timer of waiting) clearTimeout(timer);
      waiting.clear();
    },
  };
}

/** The entry cannot run: asking again would change nothing. */
const isRefusal = (err: unknown): boolean => err instanceof FrameworkError && (err.code === 'ENTRY_REFUSED' || err.code === 'ENTRY_UNKNOWN');
