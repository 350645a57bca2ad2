import { once } from 'node:events';
import net from 'node:net';
import { BSON } from 'mongodb';

/** Stands between a client and a MongoDB server: refuses some batches of writes, and can be cut off. */
export interface MongoProxy {
  readonly url: string;
  readonly seen: { batches: number; refused: number };
  /** Every so many batches of writes one is refused before the server sees it; 0: none. */
  refuseEvery: number;
  /** Breaks every connection, and takes no new one until `join`. */
  cut(): Promise<void>;
  join(): Promise<void>;
  close(): Promise<void>;
}

const HEADER_BYTES = 16;
const OP_MSG = 2013;
const WRITES = new Set(['insert', 'update', 'delete']);

export async function startMongoProxy(target: string): Promise<MongoProxy> {
  const to = new URL(target);
  const sockets = new Set<net.Socket>();
  let port = 0;
  let server: net.Server | undefined;
  const proxy: { -readonly [K in keyof MongoProxy]: MongoProxy[K] } = { url: '', seen: { batches: 0, refused: 0 }, refuseEvery: 0, cut, join, close: cut };

  function serve(client: net.Socket): void {
    const upstream = net.connect(Number(to.port), to.hostname);
    let rest: Buffer = Buffer.alloc(0);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    upstream.pipe(client);
    client.on('data', (data) => {
      rest = rest.length === 0 ? data : Buffer.concat([rest, data]);
      while (rest.length >= HEADER_BYTES && rest.length >= rest.readInt32LE(0)) {
        const message = rest.subarray(0, rest.readInt32LE(0));
        rest = rest.subarray(message.length);
        if (isRefused(message)) client.write(refusalOf(message));
        else upstream.write(message);
      }
    });
  }

  function isRefused(message: Buffer): boolean {
    if (message.readInt32LE(12) !== OP_MSG || message[HEADER_BYTES + 4] !== 0) return false;
    // The first section is the command; its name is the first name of the document.
    const name = message.subarray(HEADER_BYTES + 4 + 1 + 4 + 1);
    if (!WRITES.has(name.subarray(0, name.indexOf(0)).toString())) return false;
    proxy.seen.batches++;
    if (proxy.refuseEvery === 0 || proxy.seen.batches % proxy.refuseEvery !== 0) return false;
    proxy.seen.refused++;
    return true;
  }

  async function join(): Promise<void> {
    server = net.createServer(serve).listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as net.AddressInfo).port;
    proxy.url = `mongodb://127.0.0.1:${port}`;
  }

  async function cut(): Promise<void> {
    const closing = server;
    server = undefined;
    const closed = closing && once(closing, 'close');
    closing?.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  await join();
  return proxy;
}

/** An answer as of a server that has too much to do. */
function refusalOf(message: Buffer): Buffer {
  const body = BSON.serialize({ ok: 0, errmsg: 'too much to do', code: 262, codeName: 'ExceededTimeLimit' });
  const answer = Buffer.alloc(HEADER_BYTES + 4 + 1 + body.length);
  answer.writeInt32LE(answer.length, 0);
  answer.writeInt32LE(message.readInt32LE(4), 8);
  answer.writeInt32LE(OP_MSG, 12);
  answer.set(body, HEADER_BYTES + 5);
  return answer;
}
