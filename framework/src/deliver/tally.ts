import type { ResourceTotals, Run, RunKind } from '../store';

/** How many mapped entities of each resource wait for the outcome of one output. */
type Contributions = Map<string, number>;

/** What happened to an output, once every sink of its pipeline has spoken. */
export interface Outcome {
  readonly output: string;
  readonly kinds: readonly string[];
  readonly result: 'delivered' | 'failed' | 'deleted';
  /** No sink held it before. */
  readonly created: boolean;
  /** Every sink took an earlier state of it in this run already. */
  readonly repeated?: boolean;
  /** Failed because a related entity is missing. */
  readonly unmet?: boolean;
}

/**
 * Counts for one run what its resources gave and what became of it (interface.md 8). The sums of mapping-semantics 2 hold in every ended run:
 * mapped + resent = duplicates + unchanged + delivered + failed.
 */
export interface Tally {
  readonly runId: string;
  /** Epoch ms. */
  readonly startedAt: number;
  /** Counters of one resource, made when it is first asked for. */
  of(kind: string, resource: number): ResourceTotals;
  /** These entities of the batch wait for the outcome of their output. */
  await(output: string, kind: string, resource: number): void;
  /** An output that waited from before this run is sent by it. */
  resend(output: string, kinds: readonly string[]): void;
  settled(outcome: Outcome): void;
  readonly totals: { created: number; updated: number; deleted: number; failed: number };
  /** Counters of the kinds of the run, as they are now. */
  write(kinds: readonly RunKind[]): void;
  /** An item of the kind could not be judged, so nothing of the kind is deleted by this run (mapping-semantics 13.2). */
  uncertain(kind: string, reason: string): void;
  /** This output stays in this run, though no part gives it. */
  protect(output: string): void;
  readonly uncertainties: ReadonlyMap<string, string>;
  readonly protected: ReadonlySet<string>;
  /** Outputs refused because a related entity is missing: their outcome is open until they were sent once more, at the end of the run. */
  readonly unmet: ReadonlySet<string>;
}

export const blankResource = (index: number, blueprint: string): ResourceTotals => ({
  index,
  blueprint,
  raw: 0,
  items: 0,
  emptyList: 0,
  filtered: 0,
  selectorNull: 0,
  invalid: {},
  mapped: 0,
  resent: 0,
  duplicates: 0,
  fieldNull: {},
  fieldError: {},
  fieldDropped: {},
  unchanged: 0,
  delivered: 0,
  created: 0,
  failed: 0,
  deleted: 0,
  keptStale: 0,
});

const pendingOf = (totals: ResourceTotals): number => totals.mapped + totals.resent - totals.duplicates - totals.unchanged - totals.delivered - totals.failed;

/**
 * Of a run that a killed process began, the entities that it counted as mapped and whose outcome it did not write are a credit: the outputs that are found
 * waiting use it up before they count as resent, and what is left at the end had been delivered.
 */
export function createTally(run: Pick<Run, 'runId' | 'startedAt' | 'kinds' | 'totals'>): Tally {
  const resources = new Map<string, ResourceTotals>();
  const credit = new Map<string, number>();
  const waiting = new Map<string, Contributions>();
  const key = (kind: string, resource: number): string => `${kind}\u0000${resource}`;
  const of = (kind: string, resource: number): ResourceTotals => {
    let totals = resources.get(key(kind, resource));
    if (!totals) resources.set(key(kind, resource), (totals = blankResource(resource, '')));
    return totals;
  };
  for (const kind of run.kinds) {
    for (const totals of kind.resources) {
      resources.set(key(kind.kind, totals.index), structuredClone(totals));
      credit.set(key(kind.kind, totals.index), pendingOf(totals));
    }
  }
  const firstOf = (kinds: readonly string[]): string => {
    for (const kind of kinds) for (const at of resources.keys()) if (at.startsWith(`${kind}\u0000`)) return at;
    return key(kinds[0] ?? '', 0);
  };
  const add = (output: string, at: string): void => {
    const contributions = waiting.get(output) ?? new Map<string, number>();
    contributions.set(at, (contributions.get(at) ?? 0) + 1);
    waiting.set(output, contributions);
  };
  const totals = { ...run.totals };
  const uncertainties = new Map<string, string>();
  const kept = new Set<string>();
  const unmet = new Set<string>();
  /** Did no sink hold them when they were first sent? Kept when they are sent once more, which decides. */
  const newWhenUnmet = new Map<string, boolean>();
  for (const kind of run.kinds) if (kind.uncertain !== undefined) uncertainties.set(kind.kind, kind.uncertain);

  return {
    runId: run.runId,
    startedAt: run.startedAt ?? 0,
    of,
    totals,
    unmet,
    uncertainties,
    protected: kept,
    uncertain(kind, reason) {
      if (!uncertainties.has(kind)) uncertainties.set(kind, reason);
    },
    protect(output) {
      kept.add(output);
    },
    await: (output, kind, resource) => add(output, key(kind, resource)),
    resend(output, kinds) {
      unmet.delete(output);
      if (waiting.has(output)) return;
      const at = firstOf(kinds);
      const [kind, resource] = at.split('\u0000') as [string, string];
      const left = credit.get(at) ?? 0;
      if (left > 0) credit.set(at, left - 1);
      else of(kind, Number(resource)).resent++;
      add(output, at);
    },
    settled(outcome) {
      const created = newWhenUnmet.get(outcome.output) ?? outcome.created;
      if (outcome.unmet && (unmet.has(outcome.output) || !newWhenUnmet.has(outcome.output))) {
        unmet.add(outcome.output);
        newWhenUnmet.set(outcome.output, created);
        return;
      }
      unmet.delete(outcome.output);
      const contributions = waiting.get(outcome.output);
      waiting.delete(outcome.output);
      if (outcome.result === 'deleted') {
        totals.deleted++;
        const [kind, resource] = firstOf(outcome.kinds).split('\u0000') as [string, string];
        of(kind, Number(resource)).deleted++;
        return;
      }
      if (!contributions) return;
      if (outcome.result === 'failed') totals.failed++;
      else if (!outcome.repeated) totals[created ? 'created' : 'updated']++;
      for (const [at, count] of contributions) {
        const [kind, resource] = at.split('\u0000') as [string, string];
        const counters = of(kind, Number(resource));
        counters[outcome.result] += count;
        if (created && outcome.result === 'delivered') counters.created += count;
      }
    },
    write(kinds) {
      for (const kind of kinds) {
        const mine = [...resources].filter(([at]) => at.startsWith(`${kind.kind}\u0000`)).map(([, counters]) => counters);
        const uncertain = uncertainties.get(kind.kind);
        if (uncertain !== undefined) kind.uncertain = uncertain;
        kind.resources = mine.sort((a, b) => a.index - b.index).map((counters) => structuredClone(counters));
      }
    },
  };
}
