import { once } from 'node:events';
import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly body: unknown;
}

/** A connection that sends the very bytes it is given. */
export interface RawConnection {
  send(bytes: string | Buffer): void;
  /** The next answer, to HEAD without a body; rejects when the connection ends before it. */
  answer(method?: 'HEAD'): Promise<RawAnswer>;
  /** Resolves when the server has closed. */
  closed(): Promise<void>;
  close(): void;
}

export async function openConnection(port: number): Promise<RawConnection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let received = Buffer.alloc(0);
  let ended = false;
  socket.on('data', (chunk) => (received = Buffer.concat([received, chunk])));
  socket.on('error', () => undefined);
  socket.on('close', () => (ended = true));
  await once(socket, 'connect');

  return {
    send: (bytes) => void socket.write(bytes),
    async answer(method) {
      for (;;) {
        const found = readAnswer(received, method);
        if (found) {
          received = received.subarray(found.bytes);
          return found.answer;
        }
        if (ended) throw new Error(`the connection ended after ${JSON.stringify(received.toString())}`);
        await Promise.race([once(socket, 'data'), once(socket, 'close')]);
      }
    },
    async closed() {
      if (!ended) await once(socket, 'close');
    },
    close: () => socket.destroy(),
  };
}

function readAnswer(received: Buffer, method: 'HEAD' | undefined): { readonly answer: RawAnswer; readonly bytes: number } | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [statusLine = '', ...lines] = received.toString('latin1', 0, headEnd).split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  const bytes = headEnd + 4 + (method === 'HEAD' ? 0 : Number(headers['content-length'] ?? 0));
  if (received.length < bytes) return undefined;
  const text = received.toString('utf8', headEnd + 4, bytes);
  return { answer: { status: Number(statusLine.split(' ')[1]), headers, text, body: text === '' ? undefined : (JSON.parse(text) as unknown) }, bytes };
}
