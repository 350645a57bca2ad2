import { Client } from 'pg';
import { describeWith, startPostgres, type PostgresServer } from '../../../tools/servers';
import { folderWith, startProcess, type Folder, type RunningFramework } from './framework-process';
import { identifiersOf, resync, runsOf } from './observe';
import { inPortal } from './portal-entities';
import { until } from './until';

const READER = 'reader';
const PASSWORD = 'read-me-77aa';

describeWith({ needs: ['postgres'], own: true }, 'a PostgreSQL server in the catalog and the portal', () => {
  let server: PostgresServer;
  let admin: Client;
  let folder: Folder;
  let framework: RunningFramework | undefined;
  /** Identifiers hold the address. */
  let base: string;

  beforeAll(async () => {
    server = await startPostgres({ settings: { log_statement: 'all', log_line_prefix: '%u ' } });
    base = `${server.host}:${server.port}`;
    const root = new Client({ host: server.host, port: server.port, user: server.user, password: server.password, database: 'postgres' });
    await root.connect();
    await root.query(`CREATE ROLE ${READER} LOGIN PASSWORD '${PASSWORD}'`);
    await root.query('CREATE DATABASE sales');
    await root.end();
    admin = new Client({ host: server.host, port: server.port, user: server.user, password: server.password, database: 'sales' });
    await admin.connect();
    await admin.query('CREATE SCHEMA shop; CREATE TABLE shop.orders (id int PRIMARY KEY, note text); CREATE TABLE shop.lines (n int, order_id int REFERENCES shop.orders)');
    folder = folderWith({
      port: { baseUrl: 'local' },
      integrations: [
        {
          identifier: 'sales',
          type: 'postgres',
          engage: true,
          resync: { every: '60m' },
          connection: { endpoint: { address: `postgres://${base}/sales` } },
          config: { user: READER, password: { fromEnv: 'PG_PASSWORD' } },
        },
      ],
    });
  });
  afterAll(async () => {
    await framework?.kill();
    await admin?.end();
    await server?.stop();
    folder?.remove();
  });
  afterEach(async () => {
    await framework?.stop();
    framework = undefined;
  });

  const begin = async (): Promise<RunningFramework> => (framework = await startProcess(folder, { PG_PASSWORD: PASSWORD }));
  const short = (identifiers: readonly string[]): readonly string[] => identifiers.map((identifier) => identifier.slice(`${base}/sales/`.length)).sort();
  const tables = async (of: RunningFramework): Promise<readonly string[]> => short(await identifiersOf(of, 'table'));
  const tablesInPortal = async (of: RunningFramework): Promise<readonly string[]> => short(await inPortal(of, { folder, blueprint: 'table' }));

  it('what is there comes at the start, into catalog and portal, with keys and foreign keys', async () => {
    const running = await begin();
    expect(await running.runLine(1)).toMatch(/sales/);
    expect(await tables(running)).toEqual(['shop/lines', 'shop/orders']);
    expect((await running.get<{ relations: object; properties: object }>(`/api/v1/entities/column/${encodeURIComponent(`${base}/sales/shop/lines/order_id`)}`)).relations).toMatchObject({
      table: `${base}/sales/shop/lines`,
      foreignKey: [`${base}/sales/shop/orders/id`],
    });
    expect(await tablesInPortal(running)).toEqual(['shop/lines', 'shop/orders']);
    expect(await runsOf(running)).toMatchObject([{ cause: 'start', state: 'completed' }]);
  });

  it('a table that comes and one that goes are followed by a resync, and after a restart by the first', async () => {
    let running = await begin();
    await running.runLine(1);
    await admin.query('CREATE TABLE shop.customers (id int)');
    await resync(running, 'sales');
    await until('it is in the portal', async () => (await tablesInPortal(running)).includes('shop/customers'));
    await running.kill();
    await admin.query('DROP TABLE shop.customers; CREATE VIEW shop.many AS SELECT * FROM shop.orders');
    running = await begin();
    await until('the catalog follows', async () => (await identifiersOf(running, 'view')).length === 1 && !(await tables(running)).includes('shop/customers'));
    await until('the portal follows', async () => !(await tablesInPortal(running)).includes('shop/customers'));
  });

  it('it is told at once, by LISTEN, what changed', async () => {
    const running = await begin();
    await running.runLine(1);
    await until('somebody listens', async () => (await admin.query(`SELECT 1 FROM pg_stat_activity WHERE query ILIKE 'LISTEN%'`)).rows.length > 0);
    await admin.query('CREATE TABLE shop.told (id int)');
    await admin.query(`SELECT pg_notify('catalog_changes', '{"schema":"shop","table":"told"}')`);
    await until('it is in the catalog', async () => (await tables(running)).includes('shop/told'));
    const { rows } = await running.get<{ rows: { key: string; by: string }[] }>('/api/v1/rows?integration=sales&kind=database.table&limit=100');
    expect(rows.find(({ key }) => decodeURIComponent(key).endsWith('/shop/told'))).toMatchObject({ by: 'event' });
  });

  it('a server that is away is a connector in trouble, and nothing goes', async () => {
    const running = await begin();
    await running.runLine(1);
    const before = await tables(running);
    await admin.end();
    await server.kill();
    const run = await resync(running, 'sales');
    expect(run).toMatchObject({ state: 'failed' });
    expect(await tables(running)).toEqual(before);
    await server.start();
    admin = new Client({ host: server.host, port: server.port, user: server.user, password: server.password, database: 'sales' });
    await admin.connect();
    await until('it is tried again by itself, and succeeds', async () => (await runsOf(running))[0]!.state === 'completed');
    expect(await tables(running)).toEqual(before);
    expect(running.stderr() + running.stdout()).not.toContain(PASSWORD);
  });

  it('nothing was ever written to the server', () => {
    const said = server.log.filter((line) => line.startsWith(`${READER} `)).join('\n');
    expect(said).toMatch(/READ ONLY/);
    expect(said).not.toMatch(/\b(INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|GRANT|TRUNCATE)\s/i);
  });
});
