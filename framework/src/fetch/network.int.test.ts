import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request as sendRequest, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { systemClock } from '../shared';
import { recordedLog } from '../testkit';
import { createHttp } from './index';

// What depends on the process: proxies by environment, a CA by NODE_EXTRA_CA_CERTS, which Node reads once at its start (so in a child).

const run = promisify(execFile);
const open: Server[] = [];
const folder = mkdtempSync(path.join(tmpdir(), 'fetch-'));
const file = (name: string): string => path.join(folder, name);

beforeAll(async () => {
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', file('key.pem'), '-out', file('ca.pem')]);
});
afterEach(() => {
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy']) delete process.env[name];
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function listen<T extends Server>(server: T): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return (server.address() as AddressInfo).port;
}

const answer = (seen: IncomingMessage[]) => (request: IncomingMessage, response: { end(text: string): void }) => {
  seen.push(request);
  response.end('{"ok":true}');
};

interface Proxy {
  readonly url: string;
  readonly forwarded: string[];
  readonly tunnels: string[];
  readonly credentials: (string | undefined)[];
}
/** A proxy of a few lines: absolute requests are forwarded, CONNECT opens a tunnel. */
async function startProxy(): Promise<Proxy> {
  const forwarded: string[] = [];
  const tunnels: string[] = [];
  const credentials: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    forwarded.push(request.url!);
    credentials.push(request.headers['proxy-authorization']);
    sendRequest(request.url!, { method: request.method, headers: request.headers }, (incoming) => incoming.pipe(response.writeHead(incoming.statusCode!))).end();
  });
  server.on('connect', (request: IncomingMessage, client) => {
    tunnels.push(request.url!);
    credentials.push(request.headers['proxy-authorization']);
    const [host, port] = request.url!.split(':');
    const target = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      client.pipe(target).pipe(client);
    });
    target.on('error', () => client.destroy());
    client.on('error', () => target.destroy());
  });
  return { url: `http://user:pass@localhost:${await listen(server)}`, forwarded, tunnels, credentials };
}

const options = { timeoutMs: 10_000, concurrency: 2, retries: 0, clock: systemClock, log: recordedLog(), signal: new AbortController().signal, secrets: [] };

/** The same client in a process of its own. Prints `ok` lines and the message of an error. */
async function inChild(env: Record<string, string>, url: string): Promise<string> {
  const script = `
    const { createHttp } = require(${JSON.stringify(path.join(__dirname, 'index.ts'))});
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const clock = { now: Date.now, sleep: () => Promise.resolve() };
    const http = createHttp({ baseUrl: ${JSON.stringify(url)} }, { timeoutMs: 10000, concurrency: 2, retries: 0, clock, log, signal: new AbortController().signal, secrets: [] });
    (async () => { console.log(JSON.stringify(await http.get('/a'))); console.log(JSON.stringify(await http.get('/b'))); })()
      .catch((err) => console.log(err.code + ' ' + err.message));`;
  const hook = path.join(__dirname, '../../bin/hook.js');
  const { stdout } = await run(process.execPath, ['-r', hook, '-e', script], { env: { PATH: process.env['PATH'], ...env } });
  return stdout.trim();
}

test('plain text goes through HTTP_PROXY, with its credentials, and past it for NO_PROXY', async () => {
  const seen: IncomingMessage[] = [];
  const port = await listen(createServer(answer(seen)));
  const proxy = await startProxy();
  process.env['HTTP_PROXY'] = proxy.url;
  const http = createHttp({ baseUrl: `http://localhost:${port}` }, options);
  await expect(http.get('/through')).resolves.toEqual({ ok: true });
  expect(proxy.forwarded).toEqual([`http://localhost:${port}/through`]);
  expect(proxy.credentials).toEqual([`Basic ${Buffer.from('user:pass').toString('base64')}`]);
  process.env['NO_PROXY'] = 'localhost';
  await expect(http.get('/past')).resolves.toEqual({ ok: true });
  expect(proxy.forwarded).toHaveLength(1);
});

test('TLS goes through HTTPS_PROXY in a tunnel that is kept, to a source whose CA NODE_EXTRA_CA_CERTS names', async () => {
  const seen: IncomingMessage[] = [];
  const port = await listen(createTlsServer({ key: readFileSync(file('key.pem')), cert: readFileSync(file('ca.pem')) }, answer(seen)));
  const proxy = await startProxy();
  const url = `https://localhost:${port}`;
  const extra = { NODE_EXTRA_CA_CERTS: file('ca.pem') };

  await expect(inChild(extra, url)).resolves.toBe('{"ok":true}\n{"ok":true}');
  expect(proxy.tunnels).toEqual([]);

  await expect(inChild({ ...extra, HTTPS_PROXY: proxy.url }, url)).resolves.toBe('{"ok":true}\n{"ok":true}');
  expect(proxy.tunnels).toEqual([`localhost:${port}`]);
  expect(proxy.credentials).toEqual([`Basic ${Buffer.from('user:pass').toString('base64')}`]);
  expect(seen.map((request) => request.url)).toEqual(['/a', '/b', '/a', '/b']);

  await expect(inChild({ ...extra, HTTPS_PROXY: proxy.url, NO_PROXY: '.example,localhost' }, url)).resolves.toBe('{"ok":true}\n{"ok":true}');
  expect(proxy.tunnels).toHaveLength(1);
});

test('a certificate of an unknown issuer is refused, and the message says what to do', async () => {
  const port = await listen(createTlsServer({ key: readFileSync(file('key.pem')), cert: readFileSync(file('ca.pem')) }, answer([])));
  const printed = await inChild({}, `https://localhost:${port}`);
  expect(printed).toContain('SOURCE_UNREACHABLE');
  expect(printed).toContain('NODE_EXTRA_CA_CERTS');
});

test('a proxy that is not there is named as the source being unreachable, without its password', async () => {
  const printed = await inChild({ HTTPS_PROXY: 'http://user:planted@localhost:9' }, 'https://localhost:1');
  expect(printed).toContain('SOURCE_UNREACHABLE');
  expect(printed).not.toContain('planted');
});
