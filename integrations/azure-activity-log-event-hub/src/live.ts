import { isObject, parseJson, toJson, type Change, type ChangeKey, type JsonObject, type Live, type Message } from '@integration-framework/framework';
import { resourceIdOf } from './resource-id';

const EVENT = 'RecordFromEventHub';

const textAt = (row: JsonObject, member: string): string | undefined => {
  const value = row[member];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** Id of what a row is about: a record of the activity log has a `resourceId`, a listed resource an `id`. */
export function idOfRow(row: JsonObject): string | undefined {
  const id = textAt(row, 'resourceId') ?? textAt(row, 'id');
  return id === undefined ? undefined : resourceIdOf(id);
}

const keysOf = (row: JsonObject): readonly ChangeKey[] => [{ name: 'resourceId', value: idOfRow(row), identity: true }];

const DELETES = /delete(\/action)?$/;
// Who deletes tags changes the resource.
const OF_TAGS = /^microsoft\.resources\/tags\//;

/** What one record says. The row is the record; its time orders it only while nothing is imported, for what is listed has none. */
function changeOf(record: JsonObject): Change {
  const operation = textAt(record, 'operationName')?.toLowerCase() ?? '';
  const deletes = DELETES.test(operation) && !OF_TAGS.test(operation);
  if (deletes && !/^(success|succeeded)$/i.test(textAt(record, 'resultType') ?? '')) return { is: 'ignored', reason: 'not-completed' };
  const at = Date.parse(textAt(record, 'time') ?? '');
  return { is: deletes ? 'gone' : 'changed', kind: 'resource', keys: keysOf(record), row: record, ...(Number.isFinite(at) && { at }) };
}

/** Messages: one record of the activity log each. */
export const live: Live<unknown> = {
  eventType: [{ always: EVENT }],
  events: [EVENT],
  changes: ({ body }) => [changeOf(body as JsonObject)],
  keys: (_kind, envelope) => keysOf((isObject(envelope) ? envelope : {}) as JsonObject),
};

/** The records of one event of the hub, each a message of its own. What holds no list of records is one message, as it is: it becomes a dead letter. */
export function messagesOf(text: string, id: string): readonly Message[] {
  let body: unknown;
  try {
    body = parseJson(text);
  } catch {
    return [{ id, text }];
  }
  const records = isObject(body) ? body['records'] : undefined;
  return Array.isArray(records) ? records.map((record, index) => ({ id: `${id}/${index}`, text: toJson(record) })) : [{ id, text }];
}
