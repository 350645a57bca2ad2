import { storable } from '../ids';
import type { Catalog, CatalogDocument, CatalogQuery, CatalogResult } from '../store';
import type { Cells, Connection, Sql, Value } from './connection';
import type { Names } from './names';
import { packBody, unpackBody, type StoredBody } from './text';

interface Head {
  readonly title: string | null;
  readonly icon: string | null;
  readonly team: readonly string[];
}

const COLUMNS = 'blueprint, identifier, integration, kind, head, properties, relations, updatedAt';

/** Text that a search looks at. */
const wordsOf = (identifier: string, title: string | null): string => storable(`${identifier}\n${title ?? ''}`.toLowerCase());

export function createCatalog(connection: Connection, names: Names): Catalog {
  const documentOf = (sql: Sql, cells: Cells): CatalogDocument => ({
    blueprint: cells[0] as string,
    identifier: cells[1] as string,
    integration: names.name(sql, cells[2] as number),
    kind: names.name(sql, cells[3] as number),
    ...(JSON.parse(cells[4] as string) as Head),
    properties: unpackBody(cells[5] as StoredBody) ?? '{}',
    relations: unpackBody(cells[6] as StoredBody) ?? '{}',
    updatedAt: cells[7] as number,
  });

  function write(sql: Sql, document: CatalogDocument): CatalogResult {
    const place = [storable(document.blueprint), storable(document.identifier)];
    const before = sql.get('SELECT n, integration FROM catalog WHERE blueprint = ? AND identifier = ?', place);
    const integration = names.of(sql, document.integration);
    const head: Head = { title: document.title, icon: document.icon, team: document.team };
    const content = [
      integration,
      names.of(sql, document.kind),
      wordsOf(document.identifier, document.title),
      JSON.stringify(head),
      packBody(document.properties),
      packBody(document.relations),
      document.updatedAt,
    ];
    if (!before) {
      sql.run('INSERT INTO catalog(blueprint, identifier, integration, kind, words, head, properties, relations, updatedAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)', [...place, ...content]);
      return { ok: true, created: true };
    }
    sql.run('UPDATE catalog SET integration = ?, kind = ?, words = ?, head = ?, properties = ?, relations = ?, updatedAt = ? WHERE n = ?', [...content, before[0] as number]);
    return { ok: true, created: false, ...(before[1] !== integration && { ownerBefore: names.name(sql, before[1] as number) }) };
  }

  return {
    write: (documents) => connection.derive((sql) => documents.map((document) => write(sql, document))),
    remove: (keys) =>
      connection.derive((sql) => {
        for (const key of keys) {
          sql.run('DELETE FROM catalog WHERE blueprint = ? AND identifier = ? AND integration = ?', [storable(key.blueprint), storable(key.identifier), names.of(sql, key.integration)]);
        }
      }),
    get: (blueprint, identifier) =>
      connection.derive((sql) => {
        const cells = sql.get(`SELECT ${COLUMNS} FROM catalog WHERE blueprint = ? AND identifier = ?`, [storable(blueprint), storable(identifier)]);
        return cells && documentOf(sql, cells);
      }),
    list: (query) =>
      connection.derive((sql) => {
        const { where, values } = filterOf(sql, names, query);
        const found = sql.all(`SELECT ${COLUMNS} FROM catalog WHERE ${where} ORDER BY blueprint, identifier LIMIT ?`, [...values, query.limit + 1]);
        const documents = found.slice(0, query.limit).map((cells) => documentOf(sql, cells));
        const last = documents.at(-1);
        return { documents, next: found.length > query.limit && last ? cursorOf(last) : null };
      }),
    blueprints: () =>
      connection.derive((sql) =>
        sql.all('SELECT blueprint, count(*) FROM catalog GROUP BY blueprint ORDER BY blueprint').map(([identifier, count]) => ({ identifier: identifier as string, count: count as number })),
      ),
  };
}

const cursorOf = (last: CatalogDocument): string => Buffer.from(JSON.stringify([last.blueprint, last.identifier])).toString('base64url');

/** Undefined: it is none of ours; the caller was checked before, so it begins at the beginning. */
function readCursor(cursor: string): readonly [string, string] | undefined {
  try {
    const [blueprint, identifier] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    return typeof blueprint === 'string' && typeof identifier === 'string' ? [blueprint, identifier] : undefined;
  } catch {
    return undefined;
  }
}

function filterOf(sql: Sql, names: Names, query: CatalogQuery): { readonly where: string; readonly values: readonly Value[] } {
  const clauses: string[] = ['1'];
  const values: Value[] = [];
  const add = (clause: string, ...bound: Value[]): void => {
    clauses.push(clause);
    values.push(...bound);
  };
  const after = query.cursor === undefined ? undefined : readCursor(query.cursor);
  if (query.blueprint !== undefined) add('blueprint = ?', storable(query.blueprint));
  if (query.integration !== undefined) add('integration = ?', names.of(sql, query.integration));
  if (query.kind !== undefined) add('kind = ?', names.of(sql, query.kind));
  if (query.q !== undefined && query.q !== '') add('instr(words, ?) > 0', storable(query.q.toLowerCase()));
  if (after) add('(blueprint, identifier) > (?, ?)', ...after);
  return { where: clauses.join(' AND '), values };
}
