import type { Settlement } from '../store';
import type { Metrics } from '../ops';
import type { Clock } from '../shared';

/** What each sink of each pipeline said since the process began. */
export interface SinkBook {
  settled(pipeline: string, sink: string, result: Settlement['is'], count: number): void;
  counts(pipeline: string, sink: string): Readonly<Record<string, number>>;
  /** When it last took something. */
  lastSuccessAt(pipeline: string, sink: string): number | undefined;
}

export function createSinkBook(metrics: Pick<Metrics, 'sinkItems' | 'retry'>, clock: Clock): SinkBook {
  const book = new Map<string, { readonly counts: Record<string, number>; lastSuccessAt?: number }>();
  const nameOf = (pipeline: string, sink: string): string => `${pipeline}\u0000${sink}`;
  return {
    settled(pipeline, sink, result, count) {
      metrics.sinkItems({ pipeline, sink, result }, count);
      if (result === 'failed') metrics.retry({ pipeline, sink }, count);
      let of = book.get(nameOf(pipeline, sink));
      if (!of) book.set(nameOf(pipeline, sink), (of = { counts: {} }));
      of.counts[result] = (of.counts[result] ?? 0) + count;
      if (result === 'accepted' || result === 'letGo') of.lastSuccessAt = clock.now();
    },
    counts: (pipeline, sink) => book.get(nameOf(pipeline, sink))?.counts ?? {},
    lastSuccessAt: (pipeline, sink) => book.get(nameOf(pipeline, sink))?.lastSuccessAt,
  };
}
