import { setTimeout as sleep } from 'node:timers/promises';
import type { ListenContext } from '@integration-framework/framework';
import type { GcpSettings } from './settings';
import { openSubscription, type PulledMessage, type Subscription } from './subscription';
import { createToken } from './token';

/** The shortest deadline that a subscription may have is twice this. */
const FIRST_MS = 5_000;

/** Pulls, has stored, acknowledges; what could not be stored is handed back. */
export async function listen(context: ListenContext<GcpSettings>): Promise<void> {
  const subscription = openSubscription(context.settings, createToken(context.settings));
  try {
    while (!context.signal.aborted) {
      const messages = await subscription.pull(context.signal);
      if (messages.length > 0) await take(context, subscription, messages);
    }
  } catch (err) {
    if (!context.signal.aborted) throw err;
  }
}

async function take(context: ListenContext<GcpSettings>, subscription: Subscription, messages: readonly PulledMessage[]): Promise<void> {
  const { log, settings } = context;
  const stored = new AbortController();
  const keeping = keep({ subscription, messages, seconds: settings.ackDeadlineSeconds, signal: stored.signal }).catch((err: unknown) => {
    if (!stored.signal.aborted) log.warn('messages that are being stored could not be kept; they will come again, and change nothing', { error: String(err) });
  });
  try {
    await context.deliver('queue', messages.map(({ id, text }) => ({ id, text })));
  } catch (err) {
    // Best effort: they come again by themselves when their time is up.
    await subscription.keep(messages, 0).catch((failed: unknown) => log.warn('messages could not be handed back', { error: String(failed) }));
    throw err;
  } finally {
    stored.abort();
    await keeping;
  }
  await subscription.acknowledge(messages);
}

/** Renews the time in which the messages are ours, until the signal aborts. */
async function keep(of: { readonly subscription: Subscription; readonly messages: readonly PulledMessage[]; readonly seconds: number; readonly signal: AbortSignal }): Promise<void> {
  for (let wait = FIRST_MS; ; wait = of.seconds * 500) {
    await sleep(wait, undefined, { signal: of.signal });
    await of.subscription.keep(of.messages, of.seconds);
  }
}
