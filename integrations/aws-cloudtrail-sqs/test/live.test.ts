import { canonicalId, deliveryIdOf, eventNameOf, identityOf, type Change, type JsonObject } from '@integration-framework/framework';
import { kindOf } from '@integration-framework/framework/testkit';
import aws from '../src/index';
import { bucketRecord, functionRecord, record, type Given } from './records';

const live = aws.live!;
const settings = { queueUrl: 'https://sqs.eu-west-1.amazonaws.com/1/q' };
const at = Date.UTC(2026, 1, 1, 10, 11, 12);
const ARN = 'arn:aws:lambda:eu-west-1:111122223333:function';

/** What is said of a record: operation and name at the sinks, or why it does not matter. */
function told(body: JsonObject): string {
  const [change, ...others] = live.changes({ headers: {}, body, type: 'sync-event' }, settings) as readonly [Change, ...Change[]];
  expect(others).toEqual([]);
  if (change.is === 'ignored') return change.reason;
  const kind = kindOf(aws, change.kind);
  const identity = identityOf(change.keys);
  expect(change).toMatchObject({ row: body, at });
  return `${change.is} ${identity ? canonicalId({ vendor: kind.vendor!, kind: kind.name }, identity) : 'without a name'}`;
}

test('every message is a sync-event, without an id of its own in the body', () => {
  const delivery = { headers: {}, body: bucketRecord('CreateBucket', 'invoices') };
  expect(eventNameOf(live, delivery)).toEqual({ type: 'sync-event', inHeader: false });
  expect(deliveryIdOf(live, delivery)).toBeUndefined();
});

test.each<[string, string, Given, string]>([
  ['CreateBucket', 'invoices', {}, 'changed aws.s3:invoices'],
  ['PutBucketTagging', 'invoices', {}, 'changed aws.s3:invoices'],
  ['UpdateBucketMetadata', 'invoices', {}, 'changed aws.s3:invoices'],
  ['PublishBucket', 'invoices', {}, 'changed aws.s3:invoices'],
  ['TagBucket', 'invoices', {}, 'changed aws.s3:invoices'],
  ['UntagBucket', 'invoices', {}, 'changed aws.s3:invoices'],
  ['CreateBucket', 'arn:aws:s3:::invoices', {}, 'changed aws.s3:invoices'],
  ['CreateBucket', 'asked', { response: { bucketName: 'given' }, request: { bucketName: 'asked' } }, 'changed aws.s3:given'],
  ['CreateBucket', 'asked', { response: { bucketName: 7 }, request: { bucketName: 'asked' } }, 'changed aws.s3:asked'],
  ['DeleteBucket', 'invoices', {}, 'gone aws.s3:invoices'],
  ['DeleteBucketPolicy', 'invoices', {}, 'changed aws.s3:invoices'],
  ['DeleteObject', 'invoices', {}, 'changed aws.s3:invoices'],
  ['DeleteBucket', 'invoices', { errorCode: 'BucketNotEmpty' }, 'not-completed'],
  ['PutBucketTagging', 'invoices', { errorCode: 'AccessDenied' }, 'changed aws.s3:invoices'],
  ['GetBucketAcl', 'invoices', {}, 'other-event'],
  ['ListBuckets', '', {}, 'other-event'],
  ['CreateBucket', '', {}, 'changed without a name'],
  ['CreateBucket', 'invoices', { source: 'aws.ec2' }, 'other-source'],
])('s3 %s %s %j: %s', (eventName, bucketName, given, expected) => {
  expect(told(bucketRecord(eventName, bucketName, given))).toBe(expected);
});

test.each<[string, string, Given, string]>([
  ['CreateFunction20150331', 'resize', {}, 'changed aws.lambda:111122223333/eu-west-1/resize'],
  ['UpdateFunctionCode20150331v2', `${ARN}:resize`, {}, 'changed aws.lambda:111122223333/eu-west-1/resize'],
  ['UpdateFunctionCode20150331v2', `${ARN}:resize:live`, {}, 'changed aws.lambda:111122223333/eu-west-1/resize'],
  ['UpdateFunctionCode20150331v2', '111122223333:function:resize', {}, 'changed aws.lambda:111122223333/eu-west-1/resize'],
  ['PublishVersion20150331', 'resize:7', {}, 'changed aws.lambda:111122223333/eu-west-1/resize'],
  ['CreateFunction20150331', 'function', {}, 'changed aws.lambda:111122223333/eu-west-1/function'],
  ['TagResource20170331v2', '', { request: { resource: `${ARN}:resize` } }, 'changed aws.lambda:111122223333/eu-west-1/resize'],
  ['UntagResource20170331v2', '', { request: { resource: `${ARN}:resize` } }, 'changed aws.lambda:111122223333/eu-west-1/resize'],
  ['TagResource20170331v2', '', { request: { resource: 'arn:aws:lambda:eu-west-1:111122223333:event-source-mapping:x' } }, 'changed without a name'],
  ['DeleteFunction20150331', 'resize', {}, 'gone aws.lambda:111122223333/eu-west-1/resize'],
  ['DeleteFunctionConcurrency20171031', 'resize', {}, 'changed aws.lambda:111122223333/eu-west-1/resize'],
  ['CreateFunction20150331', 'resize', { account: '444455556666', region: 'us-east-1' }, 'changed aws.lambda:444455556666/us-east-1/resize'],
])('lambda %s %s %j: %s', (eventName, functionName, given, expected) => {
  expect(told(functionRecord(eventName, functionName, given))).toBe(expected);
});

test('the account stands in the record, else in its detail', () => {
  const { account: _, ...without } = functionRecord('CreateFunction20150331', 'resize');
  expect(told(without)).toBe('changed aws.lambda:111122223333/eu-west-1/resize');
});

test('the name of the service is passed on', () => {
  const [change] = live.changes({ headers: {}, body: record('CreateBucket', { request: { bucketName: 'a' } }), type: 'sync-event' }, settings);
  expect(change).toMatchObject({ keys: [{ name: 'resourceName', value: 'a', identity: true }, { name: 'eventSource', value: 's3.amazonaws.com', identity: false }] });
});

test('nothing that a message holds makes it throw', () => {
  for (const body of [{}, { source: 7 }, { source: 'aws.s3' }, { source: 'aws.s3', detail: null }, { source: 'aws.lambda', detail: { eventName: 'Create', requestParameters: [1] } }]) {
    expect(() => live.changes({ headers: {}, body, type: 'sync-event' }, settings)).not.toThrow();
  }
});

test('what is imported is the same thing as what was told, and events decide about both kinds', () => {
  const [s3, lambda] = [kindOf(aws, 's3'), kindOf(aws, 'lambda')];
  expect(s3.key({ Name: 'invoices' })).toEqual(s3.key(bucketRecord('CreateBucket', 'arn:aws:s3:::invoices')));
  expect(lambda.key({ FunctionArn: `${ARN}:resize` })).toEqual(lambda.key(functionRecord('DeleteFunction20150331', 'resize')));
  expect(live.keys!('lambda', { FunctionArn: `${ARN}:resize` }, settings).map(({ value }) => value)).toEqual(['111122223333', 'eu-west-1', 'resize', 'lambda.amazonaws.com']);
  for (const kind of [s3, lambda]) expect(kind).toMatchObject({ vendor: 'aws', claims: 'decide', importType: 'import-event' });
});

test.each([
  [{ queueUrl: 'queue' }, 'queueUrl is not an address'],
  [{ accessKeyId: 'a' }, 'secretAccessKey is missing'],
  [{ secretAccessKey: 'b' }, 'accessKeyId is missing'],
  [{ sessionToken: 'c' }, 'sessionToken stands alone'],
])('%j: %s', (given, problem) => {
  const problems = aws.validate!({ ...settings, ...given } as never);
  expect(problems).toEqual([expect.stringContaining(problem)]);
});
