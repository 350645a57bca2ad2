import { encodeSegment } from '../shared';
import type { RowToMap, Store } from '../store';
import type { MapHow } from './map-rows';
import type { Pipeline } from './pipeline';

/** All pipelines of one entry, as whoever brings rows sees them: one. */
export type EntryFlow = Pick<Pipeline, 'use' | 'attend' | 'map' | 'sendDue' | 'resend' | 'drained' | 'keepSending' | 'mapping'> & {
  readonly pipelines: readonly Pipeline[];
  /** Every pipeline has made outputs of these rows: they are mapped. */
  mark(kind: string, rows: readonly Pick<RowToMap, '_id' | 'face'>[]): Promise<void>;
};

export interface EntryFlowOptions {
  readonly store: Pick<Store, 'outputs'>;
  readonly integration: string;
  readonly clock: { now(): number };
}

/** Every row goes to each of the pipelines. Where there are several, none waits for another, and the row counts as mapped when all of them are done with it. */
export function createEntryFlow(pipelines: readonly Pipeline[], { store, integration, clock }: EntryFlowOptions): EntryFlow {
  const each = async (work: (pipeline: Pipeline) => Promise<void>): Promise<void> => void (await Promise.all(pipelines.map(work)));
  const [first] = pipelines;

  async function mark(kind: string, rows: readonly Pick<RowToMap, '_id' | 'face'>[]): Promise<void> {
    const mapping = first?.mapping();
    if (!first || !mapping) return;
    const kept = rows.map(({ _id, face }) => ({ row: _id, face, parts: [], keep: true }));
    await store.outputs.rewrite({ pipeline: first.name, integration, kind, sinks: first.sinks, mapping: mapping.hashOf(kind), rows: kept, departures: 'held', at: clock.now() });
  }

  return {
    pipelines,
    mark,
    mapping: () => first?.mapping(),
    use: (mapping) => pipelines.forEach((pipeline) => pipeline.use(mapping)),
    attend: (tally) => pipelines.forEach((pipeline) => pipeline.attend(tally)),
    async map(kind, rows, how) {
      if (first && pipelines.length === 1) return first.map(kind, rows, how);
      const several: MapHow = { ...how, more: true };
      await each((pipeline) => pipeline.map(kind, rows, several));
      await mark(kind, rows);
    },
    sendDue: () => each((pipeline) => pipeline.sendDue()),
    resend: (outputs, tally) =>
      each(async (pipeline) => {
        const mine = outputs.filter((output) => output.startsWith(`${encodeSegment(pipeline.name)}/`));
        if (mine.length > 0) await pipeline.resend(mine, tally);
      }),
    drained: (signal) => each((pipeline) => pipeline.drained(signal)),
    keepSending: () => each((pipeline) => pipeline.keepSending()),
  };
}
