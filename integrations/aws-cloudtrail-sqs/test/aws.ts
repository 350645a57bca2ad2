import { CreateFunctionCommand, DeleteFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, DeleteBucketCommand, PutBucketTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startMoto } from '../../../tools/servers';

export const REGION = 'eu-west-1';
const ROLE = 'runs-functions';
export const credentials = { accessKeyId: 'AKIAPLANTED', secretAccessKey: 'planted-secret-key' };

export interface TestAws {
  createQueue(name: string): Promise<string>;
  send(queueUrl: string, texts: readonly string[]): Promise<void>;
  /** Messages that somebody may have, and messages that somebody has. */
  counts(queueUrl: string): Promise<readonly [number, number]>;
  createBucket(name: string, tags?: Readonly<Record<string, string>>): Promise<void>;
  deleteBucket(name: string): Promise<void>;
  createFunction(name: string, region?: string, tags?: Readonly<Record<string, string>>): Promise<void>;
  deleteFunction(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** AWS on loopback, filled by its own clients. Every client of this process, also those of the integration, goes there until it is stopped. */
export async function startAws(): Promise<TestAws> {
  const moto = await startMoto();
  process.env['AWS_ENDPOINT_URL'] = moto.url;
  await createRole(moto.url);
  const here = { region: REGION, credentials: { ...credentials } }; // the clients write into it
  const sqs = new SQSClient(here);
  const s3 = new S3Client({ ...here, forcePathStyle: true });
  const lambdaIn = (region: string): LambdaClient => new LambdaClient({ ...here, region });

  return {
    createQueue: async (name) => (await sqs.send(new CreateQueueCommand({ QueueName: name }))).QueueUrl!,
    async send(QueueUrl, texts) {
      for (let from = 0; from < texts.length; from += 10) {
        await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: texts.slice(from, from + 10).map((MessageBody, index) => ({ Id: String(index), MessageBody })) }));
      }
    },
    async counts(QueueUrl) {
      const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
      const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }));
      return [Number(Attributes[names[0]]), Number(Attributes[names[1]])];
    },
    async createBucket(Bucket, tags) {
      await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: REGION } }));
      if (tags) await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) } }));
    },
    async deleteBucket(Bucket) {
      await s3.send(new DeleteBucketCommand({ Bucket }));
    },
    async createFunction(FunctionName, region = REGION, Tags = {}) {
      const command = new CreateFunctionCommand({
        FunctionName,
        Description: `Does what ${FunctionName} says.`,
        Runtime: 'nodejs22.x',
        Role: `arn:aws:iam::123456789012:role/${ROLE}`,
        Handler: 'index.handler',
        Tags,
        Code: { ZipFile: emptyZip() },
        Environment: { Variables: { DATABASE_PASSWORD: 'hunter2' } },
      });
      await lambdaIn(region).send(command);
    },
    async deleteFunction(FunctionName) {
      await lambdaIn(REGION).send(new DeleteFunctionCommand({ FunctionName }));
    },
    async stop() {
      delete process.env['AWS_ENDPOINT_URL'];
      await moto.stop();
    },
  };
}

/** Functions need one; no client of ours knows IAM. */
async function createRole(url: string): Promise<void> {
  const body = new URLSearchParams({ Action: 'CreateRole', Version: '2010-05-08', RoleName: ROLE, AssumeRolePolicyDocument: '{}' });
  const answer = await fetch(url, { method: 'POST', body, headers: { authorization: `AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/iam/aws4_request` } });
  if (!answer.ok) throw new Error(`no role: ${await answer.text()}`);
}

/** An archive without entries. */
function emptyZip(): Uint8Array {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  return end;
}
