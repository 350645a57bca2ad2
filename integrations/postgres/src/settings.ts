import type { SettingsOf, SettingsSpec } from '@integration-framework/framework';

export const sslModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof sslModes)[number];

export const settings = {
  user: { type: 'string', required: true, description: 'Role that reads the catalogs: it needs LOGIN, and CONNECT on each database. No right on tables is needed.', example: 'catalog' },
  password: { type: 'string', secret: true, description: 'Password of the role, where the server asks for one.' },
  includeSchemas: { type: 'list', description: 'Only these schemas; `*` stands for anything. Wins over `excludeSchemas`.', example: ['sales', 'shop_*'] },
  excludeSchemas: { type: 'list', description: 'Not these schemas; `*` stands for anything. `pg_*` and `information_schema` are left out anyway, unless `includeSchemas` names them.', example: ['staging'] },
  sslmode: {
    type: 'string',
    enum: sslModes,
    default: 'prefer',
    description: 'TLS, as PostgreSQL names it: `prefer` encrypts if the server can, `require` refuses plain text, `verify-ca` also checks who signed the certificate, `verify-full` also the host in it. `?sslmode=` of the address wins.',
    example: 'verify-full',
  },
  sslRootCert: { type: 'string', path: true, description: 'PEM file of the authority that signed the certificate of the server. Default: those that Node.js trusts.', example: 'ca.pem' },
  channel: { type: 'string', default: 'catalog_changes', description: 'Channel on which the server tells what changed, with `engage: true`.', example: 'catalog_changes' },
} as const satisfies SettingsSpec;

export type PostgresSettings = SettingsOf<typeof settings>;
