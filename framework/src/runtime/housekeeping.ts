import { AUDIT_KEPT_MS } from '../audit';
import type { Log } from '../contract';
import type { Clock } from '../shared';
import { IN_TOPIC } from '../connector';
import { expireDeadLetters, expireRuns, pages, readState, runsOf, type Store, type Stored } from '../store';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TOMBSTONES_MS = 14 * DAY_MS;
const DEAD_LETTERS_MS = 14 * DAY_MS;
const BATCH = 1_000;

/** Removes old things, hourly: tombstones after 14 days and never before twice the longest run, dead letters after 14 days, delivery ids and ids of In Topic messages after a day, runs beyond 50 of an entry, audit records after 14 days. */
export async function keepHouse(of: { readonly store: Store; readonly clock: Clock; readonly log: Log; readonly signal: AbortSignal; readonly identifiers: readonly string[] }): Promise<void> {
  const { store, clock, log, signal } = of;
  while (!signal.aborted) {
    await clock.sleep(HOUR_MS, signal).catch(() => undefined);
    if (signal.aborted) return;
    try {
      let longest = 0;
      for (const identifier of of.identifiers) {
        for (const run of await runsOf(store.documents, identifier)) longest = Math.max(longest, (run.endedAt ?? clock.now()) - (run.startedAt ?? clock.now()));
        await expireRuns(store.documents, identifier);
      }
      const before = clock.now() - Math.max(TOMBSTONES_MS, 2 * longest);
      while (!signal.aborted && (await store.rows.expire(before, BATCH)) === BATCH);
      while (!signal.aborted && (await store.expireDeliveries(clock.now() - DAY_MS, BATCH)) === BATCH);
      while (!signal.aborted && (await store.audit.expire(clock.now() - AUDIT_KEPT_MS, BATCH)) === BATCH);
      await expireMessages(store, clock.now() - DAY_MS, signal);
      await expireDeadLetters(store.documents, clock.now() - DEAD_LETTERS_MS);
    } catch (err) {
      if (!signal.aborted) log.warn('cleaning up failed; the next hour tries again', { err });
    }
  }
}

/** Messages of the In Topic that were applied longer ago: sent again, they are new. */
async function expireMessages({ documents }: Store, before: number, signal: AbortSignal): Promise<void> {
  for await (const page of pages<Stored>(documents, 'state', { prefix: IN_TOPIC })) {
    for (const { _id, rev } of page) {
      if (signal.aborted) return;
      const message = await readState<{ readonly at: number }>(documents, _id);
      if (message && message.at < before) await documents.remove('state', _id, rev);
    }
  }
}
