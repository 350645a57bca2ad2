import { FrameworkError, isObject, toFrameworkError, type Log, type Mapping, type Secret } from '../contract';
import type { PortSettings, TriggerSettings } from '../config';
import type { Entry } from '../load';
import type { Portal, PortalActorClient } from '../portal';
import { mappingOf, register } from '../register';
import type { RunPortal } from '../resync';
import { backoff, limiter, withhold, type Clock, type JsonObject } from '../shared';
import { readState, writeState, type Documents, type Run } from '../store';

const REGISTER_AGAIN = { initialMs: 1_000, factor: 2, maxMs: 30_000 };
/** How long work waits for a portal that is known to fail: its calls try on for minutes. */
const PATIENCE_MS = 2_000;
const NOT_YET = 'not registered yet';

export interface PortalSideOptions {
  readonly portal: Portal;
  readonly settings: PortSettings;
  readonly trigger: TriggerSettings;
  readonly entries: readonly Entry[];
  readonly documents: Documents;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Where the portal calls us for this entry; only for the trigger WEBHOOK. */
  webhookUrl(entry: Entry): string | undefined;
  nextRunAt(identifier: string): number | undefined;
  /** Default blueprints that the portal did not have. */
  blueprintsCreated(entry: Entry, blueprints: readonly string[]): void;
  /** Secrets of entries: masked in examples. */
  secretsOf(entry: Entry): readonly Secret[];
}

/** Everything that entries have to do with the portal, behind one value: registration, mapping, announcements. */
export interface PortalSide {
  readonly portal: Portal;
  client(entry: Entry): PortalActorClient;
  /** Registers every entry, again and again until it is done. Resolves at once. */
  begin(): void;
  /** Entries that the portal does not know yet, and why. */
  pending(): ReadonlyMap<string, string>;
  /** The schedule that the portal keeps for the entry, as registered. */
  scheduledEveryMs(entry: Entry): number | undefined;
  mappingFor(entry: Entry, signal: AbortSignal): Promise<Mapping | undefined>;
  /** What a call gives; undefined when the portal is away. Then the call tries on alone, and what it gives in the end is lost. */
  unlessAway<T>(call: Promise<T>, signal: AbortSignal): Promise<T | undefined>;
  readonly forRuns: RunPortal;
}

export function createPortalSide(options: PortalSideOptions): PortalSide {
  const { portal, clock, log, signal } = options;
  const clients = new Map(options.entries.map((entry) => [entry.identifier, portal.as({ type: entry.type, version: entry.integration.version, identifier: entry.identifier })]));
  const client = (entry: Entry): PortalActorClient => clients.get(entry.identifier)!;
  const pending = new Map(options.entries.map((entry): [string, string] => [entry.identifier, NOT_YET]));
  const schedules = new Map<string, number>();
  const registrations = new Map<string, Promise<void>>();
  const inTurn = limiter(1);

  function changelogDestination(entry: Entry): JsonObject {
    if (options.trigger.type === 'KAFKA') return { type: 'KAFKA' };
    const url = options.webhookUrl(entry);
    return options.trigger.type === 'WEBHOOK' && url !== undefined ? { type: 'WEBHOOK', url } : {};
  }

  async function registerEntry(entry: Entry): Promise<void> {
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        const integration = await register(client(entry), portal, {
          origin: options.settings.createPortResourcesOrigin,
          initialize: options.settings.initialize,
          changelogDestination: changelogDestination(entry),
          blueprints: entry.blueprints.filter((blueprint) => entry.elementBlueprints?.includes(blueprint) !== true),
          ...(entry.elementBlueprints && { elements: { blueprints: entry.elementBlueprints, inTurn } }),
          mapping: entry.mapping,
          defaultMapping: entry.defaultMapping,
          actionsProcessingEnabled: false,
          incrementalSyncEnabled: false,
          clock,
          log,
          signal,
          blueprintsCreated: (blueprints) => options.blueprintsCreated(entry, blueprints),
        });
        pending.delete(entry.identifier);
        const minutes = integration.spec?.appSpec?.scheduledResyncInterval;
        if (typeof minutes === 'number' && minutes > 0) schedules.set(entry.identifier, minutes * 60_000);
        log.debug('registered with the portal', { integration: entry.identifier, product: options.settings.product });
        return;
      } catch (err) {
        if (signal.aborted) return;
        const error = toFrameworkError(err);
        pending.set(entry.identifier, error.message);
        log.error('cannot register with the portal; trying again', { integration: entry.identifier, err });
        await clock.sleep(Math.max(500, backoff(REGISTER_AGAIN, attempt)), signal).catch(() => undefined);
      }
    }
  }

  const lastRead = (entry: Entry): string => `mapping/${entry.identifier}`;

  /** A portal that is slow, or limits us, is waited for; one that fails is given `PATIENCE_MS`. */
  async function unless<T>(hopeless: () => boolean, call: Promise<T>, waiting: AbortSignal): Promise<T | undefined> {
    const answered = new AbortController();
    const away = async (): Promise<undefined> => {
      do await clock.sleep(PATIENCE_MS, AbortSignal.any([waiting, answered.signal]));
      while (!hopeless());
    };
    try {
      return await Promise.race([call, away()]);
    } finally {
      answered.abort();
    }
  }
  const isAway = (): boolean => !portal.status().ok;
  const unlessAway: PortalSide['unlessAway'] = (call, waiting) => unless(isAway, call, waiting);

  async function mappingFor(entry: Entry, runSignal: AbortSignal): Promise<Mapping | undefined> {
    if (entry.mapping !== undefined) return entry.mapping;
    const { identifier } = entry;
    const refused = (): boolean => pending.has(identifier) && pending.get(identifier) !== NOT_YET;
    const registration = registrations.get(identifier);
    if (pending.has(identifier) && registration) await unless(() => isAway() || refused(), registration, runSignal);
    if (!pending.has(identifier)) {
      try {
        const mapping = await unlessAway(mappingOf(entry, client(entry)), runSignal);
        if (mapping) {
          await writeState(options.documents, lastRead(entry), mapping);
          return mapping;
        }
        log.warn('the portal does not give the mapping; the run takes the one last read', { integration: identifier, detail: portal.status().error });
      } catch (err) {
        if (!(err instanceof FrameworkError) || (err.code !== 'PORTAL_UNREACHABLE' && err.code !== 'PORTAL_REFUSED')) throw err;
        log.warn('the portal does not give the mapping; the run takes the one last read', { integration: identifier, err });
      }
    }
    return readState<Mapping>(options.documents, lastRead(entry));
  }

  const iso = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString().replace('Z', '+00:00'));

  const telling = new Map<string, Promise<void>>();

  async function announce(entry: Entry, run: Run): Promise<void> {
    const everyMs = entry.resync.everyMs;
    const schedule = { nextResync: iso(options.nextRunAt(entry.identifier)), intervalInMinuets: everyMs === undefined ? null : everyMs / 60_000 };
    const state: JsonObject =
      run.endedAt === undefined
        ? { status: 'running', lastResyncStart: iso(run.startedAt ?? run.requestedAt), lastResyncEnd: null, ...schedule }
        : { status: run.state !== 'needs-release' ? run.state : run.error === undefined ? 'completed' : 'failed', lastResyncEnd: iso(run.endedAt), ...schedule };
    // In the order of what happened: a late `running` must not stand over the end of the run.
    const told = (telling.get(entry.identifier) ?? Promise.resolve())
      .then(() => client(entry).resyncState(state))
      .catch((err: unknown) => log.warn('the portal did not take the state of the resync', { integration: entry.identifier, runId: run.runId, err }));
    telling.set(entry.identifier, told);
    await unlessAway(told, signal).catch(() => undefined);
  }

  return {
    portal,
    client,
    begin() {
      for (const entry of options.entries) registrations.set(entry.identifier, registerEntry(entry));
    },
    pending: () => pending,
    scheduledEveryMs: (entry) => schedules.get(entry.identifier),
    mappingFor,
    unlessAway,
    forRuns: {
      announce,
      owned: (entry, runSignal) => client(entry).owned(runSignal),
      async examples(entry, kind, rows) {
        if (!options.settings.sendExamples) return;
        const secrets = options.secretsOf(entry).map((secret) => secret.reveal()).filter((value) => value.length > 0);
        try {
          await client(entry).examples(kind, rows.map((row) => mask(row, secrets)));
        } catch (err) {
          log.debug('the portal did not take the examples', { integration: entry.identifier, kind, err });
        }
      },
    },
  };
}

const SECRET_NAME = /pass(word|wd)?$|secret|token|api[-_]?key|private[-_]?key|credential|authorization/i;

/** A record as an example: values of secrets, and of members that are called like one, are masked. */
function mask(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return withhold(value, secrets);
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map((item) => mask(item, secrets));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, SECRET_NAME.test(name) && member !== null && typeof member !== 'object' ? '[redacted]' : mask(member, secrets)]));
}
