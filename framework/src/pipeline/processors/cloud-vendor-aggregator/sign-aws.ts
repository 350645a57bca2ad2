import { createHash, createHmac } from 'node:crypto';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}
export interface ToSign {
  readonly url: URL;
  readonly service: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
  /** Epoch ms. */
  readonly at: number;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Percent-encoded as AWS does it: all but letters, digits and `-_.~`. */
const encode = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

const byCodePoint = (a: readonly [string, string], b: readonly [string, string]): number => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] < b[1] ? -1 : 1);

/** Headers of a GET without body, signed by Signature Version 4. */
export function signAws({ url, service, region, credentials, at }: ToSign): Readonly<Record<string, string>> {
  const time = new Date(at).toISOString().replace(/[-:]|\.\d+/g, '');
  const day = time.slice(0, 8);
  const emptyHash = sha256('');
  const headers: Record<string, string> = { host: url.host, 'x-amz-content-sha256': emptyHash, 'x-amz-date': time };
  if (credentials.sessionToken !== undefined) headers['x-amz-security-token'] = credentials.sessionToken;
  const names = Object.keys(headers).sort();

  // S3 takes the path as it is sent; the others encode it once more.
  const path = service === 's3' ? url.pathname : url.pathname.split('/').map(encode).join('/');
  const query = [...url.searchParams].map(([name, value]) => [encode(name), encode(value)] as const).sort(byCodePoint);
  const canonical = ['GET', path, query.map((pair) => pair.join('=')).join('&'), ...names.map((name) => `${name}:${headers[name]}`), '', names.join(';'), emptyHash].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = ['aws4_request', service, region, day].reduceRight((inner: string | Buffer, part) => hmac(inner, part), `AWS4${credentials.secretAccessKey}`);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')).toString('hex');
  const { host: _, ...sent } = headers;
  return { ...sent, authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}` };
}
