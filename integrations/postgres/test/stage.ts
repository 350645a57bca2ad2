import { Secret, type NewElement, type RefreshRun } from '@integration-framework/framework';
import { stageConnector, type StagedConnector } from '@integration-framework/framework/testkit';
import { Client } from 'pg';
import { startPostgres, type PostgresOptions, type PostgresServer } from '../../../tools/servers';
import postgres from '../src/index';

/** A server, its administrator, and connectors that look at it. */
export interface Stage {
  readonly server: PostgresServer;
  /** Done by the administrator, in a database. */
  sql<TRow = Record<string, unknown>>(text: string, database?: string): Promise<TRow[]>;
  /** Another session, ended with the stage. */
  session(database: string, user?: string): Promise<Client>;
  /** A connector for `postgres://…` + path; `user` is a role without any right but LOGIN. */
  connector(path: string, settings?: Readonly<Record<string, unknown>>): StagedConnector;
  /** Sessions of connectors. */
  sessions(): Promise<number>;
  stop(): Promise<void>;
}

export const READER = 'reader';
export const READER_PASSWORD = 'read-me-b3f1';

export async function startStage(options: PostgresOptions = {}): Promise<Stage> {
  const server = await startPostgres(options);
  const clients = new Map<string, Client>();
  const others: Client[] = [];
  const connectors: StagedConnector[] = [];
  const connect = async (database: string, user = server.user): Promise<Client> => {
    const client = new Client({ host: server.host, port: server.port, user, password: user === READER ? READER_PASSWORD : server.password, database });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const sql = async <TRow>(text: string, database = 'postgres'): Promise<TRow[]> => {
    const client = clients.get(database) ?? (await connect(database));
    if (!clients.has(database)) client.once('end', () => clients.delete(database));
    clients.set(database, client);
    return (await client.query(text)).rows as TRow[];
  };
  await sql(`CREATE ROLE ${READER} LOGIN PASSWORD '${READER_PASSWORD}'`);
  return {
    server,
    sql,
    async session(database, user) {
      const client = await connect(database, user);
      others.push(client);
      return client;
    },
    connector(path, settings = {}) {
      const connector = stageConnector({
        integration: postgres,
        settings: { user: READER, password: new Secret(READER_PASSWORD), sslmode: 'prefer', channel: 'catalog_changes', ...settings },
        endpoint: { address: `postgres://${server.host}:${server.port}${path}` },
      });
      connectors.push(connector);
      return connector;
    },
    async sessions() {
      const [row] = await sql<{ n: number }>(`SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'integration-framework'`);
      return row!.n;
    },
    async stop() {
      for (const connector of connectors) await connector.disconnect();
      expect(connectors.flatMap(({ refused }) => refused)).toEqual([]);
      for (const client of [...clients.values(), ...others]) await client.end().catch(() => undefined);
      await server.stop();
    },
  };
}

/** Waits for a condition; the time limit of the test is the deadline. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((again) => setTimeout(again, 10));
}

/** Identifiers of a blueprint, without host and port. */
export const pathsOf = (connector: StagedConnector, blueprint: 'database' | 'databaseSchema' | 'table' | 'view' | 'column'): string[] =>
  [...connector.elements(blueprint).keys()].map((identifier) => identifier.slice(identifier.indexOf('/') + 1)).sort();

/** The element at a path without host and port. */
export function at<TBlueprint extends 'database' | 'databaseSchema' | 'table' | 'view' | 'column'>(connector: StagedConnector, blueprint: TBlueprint, path: string): NewElement<TBlueprint> | undefined {
  return [...connector.elements(blueprint)].find(([identifier]) => identifier.slice(identifier.indexOf('/') + 1) === path)?.[1] as NewElement<TBlueprint> | undefined;
}

/** A run that only looks, and may stop between pages: what a blueprint's comparison was given. */
export function watchedRun(reached: (blueprint: string) => Promise<void> = async () => undefined, signal = new AbortController().signal): RefreshRun & { readonly seen: Map<string, Map<string, NewElement>> } {
  const seen = new Map<string, Map<string, NewElement>>();
  return {
    ...{ runId: 'run', cause: 'rest', target: 'default', signal, seen },
    async reconcile({ blueprint, source$ }) {
      await reached(blueprint);
      const elements = new Map<string, NewElement>();
      seen.set(blueprint, elements);
      for await (const page of source$) for (const element of page) elements.set(element.identifier, element);
      return { received: elements.size, refused: 0, compared: true };
    },
  };
}
