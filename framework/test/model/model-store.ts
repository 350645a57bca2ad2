import { newRev } from '../../src/shared';
import { applyClaim, applyObservation, applySweep, isCandidate, isUntreated, type ClaimedBatch, type ObservedBatch, type RowState, type Scope, type Store, type Stored, type SweepFilter } from '../../src/store';

/** A scan's document: how far it is, under a rev that its owner knows. */
export interface ScanPosition {
  readonly rev: string;
  readonly position: string;
}

export type SweepStep = Parameters<Store['rows']['sweep']>[1];

/** What the simulated driver needs of a store. */
export interface ModelStore {
  /** With `advance`, the position moves in the same breath, unless the rev is another owner's. */
  observe(batch: ObservedBatch, advance?: { readonly scan: string; readonly rev: string; readonly position: string }): Promise<void>;
  claim(batch: ClaimedBatch): Promise<void>;
  sweep(filter: SweepFilter, step: SweepStep): Promise<boolean>;
  asking(scope: Scope): Promise<readonly string[]>;
  /** Keys that are alive, with their text. */
  alive(scope: Scope): Promise<ReadonlyMap<string, string>>;
  openScan(scan: string): Promise<void>;
  /** The scan as stored; under a new rev, which makes the caller its owner. */
  takeScan(scan: string): Promise<ScanPosition>;
  moveScan(scan: string, rev: string, position: string): Promise<void>;
  /** Nothing of the scope is needed any more. */
  forget(scope: Scope): Promise<void>;
}

/** The pure functions over a map. `tombstones: false` breaks the rule on purpose: what is gone is forgotten. */
export function createPureStore(options: { readonly tombstones: boolean } = { tombstones: true }): ModelStore {
  const rows = new Map<string, RowState>();
  const scans = new Map<string, ScanPosition>();
  const put = (row: RowState): void => {
    if (row.gone && row.ask === undefined && !options.tombstones) rows.delete(row.key);
    else rows.set(row.key, row);
  };
  const move = (scan: string, rev: string, position: string): void => {
    if (scans.get(scan)?.rev === rev) scans.set(scan, { rev, position });
  };
  return {
    async observe(batch, advance) {
      for (const said of [...batch.rows, ...(batch.absent ?? []).map((key) => ({ key, absent: true as const }))]) put(applyObservation(rows.get(said.key), batch, said).row);
      if (advance) move(advance.scan, advance.rev, advance.position);
    },
    async claim(batch) {
      for (const claim of batch.claims) {
        const applied = applyClaim(rows.get(claim.key), batch, claim);
        if (applied.change !== 'none') put(applied.row);
      }
    },
    async sweep(filter, step) {
      const found = [...rows.values()].filter((row) => isCandidate(row, filter) && isUntreated(row, filter, step.policy)).slice(0, step.limit);
      for (const row of found) put(applySweep(row, filter, step).row);
      return found.length < step.limit;
    },
    asking: async () => [...rows.values()].filter((row) => row.ask !== undefined).map((row) => row.key).sort(),
    alive: async () => new Map([...rows.values()].filter((row) => !row.gone).map((row) => [row.key, row.row!])),
    async openScan(scan) {
      if (!scans.has(scan)) scans.set(scan, { rev: newRev(), position: '' });
    },
    async takeScan(scan) {
      const taken = { ...scans.get(scan)!, rev: newRev() };
      scans.set(scan, taken);
      return taken;
    },
    moveScan: async (scan, rev, position) => move(scan, rev, position),
    forget: async () => undefined,
  };
}

interface ScanDocument extends Stored {
  readonly position: string;
}

/** A real store behind the same calls. */
export function fromStore(store: Store): ModelStore {
  const { rows, documents } = store;
  const scanOf = async (scan: string): Promise<ScanDocument> => (await documents.get<ScanDocument>('scans', scan))!;
  return {
    async observe(batch, advance) {
      const document = advance && { _id: advance.scan, position: advance.position };
      await rows.observe(batch, advance && { rev: advance.rev, advance: () => document! });
    },
    claim: async (batch) => void (await rows.claim(batch)),
    sweep: async (filter, step) => (await rows.sweep(filter, step)).done,
    asking: async (scope) => (await rows.find({ ...scope, asking: true, limit: 100 })).map((row) => row.key),
    alive: async (scope) => new Map((await rows.find({ ...scope, gone: false, limit: 100 })).map((row) => [row.key, row.row!])),
    openScan: async (scan) => void (await documents.insert<ScanDocument>('scans', { _id: scan, position: '' })),
    async takeScan(scan) {
      const { position, rev } = await scanOf(scan);
      return { position, rev: (await documents.replace<ScanDocument>('scans', { _id: scan, position }, rev))! };
    },
    moveScan: async (scan, rev, position) => void (await documents.replace<ScanDocument>('scans', { _id: scan, position }, rev)),
    async forget(scope) {
      await rows.forget(scope.integration);
      for (const scan of await documents.list('scans', { prefix: `${scope.integration}/`, limit: 100 })) await documents.remove('scans', scan._id);
    },
  };
}

