import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

export interface Sockets {
  readonly open: ISocketFactory;
  /** Ends every connection, and refuses new ones. */
  close(): void;
}

/** The connections of one client, in our hands: kafkajs itself waits for an answer that may never come before it lets go of one. */
export function createSockets(): Sockets {
  const sockets = new Set<Socket>();
  let closed = false;
  return {
    open({ host, port, ssl, onConnect }) {
      if (closed) throw new Error('stopped');
      const secure = () => connectTls({ host, port, ...(!isIP(host) && { servername: host }), ...ssl }, onConnect);
      const socket = ssl ? secure() : connect({ host, port }, onConnect);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      return socket;
    },
    close() {
      closed = true;
      for (const socket of sockets) socket.destroy(new Error('stopped'));
    },
  };
}
