import { encodeSegment } from '../shared';
import type { Pipeline } from './pipeline';

/** All pipelines of one entry, as whoever brings rows sees them: one. */
export type EntryFlow = Pick<Pipeline, 'use' | 'attend' | 'map' | 'sendDue' | 'resend' | 'drained' | 'keepSending' | 'mapping'> & {
  readonly pipelines: readonly Pipeline[];
};

/** Every row goes to each of the pipelines, in order: only the last of them marks it as mapped. */
export function createEntryFlow(pipelines: readonly Pipeline[]): EntryFlow {
  const each = async (work: (pipeline: Pipeline) => Promise<void>): Promise<void> => void (await Promise.all(pipelines.map(work)));
  return {
    pipelines,
    mapping: () => pipelines[0]?.mapping(),
    use: (mapping) => pipelines.forEach((pipeline) => pipeline.use(mapping)),
    attend: (tally) => pipelines.forEach((pipeline) => pipeline.attend(tally)),
    async map(kind, rows, how) {
      for (const pipeline of pipelines) await pipeline.map(kind, rows, how);
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
