import { setTimeout as sleep } from 'node:timers/promises';
import { toJson, type JsonObject, type ListenContext, type Message } from '@integration-framework/framework';
import { fingerprintOf, readDeployments } from './deployments';
import { EVENT, GONE } from './live';
import type { JbossSettings } from './settings';

interface Known {
  readonly row: JsonObject;
  readonly fingerprint: string;
}

const messageOf = (row: JsonObject): Message => ({ text: toJson({ deployment: row, timestamp: new Date().toISOString(), eventType: EVENT }) });

/**
 * Looks at the deployments again and again, and tells what changed since the last look, or since what is stored. A failure ends it: whoever began it begins it again, later,
 * and nothing is missed, because it compares with the store.
 */
export async function listen(context: ListenContext<JbossSettings>): Promise<void> {
  const { settings, log, signal } = context;
  const known = new Map<string, Known>();
  try {
    for await (const row of context.stored<JsonObject>('deployment')) known.set(String(row['name']), { row, fingerprint: fingerprintOf(row) });
    let unreadBefore = '';
    for (;;) {
      const { deployments, unread } = await readDeployments(context);
      const isThere = (name: string): boolean => deployments.has(name) || unread.includes(name);
      const found = [...deployments].map(([name, row]) => ({ name, row, fingerprint: fingerprintOf(row) }));
      const changed = found.filter(({ name, fingerprint }) => known.get(name)?.fingerprint !== fingerprint);
      const gone = [...known].filter(([name]) => !isThere(name));
      const messages = [...changed.map(({ row }) => messageOf(row)), ...gone.map(([, { row }]) => ({ ...messageOf(row), headers: GONE }))];
      if (messages.length > 0) await context.deliver('poll', messages);
      for (const { name, row, fingerprint } of changed) known.set(name, { row, fingerprint });
      for (const [name] of gone) known.delete(name);
      if (unread.join() !== unreadBefore && unread.length > 0) log.warn('deployments could not be read; they stay as they are', { deployments: unread });
      unreadBefore = unread.join();
      await sleep(settings.pollingInterval, undefined, { signal });
    }
  } catch (err) {
    if (!signal.aborted) throw err;
  }
}
