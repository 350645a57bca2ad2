import { isDeepStrictEqual } from 'node:util';
import { FrameworkError, type Target } from '../contract';
import type { Settings } from '../config';
import { connectionOf, type Connector, type ConnectorStatus, type Listening } from '../connector';
import { readGivenTarget, type ConnectorEntry, type Entry } from '../load';
import type { ConnectorView, EntryState, IntegrationStatus, OperationsRuntime, TargetView } from '../ops';
import type { Resync } from '../resync';
import { limiter } from '../shared';
import type { RequestResync, Run, Store } from '../store';
import type { Connectors } from './connectors';
import { knownTargets } from './known-targets';
import type { Pauses } from './pauses';
import { program } from './program';

export interface ConnectorOperationsOptions {
  readonly settings: Settings;
  /** Those that run. */
  readonly entries: readonly Entry[];
  /** Those that do not, and why. */
  readonly refused: ReadonlyMap<string, string>;
  readonly store: Store;
  readonly resync: Resync;
  readonly connectors: Connectors;
  readonly pauses: Pauses;
}

/** What HTTP sees of connectors, and does to them. */
export interface ConnectorOperations extends Pick<OperationsRuntime, 'setEntryPaused' | 'restart' | 'addTarget' | 'removeTarget'> {
  readonly requestResync: RequestResync;
  /** Undefined: the entry has none. */
  view(entry: Entry): Promise<ConnectorView | undefined>;
}

interface Found {
  readonly entry: Entry & { readonly connector: ConnectorEntry };
  readonly connector: Connector;
}

/** States in which a run could only wait for somebody. */
const STUCK: readonly EntryState[] = ['config-failed', 'failed', 'stopped'];

export function createConnectorOperations(options: ConnectorOperationsOptions): ConnectorOperations {
  const { store, resync, connectors, pauses } = options;
  /** What is stored and what runs change together. */
  const inTurn = limiter(1);
  const orphanedTargets = knownTargets(store);

  function entryOf(identifier: string): Entry {
    const refused = options.refused.get(identifier);
    if (refused !== undefined) throw new FrameworkError('ENTRY_REFUSED', [identifier, refused]);
    const entry = options.entries.find((one) => one.identifier === identifier);
    if (!entry) throw new FrameworkError('ENTRY_UNKNOWN', [identifier]);
    return entry;
  }

  function found(identifier: string, what: string): Found {
    const entry = entryOf(identifier);
    const connector = connectors.of(identifier);
    if (!entry.connector || !connector) throw new FrameworkError('CONNECTOR_MISSING', [identifier, what]);
    return { entry: { ...entry, connector: entry.connector }, connector };
  }

  const knownName = (name: string, { entry, connector }: Found): void => {
    const names = connector.status().targets.map((target) => target.name);
    if (!names.includes(name)) throw new FrameworkError('TARGET_UNKNOWN', [name, entry.identifier, names.join(', ') || 'none']);
  };

  /** Throws when the name is another's. */
  function ownName(name: string, { entry, connector }: Found): void {
    const there = connector.status().targets.find((target) => target.name === name);
    const configured = there?.origin ?? (entry.connector.targets.some((target) => target.name === name) ? 'file' : undefined);
    if (configured !== undefined && configured !== 'rest') throw new FrameworkError('TARGET_NAME_TAKEN', [name, NAMED_BY[configured]]);
  }

  return {
    async requestResync(asked) {
      const connector = connectors.of(asked.identifier);
      if (asked.targets) for (const name of asked.targets) knownName(name, found(asked.identifier, 'choose a target of'));
      const state = connector?.status().state;
      if (state !== undefined && STUCK.includes(state)) throw new FrameworkError('ENTRY_REFUSED', [asked.identifier, state]);
      return resync.request(asked);
    },
    async setEntryPaused(identifier, paused) {
      entryOf(identifier);
      await inTurn(async () => {
        await pauses.set(identifier, paused);
        const connector = connectors.of(identifier);
        if (paused) connector?.pause();
        else connector?.resume();
        if (!paused) resync.resumed(identifier);
      });
    },
    async restart(identifier, target) {
      const of = found(identifier, 'restart');
      if (target !== undefined) knownName(target, of);
      const names = of.connector.status().targets.map(({ name }) => name);
      if (names.length === 0) throw new FrameworkError('ENTRY_REFUSED', [identifier, of.connector.status().state]);
      const chosen = target === undefined ? names : [target];
      const active = resync.active(identifier);
      // Its refresh ends with the instance; a run of other targets goes on without it.
      if (active !== undefined && chosen.length === names.length && (await store.documents.get<Run>('runs', active))?.state === 'running') await resync.cancel(active);
      of.connector.restart(target);
      return chosen;
    },
    addTarget: (identifier, given) =>
      inTurn(async () => {
        const of = found(identifier, 'give a target to');
        const read = readGivenTarget(given, { entry: of.entry, settings: options.settings });
        if ('problems' in read) throw new FrameworkError('TARGET_INVALID', [read.problems.map(({ message, remedy }) => (remedy === '' ? message : `${message}; ${remedy}`)).join('. ')]);
        const { target } = read;
        ownName(target.name, of);
        const kept = connectors.restTargets(identifier)!;
        const before = await kept.given(target.name);
        await kept.put(target.name, given, target);
        try {
          // Two references to a secret look alike once they are followed.
          const again = before !== undefined && !isDeepStrictEqual(before, given) && of.connector.removeTarget(target.name);
          const result = of.connector.addTarget(target, 'rest');
          return { name: target.name, result: again ? 'changed' : result };
        } catch (err) {
          // Somebody else named one so meanwhile.
          await kept.remove(target.name);
          throw err;
        }
      }),
    removeTarget: (identifier, name) =>
      inTurn(async () => {
        const of = found(identifier, 'remove a target from');
        const there = of.connector.status().targets.find((target) => target.name === name);
        if (there && (there.origin === 'file' || there.origin === 'learned')) throw new FrameworkError('TARGET_FIXED', [name, NAMED_BY[there.origin]]);
        const stored = await connectors.restTargets(identifier)!.remove(name);
        const ran = of.connector.removeTarget(name);
        if (!stored && !ran) throw new FrameworkError('TARGET_UNKNOWN', [name, identifier, of.connector.status().targets.map((target) => target.name).join(', ') || 'none']);
      }),
    async view(entry) {
      const connector = connectors.of(entry.identifier);
      if (!entry.connector || !connector) return undefined;
      const status = connector.status();
      const present = new Map(connector.targets().map((target) => [target.name, target]));
      const broken = (connectors.restTargets(entry.identifier)?.broken() ?? []).filter(({ name }) => !present.has(name));
      const shown = new Set([...present.keys(), ...broken.map(({ name }) => name)]);
      return {
        ...viewOf(status, entry.connector.direction),
        connectorId: status.connectorId,
        state: status.state,
        ...(entry.connector.group !== undefined && { group: entry.connector.group }),
        services: entry.integration.services ?? [],
        ...(status.endpointMode && { endpointMode: status.endpointMode }),
        targets: [
          ...status.targets.map((one) => targetView(one, present.get(one.name) ?? { name: one.name }, entry.connector!)),
          ...broken.map(({ name, code, message }): TargetView => ({ ...NOT_THERE, name, origin: 'rest', status: 'CONFIG_FAILED', state: 'config-failed', direction: entry.connector!.direction, failing: { code, message, since: status.lastStatusChange, attempts: 1 } })),
          ...(status.status === 'CREATED' ? [] : await orphanedTargets(entry.identifier, shown)).map((name): TargetView => ({ ...NOT_THERE, name, status: 'STOPPED', state: 'orphaned', direction: entry.connector!.direction })),
        ],
      };
    },
  };
}

const NAMED_BY = { file: 'the file', rest: 'a call of REST', connector: 'the connector', learned: 'an endpoint entity' } as const;

/** A target that has no instance. */
const NOT_THERE = { paused: false, pollState: 'OFF', engageState: 'OFF', statistics: {} } as const;

const viewOf = (status: ConnectorStatus | ConnectorStatus['targets'][number], direction: string) => ({
  ...(status.instanceId !== undefined && { instanceId: status.instanceId }),
  status: status.status,
  state: status.state,
  paused: status.paused,
  pollState: status.pollState,
  engageState: status.engageState,
  lastStatusChange: status.lastStatusChange,
  ...(status.lastAttemptAt !== undefined && { lastAttemptAt: status.lastAttemptAt }),
  ...(status.lastSuccessAt !== undefined && { lastSuccessAt: status.lastSuccessAt }),
  ...(status.nextDueAt !== undefined && { nextDueAt: status.nextDueAt }),
  direction,
  ...(status.failing && { failing: status.failing }),
  statistics: status.statistics,
});

function targetView(status: ConnectorStatus['targets'][number], target: Target, connector: ConnectorEntry): TargetView {
  const { endpoint } = connectionOf(connector.connection, target);
  return {
    ...viewOf(status, target.direction ?? connector.direction),
    name: status.name,
    origin: status.origin,
    ...(target.entity !== undefined && { entity: target.entity }),
    ...(endpoint && { endpoint }),
  };
}

/**
 * State of an entry with a connector. What keeps the connector from working comes first; then what its runs say, as of any entry: one that is running, one that
 * failed or waits for a release.
 */
export function entryState(own: EntryState, ofRuns: EntryState): EntryState {
  if (own !== 'waiting' && own !== 'running') return own;
  return ofRuns === 'waiting' ? own : ofRuns;
}

/** What fails now, as problems of the entry: of the connector itself, or of each target. */
export function failingProblems(view: ConnectorView, at: { readonly entry: Entry; readonly settings: Settings }): IntegrationStatus['problems'] {
  const { entry, settings } = at;
  const { file, line, column } = settings.locate(entry.path);
  const several = view.targets.length > 1;
  const failing = view.targets.flatMap(({ failing: one, name, state }) => (one ? [{ ...one, state, message: several ? `target ${name}: ${one.message}` : one.message }] : []));
  const all = failing.length > 0 ? failing : view.failing ? [{ ...view.failing, state: view.state }] : [];
  return all.map(({ code, message, since, state }) => ({ file, line, column, path: entry.path, code, severity: 'error', message: `${message} ${sinceOf(since)}`, remedy: remedyOf(state, entry.identifier) }));
}

/** Listeners that hear nothing now; the connector itself works. */
export function unheardProblems(listening: readonly Listening[], { entry, settings }: { readonly entry: Entry; readonly settings: Settings }): IntegrationStatus['problems'] {
  const { file, line, column } = settings.locate(entry.path);
  const several = new Set(listening.map(({ target }) => target)).size > 1;
  return listening.flatMap(({ target, listener, trouble }) => {
    const found = trouble();
    if (!found) return [];
    const { message } = new FrameworkError('LISTENER_FAILED', [listener, `${found.message} ${sinceOf(found.since)}`]);
    return [{ file, line, column, path: entry.path, code: 'LISTENER_FAILED', severity: 'warning', message: several ? `target ${target}: ${message}` : message, remedy: remedyOf('degraded', entry.identifier) }];
  });
}

const sinceOf = (at: number): string => `(since ${new Date(at).toISOString()})`;

function remedyOf(state: EntryState, identifier: string): string {
  if (state === 'config-failed') return 'correct it; a changed file is read by the next start of the process';
  return state === 'failed' ? `mend the cause, then ${program()} restart ${identifier}` : 'it is tried again by itself; mend the cause if it does not pass';
}
