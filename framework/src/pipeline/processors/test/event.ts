import { recordedLog } from '../../../testkit/recorded-log';
import { systemClock, type Json } from '../../../shared';
import type { CreateProcessor, PipelineEvent, Processed, Processor, ProcessorContext } from '../types';

export const event = (data: Json, other: Partial<PipelineEvent> = {}): PipelineEvent => ({
  id: 'e1',
  source: 'jira-main',
  eventType: 'jira:issue_updated',
  operation: 'write',
  kind: 'issue',
  keys: [{ name: 'id', value: '10001' }],
  canonicalId: 'jira.issue:10001',
  origin: 'webhook',
  receivedAt: '2026-02-03T04:05:06.000Z',
  data,
  ...other,
});

export const context = (other: Partial<ProcessorContext> = {}): ProcessorContext => ({
  integration: 'jira-main',
  pipeline: 'jira-main/0',
  folder: '/',
  lenient: false,
  clock: systemClock,
  log: recordedLog(),
  ...other,
});

/** The processor of a configuration that has no error. */
export function created(create: CreateProcessor, config: Readonly<Record<string, unknown>>, other: Partial<ProcessorContext> = {}): Processor {
  const { processor, problems } = create(config, context(other));
  if (!processor) throw new Error(problems.map(({ path, code, message }) => `${path} ${code} ${message}`).join('; '));
  return processor;
}

/** What a processor that does not wait makes of an event. */
export function processed(processor: Processor, of: PipelineEvent): Processed {
  const result = processor.process(of);
  if (result instanceof Promise) throw new Error('the processor waits');
  return result;
}

/** Data of the event that came out. */
export function dataOf(result: Processed): Json {
  if (result.is !== 'event') throw new Error(`no event: ${JSON.stringify(result)}`);
  return result.event.data;
}
