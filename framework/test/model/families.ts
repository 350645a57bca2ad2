import type { Truth } from '../../src/store';

/** One combination of what sources and deliveries are like. */
export interface Family {
  readonly name: string;
  readonly truth: Truth;
  /** `fine`: every write has its own. `coarse`: writes close in time share one. */
  readonly version: 'fine' | 'coarse' | 'none';
  /** What events carry: the row and its version, or only that something changed. */
  readonly events: 'claims' | 'asks';
  /** A delete's version: its own, or that of the last update (many senders). */
  readonly deletes: 'own' | 'last' | 'none';
  /** `drifting`: pages by offset, which skip rows when earlier ones go. */
  readonly paging: 'stable' | 'drifting';
  readonly policy: 'immediate' | 'verify';
  /** Time by which the list trails the writes; declared by the kind. */
  readonly lag: number;
  /** Share of the events that never arrive. */
  readonly lost: number;
  /** Share of the events that arrive during or after the quiet run. */
  readonly backlog: number;
  /** Full runs after the storm, without a write. */
  readonly quietRuns: number;
  /** Can the source be asked for one row? Else pages count as answers. */
  readonly get: boolean;
  /** Events of one key come in order, and twice only in a row. */
  readonly ordered: boolean;
  readonly runs: number;
}

const storm: Omit<Family, 'name'> = {
  truth: 'listed',
  version: 'fine',
  events: 'claims',
  deletes: 'own',
  paging: 'stable',
  policy: 'immediate',
  lag: 0,
  lost: 0,
  backlog: 0,
  quietRuns: 0,
  get: true,
  ordered: false,
  runs: 3,
};
const lossy = { lost: 0.2, quietRuns: 1 } as const;
const asks = { events: 'asks' } as const;
const none = { version: 'none', events: 'asks' } as const;
const told = { truth: 'told', runs: 0, get: false } as const;
const mixed = { truth: 'mixed', quietRuns: 1, get: false } as const;

const named: Readonly<Record<string, Partial<Family>>> = {
  'listed, claims with version': {},
  'listed, claims whose deletes carry the version of the last update': { deletes: 'last' },
  'listed, events only ask': asks,
  'listed, no version': none,
  'listed, coarse version': { version: 'coarse' },
  'listed, coarse version, events only ask': { version: 'coarse', ...asks },
  'listed, coarse version, deletes carry the version of the last update': { version: 'coarse', deletes: 'last' },
  'drifting, verified': { paging: 'drifting', policy: 'verify' },
  'drifting, verified, no version': { paging: 'drifting', policy: 'verify', ...none },
  'lossy, quiet run': lossy,
  'lossy, quiet run, backlog': { ...lossy, backlog: 0.1 },
  'lossy, quiet run, backlog, coarse version': { ...lossy, backlog: 0.1, version: 'coarse' },
  'lossy, quiet run, backlog, no version': { ...lossy, backlog: 0.1, ...none },
  'lagging, verified': { lag: 5, policy: 'verify' },
  'lagging, verified, events only ask': { lag: 5, policy: 'verify', ...asks },
  'lagging, verified, no version': { lag: 5, policy: 'verify', ...none },
  'no get, quiet runs': { get: false, deletes: 'none', quietRuns: 2 },
  'told, versions in any order': told,
  'told, deletes carry the version of the last update': { ...told, deletes: 'last' },
  'told, no version, in order': { ...told, version: 'none', ordered: true },
  'mixed, versions, quiet refresh': mixed,
  'mixed, deletes carry the version of the last update': { ...mixed, deletes: 'last' },
  'mixed, coarse version': { ...mixed, version: 'coarse' },
  'mixed, no version': { ...mixed, version: 'none' },
  'mixed, lossy': { ...mixed, lost: 0.2 },
};

export const families: readonly Family[] = Object.entries(named).map(([name, more]) => ({ ...storm, ...more, name }));

export const familyNamed = (name: string): Family => families.find((family) => family.name === name)!;

/** The list trails the writes and the sweep does not verify: a delete may be wrong for a moment, and a pending event heals it. */
export const laggingImmediate: Family = { ...storm, name: 'lagging, immediate', lag: 5 };
