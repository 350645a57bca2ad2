import { FrameworkError, parseJson, toJson, type JsonObject } from '@integration-framework/framework';
import type { Listed } from './listed-pages';
import { regionOfQueue, type AwsSettings } from './settings';

/** What is asked of S3, Lambda and STS. */
export interface Aws {
  /** Account of the credentials; asked for once. */
  account(signal: AbortSignal): Promise<string>;
  buckets(query: { readonly limit: number; readonly prefix?: string; readonly token?: string }, signal: AbortSignal): Promise<Listed>;
  /** Anybody's: names of buckets are unique in all of AWS. */
  bucketExists(name: string, signal: AbortSignal): Promise<boolean>;
  functions(marker: string | undefined, signal: AbortSignal): Promise<Listed>;
  function(at: { readonly region: string; readonly name: string }, signal: AbortSignal): Promise<JsonObject | undefined>;
  close(): void;
}

/** Options that all clients of the vendor share. A rotated secret is used within minutes. */
export function clientOptions({ accessKeyId, secretAccessKey, sessionToken }: AwsSettings) {
  const limits = { maxAttempts: 4, requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true } };
  if (accessKeyId === undefined || secretAccessKey === undefined) return limits;
  const credentials = async () => ({
    accessKeyId,
    secretAccessKey: secretAccessKey.reveal(),
    ...(sessionToken && { sessionToken: sessionToken.reveal() }),
    expiration: new Date(Date.now() + CREDENTIALS_MS),
  });
  return { ...limits, credentials };
}
const CREDENTIALS_MS = 10 * 60_000;

// The client throws errors of these members, and of many classes.
interface AwsFailure {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}
const REFUSED = /AccessDenied|Unauthorized|UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|CredentialsProvider|TokenRefreshRequired/;

/** An error of the table for what a client threw; an abort stays what it is. Causes are left out: they hold the request. */
export function awsError(service: string, thrown: unknown): unknown {
  if (thrown instanceof Error && thrown.name === 'AbortError') return thrown;
  const { name = 'unknown', message = '', code, $metadata } = thrown as AwsFailure;
  const status = $metadata?.httpStatusCode;
  const said = message === '' || message === name ? name : `${name}: ${message}`;
  const options = status === undefined ? {} : { status };
  if (REFUSED.test(name) || status === 401 || status === 403) return new FrameworkError('SOURCE_REFUSED', [service, said], options);
  if (status === 404) return new FrameworkError('SOURCE_NOT_FOUND', [`${service} (${said})`], options);
  if (code !== undefined || name === 'TimeoutError') return new FrameworkError('SOURCE_UNREACHABLE', [service, said], options);
  return new FrameworkError('SOURCE_FAILED', [service, said], { ...options, ...((status ?? 0) >= 500 && { recovery: 'retry' as const }) });
}

/** Runs one call of a client. */
export async function called<T>(service: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (err) {
    throw awsError(service, err);
  }
}

/** Without what only some calls give, what changes without the function, and the variables of its environment, which hold secrets. */
const LEFT_OUT = new Set(['$metadata', 'Environment', 'State', 'StateReason', 'StateReasonCode', 'LastUpdateStatus', 'LastUpdateStatusReason', 'LastUpdateStatusReasonCode', 'RuntimeVersionConfig']);
const toRow = (found: object): JsonObject => parseJson(toJson(Object.fromEntries(Object.entries(found).filter(([member]) => !LEFT_OUT.has(member))))) as JsonObject;

/** Loads the vendor's clients, which takes a while, when they are needed first. Calls nobody. */
export async function connect(settings: AwsSettings): Promise<Aws> {
  const [{ S3Client, ListBucketsCommand, HeadBucketCommand }, { LambdaClient, ListFunctionsCommand, GetFunctionConfigurationCommand }, { STSClient, GetCallerIdentityCommand }] =
    await Promise.all([import('@aws-sdk/client-s3'), import('@aws-sdk/client-lambda'), import('@aws-sdk/client-sts')]);
  const options = clientOptions(settings);
  const region = settings.region ?? regionOfQueue(settings.queueUrl);
  const here = { ...options, ...(region !== undefined && { region }) };
  const s3 = new S3Client({ ...here, followRegionRedirects: true, forcePathStyle: true });
  const sts = new STSClient(here);
  const lambdas = new Map([['', new LambdaClient(here)]]);
  const lambdaIn = (of: string) => {
    const client = lambdas.get(of) ?? new LambdaClient({ ...options, region: of });
    lambdas.set(of, client);
    return client;
  };
  let account: Promise<string> | undefined;

  return {
    account: (signal) => (account ??= called('STS', async () => (await sts.send(new GetCallerIdentityCommand({}), { abortSignal: signal })).Account ?? '')),
    buckets: ({ limit, prefix, token }, signal) =>
      called('S3', async () => {
        const command = new ListBucketsCommand({ MaxBuckets: limit, ...(prefix !== undefined && { Prefix: prefix }), ...(token !== undefined && { ContinuationToken: token }) });
        const answer = await s3.send(command, { abortSignal: signal });
        return { rows: (answer.Buckets ?? []).map(toRow), next: answer.ContinuationToken };
      }),
    async bucketExists(name, signal) {
      try {
        await s3.send(new HeadBucketCommand({ Bucket: name }), { abortSignal: signal });
        return true;
      } catch (err) {
        const status = (err as AwsFailure).$metadata?.httpStatusCode;
        if (status === 404) return false;
        // Somebody else's, or of another region: it is there.
        if (status === 301 || status === 400 || status === 403) return true;
        throw awsError('S3', err);
      }
    },
    functions: (marker, signal) =>
      called('Lambda', async () => {
        const answer = await lambdaIn('').send(new ListFunctionsCommand(marker === undefined ? {} : { Marker: marker }), { abortSignal: signal });
        return { rows: (answer.Functions ?? []).map(toRow), next: answer.NextMarker === '' ? undefined : answer.NextMarker };
      }),
    async function({ region: of, name }, signal) {
      try {
        return toRow(await lambdaIn(of).send(new GetFunctionConfigurationCommand({ FunctionName: name }), { abortSignal: signal }));
      } catch (err) {
        if ((err as AwsFailure).name === 'ResourceNotFoundException') return undefined;
        throw awsError('Lambda', err);
      }
    },
    close() {
      for (const client of [s3, sts, ...lambdas.values()]) client.destroy();
    },
  };
}
