import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { Secret } from '@integration-framework/framework';
import { BindRequest, ExtendedRequest, FilterParser, PagedResultsControl, ProtocolOperation, SearchEntry, SearchReference, SearchRequest, type Control } from 'ldapts';
import type { Address } from './address';
import { readEntry, type Entry } from './entry';
import { connectFailure, NO_SUCH_OBJECT, refusalOf } from './failure';
import { readResult, type Result } from './result';
import { createWire, type Answer, type Wire } from './wire';

export interface Server {
  readonly address: Address;
  readonly startTls: boolean;
  /** PEM. */
  readonly ca?: string;
  readonly bind?: { readonly dn: string; readonly password: Secret };
}

export interface Search {
  readonly base: string;
  readonly filter: string;
  readonly attributes: readonly string[];
}

/** One connection, signed in. It only binds and searches. It ends with the signal that it was opened with, and with the first call that fails to be answered. */
export interface Session {
  /** The entry of that name, if it is there, may be seen, and the filter takes it. */
  one(search: Search): Promise<Entry | undefined>;
  /** All that lie below, and the base itself, in pages of `size`; or it throws. Pages may hold nothing. No second one at the same time. */
  pages(search: Search, size: number): AsyncIterable<readonly Entry[]>;
  /** A search below the base that lasts: every answer is given as it comes. Rejects when it ends. */
  persist(search: Search, control: Control, heard: (answer: Answer) => void): Promise<never>;
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly signal: AbortSignal;
  /** Refusals are then told as a wrong configuration. */
  readonly atStart?: boolean;
  /** Told of parts of the directory that lie on other servers: they are not read. */
  readonly onReferences?: (urls: readonly string[]) => void;
}

const CONNECT_MS = 10_000;
const ANSWER_MS = 60_000;
const START_TLS = '1.3.6.1.4.1.1466.20037';

/** Connects, begins TLS, signs in. What was made of it is undone when it fails. */
export async function openSession(server: Server, { signal, atStart = false, onReferences }: OpenOptions): Promise<Session> {
  signal.throwIfAborted();
  const { address } = server;
  const name = address.server;
  const tls: ConnectionOptions = { host: address.host, ...(isIP(address.host) === 0 && { servername: address.host }), ...(server.ca !== undefined && { ca: server.ca }) };
  const socket = address.tls ? connectTls({ ...tls, port: address.port }) : connect({ host: address.host, port: address.port });
  socket.setKeepAlive(true, ANSWER_MS).setNoDelay(true);
  const wire = createWire(socket, name);
  const abort = (): void => wire.end(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  const refuse = (result: Result, doing: string): Error => refusalOf(result, { server: name, doing, atStart });
  const close = async (): Promise<void> => {
    signal.removeEventListener('abort', abort);
    await wire.close();
  };
  try {
    await connected(socket, { event: address.tls ? 'secureConnect' : 'connect', name, signal });
    if (server.startTls) {
      const result = await ask(wire, (messageId) => new ExtendedRequest({ messageId, oid: START_TLS }));
      if (result.code !== 0) throw refuse(result, 'StartTLS');
      const secure = wire.replace((plain) => connectTls({ ...tls, socket: plain }));
      await connected(secure, { event: 'secureConnect', name, signal });
    }
    const { bind } = server;
    if (bind) {
      const result = await ask(wire, (messageId) => new BindRequest({ messageId, dn: bind.dn, password: bind.password.reveal() }));
      if (result.code !== 0) throw refuse(result, 'the sign-in of bindDn');
    }
  } catch (err) {
    wire.end(err as Error);
    await close();
    throw err;
  }

  /** Gives the entries to `found`. */
  const search = async (make: (messageId: number) => SearchRequest, found: (entry: Entry) => void): Promise<Result> => {
    const heard = ({ tag, reader }: Answer): void => {
      if (tag === ProtocolOperation.LDAP_RES_SEARCH_ENTRY) found(readEntry(parsed(new SearchEntry({ messageId: 0 }), reader)));
      if (tag === ProtocolOperation.LDAP_RES_SEARCH_REF) onReferences?.(parsed(new SearchReference({ messageId: 0 }), reader).uris);
    };
    return ask(wire, make, heard);
  };
  return {
    async one(what) {
      const entries: Entry[] = [];
      const result = await search((messageId) => request(what, { messageId, scope: 'base' }), (entry) => entries.push(entry));
      if (result.code !== 0 && result.code !== NO_SUCH_OBJECT) throw refuse(result, 'a search');
      return entries[0];
    },
    async *pages(what, size) {
      let cookie: Buffer | undefined;
      do {
        const entries: Entry[] = [];
        const paging = new PagedResultsControl({ critical: true, value: { size, ...(cookie && { cookie }) } });
        const result = await search((messageId) => request(what, { messageId, scope: 'sub', controls: [paging] }), (entry) => entries.push(entry));
        if (result.code !== 0) throw refuse(result, 'a search');
        yield entries;
        cookie = result.controls.find((control) => control instanceof PagedResultsControl)?.value?.cookie;
      } while (cookie && cookie.length > 0);
    },
    async persist(what, control, heard) {
      let result: Result | undefined;
      const hear = (answer: Answer): boolean => {
        if (answer.tag !== ProtocolOperation.LDAP_RES_SEARCH) heard(answer);
        else result = readResult(answer.reader);
        return result !== undefined;
      };
      await wire.request((messageId) => request(what, { messageId, scope: 'sub', controls: [control] }), hear);
      throw refuse(result!, 'the search for changes');
    },
    close,
  };
}

const parsed = <TMessage extends SearchEntry | SearchReference>(message: TMessage, reader: Answer['reader']): TMessage => {
  message.parse(reader, []);
  return message;
};

const request = ({ base, filter, attributes }: Search, how: { readonly messageId: number; readonly scope: 'base' | 'sub'; readonly controls?: Control[] }): SearchRequest =>
  // A time limit of 0: that of the server. Aliases stay what they are: what they stand for is read where it lies.
  new SearchRequest({ ...how, baseDN: base, filter: FilterParser.parseString(filter), attributes: [...attributes], timeLimit: 0, derefAliases: 'never' });

/** Answers that do not end the operation go to `heard`. */
async function ask(wire: Wire, make: Parameters<Wire['request']>[0], heard: (answer: Answer) => void = () => undefined): Promise<Result> {
  const last: readonly number[] = [ProtocolOperation.LDAP_RES_BIND, ProtocolOperation.LDAP_RES_EXTENSION, ProtocolOperation.LDAP_RES_SEARCH];
  let result: Result | undefined;
  const hear = (answer: Answer): boolean => {
    if (last.includes(answer.tag)) result = readResult(answer.reader);
    else heard(answer);
    return result !== undefined;
  };
  await wire.request(make, hear, ANSWER_MS);
  return result!;
}

function connected(socket: Socket, { event, name, signal }: { readonly event: 'connect' | 'secureConnect'; readonly name: string; readonly signal: AbortSignal }): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => done(new Error(`no connection within ${CONNECT_MS} ms`)), CONNECT_MS);
    const done = (err?: Error): void => {
      clearTimeout(late);
      for (const [name, listener] of Object.entries(listeners)) socket.off(name, listener);
      if (err === undefined) resolve();
      else reject(signal.aborted ? (signal.reason as Error) : connectFailure(err, name));
    };
    const listeners = { [event]: () => done(), error: done, close: () => done(new Error('it closed the connection')) };
    for (const [name, listener] of Object.entries(listeners)) socket.once(name, listener);
  });
}
