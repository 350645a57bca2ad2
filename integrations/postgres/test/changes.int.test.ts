import { describeWith } from '../../../tools/servers';
import { at, pathsOf, startStage, type Stage } from './stage';

describeWith({ needs: ['postgres'] }, 'what is changed', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage.stop());

  const create = async (database: string): Promise<(text: string) => Promise<unknown>> => {
    await stage.sql(`CREATE DATABASE ${database}`);
    return (text) => stage.sql(text, database);
  };

  test('tables and columns: made, altered, called otherwise, dropped', async () => {
    const sql = await create('one');
    const connector = stage.connector('/one');
    await sql('CREATE TABLE orders (id int PRIMARY KEY, note varchar(10)); CREATE TABLE other ()');
    await connector.refresh();
    expect(pathsOf(connector, 'table')).toEqual(['one/public/orders', 'one/public/other']);
    expect(at(connector, 'column', 'one/public/orders/note')!.properties).toMatchObject({ dataType: 'character varying', length: 10, isNullable: true, elementPosition: 2 });

    await sql(`ALTER TABLE orders ALTER note TYPE text, ALTER note SET NOT NULL, ALTER note SET DEFAULT 'none', ADD more date; COMMENT ON TABLE other IS 'empty'; CREATE TABLE made (a int)`);
    await connector.refresh();
    const note = at(connector, 'column', 'one/public/orders/note')!.properties;
    expect(note).toMatchObject({ dataType: 'text', isNullable: false, defaultValue: `'none'::text` });
    expect(note.length).toBeUndefined();
    expect(at(connector, 'table', 'one/public/other')!.properties.description).toBe('empty');
    expect(pathsOf(connector, 'column')).toEqual(['one/public/made/a', 'one/public/orders/id', 'one/public/orders/more', 'one/public/orders/note']);

    await sql('ALTER TABLE orders RENAME TO purchases; ALTER TABLE purchases RENAME more TO day; ALTER TABLE purchases DROP COLUMN note; DROP TABLE made, other; CREATE SCHEMA s; ALTER SCHEMA s RENAME TO t');
    await connector.refresh();
    expect(pathsOf(connector, 'table')).toEqual(['one/public/purchases']);
    expect(pathsOf(connector, 'column')).toEqual(['one/public/purchases/day', 'one/public/purchases/id']);
    expect(pathsOf(connector, 'databaseSchema')).toEqual(['one/public', 'one/t']);
  });

  test('views, plain and materialized: a table becomes one, its text changes', async () => {
    const sql = await create('two');
    const connector = stage.connector('/two');
    await sql('CREATE TABLE base (a int, b text); CREATE TABLE shown (a int); CREATE MATERIALIZED VIEW kept AS SELECT b FROM base');
    await connector.refresh();
    expect(pathsOf(connector, 'view')).toEqual(['two/public/kept']);
    expect(at(connector, 'view', 'two/public/kept')!.properties).toMatchObject({ formula: expect.stringContaining('FROM public.base'), additionalProperties: { tableType: 'MATERIALIZED VIEW' } });

    await sql('DROP TABLE shown; CREATE VIEW shown AS SELECT a FROM base; ALTER TABLE base RENAME b TO c');
    await connector.refresh();
    expect(pathsOf(connector, 'table')).toEqual(['two/public/base']);
    expect(pathsOf(connector, 'view')).toEqual(['two/public/kept', 'two/public/shown']);
    expect(at(connector, 'column', 'two/public/shown/a')!.relations).toMatchObject({ tableView: expect.stringMatching(/\/two\/public\/shown$/) });
    expect(at(connector, 'view', 'two/public/kept')!.properties.formula).toContain('c AS b');
  });

  test('odd names: dots, quotes, slashes, percent and equals signs, blanks, capitals, other scripts, all apart from each other', async () => {
    const odd = ['a.b', 'a b', 'a/b', 'a=2Fb', 'a%2Fb', 'A', 'a', 'Größe', '顧客', 'say "hi"', `it's`, '😀', 'a\\b', 'x'.repeat(63), 'cafe\u0301', 'caf\u00e9', '..', '$1', 'a--b', '{}'];
    const quoted = odd.map((name) => `"${name.replaceAll('"', '""')}"`);
    const sql = await create('"Odd.Base"');
    void sql;
    const oddSql = (text: string): Promise<unknown> => stage.sql(text, 'Odd.Base');
    await oddSql(quoted.map((name) => `CREATE SCHEMA ${name}; CREATE TABLE ${name}.${name} (${quoted.map((column) => `${column} int`).join(', ')})`).join(';'));
    const connector = stage.connector('/Odd.Base');
    await connector.refresh();
    expect(connector.elements('databaseSchema').size).toBe(odd.length + 1);
    expect(connector.elements('column').size).toBe(odd.length * odd.length);
    const columns = [...connector.elements('column')];
    expect(new Set(columns.map(([, { properties }]) => properties.qualifiedName)).size).toBe(columns.length);
    // What Port takes, in Unicode.
    for (const [identifier] of columns) expect(identifier).toMatch(/^(?!\.{1,2}$)[\p{L}0-9@_.+:\\/=-]{1,1000}$/u);
    expect(new Set([...connector.elements('databaseSchema').values()].map(({ properties }) => properties.name))).toEqual(new Set([...odd, 'public']));
    const found = columns.find(([, { properties }]) => properties.displayName === 'say "hi"' && properties.qualifiedName.includes('"a.b"."a.b"'))!;
    expect(found[1].properties.qualifiedName).toMatch(/\/"Odd\.Base"\."a\.b"\."a\.b"\."say ""hi"""$/);
  });

  test('partitions, inheritance, foreign tables, temporary tables of others', async () => {
    const sql = await create('parts');
    await sql(`CREATE TABLE log (at date NOT NULL, id int, PRIMARY KEY (at, id)) PARTITION BY RANGE (at);
      CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2026-02-01'); CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
      CREATE TABLE refers (at date, id int, CONSTRAINT to_log FOREIGN KEY (at, id) REFERENCES log); CREATE UNLOGGED TABLE fast (); CREATE TEMPORARY TABLE mine ();
      CREATE TABLE self (id int PRIMARY KEY, up int REFERENCES self, CONSTRAINT again FOREIGN KEY (up) REFERENCES self)`);
    const connector = stage.connector('/parts');
    await connector.refresh();
    expect(pathsOf(connector, 'table')).toEqual(['fast', 'log', 'log_1', 'log_2', 'refers', 'self'].map((name) => `parts/public/${name}`));
    expect(at(connector, 'table', 'parts/public/log')!.properties.additionalProperties).toMatchObject({ tableType: 'PARTITIONED TABLE' });
    expect(at(connector, 'table', 'parts/public/log_1')!.properties.additionalProperties).toMatchObject({ tableType: 'BASE TABLE', partitionOf: 'public.log' });
    expect(at(connector, 'table', 'parts/public/fast')!.properties.additionalProperties).toMatchObject({ unlogged: 'true' });
    // To the table that was written, not to each of its partitions; two of them to one column are one.
    expect(at(connector, 'column', 'parts/public/refers/at')!.relations!.foreignKey).toEqual([{ to: expect.stringMatching(/\/log\/at$/), properties: { name: 'to_log' } }]);
    expect(at(connector, 'column', 'parts/public/self/up')!.relations!.foreignKey).toEqual([{ to: expect.stringMatching(/\/self\/id$/), properties: { name: 'again, self_up_fkey' } }]);
  });

  test('databases of a server: made, renamed, dropped; templates and closed ones are left out', async () => {
    const connector = stage.connector('');
    await stage.sql('CREATE DATABASE first');
    await stage.sql('CREATE DATABASE second');
    await stage.sql('CREATE TABLE t (a int)', 'first');
    await connector.start();
    await connector.refresh();
    expect(pathsOf(connector, 'database')).toEqual(expect.arrayContaining(['first', 'postgres', 'second']));
    expect(pathsOf(connector, 'database').join()).not.toContain('template');
    expect(pathsOf(connector, 'table')).toContain('first/public/t');
    const [manager] = [...connector.elements('softwareCapability').keys()];
    expect(at(connector, 'database', 'first')!.relations).toEqual({ databaseManager: manager });

    await stage.sql('DROP DATABASE second');
    await stage.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'first'`);
    await stage.sql('ALTER DATABASE first RENAME TO third');
    await connector.refresh();
    expect(pathsOf(connector, 'database')).not.toEqual(expect.arrayContaining(['second']));
    expect(pathsOf(connector, 'table')).toContain('third/public/t');
    expect(pathsOf(connector, 'table')).not.toContain('first/public/t');
  });

  test('nothing but the elements that are: doing it again gives the same', async () => {
    const connector = stage.connector('');
    await connector.refresh();
    const before = JSON.stringify([...connector.elements('column')].sort());
    await connector.refresh();
    expect(JSON.stringify([...connector.elements('column')].sort())).toBe(before);
  });
});
