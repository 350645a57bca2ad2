import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { StagedConnector } from '@integration-framework/framework/testkit';
import { describeWith } from '../../../tools/servers';
import { at, pathsOf, startStage, until, watchedRun, type Stage } from './stage';

/** What users are told to install. */
const TRIGGER = /```sql\n(CREATE FUNCTION [\s\S]*?)```/.exec(readFileSync(path.join(__dirname, '..', 'README.md'), 'utf8'))![1]!;

describeWith({ needs: ['postgres'] }, 'engage', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage.stop());

  const listeners = async (): Promise<number> => (await stage.sql<{ n: number }>(`SELECT count(*)::int AS n FROM pg_stat_activity WHERE query LIKE 'LISTEN%' OR query = 'COMMIT' AND application_name = 'integration-framework'`))[0]!.n;

  /** A database with the trigger, and a connector that has read it and listens. */
  async function listening(database: string, sql: string): Promise<{ readonly connector: StagedConnector; change(text: string): Promise<void> }> {
    await stage.sql(`CREATE DATABASE ${database}`);
    await stage.sql(`${TRIGGER}; ${sql}`, database);
    const connector = stage.connector(`/${database}`);
    await connector.start();
    const before = await listeners();
    const first = connector.engage();
    await until(async () => (await listeners()) > before);
    await connector.refresh();
    await stage.sql('NOTIFY catalog_changes', database);
    await first;
    return {
      connector,
      async change(text) {
        const heard = connector.engage();
        await stage.sql(text, database);
        await heard;
      },
    };
  }

  test('a table that was altered, made or dropped is brought over at once, and no refresh is asked for', async () => {
    const { connector, change } = await listening('a', 'CREATE SCHEMA s; CREATE TABLE s.t (id int PRIMARY KEY); CREATE TABLE s.other (x int); CREATE TABLE s.gone (x int)');
    const asked = connector.requested();
    await change(`ALTER TABLE s.t ADD "More" text; COMMENT ON COLUMN s.t.id IS 'number'; CREATE TABLE s.made (a int REFERENCES s.t); DROP TABLE s.gone; CREATE VIEW s.v AS SELECT a FROM s.made`);
    expect(pathsOf(connector, 'column')).toEqual(['a/s/made/a', 'a/s/other/x', 'a/s/t/More', 'a/s/t/id', 'a/s/v/a']);
    expect(at(connector, 'column', 'a/s/t/id')!.properties.description).toBe('number');
    expect(pathsOf(connector, 'table')).toEqual(['a/s/made', 'a/s/other', 'a/s/t']);
    expect(at(connector, 'view', 'a/s/v')!.properties.formula).toContain('s.made');
    expect(connector.requested()).toBe(asked);
    // Only what was named, and not the rest.
    expect(connector.told.filter(({ element }) => element.identifier.includes('/other'))).toEqual([]);
    const told = [...connector.elements('column')].sort();
    await connector.refresh();
    expect([...connector.elements('column')].sort()).toEqual(told);
  });

  test('keys follow: a foreign key that is dropped with its target, a table that becomes a view', async () => {
    const { connector, change } = await listening('b', 'CREATE TABLE target (id int PRIMARY KEY); CREATE TABLE refers (t int REFERENCES target); CREATE TABLE same (x int)');
    expect(at(connector, 'column', 'b/public/refers/t')!.relations!.foreignKey).toHaveLength(1);
    await change('DROP TABLE target CASCADE; DROP TABLE same; CREATE VIEW same AS SELECT 1 AS x');
    expect(at(connector, 'column', 'b/public/refers/t')!.relations!.foreignKey).toEqual([]);
    expect(pathsOf(connector, 'table')).toEqual(['b/public/refers']);
    expect(pathsOf(connector, 'view')).toEqual(['b/public/same']);
    expect(pathsOf(connector, 'column')).toEqual(['b/public/refers/t', 'b/public/same/x']);
  });

  test('what a table alone does not show asks for a refresh: another name of a table or column, a schema, a plain notification', async () => {
    const { connector, change } = await listening('c', 'CREATE TABLE t (id int PRIMARY KEY, x int); CREATE TABLE refers (t int REFERENCES t)');
    let asked = connector.requested();
    const askedOnce = (): boolean => connector.requested() === ++asked;
    await change('ALTER TABLE t RENAME TO renamed');
    expect(askedOnce()).toBe(true);
    expect(pathsOf(connector, 'table')).toEqual(expect.arrayContaining(['c/public/renamed']));
    expect(at(connector, 'column', 'c/public/refers/t')!.relations!.foreignKey).toEqual([{ to: expect.stringMatching(/\/renamed\/id$/), properties: { name: 'refers_t_fkey' } }]);
    await connector.refresh();
    expect(pathsOf(connector, 'table')).toEqual(['c/public/refers', 'c/public/renamed']);
    await change('ALTER TABLE renamed RENAME x TO y');
    expect(askedOnce()).toBe(true);
    expect(pathsOf(connector, 'column')).toEqual(['c/public/refers/t', 'c/public/renamed/id', 'c/public/renamed/y']);
    await change('CREATE SCHEMA more');
    expect(askedOnce()).toBe(true);
    await change('NOTIFY catalog_changes');
    expect(askedOnce()).toBe(true);
    await change(`NOTIFY catalog_changes, 'not { json'`);
    expect(askedOnce()).toBe(true);
  });

  test('many changes are gathered; more than are worth reading one by one become one refresh', async () => {
    const { connector, change } = await listening('d', 'CREATE TABLE t (x int)');
    const asked = connector.requested();
    await change(Array.from({ length: 50 }, (_, n) => `ALTER TABLE t ADD c${n} int`).join(';'));
    expect(connector.requested()).toBe(asked);
    expect(connector.told.filter(({ element }) => element.blueprint === 'table')).toHaveLength(1);
    expect(connector.elements('column').size).toBe(51);
    await change(Array.from({ length: 300 }, (_, n) => `CREATE TABLE many_${n} ()`).join(';'));
    expect(connector.requested()).toBe(asked + 1);
  });

  test('what is told while a refresh reads is read once more, because the refresh may still say what was before', async () => {
    const { connector, change } = await listening('reads', 'CREATE TABLE t (x int)');
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
    await until(() => (run.seen.get('table')?.size ?? 0) > 0);
    const asked = connector.requested();
    await change('ALTER TABLE t ADD y int');
    expect(pathsOf(connector, 'column')).toEqual(['reads/public/t/x', 'reads/public/t/y']);
    expect(connector.requested()).toBe(asked + 1);
    goOn();
    await refreshed;
  });

  test('news that could not be handled are handled by the next call', async () => {
    const { connector, change } = await listening('again', 'CREATE TABLE t (x int)');
    await stage.sql('REVOKE SELECT ON pg_catalog.pg_attrdef FROM PUBLIC', 'again');
    await expect(change('ALTER TABLE t ADD y int')).rejects.toThrow('permission denied');
    expect(pathsOf(connector, 'column')).toEqual(['again/public/t/x']);
    await stage.sql('GRANT SELECT ON pg_catalog.pg_attrdef TO PUBLIC', 'again');
    await connector.engage();
    expect(pathsOf(connector, 'column')).toEqual(['again/public/t/x', 'again/public/t/y']);
  });

  test('schemas that are left out stay out', async () => {
    await stage.sql('CREATE DATABASE e');
    await stage.sql(`${TRIGGER}; CREATE SCHEMA staging`, 'e');
    const connector = stage.connector('/e', { excludeSchemas: ['staging'] });
    await connector.refresh();
    const before = await listeners();
    const heard = connector.engage();
    await until(async () => (await listeners()) > before);
    await stage.sql('CREATE TABLE staging.t (x int); CREATE TABLE public.t (x int)', 'e');
    await heard;
    expect(pathsOf(connector, 'table')).toEqual(['e/public/t']);
  });

  test('a stop ends the wait, and disconnect leaves no connection', async () => {
    const { connector } = await listening('f', 'CREATE TABLE t ()');
    expect(await stage.sql(`SELECT 1 FROM pg_stat_activity WHERE datname = 'f' AND application_name = 'integration-framework'`)).toHaveLength(1);
    const stop = new AbortController();
    const waiting = connector.engage(stop.signal);
    stop.abort();
    await waiting;
    await connector.disconnect();
    await until(async () => (await stage.sql(`SELECT 1 FROM pg_stat_activity WHERE datname = 'f' AND application_name = 'integration-framework'`)).length === 0);
  });

  test('all databases of a server are listened to, also those that a later refresh finds', async () => {
    const connector = stage.connector('');
    await connector.start();
    await connector.refresh();
    const stop = new AbortController();
    const first = connector.engage(stop.signal);
    const heardIn = (database: string): Promise<boolean> => stage.sql(`SELECT 1 FROM pg_stat_activity WHERE datname = '${database}' AND query LIKE 'LISTEN%'`).then((rows) => rows.length > 0);
    await first; // it was read before it was listened to: a refresh is asked for
    expect(connector.requested()).toBe(1);
    expect(await heardIn('a')).toBe(true);
    await stage.sql('CREATE DATABASE later');
    await stage.sql(`${TRIGGER}`, 'later');
    await connector.refresh();
    const second = connector.engage(stop.signal);
    await until(() => heardIn('later'));
    await second;
    const third = connector.engage(stop.signal);
    await stage.sql('CREATE TABLE here (x int)', 'later');
    await third;
    expect(pathsOf(connector, 'table')).toContain('later/public/here');
    await connector.disconnect();
  });

  test('a server that goes away and comes back: engage fails meanwhile, then a refresh is asked for and news are heard again', async () => {
    const { connector, change } = await listening('g', 'CREATE TABLE t (x int)');
    const waiting = connector.engage();
    await stage.server.kill();
    await waiting; // woken; what was missed is not known yet
    await expect(connector.engage()).rejects.toThrow(/cannot be reached/);
    await stage.server.start();
    const asked = connector.requested();
    await connector.engage();
    expect(connector.requested()).toBe(asked + 1);
    await change('ALTER TABLE t ADD y int');
    expect(pathsOf(connector, 'column')).toEqual(['g/public/t/x', 'g/public/t/y']);
  });
});
