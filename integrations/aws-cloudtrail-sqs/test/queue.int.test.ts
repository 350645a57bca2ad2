import { randomUUID } from 'node:crypto';
import { ABSENT, Secret, type Context, type ListenContext, type Message } from '@integration-framework/framework';
import { allRows, kindOf, testContext } from '@integration-framework/framework/testkit';
import { describeWith } from '../../../tools/servers';
import aws from '../src/index';
import type { AwsSettings } from '../src/settings';
import { credentials, REGION, startAws, type TestAws } from './aws';
import { bucketRecord, functionRecord } from './records';

describeWith({ needs: ['moto'] }, 'AWS', () => {
  let cloud: TestAws;
  let queueUrl: string;
  beforeAll(async () => {
    cloud = await startAws();
  });
  beforeEach(async () => {
    queueUrl = await cloud.createQueue(randomUUID());
  });
  afterAll(() => cloud.stop());

  const settings = (): AwsSettings => ({ queueUrl, region: REGION, accessKeyId: credentials.accessKeyId, secretAccessKey: new Secret(credentials.secretAccessKey) });
  const context = (signal?: AbortSignal): Context<AwsSettings> => testContext(settings(), signal ? { signal } : {});

  /** Listens until `deliver` has seen enough. */
  async function listenUntil(deliver: (messages: readonly Message[], enough: () => void) => Promise<void> | void): Promise<void> {
    const stop = new AbortController();
    const listening: ListenContext<AwsSettings> = {
      ...context(stop.signal),
      deliver: async (_origin, messages) => deliver(messages, () => stop.abort()),
      stored: () => {
        throw new Error('nothing is asked of the store');
      },
    };
    await aws.listen!(listening);
  }

  test('messages are delivered with their id, ten at most at a time, and removed', async () => {
    const texts = Array.from({ length: 23 }, (_, index) => JSON.stringify(bucketRecord('CreateBucket', `bucket-${index}`)));
    await cloud.send(queueUrl, texts);
    const got: Message[] = [];
    const sizes: number[] = [];
    await listenUntil((messages, enough) => {
      got.push(...messages);
      sizes.push(messages.length);
      if (got.length >= texts.length) enough();
    });
    expect(got.map(({ text }) => text).sort()).toEqual([...texts].sort());
    expect(new Set(got.map(({ id }) => id)).size).toBe(texts.length);
    expect(Math.max(...sizes)).toBe(10);
    expect(await cloud.counts(queueUrl)).toEqual([0, 0]);
  });

  test('what is no JSON is delivered as it is, and removed', async () => {
    await cloud.send(queueUrl, ['hello, this is no JSON']);
    const got: string[] = [];
    await listenUntil((messages, enough) => {
      got.push(...messages.map(({ text }) => text));
      enough();
    });
    expect(got).toEqual(['hello, this is no JSON']);
    expect(await cloud.counts(queueUrl)).toEqual([0, 0]);
  });

  test('what could not be stored is handed back at once, and the error is told', async () => {
    await cloud.send(queueUrl, ['{}', '{"a":1}']);
    const refused = listenUntil(() => Promise.reject(new Error('the store is away')));
    await expect(refused).rejects.toThrow('the store is away');
    expect(await cloud.counts(queueUrl)).toEqual([2, 0]);
  });

  test('a stop while messages are being stored hands them back and is no error', async () => {
    await cloud.send(queueUrl, ['{}']);
    await listenUntil((_messages, enough) => {
      enough();
      return Promise.reject(new Error('the process stops'));
    });
    expect(await cloud.counts(queueUrl)).toEqual([1, 0]);
  });

  test('a stop ends the wait for messages', async () => {
    const stop = new AbortController();
    const listening = { ...context(stop.signal), deliver: () => Promise.reject(new Error('nothing was there')), stored: () => (async function* () {})() };
    setImmediate(() => stop.abort());
    await aws.listen!(listening as ListenContext<AwsSettings>);
  });

  test('a queue that is not there is told', async () => {
    queueUrl = `${queueUrl}-gone`;
    await expect(listenUntil(() => undefined)).rejects.toMatchObject({ name: 'FrameworkError', message: expect.stringContaining('SQS') as string });
    expect(await aws.check!(context())).toMatchObject({ ok: false, lines: [expect.stringContaining('signed in to the account 123456789012'), expect.stringContaining('SQS')] });
  });

  test('the check says who we are and what waits, and takes nothing', async () => {
    await cloud.send(queueUrl, ['{}']);
    expect(await aws.check!(context())).toEqual({ ok: true, lines: ['signed in to the account 123456789012', `${queueUrl}: about 1 messages wait`] });
    expect(await cloud.counts(queueUrl)).toEqual([1, 0]);
  });

  test('the import gives what there is, without the variables of functions', async () => {
    await cloud.createBucket('listed');
    await cloud.createFunction('listed');
    const rows = async (kind: string) => allRows<Record<string, unknown>, AwsSettings>({ integration: aws, kind, context: context() });
    expect(await rows('s3')).toEqual([{ Name: 'listed', CreationDate: expect.stringMatching(/^\d{4}-.*Z$/) as string, AccountId: '123456789012' }]);
    const functions = await rows('lambda');
    expect(functions).toMatchObject([{ FunctionName: 'listed', Runtime: 'nodejs22.x' }]);
    expect(JSON.stringify(functions)).not.toContain('hunter2');
    await cloud.deleteBucket('listed');
    await cloud.deleteFunction('listed');
    expect([await rows('s3'), await rows('lambda')]).toEqual([[], []]);
  });

  test('absence is asked about where it can be known: told resources of other accounts stay, those of other regions are asked for there', async () => {
    const lambda = kindOf(aws, 'lambda');
    const ofOther = functionRecord('CreateFunction20150331', 'theirs', { account: '444455556666' });
    expect(await lambda.get!(context(), { key: '444455556666/eu-west-1/theirs', row: ofOther })).toBe(ofOther);
    await cloud.createFunction('far', 'us-east-1');
    expect(await lambda.get!(context(), { key: '123456789012/us-east-1/far' })).toMatchObject({ FunctionName: 'far' });
    expect(await lambda.get!(context(), { key: '123456789012/eu-west-1/far', row: functionRecord('CreateFunction20150331', 'far') })).toBe(ABSENT);
    expect(await kindOf(aws, 's3').get!(context(), { key: 'nowhere', row: bucketRecord('CreateBucket', 'nowhere') })).toBe(ABSENT);
  });
});
