import type { Delivery, JsonObject } from '@integration-framework/framework';

export interface Given {
  readonly source?: string;
  readonly account?: string;
  readonly region?: string;
  readonly request?: JsonObject;
  readonly response?: JsonObject;
  readonly errorCode?: string;
}

/** An event of CloudTrail as EventBridge sends it. */
export function record(eventName: string, given: Given = {}): JsonObject {
  const { source = 'aws.s3', account = '111122223333', region = 'eu-west-1', request = {}, response, errorCode } = given;
  return {
    version: '0',
    id: 'a7e3fa1d-0000-4000-8000-000000000001',
    'detail-type': 'AWS API Call via CloudTrail',
    source,
    account,
    time: '2026-02-01T10:11:12Z',
    region,
    resources: [],
    detail: {
      eventVersion: '1.11',
      eventTime: '2026-02-01T10:11:12Z',
      eventSource: `${source.slice(4)}.amazonaws.com`,
      eventName,
      awsRegion: region,
      requestParameters: request,
      responseElements: response ?? null,
      recipientAccountId: account,
      eventType: 'AwsApiCall',
      ...(errorCode !== undefined && { errorCode }),
    },
  };
}

export const bucketRecord = (eventName: string, bucketName: string, given: Given = {}): JsonObject => record(eventName, { request: { bucketName }, ...given });
export const functionRecord = (eventName: string, functionName: string, given: Given = {}): JsonObject => record(eventName, { source: 'aws.lambda', request: { functionName }, ...given });

const ARN = 'arn:aws:lambda:eu-west-1:111122223333:function';

export const deliveries: readonly Delivery[] = [
  bucketRecord('CreateBucket', 'invoices'),
  bucketRecord('PutBucketTagging', 'invoices'),
  bucketRecord('DeleteBucket', 'invoices'),
  functionRecord('CreateFunction20150331', 'resize', { response: { functionName: 'resize', functionArn: `${ARN}:resize`, runtime: 'nodejs22.x' } }),
  functionRecord('UpdateFunctionCode20150331v2', `${ARN}:resize:live`),
  functionRecord('TagResource20170331v2', '', { request: { resource: `${ARN}:resize`, tags: { team: 'media' } } }),
  functionRecord('DeleteFunction20150331', 'resize'),
].map((body) => ({ headers: {}, body }));
