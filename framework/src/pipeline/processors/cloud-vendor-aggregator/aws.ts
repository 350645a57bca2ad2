import { isObject, parseJson, type Clock, type JsonObject } from '../../../shared';
import type { PipelineEvent } from '../types';
import { discard, lookUpFailed, objectAt, textAt, textsOf, timeOf, type Asset, type Vendor } from './asset';
import { createLookUps, troubleOf, type Answer, type Question } from './look-up';
import type { Send, Sent } from './send';
import { signAws, type AwsCredentials } from './sign-aws';

export interface AwsOptions {
  readonly region: string | undefined;
  credentials(): Promise<AwsCredentials>;
  readonly send: Send;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** A look-up was refused, or is not any more. */
  onRefused(message: string | undefined): void;
}

type Tags = Readonly<Record<string, string>>;

/** What the asset is of. */
interface Subject {
  readonly service: 's3' | 'lambda';
  readonly name: string;
  readonly region: string;
  readonly account: string | undefined;
}

/** Buckets and functions; their tags are looked up. */
export function createAws(options: AwsOptions): Vendor {
  const lookUp = createLookUps<Tags>(options);
  return async (event) => {
    const data = (isObject(event.data) ? event.data : {}) as JsonObject;
    const subject = subjectOf(event, data, options.region);
    if (typeof subject === 'string') return subject === 'unknown-type' ? discard(subject) : lookUpFailed(subject);
    const detail = objectAt(data, 'detail');
    // The call failed: nothing changed.
    if (textAt(detail, 'errorCode') !== undefined) return discard('not-completed');

    const found = await lookUp(questionOf(subject, { ...options, receivedAt: Date.parse(event.receivedAt) }));
    if (found.is === 'failed') return lookUpFailed(found.message);
    if (found.is === 'absent') return discard('not-found');
    options.onRefused(found.is === 'refused' ? found.message : undefined);
    const asset: Asset = {
      name: subject.name,
      type: textAt(detail, 'eventSource') ?? `${subject.service}.amazonaws.com`,
      provider: 'aws',
      location: subject.region,
      relationships: subject.account === undefined ? [] : [`account/${subject.account}`],
      tags: found.is === 'found' ? found.value : {},
      timestamp: timeOf(event, textAt(detail, 'eventTime'), textAt(data, 'LastModified'), textAt(data, 'CreationDate')),
    };
    return { is: 'asset', asset, raw: data };
  };
}

/** A text says why there is none. */
function subjectOf(event: PipelineEvent, data: JsonObject, fallback: string | undefined): Subject | 'unknown-type' | 'the region is not known; set authOptions.region' {
  const keyOf = (name: string): string | undefined => {
    const value = event.keys.find((key) => key.name === name)?.value;
    return value === undefined ? undefined : String(value);
  };
  const name = keyOf('resourceName');
  if (name === undefined || (event.kind !== 's3' && event.kind !== 'lambda')) return 'unknown-type';
  const region = keyOf('region') ?? textAt(data, 'region') ?? textAt(data, 'BucketRegion') ?? fallback;
  if (region === undefined) return 'the region is not known; set authOptions.region';
  const account = keyOf('account') ?? textAt(data, 'account') ?? textAt(objectAt(data, 'detail'), 'recipientAccountId') ?? textAt(data, 'AccountId');
  return { service: event.kind, name, region, account };
}

type Asking = AwsOptions & { readonly receivedAt: number };

const questionOf = (subject: Subject, asking: Asking): Question<Tags> => ({
  key: [subject.service, subject.account, subject.region, subject.name].join('/'),
  receivedAt: asking.receivedAt,
  ask: () => (subject.service === 's3' ? bucketTags(subject, asking) : functionTags(subject, asking)),
});

const domainOf = (region: string): string => (region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com');
const partitionOf = (region: string): string => (region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws');

/** Where a service is: like the vendor's clients, we obey AWS_ENDPOINT_URL. */
const endpointOf = (service: 's3' | 'lambda', region: string): string =>
  process.env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] || process.env['AWS_ENDPOINT_URL'] || `https://${service}.${region}.${domainOf(region)}`;

async function get(service: 's3' | 'lambda', at: { readonly region: string; readonly path: string }, { send, credentials, clock }: Asking): Promise<Sent> {
  const url = new URL(at.path, endpointOf(service, at.region));
  return send({ url, headers: signAws({ url, service, region: at.region, credentials: await credentials(), at: clock.now() }) });
}

/** The bucket lies elsewhere, and S3 says where. */
const otherRegion = ({ status, headers }: Sent, region: string): string | undefined => {
  const told = headers['x-amz-bucket-region'];
  return (status === 301 || status === 307 || status === 400) && told !== region ? told : undefined;
};

const codeOf = (xml: string): string => /<Code>([^<]*)<\/Code>/.exec(xml)?.[1] ?? '';
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const unescaped = (text: string): string =>
  text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (all, decimal?: string, hex?: string, name?: string) =>
    decimal ? String.fromCodePoint(Number(decimal)) : hex ? String.fromCodePoint(Number.parseInt(hex, 16)) : (ENTITIES[name ?? ''] ?? all),
  );

async function bucketTags({ name, region }: Subject, asking: Asking): Promise<Answer<Tags>> {
  const path = `/${encodeURIComponent(name)}?tagging=`;
  let sent = await get('s3', { region, path }, asking);
  const elsewhere = otherRegion(sent, region);
  if (elsewhere !== undefined) sent = await get('s3', { region: elsewhere, path }, asking);
  if (sent.status === 200) {
    const pairs = [...sent.text.matchAll(/<Tag>\s*<Key>([^<]*)<\/Key>\s*(?:<Value>([^<]*)<\/Value>|<Value\s*\/>)\s*<\/Tag>/g)];
    return { is: 'found', value: Object.fromEntries(pairs.map(([, key = '', value = '']) => [unescaped(key), unescaped(value)])) };
  }
  const code = codeOf(sent.text);
  if (code === 'NoSuchTagSet') return { is: 'found', value: {} };
  if (sent.status === 404) return { is: 'absent' };
  if (/Token$/.test(code)) return { is: 'refused', message: `S3 answered ${sent.status} ${code}` };
  return troubleOf(sent, 'S3') ?? { is: 'failed', message: `S3 answered ${sent.status} ${code}` };
}

async function functionTags({ name, region, account = '' }: Subject, asking: Asking): Promise<Answer<Tags>> {
  const arn = `arn:${partitionOf(region)}:lambda:${region}:${account}:function:${name}`;
  const sent = await get('lambda', { region, path: `/2017-03-31/tags/${encodeURIComponent(arn)}` }, asking);
  if (sent.status === 200) {
    const body: unknown = parseJson(sent.text);
    return { is: 'found', value: textsOf(isObject(body) ? body['Tags'] : undefined) };
  }
  if (sent.status === 404) return { is: 'absent' };
  return troubleOf(sent, 'Lambda') ?? { is: 'failed', message: `Lambda answered ${sent.status}` };
}
