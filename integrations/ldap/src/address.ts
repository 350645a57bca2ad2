/** Where a directory is, as the address of an endpoint says it. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte: `ldaps://`. */
  readonly tls: boolean;
  /** Names the server in identifiers: the port only where it is not the one of the scheme, so that a change to `ldaps://` changes none. */
  readonly server: string;
}

const PORTS = { 'ldap:': 389, 'ldaps:': 636 } as const;

/** What is wrong with the address, as a text, or what it says. */
export function parseAddress(address: string): Address | string {
  const remedy = 'write ldap://<host>:389 or ldaps://<host>:636';
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !(url.protocol === 'ldap:' || url.protocol === 'ldaps:') || url.hostname === '') return `the address of the endpoint is none of a directory; ${remedy}`;
  if (url.username !== '' || url.password !== '') return `the address of the endpoint holds a user; ${remedy}, and set bindDn and password`;
  if (!['', '/'].includes(url.pathname) || url.search !== '') return `the address of the endpoint holds more than host and port; ${remedy}, and set base`;
  const port = url.port === '' ? PORTS[url.protocol] : Number(url.port);
  const host = url.hostname.toLowerCase();
  return { host: host.replace(/^\[|\]$/g, ''), port, tls: url.protocol === 'ldaps:', server: port === PORTS[url.protocol] ? host.replace(/[[\]]/g, '') : `${host.replace(/[[\]]/g, '')}:${port}` };
}
