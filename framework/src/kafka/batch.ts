import type { EachBatchPayload } from 'kafkajs';
import { deferred } from '../shared';

export type TopicMessage = EachBatchPayload['batch']['messages'][number] & { readonly topic: string; readonly partition: number };

/** Not now: the message is given again after this time, and what comes after it in its partition waits. `detail` is one sentence for people. */
export interface Later {
  readonly ms: number;
  readonly detail: string;
}

export interface BatchOptions {
  /** Undefined: it is done. Must not throw. */
  take(message: TopicMessage): Promise<Later | undefined>;
  /** Why a partition waits; undefined: none does. */
  blocked(detail: string | undefined): void;
}

const HEARTBEAT_MS = 3_000;
/** At a stop a message that is being taken gets so much time. Then it is left to come again: its batch would hold up the group, and keep the process alive. */
const LEAVE_MS = 2_000;

/**
 * What happens to a batch of messages. Each is taken before its offset counts as done; a batch commits up to the first that is not, pauses the partition and reads
 * on from there later. A message may come again (rebalance, restart).
 */
export function batchHandler(options: BatchOptions): { handle(payload: EachBatchPayload): Promise<void>; stop(): void } {
  const waiting = new Set<NodeJS.Timeout>();
  const blocked = new Map<number, string>();
  let stopped = false;
  /** Does not wait any longer for the message that is being taken; undefined: none is. */
  let leave: (() => void) | undefined;

  function pauseFor(payload: EachBatchPayload, { ms, detail }: Later): void {
    const resume = payload.pause();
    blocked.set(payload.batch.partition, detail);
    options.blocked(detail);
    const timer = setTimeout(() => {
      waiting.delete(timer);
      resume();
    }, ms);
    waiting.add(timer);
  }

  async function take(message: TopicMessage): Promise<Later | 'left' | undefined> {
    const left = deferred<'left'>();
    leave = () => left.resolve('left');
    try {
      return await Promise.race([options.take(message), left.promise]);
    } finally {
      leave = undefined;
    }
  }

  function goesOn(partition: number): void {
    if (blocked.delete(partition)) options.blocked([...blocked.values()].at(-1));
  }

  return {
    async handle(payload) {
      const { batch } = payload;
      const { topic, partition } = batch;
      let lost = false;
      // By time and not by message: one may take longer than a session lasts.
      const beat = setInterval(() => {
        payload.heartbeat().catch(() => {
          lost = true;
        });
      }, HEARTBEAT_MS);
      try {
        for (const message of batch.messages) {
          if (stopped || lost || payload.isStale() || !payload.isRunning()) break;
          const later = await take({ ...message, topic, partition });
          if (later === 'left') break;
          if (later) {
            if (!stopped) pauseFor(payload, later);
            break;
          }
          goesOn(partition);
          payload.resolveOffset(message.offset);
        }
      } finally {
        clearInterval(beat);
      }
      // A batch that turned stale was sought away from: its place must not be committed over the one that was sought.
      if (!payload.isStale()) await payload.commitOffsetsIfNecessary(payload.uncommittedOffsets());
    },
    stop() {
      stopped = true;
      for (const timer of waiting) clearTimeout(timer);
      waiting.clear();
      if (leave) setTimeout(leave, LEAVE_MS).unref();
    },
  };
}
