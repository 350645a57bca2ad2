import { isObject, type Change, type ChangeKey, type JsonObject } from '@integration-framework/framework';

export type KindName = 's3' | 'lambda';

interface Service {
  readonly kind: KindName;
  /** Member of request and answer that names the resource. */
  readonly field: string;
}
const SERVICES: Readonly<Record<string, Service>> = {
  'aws.s3': { kind: 's3', field: 'bucketName' },
  'aws.lambda': { kind: 'lambda', field: 'functionName' },
};

const WRITES = /^(Create|Update|Publish|Put|Tag|Untag)/;
const TAGGED_FUNCTION = /^(Tag|Untag)Resource20170331v2$/;

/** An inner object; without members when there is none. */
export function objectAt(row: JsonObject, member: string): JsonObject {
  const inner = row[member];
  return isObject(inner) ? (inner as JsonObject) : {};
}

export function textAt(row: JsonObject, member: string): string | undefined {
  const value = row[member];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Buckets are named, or by `arn:aws:s3:::<bucket>`. */
const bucketName = (text: string): string | undefined => (text.startsWith('arn:') ? text.split(':')[5]?.split('/')[0] : text);

/** A function stands as name, as `<account>:function:<name>`, or as ARN; each may end in a version or alias. Another resource of the service gives none. */
function functionName(text: string): string | undefined {
  const parts = text.split(':');
  const at = parts.indexOf('function', 1);
  return at > 0 ? parts[at + 1] : text.startsWith('arn:') ? undefined : parts[0];
}

function resourceName({ kind, field }: Service, detail: JsonObject): string | undefined {
  const request = objectAt(detail, 'requestParameters');
  const isTag = kind === 'lambda' && TAGGED_FUNCTION.test(textAt(detail, 'eventName') ?? '');
  const text = isTag ? textAt(request, 'resource') : (textAt(objectAt(detail, 'responseElements'), field) ?? textAt(request, field));
  return text === undefined ? undefined : kind === 's3' ? bucketName(text) : functionName(text);
}

/** What an event of EventBridge is about; undefined when it is no record of a service that we know. */
export function aboutOf(record: JsonObject): { readonly kind: KindName; readonly keys: readonly ChangeKey[] } | undefined {
  const service = SERVICES[textAt(record, 'source') ?? ''];
  if (!service) return undefined;
  const detail = objectAt(record, 'detail');
  const name: ChangeKey = { name: 'resourceName', value: resourceName(service, detail), identity: true };
  const eventSource: ChangeKey = { name: 'eventSource', value: textAt(detail, 'eventSource'), identity: false };
  if (service.kind === 's3') return { kind: 's3', keys: [name, eventSource] };
  const account = textAt(record, 'account') ?? textAt(detail, 'recipientAccountId');
  return {
    kind: 'lambda',
    keys: [{ name: 'account', value: account, identity: true }, { name: 'region', value: textAt(record, 'region'), identity: true }, name, eventSource],
  };
}

/** Of the thing itself, with the date that Lambda puts behind its names. Other `Delete…` events take something of it away (a policy, an object): it is still there. */
const REMOVES = /^Delete(?:Bucket|Function)\d*$/;

/** What one event of CloudTrail says. The row is the record; its time orders it only while nothing is imported, for what is listed has none. */
export function changeOf(record: JsonObject): Change {
  const about = aboutOf(record);
  if (!about) return { is: 'ignored', reason: 'other-source' };
  const detail = objectAt(record, 'detail');
  const eventName = textAt(detail, 'eventName') ?? '';
  const deletes = eventName.startsWith('Delete');
  if (!deletes && !WRITES.test(eventName)) return { is: 'ignored', reason: 'other-event' };
  if (deletes && textAt(detail, 'errorCode') !== undefined) return { is: 'ignored', reason: 'not-completed' };
  const at = Date.parse(textAt(detail, 'eventTime') ?? '');
  return { is: REMOVES.test(eventName) ? 'gone' : 'changed', ...about, row: record, ...(Number.isFinite(at) && { at }) };
}
