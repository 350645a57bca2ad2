import { readFile } from 'node:fs/promises';
import { isObject, parseJson, type Clock } from '../../../shared';
import type { Send, Sent } from './send';
import type { AwsCredentials } from './sign-aws';

/** Renewed this long before they expire. */
const EARLY_MS = 5 * 60_000;
const MACHINE_MS = 2_000;
const METADATA = 'http://169.254.169.254/latest/';

interface Temporary {
  readonly credentials: AwsCredentials;
  /** Epoch ms; Infinity for lasting ones. */
  readonly expiresAt: number;
}
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Credentials of the environment, asked for where AWS documents them, in its order: variables, a token file that STS exchanges (pods), the agent of a container, the
 * metadata of the instance. Rejects when there are none.
 */
export function ambientAwsCredentials(options: { readonly send: Send; readonly clock: Clock; readonly region: string | undefined; readonly env?: Environment }): () => Promise<AwsCredentials> {
  const { clock } = options;
  let held: Promise<Temporary> | undefined;
  return async () => {
    const current = held && (await held.catch(() => undefined));
    if (!current || current.expiresAt - EARLY_MS < clock.now()) held = read(options);
    return (await held!).credentials;
  };
}

async function read({ send, region, env = process.env }: Parameters<typeof ambientAwsCredentials>[0]): Promise<Temporary> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = env;
  if (accessKeyId && secretAccessKey) return { credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }, expiresAt: Number.POSITIVE_INFINITY };
  if (env['AWS_WEB_IDENTITY_TOKEN_FILE'] && env['AWS_ROLE_ARN']) return ofRole(send, region, env);
  const agent = env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'] ? `http://169.254.170.2${env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI']}` : env['AWS_CONTAINER_CREDENTIALS_FULL_URI'];
  return agent ? ofContainer(send, agent, env) : ofInstance(send);
}

async function ofRole(send: Send, region: string | undefined, env: Environment): Promise<Temporary> {
  const url = new URL(env['AWS_ENDPOINT_URL_STS'] ?? env['AWS_ENDPOINT_URL'] ?? `https://sts.${region ? `${region}.` : ''}amazonaws.com/`);
  const query = {
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: env['AWS_ROLE_ARN'] ?? '',
    RoleSessionName: env['AWS_ROLE_SESSION_NAME'] ?? 'integration-framework',
    WebIdentityToken: (await readFile(env['AWS_WEB_IDENTITY_TOKEN_FILE'] ?? '', 'utf8')).trim(),
  };
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
  const answer = objectOf(await send({ method: 'POST', url, headers, body: new URLSearchParams(query).toString() }), 'STS');
  const result = inner(inner(answer, 'AssumeRoleWithWebIdentityResponse'), 'AssumeRoleWithWebIdentityResult');
  return temporary(inner(result, 'Credentials'), { id: 'AccessKeyId', token: 'SessionToken' });
}

async function ofContainer(send: Send, url: string, env: Environment): Promise<Temporary> {
  const file = env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'];
  const authorization = file ? (await readFile(file, 'utf8')).trim() : env['AWS_CONTAINER_AUTHORIZATION_TOKEN'];
  const answer = await send({ url: new URL(url), direct: true, timeoutMs: MACHINE_MS, ...(authorization && { headers: { authorization } }) });
  return temporary(objectOf(answer, 'the agent of the container'), { id: 'AccessKeyId', token: 'Token' });
}

async function ofInstance(send: Send): Promise<Temporary> {
  const who = 'the metadata of the instance';
  try {
    const ask = { direct: true, timeoutMs: MACHINE_MS } as const;
    const session = await send({ ...ask, method: 'PUT', url: new URL('api/token', METADATA), headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '60' } });
    const headers = { 'x-aws-ec2-metadata-token': session.text };
    const roles = new URL('meta-data/iam/security-credentials/', METADATA);
    const [role = ''] = (await send({ ...ask, url: roles, headers })).text.trim().split('\n');
    return temporary(objectOf(await send({ ...ask, url: new URL(role, roles), headers }), who), { id: 'AccessKeyId', token: 'Token' });
  } catch (err) {
    throw new Error(`no credentials in the environment: ${err instanceof Error ? err.message : String(err)}`, { cause: err });
  }
}

function objectOf({ status, text }: Sent, who: string): Readonly<Record<string, unknown>> {
  if (status !== 200) throw new Error(`${who} answered ${status}`);
  const value: unknown = parseJson(text);
  return isObject(value) ? value : {};
}

const inner = (value: Readonly<Record<string, unknown>>, member: string): Readonly<Record<string, unknown>> => (isObject(value[member]) ? value[member] : {});

function temporary(value: Readonly<Record<string, unknown>>, names: { readonly id: string; readonly token: string }): Temporary {
  const { SecretAccessKey: secretAccessKey, Expiration: expiration } = value;
  const [accessKeyId, sessionToken] = [value[names.id], value[names.token]];
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string') throw new Error('an answer without credentials');
  // Text, or seconds since the epoch.
  const expiresAt = typeof expiration === 'number' ? expiration * 1_000 : Date.parse(String(expiration));
  return { credentials: { accessKeyId, secretAccessKey, ...(typeof sessionToken === 'string' && { sessionToken }) }, expiresAt: Number.isNaN(expiresAt) ? 0 : expiresAt };
}
