import { readFile } from 'node:fs/promises';
import { ConfigError } from '@integration-framework/framework';
import { Client, type ClientConfig, type Notification, type QueryResult } from 'pg';
import type { Address } from './address';
import { failureOf } from './failure';
import { namesOf } from './names';
import type { PostgresSettings, SslMode } from './settings';

// A server that does not let us in within this time is not well.
const CONNECT_MS = 15_000;
// The server ends a statement before (snapshot.ts); this one is for an answer that got lost.
const ANSWER_MS = 90_000;
const CLOSE_MS = 3_000;

/** One session of the server, with one database. */
export interface Connection {
  readonly database: string;
  query<TRow>(text: string, values?: readonly unknown[]): Promise<readonly TRow[]>;
  /** Several statements in one message, so that nothing comes between them: the rows of each. */
  script<TRow>(text: string): Promise<readonly (readonly TRow[])[]>;
  /** Tells what is notified from now on. */
  listen(channel: string, heard: (payload: string) => void): Promise<void>;
  /** Resolves when it is over, for whatever reason. */
  readonly ended: Promise<void>;
  /** Ends it, and waits. Never throws. */
  close(): Promise<void>;
}

export interface Server {
  readonly address: Address;
  readonly settings: PostgresSettings;
  /** Connections that are open or being made: disconnecting waits for them. */
  readonly open: Set<Connection>;
}

/** Throws what `failureOf` gives, or the reason of the signal. When the signal aborts later the connection is cut. */
export async function connect(server: Server, database: string, signal: AbortSignal): Promise<Connection> {
  const { address, settings } = server;
  const mode = address.sslmode ?? (settings.sslmode as SslMode); // one of its `enum`
  const ca = settings.sslRootCert === undefined || mode === 'disable' ? undefined : await readCa(settings.sslRootCert);
  const plainToo = mode === 'prefer' && ca === undefined;
  try {
    return await open({ server, database, signal, ssl: tlsOf(mode, ca) }).catch((err: unknown) => {
      if (plainToo && /does not support SSL/.test(String(err))) return open({ server, database, signal, ssl: false });
      throw err;
    });
  } catch (err) {
    signal.throwIfAborted();
    throw failureOf(err, `${namesOf(address).server}/${database}`);
  }
}

async function readCa(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (err) {
    throw new ConfigError(`sslRootCert ${file} cannot be read (${(err as NodeJS.ErrnoException).code ?? 'unknown'}); correct the path`, { cause: err });
  }
}

/** As libpq has it: an authority that is named is also asked. */
function tlsOf(mode: SslMode, ca: string | undefined): ClientConfig['ssl'] {
  if (mode === 'disable') return false;
  if (mode === 'verify-full') return { ...(ca !== undefined && { ca }) };
  if (mode === 'verify-ca' || ca !== undefined) return { ...(ca !== undefined && { ca }), checkServerIdentity: () => undefined };
  return { rejectUnauthorized: false };
}

interface OpenOptions {
  readonly server: Server;
  readonly database: string;
  readonly signal: AbortSignal;
  readonly ssl: ClientConfig['ssl'];
}

async function open({ server, database, signal, ssl }: OpenOptions): Promise<Connection> {
  signal.throwIfAborted();
  const { address, settings } = server;
  const where = `${namesOf(address).server}/${database}`;
  const client = new Client({
    host: address.host,
    port: address.port,
    database,
    user: settings.user,
    // A function, also where there is none: else variables and files of this machine's user would be looked into.
    password: () => settings.password?.reveal() ?? '',
    ssl,
    application_name: 'integration-framework',
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
    keepAlive: true,
  });
  const ended = new Promise<void>((resolve) => client.once('end', resolve));
  client.on('error', () => client.connection.stream.destroy()); // who waits for an answer is told by it
  const cut = (): void => void client.connection.stream.destroy();
  signal.addEventListener('abort', cut, { once: true });
  void ended.then(() => signal.removeEventListener('abort', cut));

  const ask = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (err) {
      signal.throwIfAborted();
      throw failureOf(err, where);
    }
  };
  const connection: Connection = {
    database,
    query: <TRow>(text: string, values?: readonly unknown[]) => ask(async () => (await client.query(text, values as unknown[] | undefined)).rows as TRow[]),
    script: <TRow>(text: string) => ask(async () => ((await client.query(text)) as unknown as QueryResult[]).map(({ rows }) => rows as TRow[])),
    async listen(channel, heard) {
      client.on('notification', ({ payload }: Notification) => heard(payload ?? ''));
      await ask(() => client.query(`LISTEN ${client.escapeIdentifier(channel)}`));
    },
    ended,
    async close() {
      const late = setTimeout(cut, CLOSE_MS);
      await client.end().catch(() => undefined);
      await ended;
      clearTimeout(late);
    },
  };
  server.open.add(connection);
  void ended.then(() => server.open.delete(connection));
  try {
    await client.connect();
    return connection;
  } catch (err) {
    cut();
    await ended;
    signal.throwIfAborted();
    throw err;
  }
}
