import type { MessageDefinition } from '../definition';

/** PIPELINES: what operators did with dead letters and pipelines, and what processors were refused. */
export const pipelineMessages = {
  deadLetterDiscarded: {
    id: 'PIPELINES-0001',
    severity: 'ACTIVITY',
    message: 'Dead letter {letter} of {connectorName} was discarded: stage {stage}, code {code}, pipeline {pipeline}',
    systemAction: 'Its event is gone for good.',
    userAction: 'none',
  },
  deadLettersReplayed: {
    id: 'PIPELINES-0002',
    severity: 'ACTIVITY',
    message: '{count} dead letters were sent through their pipelines again: {filter}',
    systemAction: 'Those that fail again become dead letters again.',
    userAction: 'none',
  },
  pipelinePaused: {
    id: 'PIPELINES-0003',
    severity: 'ACTIVITY',
    message: 'Pipeline {pipeline} was paused',
    systemAction: 'What comes in is kept and waits.',
    userAction: 'none',
  },
  pipelineResumed: {
    id: 'PIPELINES-0004',
    severity: 'ACTIVITY',
    message: 'Pipeline {pipeline} was resumed',
    systemAction: 'What waited is processed in order.',
    userAction: 'none',
  },
} as const satisfies Readonly<Record<string, MessageDefinition>>;
