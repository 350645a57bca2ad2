import type { ListenContext } from '@integration-framework/framework';
import { blobCheckpoints, trackProgress, type Checkpoints } from './checkpoints';
import { openHub, type Hub } from './hub';
import { messagesOf } from './live';
import type { AzureSettings } from './settings';
import { createToken } from './token';

export async function listen(context: ListenContext<AzureSettings>): Promise<void> {
  const token = createToken(context.settings);
  await listenTo({ context, hub: await openHub(context.settings, token), checkpoints: blobCheckpoints(context.settings, token) });
}

/** Reads all partitions, has their records stored and remembers how far it came. What could not be stored is read again from there. */
export async function listenTo({ context, hub, checkpoints }: { readonly context: ListenContext<AzureSettings>; readonly hub: Hub; readonly checkpoints: Checkpoints }): Promise<void> {
  const { signal, log } = context;
  // One partition that fails ends the others: all of them begin again together.
  const failing = new AbortController();
  const over = AbortSignal.any([signal, failing.signal]);
  const progress = trackProgress(checkpoints, log);

  async function readPartition(partition: string): Promise<void> {
    try {
      const after = (await checkpoints.read(partition))?.offset;
      await hub.read(partition, {
        after,
        signal: over,
        async take(events) {
          const messages = events.flatMap(({ text, sequenceNumber }) => messagesOf(text, `${partition}/${sequenceNumber}`));
          if (messages.length > 0) await context.deliver('queue', messages);
          const last = events.at(-1);
          if (last) progress.reached(partition, last);
        },
      });
    } catch (err) {
      failing.abort();
      throw err;
    }
  }

  try {
    const outcomes = await Promise.allSettled((await hub.partitions(over)).map(readPartition));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed && !signal.aborted) throw failed.reason;
  } catch (err) {
    if (!signal.aborted) throw err;
  } finally {
    await progress.end();
    await hub.close();
  }
}
