import { setMaxListeners } from 'node:events';
import { auditMessages, components, type AuditLog } from '../audit';
import { FrameworkError, toFrameworkError, type Log, type Mapping, type Secret } from '../contract';
import type { Settings } from '../config';
import { createLetterLog, createTally, type Tally } from '../deliver';
import type { Entry, FailedEntry } from '../load';
import type { HttpServer, Metrics } from '../ops';
import { compileMapping, type CompiledMapping } from '../pipeline';
import type { Portal } from '../portal';
import { createAsker, createResync, newToken, type Downstream, type Resync, type ResyncDeps } from '../resync';
import { limiter, withhold, type Clock } from '../shared';
import { createTicks, writeState, type Run, type Store } from '../store';
import { mappingEnv } from './check-mapping';
import type { DeclaredPipeline } from './declared-pipelines';
import { createEntryWork, type EntryWork } from './entry-work';
import { keepHouse } from './housekeeping';
import { beside, connectorPart } from './connector-entry';
import { createConnectors } from './connectors';
import { damp } from './damp';
import { createIncoming } from './incoming';
import { serverName } from './open-audit';
import { createOperations } from './operations';
import { loadPauses } from './pauses';
import { createSinkBook } from './sink-book';
import { createPortalSide, type PortalSide } from './portal-side';
import { createSources, secretsOf } from './sources';
import { tellConnectorActivity, tellPipelineActivity, tellRunActivity } from './tell-activity';
import { tellContext } from './tell-context';
import { connectorLog, tellLifecycle } from './tell-lifecycle';
import type { Refusals } from './tell-refusals';
import { tellRun } from './tell-runs';
import { tellStop } from './tell-stop';
import { createTriggers, type Triggers } from './triggers';

const PATIENCE_MS = 5_000;
const { context, runtime } = auditMessages;

export interface FlowsOptions {
  readonly settings: Settings;
  readonly entries: readonly Entry[];
  readonly failed: readonly FailedEntry[];
  /** In place of the default pipeline, by identifier. */
  readonly pipelines: ReadonlyMap<string, readonly DeclaredPipeline[]>;
  /** Kept as they are, not run. */
  readonly disabled: readonly Entry[];
  readonly log: Log;
  readonly audit: AuditLog;
  readonly refusals: Refusals;
  /** No trigger, no schedule, no run that nobody asked for: one command that runs here and ends. */
  readonly quiet: boolean;
  /** A run ended. */
  onRun?(entry: Entry, run: Run): void;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly store: Store;
  readonly server: HttpServer;
  readonly url: string;
  readonly portal?: Portal;
  readonly clientSecret: Secret | undefined;
  /** Ends them all: the process stops, or lost its store. */
  readonly signal: AbortSignal;
  /** The time for an orderly stop is over. */
  readonly kill: AbortSignal;
  /** The process cannot go on. */
  breakDown(err: unknown): void;
}

/** What works while this process owns its store. */
export interface Flows {
  readonly resync: Resync;
  readonly portalSide: PortalSide | undefined;
  readonly triggers: Triggers;
  /** Resolves when nothing of them is at work any more, after their signal aborted. */
  idle(): Promise<void>;
}

/** Joins the flows: sources → resync → pipelines → sinks, triggers in front, HTTP beside. */
export async function startFlows(parts: FlowsOptions): Promise<Flows> {
  const { settings, store, clock, log, metrics, signal } = parts;
  const connectorParts = parts.entries.flatMap((entry) => connectorPart(entry) ?? []);
  const partOf = new Map(connectorParts.map((part) => [part.entry.identifier, part]));
  /** As everything behind here sees them: a connector's blueprints are kinds like any other. */
  const entries = parts.entries.map((entry) => partOf.get(entry.identifier)?.entry ?? entry);
  // However many pipelines wait for its end.
  setMaxListeners(0, signal);
  const sources = createSources({
    clock,
    log,
    onRequest: (integration, status) => metrics.sourceRequest({ integration, status }),
    onWait: (integration, ms) => metrics.sourceWaitSeconds({ integration }, ms / 1_000),
  });
  /** Made last, known to what is made before. */
  const late: { triggers?: Triggers } = {};
  const portalSide =
    parts.portal && settings.port
      ? createPortalSide({
          portal: parts.portal,
          settings: settings.port,
          trigger: settings.trigger,
          entries,
          documents: store.documents,
          clock,
          log,
          signal,
          secretsOf,
          blueprintsCreated(entry, blueprints) {
            const own = parts.audit.child(components.context, { connector: entry.identifier });
            for (const blueprint of blueprints) own.log('register', context.blueprintCreated, { blueprint, connectorName: entry.identifier });
          },
          webhookUrl: (entry) => late.triggers?.webhookUrl(entry.identifier),
          nextRunAt: (identifier) => late.triggers?.nextRunAt(identifier),
        })
      : undefined;

  const told = createSinkBook(metrics, clock);
  const tellLetter = createLetterLog({ log, clock });
  const ticks = createTicks(store, clock);
  const inOrder = limiter(1);
  const pauses = await loadPauses(store.documents, entries.map((entry) => entry.identifier));
  const misuses = damp({ clock, signal, ofWhat: 'this call' });
  const connectors = createConnectors({
    settings,
    pauses,
    parts: connectorParts,
    store,
    ticks,
    clock,
    log,
    graceMs: settings.process.shutdownGraceMs,
    prefix: settings.process.servicePrefix,
    quiet: parts.quiet || settings.trigger.type === 'ONCE',
    sources,
    workOf: (identifier) => works.get(identifier)!,
    auditLog: (entry, { instanceId }) => connectorLog(parts.audit, entry, instanceId),
    teller: tellContext({ clock, signal }),
    record(entry, record) {
      const { type, connector } = entry;
      const say = (information?: readonly string[]): void => tellLifecycle(connectorLog(parts.audit, entry), record, { type, direction: connector!.direction, ...(information && { information }) });
      if (record.is === 'misused') misuses(`${entry.identifier} ${record.error.message}`, say);
      else say();
    },
  });
  const works = new Map<string, EntryWork>(
    entries.map((entry) => [
      entry.identifier,
      createEntryWork({
        entry,
        declared: parts.pipelines.get(entry.identifier),
        store,
        ticks,
        inOrder,
        clock,
        log,
        signal,
        portal: portalSide?.client(entry),
        onCatalog: connectors.changes.tell,
        onSettled: told.settled,
        onOwnershipChange: () => metrics.ownershipChange({ integration: entry.identifier }),
        onLetter: (letter) => {
          metrics.deadLetter({ stage: letter.stage });
          tellLetter(letter);
        },
      }),
    ]),
  );
  const workOf = (entry: Entry): EntryWork => works.get(entry.identifier)!;

  const compile = (mapping: Mapping): CompiledMapping => compileMapping(mapping, { ...settings.mapping, env: mappingEnv(settings) });
  /** What maps the rows of an entry: its declared pipelines, else its mapping, else the portal's, else its folder's. */
  const mappingOf = async (entry: Entry, runSignal: AbortSignal): Promise<CompiledMapping | undefined> => {
    const { plan } = workOf(entry);
    if (plan) return plan;
    const part = partOf.get(entry.identifier);
    if (part && !part.ownKinds && entry.mapping === undefined) return part.elements;
    const mapping = portalSide ? await portalSide.mappingFor(entry, runSignal) : (entry.mapping ?? entry.defaultMapping);
    if (mapping === undefined) return undefined;
    if (mapping.resources === undefined || mapping.resources.length === 0) throw new FrameworkError('MAPPING_EMPTY', [entry.identifier]);
    return part && entry.mapping === undefined ? beside(compile(mapping), part.elements) : compile(mapping);
  };
  /** Were stored rows mapped by another mapping than the one in force? */
  const isRemapped = async (entry: Entry): Promise<boolean> => {
    const mapping = await mappingOf(entry, signal).catch((err: unknown) => {
      if (err instanceof FrameworkError && err.code === 'MAPPING_EMPTY') return undefined;
      throw err;
    });
    if (!mapping) return false;
    const mapped = await Promise.all(mapping.kinds.map(async (kind) => ({ kind, tick: await ticks.read({ integration: entry.identifier, kind }) })));
    return mapped.some(({ kind, tick }) => tick !== undefined && tick.mapping !== mapping.hashOf(kind) && (tick.mapping !== undefined || workOf(entry).plan !== undefined));
  };

  const deps: ResyncDeps = {
      store,
      ticks,
      kill: parts.kill,
      clock,
      log,
      token: newToken(),
      context: (entry, runSignal) => sources.context(entry, runSignal),
      downstream: (entry) => downstreamOf(workOf(entry)),
      mappingOf,
      portal: portalSide?.forRuns,
      connector: (entry) => connectors.runSide(entry.identifier),
      paused: pauses.has,
      withhold: (entry, text) => withhold(text, [...secretsOf(entry), ...(connectors.restTargets(entry.identifier)?.secrets() ?? [])].map((secret) => secret.reveal())),
      ended(entry, ended) {
        countRun(metrics, entry, ended);
        tellRun(parts.audit, ended);
        noteHealth(sources.health(entry.identifier), ended, clock.now());
        parts.onRun?.(entry, ended);
      },
  };
  const plainResync = createResync(
    deps,
    entries,
    { stop: signal, refused: new Map([...parts.failed.map((entry): [string, string] => [entry.identifier, 'config-failed']), ...parts.disabled.map((entry): [string, string] => [entry.identifier, 'disabled'])]) },
  );
  const resync = tellRunActivity(plainResync, { audit: parts.audit, documents: store.documents });

  const asker = createAsker(deps, entries, signal);
  const publicUrl = settings.process.publicUrl ?? parts.url;
  const created = await createTriggers({ ...parts, entries, portalSide, resync, isRemapped, publicUrl });
  late.triggers = created;
  const incoming = createIncoming({ works: [...works.values()], prefix: settings.process.servicePrefix, publicUrl, store, ticks, inOrder, sources, resync, asker, metrics, refusals: parts.refusals, clock, log, signal });
  const plainOperations = createOperations({ ...parts, entries, connectors, pauses, ticks, inOrder, works, incoming, publicUrl, resync, portalSide, sources, triggers: created, told });
  const operations = tellConnectorActivity(tellPipelineActivity(plainOperations, parts.audit), parts.audit);
  await operations.restorePauses();
  if (portalSide) {
    void tellSilence(portalSide.portal, { clock, log, signal });
    portalSide.portal.connect(signal).catch((err: unknown) => {
      if (signal.aborted) return;
      const error = toFrameworkError(err);
      if (error.code === 'PORTAL_REFUSED') parts.audit.log('connect to the portal', runtime.notAuthorised, { serverName, resource: 'the portal', reason: error.message });
      if (error.code === 'PORTAL_REFUSED' || settings.trigger.type === 'ONCE') parts.breakDown(error);
      else log.error('the portal cannot be reached; trying on', { err });
    });
  }
  await connectors.prepare();
  portalSide?.begin();
  const background: Promise<void>[] = [];
  for (const entry of entries) {
    const work = workOf(entry);
    background.push(...(await work.begin()));
    await writeState(store.documents, `type/${entry.identifier}`, entry.type); // what `list` says of it once it has left the file
    // What an earlier process left due goes out by the mapping last known; a run that begins meanwhile has the newer one.
    void mappingOf(entry, signal)
      .then((mapping) => mapping && !work.flow.mapping() && work.flow.use(mapping))
      .then(() => {
        work.feed.look();
        asker.start(entry.identifier);
      })
      .catch((err: unknown) => !signal.aborted && log.warn('no mapping is known; what is due waits for the first run', { integration: entry.identifier, err }));
  }
  background.push(keepHouse({ store, clock, log, signal, identifiers: entries.map((entry) => entry.identifier) }));
  // Routes open last: what comes in finds everything behind it at work.
  parts.server.attach(operations, incoming.webhooks);
  if (!parts.quiet) background.push(...incoming.begin());
  connectors.begin({ resync, webhooks: incoming.webhooks });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= tellStop(connectors, parts.audit));
  signal.addEventListener('abort', () => background.push(stop()), { once: true });
  await resync.start();
  if (!parts.quiet) await created.begin();
  return { resync, portalSide, triggers: created, idle: () => Promise.allSettled([incoming.idle(), ...background, stop(), resync.idle(), asker.idle()]).then(() => undefined) };
}

/** Retries are quiet at first; a portal that is away at the start must not look like a process that does nothing. */
async function tellSilence(portal: Portal, { clock, log, signal }: { readonly clock: Clock; readonly log: Log; readonly signal: AbortSignal }): Promise<void> {
  await clock.sleep(PATIENCE_MS, signal).catch(() => undefined);
  const { ok, error } = portal.status();
  if (!signal.aborted && !ok) log.warn('the portal does not answer; trying on', { error });
}

function downstreamOf({ flow, feed, toPortal }: EntryWork): Downstream<Tally> {
  return {
    ...flow,
    toPortal,
    newTally: createTally,
    // What the source answered goes the way of what it told: whoever asks, and counts nothing, does not wait for pipelines.
    map: async (kind, rows, how) => (how.departures === 'now' && !how.tally ? feed.offer(kind, rows) : flow.map(kind, rows, how)),
  };
}

function countRun(metrics: Metrics, entry: Entry, run: Run): void {
  metrics.run({ integration: entry.identifier, result: run.state });
  metrics.runSeconds({ integration: entry.identifier }, ((run.endedAt ?? 0) - (run.startedAt ?? run.endedAt ?? 0)) / 1_000);
  for (const kind of run.kinds) {
    const labels = { integration: entry.identifier, kind: kind.kind };
    for (const result of ['stored', 'unchanged', 'outvoted', 'skipped', 'gone'] as const) metrics.rows({ ...labels, result }, kind.rows[result]);
    for (const totals of kind.resources) metrics.mapped({ ...labels, result: 'mapped' }, totals.mapped);
  }
}

function noteHealth(health: { lastSuccessAt?: number; error?: string }, run: Run, at: number): void {
  const broken = run.kinds.find((kind) => kind.state === 'failed');
  if (broken?.reason !== undefined) health.error = broken.reason;
  else {
    delete health.error;
    health.lastSuccessAt = at;
  }
}

