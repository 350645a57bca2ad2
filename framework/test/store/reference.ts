import {
  alignOutput,
  applyClaim,
  applyMapped,
  applyObservation,
  applySweep,
  forceOutput,
  isCandidate,
  isDirty,
  isHeld,
  isUntreated,
  replaceParts,
  settleOutput,
  wakeOutput,
  type Alignment,
  type Applied,
  type Claimed,
  type ClaimOutcome,
  type ClaimedBatch,
  type Dirty,
  type Observed,
  type ObservedBatch,
  type OutputState,
  type Part,
  type RewriteBatch,
  type RowState,
  type Settlement,
  type SweepFilter,
  type SweepStep,
} from '../../src/store';

const faceNow = (row: RowState): string | undefined => (row.gone ? '' : (row.face ?? row.hash));

/** What the pure functions make of a history: rows and outputs in two maps. Every store has to equal it, field by field. */
export function createReference() {
  const rows = new Map<string, RowState>();
  const outputs = new Map<string, OutputState>();

  function apply(items: readonly { readonly key: string }[], under: { readonly prefix: string; readonly mapping: string }, step: (row: RowState | undefined, index: number) => Applied): Observed {
    const { prefix, mapping } = under;
    const counts = { received: items.length, stored: 0, unchanged: 0, outvoted: 0 };
    const holds = new Map<string, number | undefined>();
    items.forEach((item, index) => {
      const stored = rows.get(prefix + item.key);
      const applied = step(stored, index);
      counts[applied.outcome]++;
      if (applied.change !== 'none') rows.set(applied.row._id, applied.row);
      if (applied.row.gone) holds.set(applied.row._id, undefined);
      else if (applied.holds) holds.set(applied.row._id, index);
      else if (!holds.has(applied.row._id)) holds.set(applied.row._id, undefined);
    });
    const dirty: Dirty[] = [];
    for (const [id, at] of holds) {
      const row = rows.get(id);
      if (row && isDirty(row, mapping)) dirty.push({ _id: id, key: row.key, face: row.face ?? '', gone: row.gone, ...(at !== undefined && { at }) });
    }
    return { counts, dirty };
  }

  const change = (ids: Iterable<string>, how: (output: OutputState) => OutputState | 'remove' | undefined): number => {
    let changed = 0;
    for (const id of [...ids]) {
      const next = outputs.has(id) ? how(outputs.get(id)!) : undefined;
      if (next === undefined) continue;
      changed++;
      if (next === 'remove') outputs.delete(id);
      else outputs.set(id, next);
    }
    return changed;
  };

  return {
    rows,
    outputs,
    observe(batch: ObservedBatch, prefix: string): Observed {
      const said = [...batch.rows, ...(batch.absent ?? []).map((key) => ({ key, absent: true as const }))];
      return apply(said, { prefix, mapping: batch.mapping }, (row, index) => applyObservation(row, batch, said[index]!));
    },
    claim(batch: ClaimedBatch, prefix: string): Claimed {
      const outcomes: ClaimOutcome[] = [];
      const observed = apply(batch.claims, { prefix, mapping: batch.mapping }, (row, index) => {
        const applied = applyClaim(row, batch, batch.claims[index]!);
        outcomes.push(applied.claimed);
        return applied;
      });
      return { ...observed, outcomes };
    },
    sweep(filter: SweepFilter, step: SweepStep): void {
      for (const row of rows.values()) if (isCandidate(row, filter) && isUntreated(row, filter, step.policy)) rows.set(row._id, applySweep(row, filter, step).row);
    },
    rewrite(given: RewriteBatch): { readonly dirty: readonly string[]; readonly changed: readonly boolean[]; readonly held: number } {
      /** A row that has another face by now gives nothing. */
      const hasMovedOn = ({ row, face }: RewriteBatch['rows'][number]): boolean => face !== undefined && rows.has(row) && face !== faceNow(rows.get(row)!);
      const batch = { ...given, rows: given.rows.filter((row) => !hasMovedOn(row)) };
      const mapped = new Set(batch.rows.map((row) => row.row));
      const keep = new Set(batch.rows.filter((row) => row.keep).map((row) => row.row));
      const gives = new Map<string, Part[]>();
      for (const { row, parts } of batch.rows) {
        if (!rows.has(row)) continue;
        for (const { output, ...part } of parts) gives.set(output, [...(gives.get(output) ?? []), { row, ...part }]);
      }
      const touched = new Set([...gives.keys(), ...[...outputs.values()].filter((output) => output.pipeline === batch.pipeline && output.parts.some((part) => mapped.has(part.row))).map((output) => output._id)]);
      const removals = new Map(batch.rows.flatMap(({ row, last }) => (last === undefined ? [] : [[row, last] as const])));
      const dirty: string[] = [];
      let held = 0;
      for (const _id of touched) {
        const before = outputs.get(_id);
        const composed = replaceParts(before, { ...batch, _id, rows: mapped, keep, removals, parts: gives.get(_id) ?? [] });
        if (composed.is === 'remove') {
          outputs.delete(_id);
          continue;
        }
        outputs.set(_id, composed.output);
        if (before?.gone === false && isHeld(composed.output)) held++;
        if (composed.output.due !== undefined && composed.output.due <= batch.at) dirty.push(_id);
      }
      for (const { row, face } of batch.rows) {
        const stored = rows.get(row);
        const next = stored && face !== undefined && !batch.more ? applyMapped(stored, face, batch.mapping) : undefined;
        if (next) rows.set(row, next);
      }
      return { dirty: dirty.sort(), changed: given.rows.flatMap((row) => row.parts.map((part) => rows.has(row.row) && mapped.has(row.row) && outputs.get(part.output)?.due !== undefined)), held };
    },
    settle(said: readonly Settlement[], at: number): void {
      const ids = new Set(said.map((one) => one.output));
      change(ids, (output) => settleOutput(output, said.filter((one) => one.output === output._id), at));
    },
    release: (at: number): number => change(outputs.keys(), (output) => (isHeld(output) ? { ...output, due: at } : undefined)),
    wake: (at: number): number => change(outputs.keys(), (output) => (output.again ? wakeOutput(output, at) : undefined)),
    force: (at: number): number => change(outputs.keys(), (output) => (output.gone ? undefined : forceOutput(output, at))),
    align: (pipeline: string, to: Alignment): number => change(outputs.keys(), (output) => (output.pipeline === pipeline ? alignOutput(output, to) : undefined)),
    retry: (ids: readonly string[], at: number): number => change(ids, (output) => (output.again ? wakeOutput(output, at) : undefined)),
  };
}
