import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fakeClock } from '../../../testkit';
import { ambientAwsCredentials } from './aws-credentials';
import type { Request, Send } from './send';

const clock = fakeClock(Date.UTC(2026, 0, 1));
const soon = '2026-01-01T01:00:00Z';

/** A network that knows these addresses. */
function network(answers: Readonly<Record<string, unknown>>): { readonly send: Send; readonly sent: Request[] } {
  const sent: Request[] = [];
  const send: Send = async (request) => {
    sent.push(request);
    const said = answers[`${request.method ?? 'GET'} ${request.url.href}`];
    if (said === undefined) throw new Error(`${request.url.host}: no such host`);
    return { status: 200, headers: {}, text: typeof said === 'string' ? said : JSON.stringify(said) };
  };
  return { send, sent };
}
const credentialsOf = (env: Readonly<Record<string, string>>, { send }: { readonly send: Send }) => ambientAwsCredentials({ send, clock, region: 'eu-west-1', env });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'aws-'));
  await writeFile(path.join(folder, 'token'), 'of-the-pod\n');
});
afterAll(() => rm(folder, { recursive: true }));

test('variables come first', async () => {
  const nobody = network({});
  expect(await credentialsOf({ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_SESSION_TOKEN: 'c', AWS_ROLE_ARN: 'r', AWS_WEB_IDENTITY_TOKEN_FILE: 'f' }, nobody)()).toEqual({ accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' });
  expect(nobody.sent).toEqual([]);
});

test('a pod exchanges its token, and does so again before the credentials expire', async () => {
  const Credentials = { AccessKeyId: 'a', SecretAccessKey: 'b', SessionToken: 'c', Expiration: Date.parse(soon) / 1_000 };
  const sts = network({ 'POST https://sts.eu-west-1.amazonaws.com/': { AssumeRoleWithWebIdentityResponse: { AssumeRoleWithWebIdentityResult: { Credentials } } } });
  const credentials = credentialsOf({ AWS_ROLE_ARN: 'arn:aws:iam::1:role/r', AWS_WEB_IDENTITY_TOKEN_FILE: path.join(folder, 'token') }, sts);
  expect(await credentials()).toEqual({ accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' });
  await credentials();
  expect(sts.sent).toHaveLength(1);
  expect(Object.fromEntries(new URLSearchParams(sts.sent[0]!.body))).toMatchObject({ RoleArn: 'arn:aws:iam::1:role/r', WebIdentityToken: 'of-the-pod' });
  await clock.sleep(56 * 60_000);
  await credentials();
  expect(sts.sent).toHaveLength(2);
});

test('a container asks its agent', async () => {
  const agent = network({ 'GET http://169.254.170.2/v2/x': { AccessKeyId: 'a', SecretAccessKey: 'b', Token: 'c', Expiration: soon } });
  expect(await credentialsOf({ AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/x' }, agent)()).toEqual({ accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' });
  const pod = network({ 'GET http://169.254.170.23/v1/credentials': { AccessKeyId: 'a', SecretAccessKey: 'b', Token: 'c', Expiration: soon } });
  const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/v1/credentials', AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: path.join(folder, 'token') };
  await credentialsOf(env, pod)();
  expect(pod.sent).toMatchObject([{ direct: true, headers: { authorization: 'of-the-pod' } }]);
});

test('an instance asks its metadata, by a session', async () => {
  const base = 'http://169.254.169.254/latest/';
  const metadata = network({
    [`PUT ${base}api/token`]: 'session',
    [`GET ${base}meta-data/iam/security-credentials/`]: 'role-1\n',
    [`GET ${base}meta-data/iam/security-credentials/role-1`]: { AccessKeyId: 'a', SecretAccessKey: 'b', Token: 'c', Expiration: soon },
  });
  expect(await credentialsOf({}, metadata)()).toEqual({ accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' });
  expect(metadata.sent.slice(1)).toMatchObject([{ headers: { 'x-aws-ec2-metadata-token': 'session' } }, { headers: { 'x-aws-ec2-metadata-token': 'session' } }]);
});

test('without any it says so, and asks again next time', async () => {
  const nobody = network({});
  const credentials = credentialsOf({}, nobody);
  await expect(credentials()).rejects.toThrow('no credentials in the environment');
  await expect(credentials()).rejects.toThrow('no credentials in the environment');
  expect(nobody.sent).toHaveLength(2);
});
