import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { ConfigError, Secret } from '@integration-framework/framework';
import type { StagedConnector } from '@integration-framework/framework/testkit';
import { idsOf, pets, stage } from './stage';
import { serveDocuments, type DocumentServer, type Page } from './serve';

const LIST = { get: { tags: ['pets'], parameters: [{ name: 'limit', in: 'query', schema: { type: 'integer' } }], responses: { 200: { description: 'ok' } } } };
const yaml = `openapi: 3.1.0\ninfo: &i {title: Y, version: '1'}\npaths:\n  /y: {get: {responses: {'200': {description: ok}}}}\nx-again: *i\n`;
const until = async (isTrue: () => boolean): Promise<void> => {
  const deadline = Date.now() + 30_000; // only so that a failing test ends
  while (!isTrue() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(isTrue()).toBe(true);
};

const open: StagedConnector[] = [];
const staged = (...given: Parameters<typeof stage>): StagedConnector => {
  const one = stage(...given);
  open.push(one);
  return one;
};
afterEach(async () => {
  for (const one of open.splice(0)) {
    await one.disconnect();
    expect(one.refused).toEqual([]);
  }
});

describe('documents on a server', () => {
  let server: DocumentServer;
  beforeAll(async () => {
    server = await serveDocuments();
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    server.pages.clear();
    server.received.length = 0;
  });
  const address = (): string => `${server.url}/o.json`;
  const serve = (body: string, more: object = {}): void => void server.pages.set('/o.json', { body, ...more });

  it('elements follow the document: made, changed, gone; nothing is fetched twice that did not change', async () => {
    serve(pets({ '/pets': LIST }));
    const one = staged({}, { address: address() });
    await one.start();
    await one.refresh();
    expect(idsOf(one, 'endpoint')).toEqual([address()]);
    expect(idsOf(one, 'api')).toEqual([`${address()}::pets`]);
    expect(idsOf(one, 'apiOperation')).toEqual([`${address()}::GET::/pets`]);
    expect(idsOf(one, 'apiParameterList')).toEqual([`${address()}::GET::/pets::REQUEST`, `${address()}::GET::/pets::RESPONSE`]);
    expect(idsOf(one, 'apiParameter')).toEqual([`${address()}::GET::/pets::REQUEST::query::limit`, `${address()}::GET::/pets::RESPONSE::body::200`]);
    expect(await one.refresh()).toEqual(['endpoint', 'api', 'apiOperation', 'apiParameterList', 'apiParameter']);
    expect(idsOf(one, 'apiParameter')).toHaveLength(2);
    expect(server.received.map(({ status, method }) => [method, status])).toEqual([['GET', 200], ['GET', 304]]);

    serve(pets({ '/pets': { get: { ...LIST.get, tags: ['animals'] }, post: { responses: {} } } }));
    await one.refresh();
    expect(idsOf(one, 'api')).toEqual([address(), `${address()}::animals`]);
    expect(idsOf(one, 'apiOperation')).toEqual([`${address()}::GET::/pets`, `${address()}::POST::/pets`]);
    serve(pets({}));
    await one.refresh();
    expect(idsOf(one, 'apiOperation')).toEqual([]);
    expect(idsOf(one, 'apiParameter')).toEqual([]);
    expect(idsOf(one, 'api')).toEqual([address()]);
  });

  it.each([['ETag', {}], ['Last-Modified', { lastModified: 'Wed, 01 Jan 2025 00:00:00 GMT' }]])('by %s, engage sees a change and asks for a comparison', async (_, more) => {
    serve(pets({ '/a': LIST }), more);
    const one = staged({}, { address: address() });
    await one.start();
    await one.refresh();
    await one.engage();
    expect(one.requested()).toBe(0);
    expect(server.received.map(({ status }) => status)).toEqual([200, 304]);
    serve(pets({ '/b': LIST }), 'lastModified' in more ? { lastModified: 'Thu, 02 Jan 2025 00:00:00 GMT' } : {});
    await one.engage();
    expect(one.requested()).toBe(1);
    await one.refresh();
    expect(idsOf(one, 'apiOperation')).toEqual([`${address()}::GET::/b`]);
    await one.engage();
    expect(one.requested()).toBe(1);
  });

  it('a server that tells neither is compared by what it sends', async () => {
    serve(pets({ '/a': LIST }), { bare: true });
    const one = staged({}, { address: address() });
    await one.start();
    await one.refresh();
    await one.engage();
    expect(one.requested()).toBe(0);
    serve(pets({ '/b': LIST }), { bare: true });
    await one.engage();
    expect(one.requested()).toBe(1);
  });

  it('a server that goes away removes nothing, and is read again when it is back', async () => {
    serve(pets({ '/a': LIST }));
    const one = staged({}, { address: address() });
    await one.start();
    await one.refresh();
    await server.stop();
    await expect(one.refresh()).rejects.toThrow(/could not be read: .*no answer.*nothing was removed/);
    await expect(one.engage()).rejects.toMatchObject({ recovery: 'retry' });
    expect(idsOf(one, 'apiOperation')).toHaveLength(1);
    await server.start();
    serve(pets({ '/b': LIST }));
    await one.refresh();
    expect(idsOf(one, 'apiOperation')).toEqual([`${address()}::GET::/b`]);
  });

  it('a connection that is closed as it is used is made anew, once', async () => {
    serve(pets({ '/a': LIST }), { resets: 1 });
    const one = staged({}, { address: address() });
    await one.start();
    await one.refresh();
    expect(idsOf(one, 'apiOperation')).toHaveLength(1);
    serve(pets({ '/b': LIST }), { resets: 2 });
    await expect(one.refresh()).rejects.toThrow(/no answer/);
  });

  const cut = pets({ '/a': LIST, '/b': LIST });
  it.each<[string, Page, RegExp]>([
    ['an error', { body: '', status: 500 }, /answered 500/],
    ['a refusal', { body: '', status: 401 }, /answered 401; check authorization/],
    ['a page of HTML', { body: '<!doctype html><p>hello' }, /no OpenAPI|no YAML/],
    ['half a document', { body: cut.slice(0, cut.indexOf('"/b"') - 1) }, /no JSON.*cut off/],
    ['half a line of YAML', { body: "openapi: 3.0.0\ninfo: {title: a, version: '1'}\npaths:\n  /a: {get: {respon" }, /no YAML/],
    ['other JSON', { body: '{"a":1}' }, /neither openapi nor swagger/],
    ['another version', { body: '{"openapi":"4.0.0"}' }, /version is 4\.0\.0/],
    ['a list', { body: '[]' }, /no OpenAPI document/],
    ['nothing', { body: '' }, /empty|no OpenAPI/],
    ['bytes that are no text', { body: Buffer.from([0xff, 0xfe, 0x7b, 0x00]) }, /not UTF-8/],
    ['too much', { body: pets({}, { 'x-long': 'x'.repeat(20_000) }) }, /more than 10000 bytes; raise maxBytes/],
    ['too much, deflated', { body: gzipSync(pets({}, { 'x-long': 'x'.repeat(200_000) })), headers: { 'content-encoding': 'gzip' } }, /more than 10000 bytes/],
    ['no end', { body: '', hangs: true }, /no whole answer within 300 ms; raise timeout/],
    ['a redirect in circles', { body: '', status: 302, headers: { location: '/o.json' } }, /redirects more than 5 times/],
    ['a redirect to a file', { body: '', status: 302, headers: { location: 'file:///etc/passwd' } }, /redirects to file:/],
    ['aliases without end', { body: `openapi: 3.0.0\ninfo: {}\npaths: {}\na0: &a0 [x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 8 }, (_, index) => `a${index + 1}: &a${index + 1} [${Array(9).fill(`*a${index}`).join()}]`).join('\n')}` }, /no YAML: .*alias/],
  ])('%s fails the target, removes nothing, and is forgotten when it is mended', async (_, page, reason) => {
    serve(cut);
    const one = staged({ maxBytes: 10_000, timeout: page.hangs ? 300 : 30_000 }, { address: address() });
    await one.start();
    await one.refresh();
    server.pages.set('/o.json', page);
    await expect(one.refresh()).rejects.toThrow(reason);
    expect(idsOf(one, 'apiOperation')).toHaveLength(2);
    serve(pets({}));
    await one.refresh();
    expect(idsOf(one, 'apiOperation')).toHaveLength(0);
  });

  it('what could be read is brought over beside what could not', async () => {
    serve(pets({ '/a': LIST }));
    const one = staged({ documents: [address(), `${server.url}/second.json?group=a%20b`] });
    await one.start();
    await expect(one.refresh()).rejects.toThrow(/second\.json: it answered 404; nothing was removed/);
    expect(idsOf(one, 'apiParameter')).toHaveLength(2);
    server.pages.set('/second.json?group=a%20b', { body: yaml });
    await one.refresh();
    expect(idsOf(one, 'api')).toEqual([`${address()}::pets`, `${server.url}/second.json=3Fgroup=3Da=2520b`].sort());
  });

  it('credentials are sent, are in no message, and do not follow to another host', async () => {
    const other = await serveDocuments();
    other.pages.set('/there', { body: pets({}) });
    serve('', { status: 302, headers: { location: `${other.url}/there` } });
    server.pages.set('/open.json', { body: '', status: 403 });
    const one = staged({ documents: [address(), `${server.url}/open.json`], authorization: new Secret('Bearer planted'), authorizationHeader: 'X-Key' });
    await one.start();
    const failure = await one.refresh().catch((err: unknown) => err as Error);
    expect(String(failure) + JSON.stringify(failure) + JSON.stringify(one.log)).not.toContain('planted');
    expect(server.received.map(({ headers }) => headers['x-key'])).toEqual(['Bearer planted', 'Bearer planted']);
    expect(other.received.map(({ headers }) => headers['x-key'])).toEqual([undefined]);
    await other.stop();
  });

  it('a learned endpoint is the endpoint of its APIs, with its document at a path of its server', async () => {
    server.pages.set('/v3/api-docs', { body: pets({ '/a': LIST }) });
    const one = staged({ documentPath: '/v3/api-docs' }, { address: server.url, target: { name: 'e1', entity: 'e1' } });
    await one.put('endpoint', { identifier: 'e1', properties: { address: server.url } });
    await one.start();
    await one.refresh();
    expect(one.elements('api').get(`${server.url}/v3/api-docs::pets`)?.relations).toEqual({ endpoint: 'e1' });
  });

  it('disconnect ends what is under way', async () => {
    serve('', { hangs: true });
    const one = staged({ timeout: 60_000 }, { address: address() });
    await one.start();
    const refreshing = expect(one.refresh()).rejects.toThrow();
    await until(() => server.received.length > 0);
    const engaging = one.engage();
    await one.disconnect();
    await refreshing;
    await engaging;
  });
});

describe('documents in files', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'openapi-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));
  const at = (...parts: string[]): string => path.join(root, ...parts);

  it('globs find JSON and YAML; changes beside the comparison are seen', async () => {
    await mkdir(at('a b', 'deep'), { recursive: true });
    await writeFile(at('a b', 'deep', 'one.json'), pets({ '/a': LIST }));
    await writeFile(at('two.yaml'), yaml);
    await writeFile(at('notes.txt'), 'no document');
    await symlink(root, at('a b', 'loop'));
    const one = staged({ documents: [at('**/*.{json,yaml}')] });
    await one.start();
    await one.refresh();
    expect(one.elements('api').size).toBe(2);
    expect(idsOf(one, 'endpoint')).toEqual([`${at('a=20b', 'deep', 'one.json')}`, at('two.yaml')]);
    expect(one.elements('endpoint').get(at('two.yaml'))?.properties.address).toBe(at('two.yaml'));

    await writeFile(at('notes.txt'), 'still none');
    await mkdir(at('new'));
    await writeFile(at('new', 'three.json'), pets({ '/c': LIST }));
    await until(() => one.requested() > 0);
    await one.refresh();
    expect(one.elements('api').size).toBe(3);
    const before = one.requested();
    await rename(at('new'), at('moved'));
    await until(() => one.requested() > before);
    await one.refresh();
    expect(idsOf(one, 'apiOperation')).toContain(`${at('moved', 'three.json')}::GET::/c`);
    await rm(at('moved'), { recursive: true });
    await one.refresh();
    expect(one.elements('api').size).toBe(2);
  });

  it('one file: heard when it is written, kept when it is gone or half', async () => {
    await writeFile(at('o[1].json'), pets({ '/a': LIST }));
    const one = staged({}, { address: `file://${at('o%5B1%5D.json')}` });
    await one.start();
    await one.refresh();
    await writeFile(at('o[1].json'), pets({ '/a': LIST }).slice(0, -1));
    await until(() => one.requested() > 0);
    await expect(one.refresh()).rejects.toThrow(/no JSON/);
    await rm(at('o[1].json'));
    await expect(one.refresh()).rejects.toThrow(/ENOENT/);
    expect(one.elements('apiOperation').size).toBe(1);
  });

  it('a folder that is not there removes nothing, and need not be there at the start', async () => {
    const one = staged({ documents: [at('later', '*.json')] });
    await one.start();
    await expect(one.refresh()).rejects.toThrow(/ENOENT/);
    await mkdir(at('later'));
    await writeFile(at('later', 'o.json'), pets({ '/a': LIST }));
    await one.refresh();
    expect(one.elements('api').size).toBe(1);
    await rename(at('later'), at('away'));
    await expect(one.refresh()).rejects.toThrow(/ENOENT/);
    expect(one.elements('api').size).toBe(1);
  });
});

describe('configurations that cannot work', () => {
  it.each<[string, Parameters<typeof stage>]>([
    ['no document', [{}]], ['both', [{ documents: ['/a'] }, { address: 'http://h/' }]], ['another protocol', [{}, { address: 'ftp://h/o.json' }]],
    ['user and password', [{ documents: ['https://u:planted@h/o.json'] }]], ['a path of a file', [{ documentPath: '/x' }, { address: '/o.json' }]],
    ['a relative path', [{}, { address: 'o.json' }]], ['a file elsewhere', [{}, { address: 'file://elsewhere/o.json' }]], ['no URL', [{}, { address: 'http://' }]],
  ])('%s: one message that says what to do', async (_, given) => {
    const failure = await staged(...given).start().catch((err: unknown) => err as Error);
    expect(failure).toBeInstanceOf(ConfigError);
    expect((failure as Error).message).not.toContain('planted');
    expect((failure as Error).message).toMatch(/set|keep|remove|write|correct/);
  });
});
