import type { SettingsSpec } from '../../contract';
import { compileCel, type CelProblem } from './cel/compile-cel';
import type { CelNames } from './cel/environment';
import { reads } from './cel/reads';
import { readConfig } from './read-config';
import type { CreateProcessor, PipelineEvent, Processed } from './types';

export const filterSettings = {
  celExpression: { type: 'string', required: true, template: true, description: 'CEL; reads eventType, data, operation, kind, source, keys, receivedAt.' },
  onFalse: { type: 'string', enum: ['discard', 'delete'], default: 'discard', description: '`delete`: the event becomes a delete, so that a record that leaves the selection leaves the sink.' },
  deletes: { type: 'string', enum: ['evaluate', 'always'], default: 'evaluate', description: '`always`: delete events pass unseen.' },
} as const satisfies SettingsSpec;

const REMEDIES = {
  FILTER_SYNTAX: 'correct the CEL expression',
  FILTER_UNKNOWN_NAME: 'use eventType, data, operation, kind, source, keys, receivedAt and the standard functions',
  FILTER_NOT_BOOLEAN: 'compare it with something',
} as const satisfies Readonly<Record<CelProblem['code'], string>>;

/** Lets events pass of which an expression is true. */
export const createFilter: CreateProcessor = (config, context) => {
  const { settings, problems } = readConfig(filterSettings, config, context.lenient);
  if (!settings) return { problems };
  const compiled = compileCel(settings.celExpression);
  if ('problem' in compiled) {
    const { code, message } = compiled.problem;
    return { problems: [...problems, { path: 'celExpression', code, severity: 'error', message, remedy: REMEDIES[code] }] };
  }
  const { names } = reads(settings.celExpression);
  const [readsKeys, readsTime] = [names.has('keys'), names.has('receivedAt')];
  const namesOf = (event: PipelineEvent): CelNames => ({
    eventType: event.eventType,
    data: event.data,
    operation: event.operation,
    kind: event.kind,
    source: event.source,
    ...(readsKeys && { keys: Object.fromEntries(event.keys.map(({ name, value }) => [name, value])) }),
    ...(readsTime && { receivedAt: new Date(event.receivedAt) }),
  });
  const refuse = (event: PipelineEvent, reason: string): Processed => {
    if (settings.onFalse === 'discard') return { is: 'discard', reason };
    return { is: 'event', event: { ...event, operation: 'delete' } };
  };
  return {
    problems,
    processor: {
      type: 'filter',
      process(event) {
        if (event.operation === 'delete' && settings.deletes === 'always') return { is: 'event', event };
        const outcome = compiled.evaluate(namesOf(event));
        switch (outcome.is) {
          case 'value':
            return outcome.value ? { is: 'event', event } : refuse(event, 'false');
          case 'missing':
            return refuse(event, 'missing-field');
          case 'failed':
            return { is: 'dead', code: 'FILTER_FAILED', message: outcome.message };
          case 'not-boolean':
            return { is: 'dead', code: 'FILTER_NOT_BOOLEAN', message: `the expression gave ${outcome.type}, not true or false` };
        }
      },
    },
  };
};
