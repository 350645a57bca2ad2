import { Secret, type JsonObject } from '@integration-framework/framework';
import { allRows, recordedLog, testContext } from '@integration-framework/framework/testkit';
import { createProcessor, type PipelineEvent } from '../../../framework/src/pipeline';
import { systemClock } from '../../../framework/src/shared';
import { describeWith } from '../../../tools/servers';
import aws from '../src/index';
import { credentials, REGION, startAws, type TestAws } from './aws';
import { bucketRecord } from './records';

describeWith({ needs: ['moto'] }, 'assets of what was imported', () => {
  let cloud: TestAws;
  beforeAll(async () => {
    cloud = await startAws();
  });
  afterAll(() => cloud.stop());

  const { processor } = createProcessor(
    'cloud-vendor-aggregator',
    { cloudVendorName: 'aws', rawData: 'omit', authOptions: { accessKeyId: credentials.accessKeyId, secretAccessKey: new Secret(credentials.secretAccessKey), region: REGION } },
    { integration: 'aws', pipeline: 'aws/0', folder: '/', lenient: false, clock: systemClock, log: recordedLog() },
  );
  const settings = { queueUrl: 'https://sqs.eu-west-1.amazonaws.com/1/q', region: REGION, accessKeyId: credentials.accessKeyId, secretAccessKey: new Secret(credentials.secretAccessKey) };

  const eventOf = (kind: 's3' | 'lambda', data: JsonObject): PipelineEvent => ({
    id: 'e1',
    source: 'aws',
    eventType: 'import-event',
    operation: 'write',
    kind,
    keys: aws.live!.keys!(kind, data, settings).flatMap(({ name, value }) => (value === undefined ? [] : [{ name, value }])),
    canonicalId: 'aws.any:x',
    origin: 'import',
    receivedAt: new Date().toISOString(),
    data,
  });
  async function assetOf(kind: 's3' | 'lambda', data: JsonObject): Promise<unknown> {
    const result = await processor!.process(eventOf(kind, data));
    return result.is === 'event' ? result.event.data : result;
  }

  test('tags of buckets and functions are looked up by signed calls', async () => {
    await cloud.createBucket('invoices', { team: 'pay & play' });
    await cloud.createBucket('bare');
    await cloud.createFunction('resize', REGION, { team: 'media' });
    const rows = (kind: string) => allRows<JsonObject, typeof settings>({ integration: aws, kind, context: testContext(settings) });
    const assets = [...(await rows('s3')).map((row) => assetOf('s3', row)), ...(await rows('lambda')).map((row) => assetOf('lambda', row))];
    const common = { provider: 'aws', location: REGION, relationships: ['account/123456789012'], timestamp: expect.stringMatching(/Z$/) as string };
    expect(await Promise.all(assets)).toEqual([
      { ...common, name: 'invoices', type: 's3.amazonaws.com', tags: { team: 'pay & play' } },
      { ...common, name: 'bare', type: 's3.amazonaws.com', tags: {} },
      { ...common, name: 'resize', type: 'lambda.amazonaws.com', tags: { team: 'media' } },
    ]);
    expect(await assetOf('s3', bucketRecord('CreateBucket', 'nowhere'))).toEqual({ is: 'discard', reason: 'not-found' });
  });
});
