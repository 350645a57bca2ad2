import net from 'node:net';
import { signatureOf } from './vendor-call';

/** What a vendor sends once it happened, in its order for each thing. */
export interface Delivery {
  /** X-Delivery. */
  readonly id: string;
  readonly body: string;
  /** It happens at the vendor; then it is sent. */
  happen?(): void;
}

/** What was answered 200. */
export type Taken = 'accepted' | 'duplicate';

export interface Flood {
  /** Deliveries that were answered, with the answer. */
  readonly answered: ReadonlyMap<Delivery, Taken>;
  /** Answers by status; `cut` = none came: the delivery was sent again. */
  readonly answers: Readonly<Record<string, number>>;
  /** Were so many answered? Throws when an answer was neither 200 nor 503. */
  isAnswered(count: number): boolean;
  /** From now on nothing is sent again, and nothing new. Resolves when no answer is waited for. */
  stop(): Promise<void>;
}

export interface FloodOptions {
  readonly port: number;
  readonly path: string;
  readonly secret: string;
  /** Each is sent over a connection of its own, one after the other, as fast as they are answered. */
  readonly lanes: readonly (readonly Delivery[])[];
}

/** Before a vendor calls again that was not answered, or answered 503. */
const AGAIN_MS = 20;

/** Sends all deliveries over kept connections. What is not answered 200 is sent again, over a new connection where the old one broke, before the next of its lane. */
export function startFlood({ port, path, secret, lanes }: FloodOptions): Flood {
  const answered = new Map<Delivery, Taken>();
  const answers: Record<string, number> = {};
  let stopped = false;
  let failure: string | undefined;
  const ends = lanes.map(
    (lane) =>
      new Promise<void>((resolve) => {
        let at = 0;
        let socket: net.Socket | undefined;
        let text = '';
        let waits = false;

        const again = (): void => void setTimeout(send, AGAIN_MS);
        const count = (answer: string): void => void (answers[answer] = (answers[answer] ?? 0) + 1);

        function connect(): void {
          const mine = net.connect(port, '127.0.0.1');
          socket = mine;
          text = '';
          mine.setNoDelay(true);
          mine.on('connect', () => mine === socket && write());
          mine.on('data', (data) => mine === socket && read(String(data)));
          mine.on('error', () => undefined);
          mine.on('close', () => {
            if (mine !== socket) return;
            socket = undefined;
            if (!waits) return;
            waits = false;
            count(text.startsWith('HTTP/1.1 503') ? '503' : 'cut'); // an answer may end where the connection does
            again();
          });
        }

        function send(): void {
          const delivery = lane[at];
          if (stopped || !delivery) {
            socket?.destroy();
            return resolve();
          }
          waits = true;
          if (socket) write();
          else connect();
        }

        function write(): void {
          const delivery = lane[at]!;
          if (!answered.has(delivery)) delivery.happen?.();
          const { id, body } = delivery;
          socket!.write(
            `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\nx-signature: ${signatureOf(secret, body)}\r\nx-delivery: ${id}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
          );
        }

        function read(data: string): void {
          text += data;
          const end = text.indexOf('\r\n\r\n');
          const length = end < 0 ? undefined : /content-length: (\d+)/i.exec(text)?.[1];
          if (length === undefined || text.length < end + 4 + Number(length)) return;
          const status = text.slice(9, 12);
          const body = text.slice(end + 4);
          const closes = /connection: close/i.test(text.slice(0, end));
          text = '';
          waits = false;
          if (closes) {
            socket?.destroy();
            socket = undefined;
          }
          if (status === '503') {
            count(status);
            return again();
          }
          const taken = status === '200' ? (JSON.parse(body) as { status: string }).status : body;
          if (taken !== 'accepted' && taken !== 'duplicate') {
            failure = `a delivery was answered ${status} ${body}`;
            return resolve();
          }
          count(taken);
          answered.set(lane[at++]!, taken);
          send();
        }

        send();
      }),
  );
  return {
    answered,
    answers,
    isAnswered(count) {
      if (failure !== undefined) throw new Error(`it ended: ${failure}`);
      return answered.size >= count;
    },
    async stop() {
      stopped = true;
      await Promise.all(ends);
    },
  };
}
