import type { Log } from '../contract';
import type { Clock } from '../shared';
import type { NewDeadLetter } from '../store';

/** Of one pipeline and code, this far apart at least. */
const EVERY_MS = 60_000;

/** Says that dead letters were kept, never what is in them: the first at once, those of the next minute as a count on the line that follows it. */
export function createLetterLog(of: { readonly log: Log; readonly clock: Clock }): (letter: NewDeadLetter) => void {
  const said = new Map<string, { at: number; more: number }>();
  return ({ integration, pipeline, sink, stage, code, kind }) => {
    const place = `${integration}\u0000${pipeline ?? ''}\u0000${code}`;
    const before = said.get(place);
    if (before && of.clock.now() - before.at < EVERY_MS) return void before.more++;
    said.set(place, { at: of.clock.now(), more: 0 });
    of.log.warn('a dead letter was kept', { integration, pipeline, sink, stage, code, kind, count: 1 + (before?.more ?? 0) });
  };
}
