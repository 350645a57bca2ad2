import { ConfigError, Secret } from '@integration-framework/framework';
import { describeWith } from '../../../tools/servers';
import { at, pathsOf, READER, READER_PASSWORD, startStage, until, watchedRun, type Stage } from './stage';

describeWith({ needs: ['postgres'] }, 'in trouble', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage({ tls: true });
    await stage.sql('CREATE DATABASE work');
    await stage.sql('CREATE SCHEMA open; CREATE SCHEMA hidden; CREATE TABLE open.a (id int PRIMARY KEY); CREATE TABLE hidden.b (id int REFERENCES open.a); CREATE VIEW hidden.v AS SELECT id FROM hidden.b', 'work');
  });
  afterAll(() => stage.stop());

  test('a role without any right on tables and schemas sees them all, so a revoked right removes nothing', async () => {
    const reader = await stage.session('work', READER);
    await expect(reader.query('SELECT * FROM hidden.b')).rejects.toThrow('permission denied');
    const connector = stage.connector('/work');
    await connector.refresh();
    expect(pathsOf(connector, 'table')).toEqual(['work/hidden/b', 'work/open/a']);
    expect(at(connector, 'view', 'work/hidden/v')!.properties.formula).toContain('hidden.b');
    expect(at(connector, 'column', 'work/hidden/b/id')!.relations!.foreignKey).toHaveLength(1);
  });

  test('a catalog that may not be read fails the refresh, says which, and removes nothing', async () => {
    const connector = stage.connector('/work');
    await connector.refresh();
    const columns = pathsOf(connector, 'column');
    await stage.sql('REVOKE SELECT ON pg_catalog.pg_attrdef FROM PUBLIC; DROP VIEW hidden.v', 'work');
    await expect(connector.refresh()).rejects.toThrow(/refused our credentials \(permission denied for table pg_attrdef\)/);
    expect(pathsOf(connector, 'column')).toEqual(columns);
    await stage.sql('GRANT SELECT ON pg_catalog.pg_attrdef TO PUBLIC', 'work');
    await connector.refresh();
    expect(pathsOf(connector, 'column')).toEqual(columns.filter((path) => !path.startsWith('work/hidden/v/')));
    await stage.sql('CREATE VIEW hidden.v AS SELECT id FROM hidden.b', 'work');
  });

  test('a database that may not be connected to any more stays, with all that is in it; the others are brought over', async () => {
    await stage.sql('CREATE DATABASE shut');
    await stage.sql('CREATE TABLE inside (a int)', 'shut');
    const connector = stage.connector('');
    await connector.refresh();
    await stage.sql('REVOKE CONNECT ON DATABASE shut FROM PUBLIC');
    await stage.sql('CREATE TABLE open.fresh ()', 'work');
    await expect(connector.refresh()).rejects.toThrow(/shut at .* may not be connected to any more, so nothing was removed/);
    expect(pathsOf(connector, 'table')).toEqual(expect.arrayContaining(['shut/public/inside', 'work/open/fresh']));
    await stage.sql('DROP TABLE open.fresh', 'work');

    // One that was never seen is none of our business.
    const other = stage.connector('');
    await other.refresh();
    expect(pathsOf(other, 'database')).not.toContain('shut');
    await stage.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'shut'`);
    await stage.sql('DROP DATABASE shut');
    await connector.refresh();
    expect(pathsOf(connector, 'table')).not.toContain('shut/public/inside');
  });

  test('without the database that everybody uses to ask, the server is asked in another', async () => {
    await stage.sql('REVOKE CONNECT ON DATABASE postgres FROM PUBLIC');
    const connector = stage.connector('');
    await connector.refresh();
    expect(pathsOf(connector, 'database')).toEqual(['work']);
    await stage.sql('GRANT CONNECT ON DATABASE postgres TO PUBLIC');
  });

  test('one refresh is one snapshot: what is committed while it reads is seen by the next', async () => {
    const connector = stage.connector('/work');
    const run = watchedRun();
    let reached: () => void = () => undefined;
    const reading = new Promise<void>((resolve) => (reached = resolve));
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const refreshed = connector.connector.refresh!({
      ...run,
      async reconcile(reconciliation) {
        if (reconciliation.blueprint !== 'column') return run.reconcile(reconciliation);
        // The others are read by then, and this one is not begun.
        reached();
        await held;
        return run.reconcile(reconciliation);
      },
    });
    await reading;
    await until(() => run.seen.get('view') !== undefined && run.seen.get('table')!.size > 0);
    await stage.sql('ALTER TABLE open.a ADD later int; CREATE TABLE open.late (x int)', 'work');
    goOn();
    await refreshed;
    expect([...run.seen.get('column')!.keys()].filter((name) => /later|late\/x/.test(name))).toEqual([]);
    await connector.refresh();
    expect(pathsOf(connector, 'column')).toEqual(expect.arrayContaining(['work/open/a/later', 'work/open/late/x']));
    await stage.sql('ALTER TABLE open.a DROP COLUMN later; DROP TABLE open.late', 'work');
  });

  test('a view that is replaced or locked while it is read stays as it was, and nobody has to wait for the refresh', async () => {
    await stage.sql('CREATE VIEW open.w AS SELECT id FROM open.a', 'work');
    const connector = stage.connector('/work');
    await connector.refresh();
    const run = watchedRun();
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const refreshed = connector.connector.refresh!({
      ...run,
      async reconcile(reconciliation) {
        if (reconciliation.blueprint === 'view') await held;
        // Pages of the view come, and then it waits with everything open.
        return run.reconcile(reconciliation);
      },
    });
    await until(() => run.seen.get('table') !== undefined && run.seen.get('table')!.size > 0);
    await stage.sql('DROP VIEW open.w; CREATE VIEW open.w AS SELECT id, 1 AS one FROM open.a', 'work');
    const migration = await stage.session('work');
    await migration.query('BEGIN; LOCK TABLE hidden.b IN ACCESS EXCLUSIVE MODE');
    goOn();
    await refreshed;
    await migration.query('ROLLBACK');
    const views = new Map([...run.seen.get('view')!].map(([name, { properties }]) => [name.slice(name.indexOf('/') + 1), (properties as { formula: string }).formula]));
    expect([...views.keys()].sort()).toEqual(['work/hidden/v', 'work/open/w']);
    expect(views.get('work/open/w')).not.toContain('one');
    await connector.refresh();
    expect(at(connector, 'view', 'work/open/w')!.properties.formula).toContain('1 AS one');
    await stage.sql('DROP VIEW open.w', 'work');
  });

  test('a view that is not in the catalog yet and goes while it is read is left out, and one more refresh is asked for', async () => {
    await stage.sql('CREATE VIEW open.short AS SELECT id FROM open.a', 'work');
    const connector = stage.connector('/work');
    const run = watchedRun();
    const refresh = async (cause: 'rest' | 'event'): Promise<void> => {
      await connector.connector.refresh!({
        ...run,
        cause,
        async reconcile(reconciliation) {
          if (reconciliation.blueprint === 'view') {
            await until(() => (run.seen.get('table')?.size ?? 0) > 0);
            await stage.sql('DROP VIEW IF EXISTS open.short', 'work');
          }
          return run.reconcile(reconciliation);
        },
      });
    };
    await refresh('rest');
    expect([...run.seen.get('view')!.keys()].filter((name) => name.endsWith('/short'))).toEqual([]);
    expect(connector.requested()).toBe(1);
    await stage.sql('CREATE VIEW open.short AS SELECT id FROM open.a', 'work');
    run.seen.clear();
    await refresh('event');
    expect(connector.requested()).toBe(1);
  });

  test('texts of views are read without a lock that lasts: a table is altered while the refresh is still open', async () => {
    const connector = stage.connector('/work');
    const run = watchedRun();
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const refreshed = connector.connector.refresh!({
      ...run,
      async reconcile(reconciliation) {
        if (reconciliation.blueprint === 'column') await held;
        return run.reconcile(reconciliation);
      },
    });
    await until(() => (run.seen.get('view')?.size ?? 0) > 0);
    expect(await stage.sessions()).toBe(1);
    await stage.sql(`SET lock_timeout = '5s'; ALTER TABLE hidden.b ADD quick int; ALTER TABLE hidden.b DROP COLUMN quick; RESET lock_timeout`, 'work');
    goOn();
    await refreshed;
  });

  test('a server that is killed in the middle removes nothing, and is read again when it is back', async () => {
    const connector = stage.connector('');
    await connector.refresh();
    const before = pathsOf(connector, 'column');
    expect(before.length).toBeGreaterThan(1);
    const run = watchedRun();
    let failed: string[] = [];
    const refreshed = connector.connector.refresh!({
      ...run,
      async reconcile(reconciliation) {
        if (reconciliation.blueprint === 'column') {
          await until(() => (run.seen.get('table')?.size ?? 0) > 0);
          await stage.server.kill();
        }
        return run.reconcile(reconciliation).catch((err: unknown) => {
          failed = [...failed, reconciliation.blueprint];
          throw err;
        });
      },
    });
    await expect(refreshed).rejects.toMatchObject({ recovery: 'retry' });
    // No comparison that lacks a database came to its end.
    expect(failed).toContain('column');
    await expect(connector.refresh()).rejects.toThrow(/cannot be reached/);
    await expect(connector.start()).rejects.not.toBeInstanceOf(ConfigError);
    expect(pathsOf(connector, 'column')).toEqual(before);
    await stage.server.start();
    await connector.refresh();
    expect(pathsOf(connector, 'column')).toEqual(before);
  });

  test('a cancelled run and a disconnected connector end at once and leave no connection', async () => {
    const cancel = new AbortController();
    const connector = stage.connector('');
    const run = watchedRun(async (blueprint) => {
      if (blueprint === 'column') {
        await until(async () => (await stage.sessions()) > 0);
        cancel.abort(new DOMException('cancelled', 'AbortError'));
      }
    }, cancel.signal);
    await expect(connector.connector.refresh!(run)).rejects.toMatchObject({ name: 'AbortError' });
    await until(async () => (await stage.sessions()) === 0);

    const ended = stage.connector('');
    const held = ended.connector.refresh!(watchedRun(async (blueprint) => (blueprint === 'column' ? new Promise(() => undefined) : undefined)));
    void held.catch(() => undefined);
    await until(async () => (await stage.sessions()) > 0);
    await ended.disconnect();
    await until(async () => (await stage.sessions()) === 0);
    await expect(ended.connector.refresh!(watchedRun())).rejects.toMatchObject({ name: 'AbortError' });
  });

  test.each([
    ['a wrong password', { password: new Secret('wrong-4711') }, '/work', /refused our credentials \(password authentication failed/],
    ['no password', { password: undefined }, '/work', /it asks for a password; set `password`/],
    ['an unknown database', {}, '/nowhere', /database "nowhere" does not exist/],
    ['a certificate that nobody knows', { sslmode: 'verify-full' }, '/work', /certificate of .* is not trusted.*set `sslRootCert`/],
    ['a missing file', { sslmode: 'verify-full', sslRootCert: '/nowhere/ca.pem' }, '/work', /sslRootCert \/nowhere\/ca.pem cannot be read \(ENOENT\)/],
  ])('%s is a wrong configuration, and no secret is said', async (_, settings, path, message) => {
    // Nothing of this machine's user stands in for a setting.
    process.env['PGPASSWORD'] = READER_PASSWORD;
    const connector = stage.connector(path, settings);
    const err: unknown = await connector.start().catch((thrown: unknown) => thrown);
    expect((err as Error).message).toMatch(message);
    expect(err).toBeInstanceOf(ConfigError);
    expect((err as Error).message).not.toContain('4711');
    expect(await stage.sessions()).toBe(0);
  });

  test('TLS: by the setting or the address, checked with the authority, off when that is said', async () => {
    const ssl = async (path: string, settings = {}): Promise<unknown> => {
      const connector = stage.connector(path, settings);
      let seen: unknown;
      await connector.connector.refresh!(
        watchedRun(async (blueprint) => {
          if (blueprint !== 'column') return;
          await until(async () => {
            [seen] = await stage.sql(`SELECT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.application_name = 'integration-framework'`);
            return seen !== undefined;
          });
        }),
      );
      return seen;
    };
    const { ca } = stage.server;
    expect(await ssl('/work')).toEqual({ ssl: true });
    expect(await ssl('/work', { sslmode: 'verify-full', sslRootCert: ca })).toEqual({ ssl: true });
    expect(await ssl('/work?sslmode=verify-ca', { sslRootCert: ca })).toEqual({ ssl: true });
    expect(await ssl('/work?sslmode=require')).toEqual({ ssl: true });
    expect(await ssl('/work?sslmode=disable')).toEqual({ ssl: false });
  });
});

describeWith({ needs: ['postgres'] }, 'a server without TLS', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage({ settings: { log_statement: 'all', log_line_prefix: '@%a@ ' } });
  });
  afterAll(() => stage.stop());

  test('is read as it is when TLS is only preferred, and refused when it is required', async () => {
    const connector = stage.connector('/postgres');
    await connector.start();
    await connector.refresh();
    await expect(stage.connector('/postgres', { sslmode: 'require' }).start()).rejects.toThrow(/has no TLS; set `sslmode: disable`/);
  });

  test('says in its own log that nothing was done but reading', async () => {
    await stage.sql('CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t; CREATE MATERIALIZED VIEW m AS SELECT a FROM t');
    const from = stage.server.log.length;
    // A superuser could write.
    const connector = stage.connector('', { user: stage.server.user, password: new Secret(stage.server.password), channel: 'odd "channel"' });
    await connector.start();
    await connector.refresh();
    const engaged = connector.engage();
    await until(async () => (await stage.sql<{ n: number }>(`SELECT count(*)::int AS n FROM pg_stat_activity WHERE query LIKE 'LISTEN%'`))[0]!.n === 1);
    await stage.sql(`SELECT pg_notify('odd "channel"', '{"schema":"public","table":"t"}')`);
    await engaged;
    await connector.disconnect();
    const lines = stage.server.log.slice(from).map((line) => /^@integration-framework@ LOG: {2}(?:statement|execute [^:]*): (.*)$/.exec(line)?.[1]).filter((text) => text !== undefined);
    expect(lines.length).toBeGreaterThan(20);
    const READS = /^(BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;|SELECT |DECLARE page_\d+ NO SCROLL CURSOR FOR SELECT |FETCH FORWARD 500 FROM page_\d+$|CLOSE page_\d+$|SAVEPOINT definitions;|COMMIT$|LISTEN "odd ""channel"""$)/;
    expect(lines.filter((text) => !READS.test(text))).toEqual([]);
    const inside = lines.findIndex((text) => text.startsWith('DECLARE'));
    expect(lines.slice(0, inside).some((text) => text.startsWith('BEGIN'))).toBe(true);
    expect(stage.server.log.slice(from).filter((line) => /^@integration-framework@ (ERROR|FATAL|WARNING)/.test(line))).toEqual([]);
  });
});
