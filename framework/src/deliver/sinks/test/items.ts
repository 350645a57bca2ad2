import type { Json } from '../../../shared';
import type { DocumentItem, SinkContext, SinkOptions } from '../../sink';
import { recordedLog } from '../../../testkit';
import { systemClock } from '../../../shared';

export const OPTIONS: SinkOptions = { merge: true, createMissingRelatedEntities: true, deleteDependentEntities: false };
export const NEVER = new AbortController().signal;
export const place = (name = 'test'): SinkContext & { readonly name: string } => ({ integration: 'jira', pipeline: 'jira/0', clock: systemClock, log: recordedLog(), name });

export function written(id: string, data: Json = { title: `issue ${id}` }, more: Partial<DocumentItem> = {}): DocumentItem {
  return {
    output: `jira/0/jira.issue:${id}`,
    operation: 'write',
    canonicalId: `jira.issue:${id}`,
    kind: 'jira.issue',
    keys: [{ name: 'id', value: id, identity: true }],
    eventId: id,
    eventType: 'jira:issue_updated',
    data,
    ...more,
  };
}

export function deleted(id: string, more: Partial<DocumentItem> = {}): DocumentItem {
  const { data: _data, ...item } = written(id);
  return { ...item, operation: 'delete', eventType: 'jira:issue_deleted', ...more };
}

/** One of the events about a thing. */
export const event = (number: number): Pick<DocumentItem, 'event'> => ({ event: { id: `e-${number}`, receivedAt: `2026-01-01T00:00:0${number % 10}Z` } });
