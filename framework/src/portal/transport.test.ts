import { getEventListeners } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { openTransport } from './transport';

describe('openTransport', () => {
  const servers: Server[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    }
  });
  const listen = async (listener: RequestListener): Promise<{ server: Server; url: string }> => {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  };
  const get = (url: string) => ({ method: 'GET', url: `${url}/x`, headers: { 'user-agent': 'u' } });

  it('gives any status as text, compressed or not, and keeps the connection', async () => {
    let connections = 0;
    const { server, url } = await listen((request, response) => {
      response.writeHead(503, { 'content-encoding': 'gzip', 'X-Trace-Id': 't' });
      response.end(gzipSync(`{"agent":"${request.headers['user-agent']}"}`));
    });
    server.on('connection', () => connections++);
    const transport = openTransport(url);
    for (let at = 0; at < 3; at++) await expect(transport.send(get(url))).resolves.toMatchObject({ status: 503, text: '{"agent":"u"}', headers: { 'x-trace-id': 't' } });
    expect(connections).toBe(1);
    transport.close();
  });

  it('sends the text it was given', async () => {
    const { url } = await listen((request, response) => void request.pipe(response));
    const text = '{"a":"é €", "b": 12345678901234567890}';
    const { signal } = new AbortController();
    await expect(openTransport(url).send({ ...get(url), method: 'POST', body: text }, signal)).resolves.toMatchObject({ text });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('a server that trickles does not hold a call past its time', async () => {
    const { url } = await listen((_, response) => {
      response.writeHead(200);
      const trickle = setInterval(() => response.write('.'), 10);
      response.on('close', () => clearInterval(trickle));
    });
    await expect(openTransport(url, 150).send(get(url))).resolves.toMatchObject({ status: 0, failure: 'no answer within 0.15 s' });
  });

  it('aborts with the reason, at once, and leaves no listener', async () => {
    const stop = new AbortController();
    const { url } = await listen(() => stop.abort(new Error('stopped')));
    const call = openTransport(url).send(get(url), stop.signal);
    await expect(call).rejects.toThrow('stopped');
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
    await expect(openTransport(url).send(get(url), stop.signal)).rejects.toThrow('stopped');
  });

  it('uses the proxy of the environment, except for what NO_PROXY names', async () => {
    const { url } = await listen((_, response) => void response.end('direct'));
    const proxied: string[] = [];
    const proxy = await listen(() => undefined);
    proxy.server.on('connect', (request, socket) => {
      proxied.push(request.url!);
      const { port } = new URL(url);
      const target = connect(Number(port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connected\r\n\r\n');
        target.pipe(socket).pipe(target);
      });
      socket.on('close', () => target.destroy()).on('error', () => target.destroy());
      target.on('error', () => socket.destroy());
    });
    const before = { ...process.env };
    try {
      process.env['HTTP_PROXY'] = proxy.url;
      process.env['NO_PROXY'] = '';
      const away = 'http://portal.example';
      const through = openTransport(away);
      await expect(through.send(get(away))).resolves.toMatchObject({ status: 200, text: 'direct' });
      expect(proxied).toEqual(['portal.example:80']);
      through.close();
      process.env['NO_PROXY'] = '127.0.0.1';
      await expect(openTransport(url).send(get(url))).resolves.toMatchObject({ text: 'direct' });
      expect(proxied).toHaveLength(1);
    } finally {
      process.env = before;
    }
  });
});
