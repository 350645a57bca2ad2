import type { Live } from '../../contract';
import type { WebhookRoute } from '..';
import { openConnection, type RawAnswer, type RawConnection } from './raw-connection';
import { live, PATH, serveWebhooks, sign, type ServedWebhooks, type ServeOptions } from './serve-webhooks';

/** The routes of the test that runs. */
export let served: ServedWebhooks;
let connections: RawConnection[] = [];
export const start = async (given?: ServeOptions): Promise<void> => void (served = await serveWebhooks(given));
export const open = async (): Promise<RawConnection> => {
  const connection = await openConnection(served.port);
  connections.push(connection);
  return connection;
};
afterEach(async () => {
  for (const connection of connections) connection.close();
  connections = [];
  await served.close();
});

export const BODY = '{"event":"thing_changed","thing":{"id":1}}';

export interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly body?: string | Buffer;
  /** As they go over the wire. */
  readonly headers?: readonly string[];
  /** Default: the right signature. */
  readonly signature?: readonly string[];
  readonly type?: string;
}

export function bytesOf({ method = 'POST', path = PATH, body = BODY, headers = [], type = 'Content-Type: application/json', signature = [`X-Sign: ${sign(body)}`] }: Call = {}): Buffer {
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: x', `Content-Length: ${Buffer.byteLength(body)}`, ...(type === '' ? [] : [type]), ...signature, ...headers];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body)]);
}

export async function call(given?: Call): Promise<RawAnswer> {
  const connection = await open();
  connection.send(bytesOf(given));
  return connection.answer();
}
export const routeWith = (members: Partial<Live<unknown>>): { readonly route: Partial<WebhookRoute> } => ({ route: { live: { ...live, ...members } } });

/** Nothing was stored, and what was counted. */
export function expectRefused(...counted: readonly string[]): void {
  expect(served.accepted).toEqual([]);
  expect(served.counted).toEqual(counted);
}

export const head = (...headers: readonly string[]): string => `POST ${PATH} HTTP/1.1\r\nHost: x\r\n${headers.join('\r\n')}\r\n\r\n`;
export const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
