import { describeWith } from '../../../tools/servers';
import { namesOf } from '../src/names';
import { at, pathsOf, startStage, type Stage } from './stage';

interface InformationColumn {
  readonly table_schema: string;
  readonly table_name: string;
  readonly table_type: string;
  readonly column_name: string;
  readonly ordinal_position: number;
  readonly is_nullable: 'YES' | 'NO';
  readonly column_default: string | null;
  readonly data_type: string;
  readonly domain_name: string | null;
  readonly character_maximum_length: number | null;
  readonly numeric_precision: number | null;
  readonly numeric_scale: number | null;
  readonly datetime_precision: number | null;
  readonly generation_expression: string | null;
}

const TYPES = ['integer', 'bigint', 'text', 'varchar(40)', 'char(3)', 'numeric(12,3)', 'numeric', 'timestamptz(3)', 'time', 'boolean', 'bit varying(9)', 'jsonb', 'shop.mood', 'shop.code', 'text[]', 'interval day to second(2)', 'double precision', 'uuid'];
const DEFAULTS: Readonly<Record<string, string>> = { integer: '7', text: `'it''s'`, boolean: 'false', 'timestamptz(3)': 'now()', 'shop.mood': `'happy'`, 'numeric(12,3)': '1.5', jsonb: `'{}'` };

/** Tables that refer to each other, over schemas, with keys of one and two columns, and views of them. */
function schemaOf(tables: number): string {
  const lines = ['CREATE SCHEMA shop', 'CREATE SCHEMA sales', `CREATE TYPE shop.mood AS ENUM ('happy', 'sad')`, 'CREATE DOMAIN shop.code AS varchar(12) NOT NULL', 'CREATE SEQUENCE shop.numbers'];
  for (let n = 0; n < tables; n++) {
    const schema = n % 2 === 0 ? 'shop' : 'sales';
    const columns = Array.from({ length: 5 }, (_, c) => {
      const type = TYPES[(n * 5 + c) % TYPES.length]!;
      return `c${c} ${type}${c % 2 === 0 ? ' NOT NULL' : ''}${DEFAULTS[type] ? ` DEFAULT ${DEFAULTS[type]}` : ''}`;
    });
    const composite = n % 3 === 0;
    const own = composite ? ['a int', `b varchar(${n + 1})`, `CONSTRAINT pk_${n} PRIMARY KEY (b, a)`] : [n % 3 === 1 ? 'id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY' : `id int PRIMARY KEY DEFAULT nextval('shop.numbers')`, 'twice int GENERATED ALWAYS AS (2 * 21) STORED'];
    lines.push(`CREATE TABLE ${schema}.t${n} (${[...own, ...columns].join(', ')})`);
    if (n >= 3 && composite) {
      const target = `${(n - 3) % 2 === 0 ? 'shop' : 'sales'}.t${n - 3}`;
      lines.push(`ALTER TABLE ${schema}.t${n} ADD ra int, ADD rb varchar(${n - 2}), ADD CONSTRAINT fk_${n} FOREIGN KEY (rb, ra) REFERENCES ${target} (b, a)`);
    }
    lines.push(`CREATE VIEW ${schema}.v${n} AS SELECT * FROM ${schema}.t${n}`);
    lines.push(`COMMENT ON TABLE ${schema}.t${n} IS 'Table ${n}'`, `COMMENT ON COLUMN ${schema}.t${n}.c1 IS 'Column of ${n}'`);
  }
  // A hole in the positions.
  lines.push('DROP VIEW sales.v7', 'ALTER TABLE sales.t7 DROP COLUMN c2', 'CREATE VIEW sales.v7 AS SELECT * FROM sales.t7');
  return lines.join(';\n');
}

describeWith({ needs: ['postgres'] }, 'what information_schema says', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage();
    await stage.sql('CREATE DATABASE company');
    await stage.sql(schemaOf(60), 'company');
  });
  afterAll(() => stage.stop());

  const names = () => namesOf({ host: stage.server.host, port: stage.server.port, database: 'company' });
  const information = <TRow>(text: string): Promise<TRow[]> => stage.sql<TRow>(text, 'company');

  test('is what the catalog has: every schema, table, view and column, with types, sizes, defaults and keys', async () => {
    const connector = stage.connector('/company');
    await connector.start();
    expect([...(await connector.refresh())].sort()).toEqual(['column', 'database', 'databaseSchema', 'softwareCapability', 'table', 'view']);

    const schemas = await information<{ schema_name: string }>(`SELECT schema_name FROM information_schema.schemata WHERE schema_name !~ '^pg_' AND schema_name <> 'information_schema'`);
    expect(pathsOf(connector, 'databaseSchema')).toEqual(schemas.map(({ schema_name }) => `company/${schema_name}`).sort());

    const columns = await information<InformationColumn>(`SELECT t.table_type, c.* FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name) WHERE table_schema IN ('shop', 'sales')`);
    expect(columns.length).toBeGreaterThan(800);
    const relations = [...new Map(columns.map((column) => [`company/${column.table_schema}/${column.table_name}`, column.table_type]))];
    expect(relations.length).toBe(120);
    expect(pathsOf(connector, 'table')).toEqual(relations.filter(([, type]) => type === 'BASE TABLE').map(([path]) => path).sort());
    expect(pathsOf(connector, 'view')).toEqual(relations.filter(([, type]) => type === 'VIEW').map(([path]) => path).sort());

    const found = new Map([...connector.elements('column')].map(([identifier, { properties, relations }]) => [identifier, { properties, relations }]));
    expect(found.size).toBe(columns.length);
    for (const column of columns) {
      const { table_schema: schema, table_name: table, column_name: name } = column;
      const { properties, relations } = found.get(names().of('company', schema, table, name).identifier)!;
      const anchor = names().of('company', schema, table).identifier;
      expect(relations).toMatchObject(column.table_type === 'VIEW' ? { tableView: anchor } : { table: anchor });
      expect({ name, position: properties.elementPosition, nullable: properties.isNullable, default: properties.defaultValue ?? null, generated: properties.formula ?? null, length: properties.length ?? null }).toEqual({
        name,
        position: column.ordinal_position,
        nullable: column.is_nullable === 'YES',
        default: column.column_default,
        generated: column.generation_expression,
        length: column.character_maximum_length,
      });
      // There an array is called ARRAY, an enumeration USER-DEFINED; a domain has its name elsewhere.
      if (column.domain_name !== null) expect(properties.dataType).toBe(`shop.${column.domain_name}`);
      else if (column.data_type === 'USER-DEFINED') expect(properties.dataType).toBe('shop.mood');
      else if (column.data_type === 'ARRAY') expect(properties.dataType).toBe('text[]');
      else expect(properties.dataType).toBe(column.data_type);
      if (column.data_type === 'numeric') expect([properties.precision ?? null, properties.additionalProperties!['scale'] ?? null]).toEqual([column.numeric_precision, column.numeric_scale === null ? null : String(column.numeric_scale)]);
      // Six is what is meant when nothing was said.
      else if (column.datetime_precision !== null) expect(properties.precision ?? (column.data_type === 'date' ? 0 : 6)).toBe(column.datetime_precision);
      else expect(properties.precision).toBeUndefined();
    }
  });

  test('holds for keys: primary keys with their order, foreign keys to the column that is meant', async () => {
    const connector = stage.connector('/company');
    await connector.refresh();
    const keys = await information<{ path: string; constraint_name: string; ordinal_position: number }>(
      `SELECT concat_ws('/', k.table_catalog, k.table_schema, k.table_name, k.column_name) AS path, k.constraint_name, k.ordinal_position
       FROM information_schema.key_column_usage k JOIN information_schema.table_constraints c USING (constraint_schema, constraint_name) WHERE c.constraint_type = 'PRIMARY KEY' AND k.table_schema IN ('shop', 'sales')`,
    );
    const primary = pathsOf(connector, 'column').filter((path) => at(connector, 'column', path)!.properties.primaryKey);
    expect(primary).toEqual(keys.map(({ path }) => path).sort());
    for (const { path, constraint_name, ordinal_position } of keys) {
      expect(at(connector, 'column', path)!.properties).toMatchObject({ primaryKey: { name: constraint_name }, additionalProperties: { primaryKeyPosition: String(ordinal_position) } });
    }

    const references = await information<{ path: string; target: string; constraint_name: string }>(
      `SELECT concat_ws('/', k.table_catalog, k.table_schema, k.table_name, k.column_name) AS path, concat_ws('/', u.table_catalog, u.table_schema, u.table_name, u.column_name) AS target, k.constraint_name
       FROM information_schema.referential_constraints r
         JOIN information_schema.key_column_usage k USING (constraint_schema, constraint_name)
         JOIN information_schema.key_column_usage u ON u.constraint_schema = r.unique_constraint_schema AND u.constraint_name = r.unique_constraint_name AND u.ordinal_position = k.position_in_unique_constraint`,
    );
    expect(references.length).toBe(38);
    const given = pathsOf(connector, 'column').flatMap((path) => {
      const foreignKey = at(connector, 'column', path)!.relations!.foreignKey as readonly { to: string; properties: { name: string } }[];
      return foreignKey.map(({ to, properties }) => ({ path, target: to.slice(to.indexOf('/') + 1), constraint_name: properties.name }));
    });
    const ordered = (list: typeof references) => [...list].sort((a, b) => (a.path < b.path ? -1 : 1));
    expect(ordered(given)).toEqual(ordered(references));
  });

  test('is more than that where PostgreSQL has more: text of views, comments, owners, the database itself and its server', async () => {
    const connector = stage.connector('/company');
    await connector.refresh();
    const [view] = await information<{ view_definition: string }>(`SELECT pg_get_viewdef('shop.v0'::regclass) AS view_definition`);
    expect(at(connector, 'view', 'company/shop/v0')!.properties).toMatchObject({ formula: view!.view_definition, additionalProperties: { tableType: 'VIEW', owner: 'tester' } });
    expect(at(connector, 'table', 'company/shop/t0')!.properties).toMatchObject({ description: 'Table 0', displayName: 't0', qualifiedName: `${names().server}/company.shop.t0` });
    expect(at(connector, 'column', 'company/shop/t0/c1')!.properties).toMatchObject({ description: 'Column of 0' });
    const [version] = await information<{ server_version: string }>('SHOW server_version');
    expect(at(connector, 'database', 'company')).toMatchObject({
      properties: { name: 'company', databaseType: 'PostgreSQL', databaseVersion: version!.server_version, databaseInstance: names().server, encodingType: 'UTF8' },
      relations: { databaseManager: names().capability.identifier },
    });
    expect([...connector.elements('softwareCapability').values()]).toMatchObject([{ properties: { typeName: 'DatabaseManager', version: version!.server_version } }]);
  });

  test('is not wanted of schemas that are excluded, and nothing leads there', async () => {
    const some = stage.connector('/company', { excludeSchemas: ['sa*'] });
    await some.refresh();
    expect(pathsOf(some, 'databaseSchema')).toEqual(['company/public', 'company/shop']);
    const targets = [...some.elements('column').values()].flatMap(({ relations }) => relations!.foreignKey as readonly { to: string }[]).map(({ to }) => to);
    expect(targets.every((to) => some.elements('column').has(to))).toBe(true);
    const named = stage.connector('/company', { includeSchemas: ['sales', 'information_schema'] });
    await named.refresh();
    expect(pathsOf(named, 'databaseSchema')).toEqual(['company/information_schema', 'company/sales']);
  });
});
