import { isObject, type JsonObject, type Live } from '@integration-framework/framework';
import { bucketKeys } from './kinds/bucket';
import { functionKeys } from './kinds/function';
import { aboutOf, changeOf } from './record';

/** Messages of the queue: one event of CloudTrail each, as EventBridge sends it. */
export const live: Live<unknown> = {
  eventType: [{ always: 'sync-event' }],
  events: ['sync-event'],
  changes: ({ body }) => [changeOf(body as JsonObject)],
  keys(kind, envelope) {
    const row = (isObject(envelope) ? envelope : {}) as JsonObject;
    return aboutOf(row)?.keys ?? (kind === 's3' ? bucketKeys(row) : functionKeys(row));
  },
};
