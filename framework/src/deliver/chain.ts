import type { PipelineEvent, Processed, Processor } from '../pipeline';

export type Stage = 'filter' | 'mapper' | 'plugin' | 'aggregator';

/** What became of an event, and at which stage it failed. */
export type Ended = Exclude<Processed, { readonly is: 'dead' }> | (Extract<Processed, { readonly is: 'dead' }> & { readonly stage: Stage });

const STAGES: Readonly<Record<string, Stage>> = { filter: 'filter', 'rpc-plugin': 'plugin', 'cloud-vendor-aggregator': 'aggregator' };

/** Runs an event through the processors, in order. A promise only where one of them needs it: most pipelines are done at once. */
export function runChain(processors: readonly Processor[], event: PipelineEvent, from = 0): Ended | Promise<Ended> {
  let current = event;
  for (let at = from; at < processors.length; at++) {
    const processor = processors[at]!;
    const processed = processor.process(current);
    if (processed instanceof Promise) return processed.then((result) => (result.is === 'event' ? runChain(processors, result.event, at + 1) : endOf(processor, result)));
    if (processed.is !== 'event') return endOf(processor, processed);
    current = processed.event;
  }
  return { is: 'event', event: current };
}

const endOf = (processor: Processor, result: Exclude<Processed, { readonly is: 'event' }>): Ended =>
  result.is === 'dead' ? { ...result, stage: STAGES[processor.type] ?? 'mapper' } : result;
