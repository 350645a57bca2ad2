import { createHash, createHmac } from 'node:crypto';
import { importVerifier, Secret, type Verifier } from '../contract';
import { verify, type Credentials } from './verify';

const SECRET = "It's a Secret to Everybody";
// The examples that GitHub and Atlassian print in their documentation.
const GITHUB_DIGEST = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
const JIRA_DIGEST = 'a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9';

const hmac: Verifier = { scheme: 'hmac', header: 'X-Hub-Signature-256' };
const credentials = (...secrets: readonly string[]): Credentials => ({ secret: secrets.map((secret) => new Secret(secret)) });
const call = (body: string | Buffer, ...rawHeaders: readonly string[]) => ({ body: Buffer.from(body), rawHeaders });

describe('hmac', () => {
  test.each([
    ['as GitHub documents it', 'X-Hub-Signature-256', 'Hello, World!', `sha256=${GITHUB_DIGEST}`, true],
    ['the name in another case', 'x-HUB-signature-256', 'Hello, World!', `sha256=${GITHUB_DIGEST}`, true],
    ['without prefix', 'X-Hub-Signature-256', 'Hello, World!', GITHUB_DIGEST, true],
    ['upper-case hex', 'X-Hub-Signature-256', 'Hello, World!', `sha256=${GITHUB_DIGEST.toUpperCase()}`, true],
    ['another body', 'X-Hub-Signature-256', 'Hello, World?', `sha256=${GITHUB_DIGEST}`, false],
    ['another header', 'X-Hub-Signature', 'Hello, World!', `sha256=${GITHUB_DIGEST}`, false],
    ['one digit off', 'X-Hub-Signature-256', 'Hello, World!', `sha256=${GITHUB_DIGEST.replace(/7$/, '8')}`, false],
    ['too short', 'X-Hub-Signature-256', 'Hello, World!', `sha256=${GITHUB_DIGEST.slice(2)}`, false],
    ['too long', 'X-Hub-Signature-256', 'Hello, World!', `sha256=${GITHUB_DIGEST}00`, false],
    ['no hex', 'X-Hub-Signature-256', 'Hello, World!', `sha256=${'z'.repeat(64)}`, false],
    ['another algorithm', 'X-Hub-Signature-256', 'Hello, World!', `sha1=${GITHUB_DIGEST}`, false],
    ['empty', 'X-Hub-Signature-256', 'Hello, World!', '', false],
    ['only the prefix', 'X-Hub-Signature-256', 'Hello, World!', 'sha256=', false],
    ['joined', 'X-Hub-Signature-256', 'Hello, World!', `sha256=${GITHUB_DIGEST}, sha256=${GITHUB_DIGEST}`, false],
  ])('%s', (_, name, body, value, accepted) => {
    expect(verify(hmac, call(body, name, value), credentials(SECRET))).toBe(accepted);
  });

  test('as Atlassian documents it', () => {
    const jira: Verifier = { scheme: 'hmac', header: 'X-Hub-Signature' };
    expect(verify(jira, call('Hello World!', 'X-Hub-Signature', `sha256=${JIRA_DIGEST}`), credentials(SECRET))).toBe(true);
    expect(verify(jira, call('Hello World!', 'X-Hub-Signature-256', `sha256=${JIRA_DIGEST}`), credentials(SECRET))).toBe(false);
  });

  test('absent or twice: not accepted, even when both are right', () => {
    const header = ['X-Hub-Signature-256', `sha256=${GITHUB_DIGEST}`];
    expect(verify(hmac, call('Hello, World!'), credentials(SECRET))).toBe(false);
    expect(verify(hmac, call('Hello, World!', ...header, ...header), credentials(SECRET))).toBe(false);
    expect(verify(hmac, call('Hello, World!', ...header, 'x-hub-signature-256', 'x'), credentials(SECRET))).toBe(false);
  });

  test('a value that looks like the name of the header is no header', () => {
    expect(verify(hmac, call('Hello, World!', 'X-Other', 'X-Hub-Signature-256', `sha256=${GITHUB_DIGEST}`, 'x'), credentials(SECRET))).toBe(false);
  });

  test('bytes are what is signed, whatever they are', () => {
    const body = Buffer.from([0xff, 0x00, 0xc3, 0x28]);
    const signature = createHmac('sha256', 'key').update(body).digest('hex');
    expect(verify(hmac, call(body, 'X-Hub-Signature-256', signature), credentials('key'))).toBe(true);
    expect(verify(hmac, call(body.toString('utf8'), 'X-Hub-Signature-256', signature), credentials('key'))).toBe(false);
  });

  test('of several secrets any is accepted, and all are read', () => {
    const read: string[] = [];
    const secret = ['other', SECRET, 'third'].map((text) => new Secret(() => (read.push(text), text)));
    expect(verify(hmac, call('Hello, World!', 'X-Hub-Signature-256', GITHUB_DIGEST), { secret })).toBe(true);
    expect(read).toEqual(['other', SECRET, 'third']);
    expect(verify(hmac, call('Hello, World!', 'X-Hub-Signature-256', GITHUB_DIGEST), credentials('a', 'b', 'c'))).toBe(false);
  });

  test('an empty secret, and none, accept nobody', () => {
    const forged = createHmac('sha256', '').update('x').digest('hex');
    expect(verify(hmac, call('x', 'X-Hub-Signature-256', forged), credentials(''))).toBe(false);
    expect(verify(hmac, call('x', 'X-Hub-Signature-256', forged), credentials())).toBe(false);
  });

  test('a configured name takes the place of the default one', () => {
    const given = { ...credentials(SECRET), headerName: 'x-sign' };
    expect(verify(hmac, call('Hello, World!', 'X-Sign', GITHUB_DIGEST), given)).toBe(true);
    expect(verify(hmac, call('Hello, World!', 'X-Hub-Signature-256', GITHUB_DIGEST), given)).toBe(false);
  });

  test('the fallback is read only when no name is configured and the first is absent', () => {
    const confluence: Verifier = { ...hmac, fallbackHeader: 'X-Hub-Signature' };
    expect(verify(confluence, call('Hello, World!', 'X-Hub-Signature', GITHUB_DIGEST), credentials(SECRET))).toBe(true);
    expect(verify(confluence, call('Hello, World!', 'X-Hub-Signature', GITHUB_DIGEST, 'X-Hub-Signature-256', 'wrong'), credentials(SECRET))).toBe(false);
    expect(verify(confluence, call('Hello, World!', 'X-Hub-Signature', GITHUB_DIGEST, 'X-Hub-Signature-256', ''), credentials(SECRET))).toBe(false);
    expect(verify(confluence, call('Hello, World!', 'X-Hub-Signature', GITHUB_DIGEST), { ...credentials(SECRET), headerName: 'X-Sign' })).toBe(false);
  });

  test('import routes', () => {
    expect(verify(importVerifier, call('Hello, World!', 'X-Hub-Signature-256', GITHUB_DIGEST), credentials(SECRET))).toBe(true);
  });
});

describe('suffix hash', () => {
  const mia: Verifier = { scheme: 'suffix-hash', header: 'X-Mia-Signature', fixedHeader: true };
  const body = '{"eventName":"project_created"}';
  const hash = createHash('sha256').update(`${body}my-secret`).digest('hex');

  test('the hash of body and secret, with and without prefix', () => {
    expect(hash).toBe('67e6b7fe4a0658ed6a8b3794ac26bde7bb887a1cfe8ec62b7d24947f1313986b');
    expect(verify(mia, call(body, 'X-Mia-Signature', hash), credentials('my-secret'))).toBe(true);
    expect(verify(mia, call(body, 'x-mia-signature', `sha256=${hash}`), credentials('my-secret'))).toBe(true);
    expect(verify(mia, call(body, 'X-Mia-Signature', createHmac('sha256', 'my-secret').update(body).digest('hex')), credentials('my-secret'))).toBe(false);
    expect(verify(mia, call(`${body} `, 'X-Mia-Signature', hash), credentials('my-secret'))).toBe(false);
  });

  test('its header has a fixed name', () => {
    const given = { ...credentials('my-secret'), headerName: 'X-Sign' };
    expect(verify(mia, call(body, 'X-Mia-Signature', hash), given)).toBe(true);
    expect(verify(mia, call(body, 'X-Sign', hash), given)).toBe(false);
  });
});

describe('token', () => {
  const gitlab: Verifier = { scheme: 'token', header: 'X-Gitlab-Token' };
  test.each([
    ['tökén', true],
    ['tökén ', false],
    ['Tökén', false],
    ['', false],
  ])('%s', (value, accepted) => {
    const asNodeReadsIt = Buffer.from(value, 'utf8').toString('latin1');
    expect(verify(gitlab, call('{}', 'X-Gitlab-Token', asNodeReadsIt), credentials('tökén'))).toBe(accepted);
  });
});

describe('basic', () => {
  const azure: Verifier = { scheme: 'basic', header: 'Authorization' };
  const given = { ...credentials('p:ss'), username: 'hook' };
  const encode = (text: string): string => Buffer.from(text).toString('base64');
  test.each([
    [`Basic ${encode('hook:p:ss')}`, true],
    [`bAsIc ${encode('hook:p:ss')}`, true],
    [`Basic ${encode('hook:pass')}`, false],
    [`Basic ${encode('other:p:ss')}`, false],
    [`Basic ${encode('hook')}`, false],
    [`Bearer ${encode('hook:p:ss')}`, false],
    [encode('hook:p:ss'), false],
    ['Basic', false],
    ['Basic !!!', false],
  ])('%s', (value, accepted) => {
    expect(verify(azure, call('{}', 'Authorization', value), given)).toBe(accepted);
  });

  test('without a configured user nobody is accepted', () => {
    expect(verify(azure, call('{}', 'Authorization', `Basic ${encode('undefined:p:ss')}`), credentials('p:ss'))).toBe(false);
    expect(verify(azure, call('{}', 'Authorization', `Basic ${encode(':p:ss')}`), credentials('p:ss'))).toBe(false);
  });
});
