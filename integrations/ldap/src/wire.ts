import type { Socket } from 'node:net';
import { FrameworkError } from '@integration-framework/framework';
import { BerReader, UnbindRequest } from 'ldapts';
import { createFrames } from './frames';
import { readResult } from './result';

/** One answer to a request: its kind (tag), and a reader that stands in its body. */
export interface Answer {
  readonly tag: number;
  readonly reader: BerReader;
}

/** A message of ldapts. */
interface Sent {
  write(): Buffer;
}

/**
 * The messages of one connection. The client of ldapts is not used: it ends a search at a page without entries though more follow, connects again without signing in,
 * and takes no answers of a search that lasts; its messages are.
 */
export interface Wire {
  /** Sends a request; `heard` gets every answer to it and says true to the last. Without `timeoutMs` it may last. Rejects when the connection ends. */
  request(make: (messageId: number) => Sent, heard: (answer: Answer) => boolean, timeoutMs?: number): Promise<void>;
  /** Takes the connection over to another socket, such as one with TLS over this one. */
  replace(wrap: (socket: Socket) => Socket): Socket;
  /** Says good-bye, and waits until the socket is closed. */
  close(): Promise<void>;
  /** Ends everything at once. */
  end(why: Error): void;
}

interface Waiting {
  heard(answer: Answer): void;
  fail(why: Error): void;
}

const NOTICE = 0; // the message id of what a server says unasked: that it is about to close
const GOODBYE_MS = 1_000;

/** Over a socket that connects or is connected. `server` is how messages call it. */
export function createWire(first: Socket, server: string): Wire {
  const waiting = new Map<number, Waiting>();
  let socket = first;
  let ended: Error | undefined;
  let lastId = 0;

  function end(why: Error): void {
    socket.destroy();
    if (ended) return;
    ended = why;
    for (const { fail } of waiting.values()) fail(why);
    waiting.clear();
  }
  const unreachable = (why: string, cause?: unknown): Error => new FrameworkError('SOURCE_UNREACHABLE', [server, why], { cause });

  function take(frame: Buffer): void {
    const reader = new BerReader(frame);
    reader.readSequence();
    const id = reader.readInt();
    const tag = reader.readSequence();
    if (id === null || tag === null) throw new Error('what it sent is no LDAP');
    if (id === NOTICE) return end(unreachable(`it closes the connection (${readResult(reader).code})`));
    waiting.get(id)?.heard({ tag, reader });
  }
  const frames = (): ((data: Buffer) => void) => {
    const cut = createFrames(take);
    return (data) => {
      try {
        cut(data);
      } catch (err) {
        end(unreachable(err instanceof Error ? err.message : String(err), err));
      }
    };
  };
  let heard = frames();
  const failed = (err: Error): void => end(unreachable(err.message, err));
  const closed = (): void => end(unreachable('it closed the connection'));
  const listen = (): Socket => socket.on('data', heard).on('error', failed).on('close', closed);
  listen();

  return {
    request: (make, hear, timeoutMs) =>
      new Promise<void>((resolve, reject) => {
        if (ended) return reject(ended);
        const id = ++lastId;
        const timer = timeoutMs === undefined ? undefined : setTimeout(() => end(unreachable(`it did not answer within ${timeoutMs} ms`)), timeoutMs);
        const done = (settle: () => void): void => {
          clearTimeout(timer);
          waiting.delete(id);
          settle();
        };
        waiting.set(id, {
          fail: (why) => done(() => reject(why)),
          heard: (answer) => {
            if (hear(answer)) done(resolve);
          },
        });
        socket.write(make(id).write());
      }),
    replace(wrap) {
      socket.off('data', heard).off('close', closed);
      socket = wrap(socket);
      heard = frames();
      return listen();
    },
    close: () =>
      new Promise((resolve) => {
        if (socket.closed) return resolve();
        const late = setTimeout(() => socket.destroy(), GOODBYE_MS);
        socket.once('close', () => {
          clearTimeout(late);
          resolve();
        });
        if (ended || socket.connecting) socket.destroy();
        else socket.end(new UnbindRequest({ messageId: ++lastId }).write());
      }),
    end,
  };
}
