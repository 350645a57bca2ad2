import type { AuditMessage } from '@integration-framework/framework';

/** What the connector says in the audit log. */
export const messages = {
  started: {
    id: 'POSTGRES-CONNECTOR-0001',
    severity: 'STARTUP',
    message: 'PostgreSQL {version} answers at {server} as {user}: {databases} databases, TLS {sslmode}, schemas {schemas}',
    systemAction: 'The catalogs are read at each refresh.',
    userAction: 'none',
  },
  closed: {
    id: 'POSTGRES-CONNECTOR-0002',
    severity: 'ACTION',
    message: 'The database {database} at {server} exists and is in the catalog, but {user} may not connect to it any more',
    systemAction: 'The other databases are brought over. Nothing is removed, because nobody can tell what this one holds.',
    userAction: 'Let the role connect again (GRANT CONNECT), or drop the database, or name the databases that are wanted in `targets`.',
  },
  unread: {
    id: 'POSTGRES-CONNECTOR-0003',
    severity: 'INFO',
    message: '{count} views of {database} at {server} changed or were locked while they were read',
    systemAction: 'What the catalog has of them stays; new ones come with the next refresh.',
    userAction: 'none',
  },
  listening: {
    id: 'POSTGRES-CONNECTOR-0004',
    severity: 'INFO',
    message: 'Listening to {channel} in {database} at {server}',
    systemAction: 'A table that is named there is brought over at once; for anything else a refresh is asked for.',
    userAction: 'none',
  },
  stopped: {
    id: 'POSTGRES-CONNECTOR-0005',
    severity: 'SHUTDOWN',
    message: 'Disconnected from {server}',
    systemAction: 'Every connection is closed.',
    userAction: 'none',
  },
} as const satisfies Readonly<Record<string, AuditMessage>>;
