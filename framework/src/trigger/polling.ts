import { FrameworkError, type Log } from '../contract';
import type { PortalActorClient } from '../portal';
import { encodeSegment, limiter, systemClock, type Clock } from '../shared';
import { readState, writeState, type Documents, type RequestResync } from '../store';
import type { Trigger, TriggerResult } from './trigger';

export interface PollingOptions {
  /** Each entry with its own client: a request belongs to an integration of the portal. */
  readonly entries: readonly { readonly identifier: string; readonly client: Pick<PortalActorClient, 'resyncRequest' | 'integration'> }[];
  readonly intervalMs: number;
  readonly documents: Documents;
  readonly request: RequestResync;
  readonly log: Log;
  readonly clock?: Clock;
  count?(result: TriggerResult, identifier?: string): void;
}

export interface PollingTrigger extends Trigger {
  /**
   * Call it before the start's run of the entry is stored, and what it gives after: the request that lay at the portal then is answered by that run, and will
   * not start another. A portal that does not answer leaves the request to the first poll.
   */
  beforeStart(identifier: string): Promise<() => Promise<void>>;
}

/** Polls at once: the portal's limit is shared with deliveries. */
const CONCURRENT = 5;

/** Is this request newer than what was handled last? (port-contract 12.2) */
export function isNewer(watermark: string | undefined, updatedAt: unknown): updatedAt is string {
  if (typeof updatedAt !== 'string') return false;
  const at = Date.parse(updatedAt);
  if (Number.isNaN(at)) return false;
  const handled = watermark === undefined ? Number.NaN : Date.parse(watermark);
  return Number.isNaN(handled) || at > handled;
}

/** The trigger `POLLING`: asks the portal for requests of each entry. What was handled is kept in the store, so that a restart does not repeat an old request. */
export function pollingTrigger(options: PollingOptions): PollingTrigger {
  const { entries, documents, log } = options;
  const clock = options.clock ?? systemClock;
  const stopping = new AbortController();
  const failing = new Map<string, string>();
  let running: Promise<void> | undefined;

  const name = (identifier: string): string => `polling/${encodeSegment(identifier)}`;

  /** What was handled last; of a store that does not know, when the portal last heard of a run. */
  async function watermark({ identifier, client }: PollingOptions['entries'][number]): Promise<string | undefined> {
    const stored = await readState<string>(documents, name(identifier));
    if (stored !== undefined) return stored;
    const told = (await client.integration())?.resyncState?.['updatedAt'];
    if (typeof told !== 'string') return undefined;
    await writeState(documents, name(identifier), told);
    return told;
  }

  async function poll(entry: PollingOptions['entries'][number]): Promise<void> {
    const { identifier } = entry;
    const pending = await entry.client.resyncRequest();
    if (pending === undefined || !isNewer(await watermark(entry), pending.updatedAt)) return options.count?.('ignored', identifier);
    try {
      await options.request({ identifier, cause: 'polling', id: pending.id });
      options.count?.('requested', identifier);
    } catch (err) {
      // The entry cannot run: the request would be refused at every poll.
      if (!(err instanceof FrameworkError) || err.code !== 'ENTRY_REFUSED') throw err;
      options.count?.('refused', identifier);
      log.warn('a resync that the portal asked for was refused', { integration: identifier, err });
    }
    await writeState(documents, name(identifier), pending.updatedAt);
  }

  /** A failure is said when it begins and when it is over; the next poll is the retry. */
  async function pollSafely(entry: PollingOptions['entries'][number], signal: AbortSignal): Promise<void> {
    const about = { integration: entry.identifier };
    try {
      await poll(entry);
      if (failing.delete(entry.identifier)) log.info('polling works again', about);
    } catch (err) {
      if (signal.aborted) return;
      if (!failing.has(entry.identifier)) log.warn('a poll failed; the next one follows', { ...about, err });
      failing.set(entry.identifier, err instanceof Error ? err.message : String(err));
    }
  }

  async function loop(signal: AbortSignal): Promise<void> {
    const limit = limiter(CONCURRENT);
    while (!signal.aborted) {
      await Promise.all(entries.map((entry) => limit(() => pollSafely(entry, signal))));
      await clock.sleep(options.intervalMs, signal).catch(() => undefined);
    }
  }

  return {
    start(signal) {
      running = loop(AbortSignal.any([signal, stopping.signal]));
      return Promise.resolve();
    },
    // A failed poll is the portal's or the store's trouble, and their own checks say so.
    ready() {
      if (running === undefined || stopping.signal.aborted) return { ok: false, detail: 'polling has not begun' };
      const [first] = failing;
      return first === undefined ? { ok: true } : { ok: true, detail: `the last poll of ${first[0]} failed: ${first[1]}` };
    },
    async stop() {
      stopping.abort();
      await running;
    },
    async beforeStart(identifier) {
      const entry = entries.find((one) => one.identifier === identifier);
      const pending = await entry?.client.resyncRequest().catch((err: unknown) => log.debug('the request at start could not be read', { integration: identifier, err }));
      return async () => {
        if (pending && isNewer(await readState<string>(documents, name(identifier)), pending.updatedAt)) await writeState(documents, name(identifier), pending.updatedAt);
      };
    },
  };
}
