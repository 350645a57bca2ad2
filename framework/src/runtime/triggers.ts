import { randomBytes } from 'node:crypto';
import type { Settings } from '../config';
import { Secret, type Log } from '../contract';
import type { Entry } from '../load';
import type { Metrics } from '../ops';
import { truthOf, type Resync } from '../resync';
import type { Clock } from '../shared';
import { keepState, type Store } from '../store';
import { kafkaTrigger, pollingTrigger, scheduleTrigger, webhookTrigger, type PollingTrigger, type Trigger, type TriggerReadiness, type TriggerResult, type WebhookTrigger } from '../trigger';
import type { PortalSide } from './portal-side';

export interface TriggersOptions {
  readonly settings: Settings;
  readonly entries: readonly Entry[];
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly resync: Resync;
  readonly portalSide: PortalSide | undefined;
  /** Client secret of the portal, which may sign its calls. */
  readonly clientSecret: Secret | undefined;
  /** Under which others reach us, without a trailing `/`. */
  readonly publicUrl: string;
  readonly signal: AbortSignal;
  /** Were stored rows of the entry mapped by another mapping than the one in force? */
  isRemapped(entry: Entry): Promise<boolean>;
}

/** What makes runs: the trigger channel, the schedules, and the start itself. */
export interface Triggers {
  readonly webhook: WebhookTrigger;
  /** What the portal is told to call for this entry. */
  webhookUrl(identifier: string): string | undefined;
  nextRunAt(identifier: string): number | undefined;
  ready(): TriggerReadiness;
  /** Asks for the runs of the start, then listens. */
  begin(): Promise<void>;
  stop(): Promise<void>;
}

/** Channels on which the portal or an operator may ask for a resync at the start. */
const RESYNCS = new Set(['KAFKA', 'WEBHOOK', 'POLLING', 'ONCE', 'NONE']);

export async function createTriggers(options: TriggersOptions): Promise<Triggers> {
  const { settings, store, clock, log, metrics, resync, signal } = options;
  const { trigger } = settings;
  const { entries } = options;
  const request = resync.request;
  const count = (result: TriggerResult, identifier?: string): void => metrics.triggerMessage({ result, ...(identifier !== undefined && { integration: identifier }) });

  const secret = trigger.secret ?? new Secret(await keepState(store.documents, 'trigger.secret', () => randomBytes(24).toString('base64url')));
  const webhook = webhookTrigger({ secret, ...(options.clientSecret && { clientSecret: options.clientSecret }), entries: () => entries.map((entry) => entry.identifier), request, log, clock, count });
  // Connectors see to their own refreshes.
  const scheduled = entries.filter((entry) => !entry.connector).map((entry) => ({ identifier: entry.identifier, resync: entry.resync, portalIntervalMs: () => options.portalSide?.scheduledEveryMs(entry) }));
  const schedule = scheduleTrigger({ entries: scheduled, request, log, clock });
  const polling = trigger.type === 'POLLING' && options.portalSide ? pollingOf(options, options.portalSide, { entries, count }) : undefined;
  const kafka =
    trigger.type === 'KAFKA' && options.portalSide
      ? kafkaTrigger({
          entries,
          portal: options.portalSide.portal,
          local: settings.port?.local === true,
          settings: trigger,
          ...(settings.process.kafkaBrokers && { kafkaBrokers: settings.process.kafkaBrokers }),
          request,
          log,
          clock,
          count,
        })
      : undefined;
  const listening: Trigger[] = [polling, kafka, trigger.type === 'ONCE' ? undefined : schedule].filter((one) => one !== undefined);

  async function requestStart(entry: Entry): Promise<void> {
    const told = (entry.integration.kinds ?? []).every((kind) => truthOf(kind, entry) === 'told');
    // ONCE is one resync of every entry: what an entry says of the start of a process that stays does not count there.
    const wanted = entry.resync.atStart || trigger.type === 'ONCE';
    const byItself = entry.connector !== undefined && trigger.type !== 'ONCE';
    if (!wanted || told || byItself || !RESYNCS.has(trigger.type)) {
      // No reading at the start; but what is stored follows a changed mapping, which asks the source nothing.
      if (await options.isRemapped(entry)) await request({ identifier: entry.identifier, cause: 'mapping' });
      return;
    }
    const answered = polling && (await options.portalSide?.unlessAway(polling.beforeStart(entry.identifier), signal).catch(() => undefined));
    await request({ identifier: entry.identifier, cause: 'start' });
    await answered?.();
  }

  return {
    webhook,
    webhookUrl: (identifier) => `${options.publicUrl}/resync/${encodeURIComponent(identifier)}/${encodeURIComponent(secret.reveal())}`,
    nextRunAt: (identifier) => schedule.next(identifier),
    ready: () => listening.map((one) => one.ready()).find((state) => !state.ok) ?? { ok: true },
    async begin() {
      // The start answers what lies at the portal, so it comes before the first poll.
      await Promise.all(entries.map((entry) => requestStart(entry).catch((err: unknown) => log.error('the resync of the start could not be stored', { integration: entry.identifier, err }))));
      for (const one of listening) await one.start(signal);
    },
    async stop() {
      await Promise.all(listening.map((one) => one.stop()));
    },
  };
}

function pollingOf(options: TriggersOptions, portalSide: PortalSide, of: { readonly entries: readonly Entry[]; count(result: TriggerResult, identifier?: string): void }): PollingTrigger {
  return pollingTrigger({
    entries: of.entries.map((entry) => ({ identifier: entry.identifier, client: portalSide.client(entry) })),
    intervalMs: options.settings.trigger.intervalMs,
    documents: options.store.documents,
    request: options.resync.request,
    log: options.log,
    clock: options.clock,
    count: of.count,
  });
}
