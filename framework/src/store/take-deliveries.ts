import { scopeId } from './ids';
import type { Accepted, AcceptedDelivery, AcceptedDirty, AcceptedRecord, Claimed, ClaimInput, ClaimOutcome, NewFeedEvent, Scope, Truth } from './store';

/** How a store knows a delivery again: what stands for its id, and for the hash of its body. Undefined = it has no id. */
export type Mark<T> = { readonly id: T; readonly hash: T } | undefined;

export interface Sorted<T> {
  /** For each delivery: did it come before? */
  readonly known: readonly boolean[];
  /** What has to be remembered of the others, by id. */
  readonly taken: ReadonlyMap<T, T>;
}

/** Tells deliveries that came before from new ones, in order. Another body under an id that is known is a new delivery, which is known by that id from then on. */
export function tellDeliveries<T>(marks: readonly Mark<T>[], before: ReadonlyMap<T, T>): Sorted<T> {
  const taken = new Map<T, T>();
  const known = marks.map((mark) => {
    if (mark === undefined) return false;
    if ((taken.get(mark.id) ?? before.get(mark.id)) === mark.hash) return true;
    taken.set(mark.id, mark.hash);
    return false;
  });
  return { known, taken };
}

/** Records that are claimed together: of one kind, under one mapping, in order of receipt. */
export interface RecordGroup {
  readonly scope: Scope;
  readonly truth: Truth;
  readonly mapping: string;
  readonly claims: ClaimInput[];
  /** Where each came from. */
  readonly places: { readonly delivery: number; readonly record: number }[];
}

/** The records of the deliveries that are new. */
export function groupRecords(deliveries: readonly AcceptedDelivery[], known: readonly boolean[]): readonly RecordGroup[] {
  const groups = new Map<string, RecordGroup>();
  let last: RecordGroup | undefined;
  deliveries.forEach(({ records }, delivery) => {
    if (known[delivery]) return;
    records.forEach((one, record) => {
      // Nearly always all records of a batch are alike.
      if (last === undefined || !isOf(last, one)) {
        const { scope, truth, mapping } = one;
        const name = `${scopeId(scope)} ${truth} ${mapping}`;
        last = groups.get(name) ?? { scope, truth, mapping, claims: [], places: [] };
        groups.set(name, last);
      }
      last.claims.push(one.claim);
      last.places.push({ delivery, record });
    });
  });
  return [...groups.values()];
}

const isOf = (group: RecordGroup, { scope, truth, mapping }: AcceptedRecord): boolean =>
  group.scope.kind === scope.kind && group.scope.integration === scope.integration && group.truth === truth && group.mapping === mapping;

/** The answer to a batch, and the events to be kept of it, from what became of each group. */
export function gatherAccepted(
  deliveries: readonly AcceptedDelivery[],
  known: readonly boolean[],
  claimed: readonly { readonly group: RecordGroup; readonly claimed: Claimed }[],
): Accepted & { readonly events: readonly NewFeedEvent[] } {
  const outcomes = deliveries.map((_, delivery): 'duplicate' | ClaimOutcome[] => (known[delivery] ? 'duplicate' : []));
  const dirty: AcceptedDirty[] = [];
  const events: NewFeedEvent[] = [];
  for (const { group, claimed: became } of claimed) {
    became.outcomes.forEach((outcome, index) => {
      const { delivery, record } = group.places[index]!;
      (outcomes[delivery] as ClaimOutcome[])[record] = outcome;
      const event = deliveries[delivery]!.records[record]!.event;
      // What became a question is no state until the source has answered, which is an event of its own.
      const isState = outcome !== 'outvoted' && outcome !== 'asked';
      if (event !== undefined) events.push(isState ? event : { ...event, outvoted: true, ...(outcome === 'asked' && { asked: true }) });
    });
    for (const { at, ...row } of became.dirty) dirty.push({ ...row, scope: group.scope, ...(at !== undefined && { at: group.places[at]! }) });
  }
  return { deliveries: outcomes, dirty, events };
}
