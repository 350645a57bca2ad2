import { toFrameworkError, type Log, type WebhookAddress } from '../contract';
import type { InOrder, PipelineAccount } from '../deliver';
import { createIntake, createRoute, createWebhooks, listenTo, type Busy, type Heard, type Intake, type IntakeEntry, type RawDelivery, type Webhooks } from '../live';
import type { Entry, Guarded } from '../load';
import type { Metrics } from '../ops';
import { selectorsOf, truthOf, type Asker, type Resync } from '../resync';
import { backoff, jsonOf, parseJson, type Clock, type Json } from '../shared';
import type { Store, Ticks } from '../store';
import type { EntryWork } from './entry-work';
import type { Sources } from './sources';
import type { Refusals } from './tell-refusals';

const SUBSCRIBE_AGAIN = { initialMs: 1_000, factor: 2, maxMs: 300_000 };
const RETRY_AFTER_S = 5;

export interface IncomingOptions {
  readonly works: readonly EntryWork[];
  /** SERVICE_PREFIX. */
  readonly prefix: string;
  /** Under which others reach us, without a trailing `/`. */
  readonly publicUrl: string;
  readonly store: Store;
  readonly ticks: Ticks;
  readonly inOrder: InOrder;
  readonly sources: Sources;
  readonly resync: Resync;
  readonly asker: Asker;
  readonly metrics: Metrics;
  readonly refusals: Refusals;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** What came in of one entry, in records, since the process began (pipelines.md 10.1). */
export type IncomingCounts = Record<'received' | 'accepted' | 'duplicate' | 'ignored' | 'dead', number>;

/** Everything that vendors and queues bring. */
export interface Incoming {
  readonly webhooks: Webhooks;
  counts(identifier: string): IncomingCounts;
  /** Routes a raw delivery that was kept as a dead letter, as if it came now. Gives why it was not taken this time either; undefined: it was. */
  replay(identifier: string, payload: string): Promise<{ readonly code: string; readonly message: string } | undefined>;
  /** Listens to sources and tells vendors to call us. Gives what works until the signal aborts. */
  begin(): readonly Promise<void>[];
  /** Resolves when nothing that came in is still being stored. */
  idle(): Promise<void>;
}

export function createIncoming(options: IncomingOptions): Incoming {
  const { works, prefix, store, ticks, clock, log, metrics } = options;
  const intake = createIntake({ store, ticks, inOrder: options.inOrder, clock, log });
  const counts = new Map(works.map(({ entry }): [string, IncomingCounts] => [entry.identifier, { received: 0, accepted: 0, duplicate: 0, ignored: 0, dead: 0 }]));
  const entries = new Map(works.flatMap((work): [string, IntakeEntry][] => (work.entry.integration.live ? [[work.entry.identifier, intakeEntry(work, options, counts.get(work.entry.identifier)!)]] : [])));

  const webhooks = createWebhooks({
    routes: works.flatMap((work) => {
      const { entry } = work;
      const { webhook } = entry.incoming;
      const taken = entries.get(entry.identifier);
      if (!webhook || !taken) return [];
      const empty = (): void => {
        taken.count('received', 1);
        taken.count('ignored', 1);
      };
      return [{ ...webhook, path: `${prefix}${webhook.path}`, integration: entry.identifier, live: taken.live, busy: () => busyOf(work), empty, accept: (delivery) => intake.accept(taken, delivery) }];
    }),
    imports: works.flatMap(({ entry }) => {
      const { import: route } = entry.incoming;
      if (!route) return [];
      return [{ ...route, path: `${prefix}${route.path}`, integration: entry.identifier, busy: () => undefined, request: () => options.resync.request({ identifier: entry.identifier, cause: 'import' }) }];
    }),
    log,
    clock,
    count: (result, integration) => metrics.delivery({ integration, result }),
    authFailed(integration, route) {
      metrics.authFailure({ integration });
      options.refusals.delivery({ integration, route });
    },
  });

  return {
    webhooks,
    counts: (identifier) => counts.get(identifier)!,
    async replay(identifier, payload) {
      const entry = entries.get(identifier);
      if (!entry) return { code: 'ROUTING_FAILED', message: 'this entry takes no deliveries any more' };
      const { headers, origin, body: text, id } = JSON.parse(payload) as RawDelivery;
      const body = jsonOf(text);
      if (body === undefined) return { code: 'UNREADABLE', message: 'it is no JSON text' };
      const delivery = { headers, body, text, at: clock.now(), origin };
      const routed = entry.route(delivery);
      if (routed.is === 'dead') return { code: routed.code, message: routed.message };
      await intake.accept(entry, delivery, id);
      return undefined;
    },
    begin: () => works.flatMap((work) => [...listening(work, { ...options, intake, taken: entries.get(work.entry.identifier) }), ...subscribing(work.entry, options)]),
    async idle() {
      await webhooks.drain();
      await intake.idle();
    },
  };
}

/** The public address of the webhook of an entry. */
export const webhookUrl = (entry: Entry, of: { readonly publicUrl: string; readonly prefix: string }): string | undefined =>
  entry.incoming.webhook && `${of.publicUrl.replace(/\/$/, '')}${of.prefix}${entry.incoming.webhook.path}`;

/** More than a pipeline may owe: whoever calls comes again later. */
function busyOf({ pipelines }: EntryWork): Busy | undefined {
  const full = pipelines.find(({ account, declared }) => account && declared && account.waiting() >= declared.delivery.highWater);
  return full && { reason: `the pipeline ${full.name} owes its sinks too much`, retryAfterS: RETRY_AFTER_S };
}

function intakeEntry(work: EntryWork, options: IncomingOptions, counts: IncomingCounts): IntakeEntry {
  const { entry, flow, feed, letters, pipelines } = work;
  const { metrics } = options;
  const declared = pipelines.some((pipeline) => pipeline.declared);
  const health = options.sources.health(entry.identifier);
  const reads = { row: !declared || pipelines.some((pipeline) => pipeline.declared?.mapping), envelope: declared };
  const route = createRoute({
    integration: entry.integration,
    identifier: entry.identifier,
    settings: entry.settings,
    truthOf: (kind) => truthOf(kind, entry),
    events: entry.events,
    envelopes: reads.envelope,
    drop: entry.drop,
    selectorsOf: (kind) => {
      const mapping = flow.mapping();
      return mapping ? selectorsOf(kind, mapping) : [];
    },
  });
  return {
    identifier: entry.identifier,
    place: entry.incoming.webhook?.path ?? entry.identifier,
    live: entry.integration.live!,
    route,
    parents: new Set((entry.integration.kinds ?? []).flatMap((kind) => (kind.partitions ? (kind.after ?? []) : []))),
    mapping: (kind) => flow.mapping()?.hashOf(kind) ?? '',
    reads,
    waits: work.waits,
    drops: Object.keys(entry.drop).length > 0,
    keep: (letter) => letters.add(letter),
    heard({ records, rows, more, dirty }) {
      health.lastSuccessAt = options.clock.now();
      for (const one of records) {
        metrics.event({ integration: entry.identifier, kind: one.record.kind, result: one.outcome });
        for (const { account, events } of pipelines) {
          if (account && events) accountEvent(account, one);
          else if (account) accountRow(account, one, dirty);
        }
        if (one.outcome === 'asked') options.asker.wake(entry.identifier, one.record.kind);
        if (one.outcome === 'stored' && one.before !== undefined) options.asker.around(entry.identifier, one.record.kind, [changeOf(one.before, one.record.claim)]);
      }
      for (const [kind, changed] of rows) feed.offer(kind, changed.map((row) => ({ ...row, heard: true })));
      if (more) feed.look();
      for (const { events } of pipelines) events?.look();
    },
    count(result, events) {
      counts[result] += events;
    },
  };
}

const changeOf = (before: Json, claim: Heard['record']['claim']): { readonly before: Json; readonly after?: Json } => ({ before, ...(claim.is === 'present' && { after: parseJson(claim.text) }) });

/** On the rows feed the newest event of a row stands for those before it. */
function accountRow(account: PipelineAccount, { row, outcome }: Heard, dirty: ReadonlySet<string>): void {
  if (outcome === 'stored' && dirty.has(row)) account.accepted(row);
  else if (outcome === 'stored') account.ended('superseded'); // a thing that came and went at once
  else if (outcome === 'unchanged') account.ended('unchanged');
  else if (outcome === 'outvoted') account.ended('stale');
  else account.asked();
}

const accountEvent = (account: PipelineAccount, { event }: Heard): void => void (event !== undefined && account.acceptedEvent(event));

function listening({ entry, pipelines }: EntryWork, of: IncomingOptions & { readonly intake: Intake; readonly taken: IntakeEntry | undefined }): readonly Promise<void>[] {
  if (!entry.integration.listen || !of.taken) return [];
  const health = of.sources.health(entry.identifier);
  return [
    listenTo({
      integration: entry.integration,
      entry: of.taken,
      context: of.sources.context(entry, of.signal),
      intake: of.intake,
      store: of.store,
      clock: of.clock,
      log: of.log,
      busy: () => pipelines.some(({ account, declared }) => account && declared && account.waiting() >= declared.delivery.highWater),
      health({ error }) {
        if (error !== undefined) health.error = error;
        else {
          delete health.error;
          health.lastSuccessAt = of.clock.now();
        }
      },
    }),
  ];
}

/** Tells the vendor to call us, until it is done. */
function subscribing(entry: Entry, of: IncomingOptions): readonly Promise<void>[] {
  const { webhook } = entry.incoming;
  const url = webhookUrl(entry, of);
  if (!entry.integration.subscribe || !webhook || url === undefined) return [];
  const subscribe = async (): Promise<void> => {
    for (let attempt = 1; !of.signal.aborted; attempt++) {
      try {
        await entry.integration.subscribe!(of.sources.context(entry, of.signal), { url, path: `${of.prefix}${webhook.path}`, ...proofOf(webhook.authentication) });
        return;
      } catch (err) {
        if (of.signal.aborted) return;
        const inMs = Math.max(250, backoff(SUBSCRIBE_AGAIN, attempt));
        of.log.warn('the vendor could not be told to call us; trying again', { integration: entry.identifier, inMs, err: toFrameworkError(err) });
        await of.clock.sleep(inMs, of.signal).catch(() => undefined);
      }
    }
  };
  return [subscribe()];
}

function proofOf(authentication: Guarded): Pick<WebhookAddress, 'authentication'> {
  if (authentication === 'none') return {};
  const [secret] = authentication.secret;
  return secret ? { authentication: { secret, ...(authentication.username !== undefined && { username: authentication.username }) } } : {};
}
