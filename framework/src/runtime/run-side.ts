import { keyMembers, reasonOf, type DeleteMethod, type Reconciled, type Reconciliation, type RefreshCause } from '../contract';
import { anchorIn, anchorKinds, farewellOf, NOBODYS, partsOf, type Anchors, type Connector, type ElementRow, type Going, type TargetEnd, type TargetOutcome } from '../connector';
import type { Leaving, Resync, RunConnector } from '../resync';
import { groupBy, type Clock } from '../shared';
import { openRunsOf, readState, writeState, type Run, type Store } from '../store';
import type { ConnectorPart } from './connector-entry';
import { TARGETS } from './known-targets';

/** Messages of failed targets that stand in a run. */
const TOLD = 3;

export interface RunSideOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Undefined: not begun yet. */
  connector(): Connector | undefined;
  reconcile(of: { readonly target: string; readonly signal: AbortSignal }, reconciliation: Reconciliation): Promise<Reconciled>;
  methodOf(target: string): DeleteMethod;
  cascade(going: Anchors, how: Going): Promise<void>;
}

export interface RunSide extends RunConnector {
  /** Asks for a run, unless one is about to come to the connector anyway, and waits for its end. Rejects when it ended before it came there. */
  run(resync: Pick<Resync, 'request' | 'ended'>, ask: { readonly cause: RefreshCause; readonly targets?: readonly string[] }): Promise<void>;
}

/** Where the runs of an entry meet its connector. */
export function createRunSide({ entry, exchange, kinds }: ConnectorPart, options: RunSideOptions): RunSide {
  const { store, clock } = options;
  const { identifier } = entry;
  const known = `${TARGETS}${identifier}`;
  const blueprints = new Map([...kinds].map(([blueprint, kind]) => [kind, blueprint]));
  /** Of the runs that are waited for here: those that came to the connector. */
  const reached = new Set<string>();
  let waitedFor = 0;
  /** The last run that came to the connector. */
  let came: string | undefined;

  /** Rows are kept by the names of targets, so every name that ever was is known. */
  async function note(targets: readonly string[]): Promise<void> {
    const before = (await readState<readonly string[]>(store.documents, known)) ?? [];
    const all = [...new Set([...before, ...targets])];
    if (all.length > before.length) await writeState(store.documents, known, all);
  }

  /** A run that will compare what is wanted, for it has not come to the connector yet: after a start or a resume one that others asked for is as good as one of our own. */
  async function yetToCome({ targets: wanted }: { readonly targets?: readonly string[] }): Promise<string | undefined> {
    const covers = ({ runId, cause, released, only, targets }: Run): boolean => runId !== came && cause !== 'mapping' && !released && !only && (targets === undefined || wanted?.every((target) => targets.includes(target)) === true);
    return (await openRunsOf(store.documents, identifier)).find(covers)?.runId;
  }

  return {
    finished: (kind) => exchange.finished(kind),
    compared(kind) {
      const blueprint = blueprints.get(kind);
      if (blueprint === undefined) return undefined;
      const mayHaveParts = partsOf(blueprint, kinds.keys()).length > 0;
      return {
        anchors: anchorKinds(blueprint, kinds),
        anchorOf: (row) => anchorIn(blueprint, row as ElementRow),
        async leaving(by, read) {
          const all = (await readState<readonly string[]>(store.documents, known)) ?? [];
          const sparing = (targets: readonly string[]): readonly string[] => [NOBODYS, '', ...all.filter((target) => !targets.includes(target))];
          return [...groupBy(read, options.methodOf)].flatMap(([method, targets]): readonly Leaving[] =>
            method === 'none'
              ? [{ stays: true, spared: sparing(targets), keeps: true }]
              : [
                  {
                    spared: sparing(targets),
                    ...farewellOf(method, { by, at: clock.now() }),
                    ...(mayHaveParts && { cascade: (keys, departed) => options.cascade({ blueprint, identifiers: keys.map((key) => keyMembers(key)[0]!) }, { method, by, departed }) }),
                  },
                ],
          );
        },
        passed: (target) => exchange.passed(kind, target),
      };
    },
    refresh(run, { kinds: read, after, signal }) {
      // At once: the scans of the run wait for it.
      exchange.open(read);
      return refresh(run, after, signal);
    },
    async run(resync, ask) {
      waitedFor++;
      try {
        const open = await yetToCome(ask);
        if (open !== undefined) await resync.ended(open);
        if (open !== undefined && reached.has(open)) return;
        const { runId } = await resync.request({ identifier, ...ask });
        const run = await resync.ended(runId);
        if (!reached.has(runId)) throw new Error(run.error ?? `the run ended ${run.state} before the connector was asked`);
      } finally {
        if (--waitedFor === 0) reached.clear();
      }
    },
  };

  async function refresh(run: Parameters<RunConnector['refresh']>[0], after: Promise<unknown>, signal: AbortSignal): ReturnType<RunConnector['refresh']> {
    const { runId, cause, targets } = run;
    try {
      await after;
      signal.throwIfAborted();
      const connector = options.connector();
      if (!connector) throw new Error('the connector is not started');
      const outcomes = await connector.refresh({
        runId,
        cause,
        signal,
        ...(targets && { targets }),
        begins(names) {
          came = runId;
          if (waitedFor > 0) reached.add(runId);
          note(names).then(
            () => exchange.begin(names),
            (err: unknown) => exchange.fail(err),
          );
        },
        reconcile: (of, reconciliation) => options.reconcile(of, reconciliation),
      });
      const error = errorOf(outcomes);
      return { untouched: exchange.close(new Map(outcomes.map((outcome) => [outcome.target, endOf(outcome)]))), ...(error !== undefined && { error }) };
    } catch (err) {
      exchange.fail(err);
      return { untouched: new Set(), error: reasonOf(err) };
    }
  }
}

const endOf = ({ is, error }: TargetOutcome): TargetEnd => ({ is, ...(error !== undefined && { reason: reasonOf(error) }) });

function errorOf(outcomes: readonly TargetOutcome[]): string | undefined {
  const failed = outcomes.filter(({ is }) => is === 'failed');
  if (failed.length === 0) return undefined;
  const more = failed.length > TOLD ? `; and ${failed.length - TOLD} more targets` : '';
  return failed.slice(0, TOLD).map(({ target, error }) => `target ${target}: ${reasonOf(error)}`).join('; ') + more;
}
