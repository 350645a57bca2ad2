import { ConfigError, type Endpoint } from '@integration-framework/framework';
import { sslModes, type SslMode } from './settings';

/** Where a server is, and what of it is meant. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /** Absent: all databases of the server. */
  readonly database?: string;
  readonly sslmode?: SslMode;
}

const PORT = 5432;
const FORM = 'write postgres://host:5432/database, or postgres://host:5432 for all databases of the server';

/** Throws ConfigError. Never repeats the address: there may be a password in it. */
export function readAddress(endpoint: Endpoint | undefined): Address {
  if (endpoint === undefined || endpoint.address === '') throw new ConfigError(`this entry says no server; set connection.endpoint.address: ${FORM}`);
  const url = URL.canParse(endpoint.address) ? new URL(endpoint.address) : undefined;
  if (url === undefined || !['postgres:', 'postgresql:'].includes(url.protocol)) throw new ConfigError(`the address is none of a PostgreSQL server; ${FORM}`);
  if (url.username !== '' || url.password !== '') throw new ConfigError('there is a user or a password in the address, where it would be shown; take it out, and set `user` and `password` of the entry');
  if (url.hostname === '') throw new ConfigError(`the address has no host; ${FORM}`);
  if (url.hostname.includes(',') || url.hostname.includes('%')) throw new ConfigError(`the address has more than one host, or a socket; name one host: ${FORM}`);
  const database = databaseOf(url.pathname);
  const sslmode = sslmodeOf(url.searchParams);
  // Brackets belong to the form of an address, not to the host.
  const host = url.hostname.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return { host, port: url.port === '' ? PORT : Number(url.port), ...(database !== undefined && { database }), ...(sslmode !== undefined && { sslmode }) };
}

function databaseOf(pathname: string): string | undefined {
  const text = pathname.replace(/^\//, '');
  if (text === '') return undefined;
  if (text.includes('/')) throw new ConfigError(`the address names more than one database (a slash in a name is %2F); ${FORM}`);
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ConfigError('the name of the database in the address is wrongly encoded; write a percent sign as %25');
  }
}

function sslmodeOf(parameters: URLSearchParams): SslMode | undefined {
  const unknown = [...parameters.keys()].find((name) => name !== 'sslmode');
  if (unknown !== undefined) throw new ConfigError(`the address has the parameter ${unknown}, which is not known here; only sslmode may stand there, the rest are settings of the entry`);
  const given = parameters.get('sslmode');
  if (given === null) return undefined;
  const mode = sslModes.find((one) => one === given);
  if (mode === undefined) throw new ConfigError(`sslmode in the address is none of ${sslModes.join(', ')}; write one of them`);
  return mode;
}
