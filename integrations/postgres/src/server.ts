import { ConfigError, type NewElement } from '@integration-framework/framework';
import { connect, type Server } from './connect';
import { causeOf, sqlState } from './failure';
import { namesOf } from './names';
import type { Snapshot } from './snapshot';

/** Generated columns are of 12. */
const OLDEST = 120_000;
// One of them is on nearly every server; the second only stands in, because nobody can copy it while we are there.
const MAINTENANCE = ['postgres', 'template1'];
/** It is not there, or may not be connected to. */
const ELSEWHERE: readonly (string | undefined)[] = ['3D000', '42501'];

/** What a server says of itself. */
export interface ServerFacts {
  readonly version: string;
  readonly databases: readonly string[];
  /** They exist, but may not be connected to. */
  readonly closed: readonly string[];
}

/** Connects, asks and leaves. Throws ConfigError for a server that is too old. */
export async function readServer(server: Server, signal: AbortSignal): Promise<ServerFacts> {
  const { database } = server.address;
  const connection = await connectToAny(server, database === undefined ? MAINTENANCE : [database], signal);
  try {
    const [facts] = await connection.query<{ version: string; number: number }>(`SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number`);
    if (facts!.number < OLDEST) throw new ConfigError(`${namesOf(server.address).server} is PostgreSQL ${facts!.version}; 12 or later is read`);
    if (database !== undefined) return { version: facts!.version, databases: [database], closed: [] };
    const rows = await connection.query<{ name: string; open: boolean }>(
      `SELECT datname AS name, datallowconn AND has_database_privilege(oid, 'CONNECT') AS open FROM pg_catalog.pg_database WHERE NOT datistemplate ORDER BY datname`,
    );
    const named = (open: boolean): string[] => rows.filter((row) => row.open === open).map(({ name }) => name);
    return { version: facts!.version, databases: named(true), closed: named(false) };
  } finally {
    await connection.close();
  }
}

async function connectToAny(server: Server, databases: readonly string[], signal: AbortSignal): ReturnType<typeof connect> {
  const [first = '', ...others] = databases;
  try {
    return await connect(server, first, signal);
  } catch (err) {
    if (others.length === 0 || !ELSEWHERE.includes(sqlState(causeOf(err)))) throw err;
    return connectToAny(server, others, signal);
  }
}

export function capabilityOf(server: Server, version: string): NewElement<'softwareCapability'> {
  const { capability, server: place } = namesOf(server.address);
  const { identifier, qualifiedName } = capability;
  return { identifier, properties: { qualifiedName, typeName: 'DatabaseManager', displayName: `PostgreSQL at ${place}`, typeDescription: 'PostgreSQL Database Server', version } };
}

interface DatabaseRow {
  readonly description: string | null;
  readonly encoding: string;
  readonly collation: string;
  readonly owner: string;
  readonly version: string;
}
const DATABASE = `SELECT shobj_description(oid, 'pg_database') AS description, pg_encoding_to_char(encoding) AS encoding, datcollate AS collation,
  pg_get_userbyid(datdba) AS owner, current_setting('server_version') AS version
FROM pg_database WHERE datname = current_database()`;

/** The database of the snapshot. */
export async function readDatabase(server: Server, snapshot: Snapshot): Promise<NewElement<'database'>> {
  const [row] = await snapshot.rows<DatabaseRow>(DATABASE);
  const names = namesOf(server.address);
  const { identifier, qualifiedName } = names.of(snapshot.database);
  const { description, encoding, collation, owner, version } = row!;
  const { database: name } = snapshot;
  return {
    identifier,
    properties: {
      ...{ qualifiedName, name, displayName: name, description, databaseType: 'PostgreSQL', databaseVersion: version, databaseInstance: names.server },
      ...{ encodingType: encoding, encodingLanguage: collation, additionalProperties: { owner } },
    },
    relations: { databaseManager: names.capability.identifier },
  };
}
