import type { SettingsOf, SettingsSpec } from '@integration-framework/framework';
import { FilterParser } from 'ldapts';
import { parseDn } from './dn';

/** At most as many elements as one page of a comparison holds. */
export const MAX_PAGE = 500;

export const settings = {
  base: { type: 'string', required: true, description: 'Name of the entry below which everything is read.', example: 'dc=acme,dc=example' },
  bindDn: { type: 'string', description: 'Name of the entry to sign in as (Active Directory also takes `user@domain`). Default: anonymous.', example: 'cn=catalog,ou=services,dc=acme,dc=example' },
  password: { type: 'string', secret: true, description: 'Its password. Needed with `bindDn`.' },
  startTls: { type: 'boolean', default: false, description: 'Begin TLS on the plain port (`ldap://`) before anything else is said.', example: true },
  caFile: { type: 'string', path: true, description: 'PEM file of the authority that signed the certificate of the server. Default: those that Node.js trusts.', example: 'ca.pem' },
  peopleFilter: { type: 'string', default: '(|(objectClass=inetOrgPerson)(&(objectCategory=person)(objectClass=user)))', description: 'Which entries are people.', example: '(objectClass=inetOrgPerson)' },
  teamFilter: { type: 'string', default: '(objectClass=organizationalUnit)', description: 'Which entries are teams. What lies in one, at any depth, belongs to the nearest.', example: '(&(objectClass=organizationalUnit)(!(ou=groups)))' },
  groupFilter: {
    type: 'string',
    default: '(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup)(objectClass=group))',
    description: 'Which entries are groups.',
    example: '(objectClass=groupOfNames)',
  },
  roleFilter: {
    type: 'string',
    default: '(&(objectClass=organizationalRole)(!(objectClass=simpleSecurityObject)))',
    description: 'Which entries are roles. The default leaves out accounts of programs.',
    example: '(objectClass=organizationalRole)',
  },
  nameAttributes: { type: 'list', default: ['displayName', 'cn'], description: 'Attributes with the name of a person; the first that has a value counts.', example: ['cn'] },
  userIdAttributes: { type: 'list', default: ['uid', 'sAMAccountName'], description: 'Attributes with what a person signs in with; the first that has a value counts.', example: ['userPrincipalName'] },
  mailAttributes: { type: 'list', default: ['mail'], description: 'Attributes with e-mail addresses; all values count.', example: ['mail', 'otherMailbox'] },
  phoneAttributes: { type: 'list', default: ['telephoneNumber', 'mobile'], description: 'Attributes with telephone numbers; all values count.', example: ['telephoneNumber'] },
  pageSize: { type: 'integer', default: MAX_PAGE, min: 1, max: MAX_PAGE, description: 'Entries that the server is asked for at once.', example: 200 },
  watchInterval: { type: 'duration', default: '10s', description: 'With `engage`: time between two looks for changes, where the server cannot tell them by itself.', example: '1m' },
} as const satisfies SettingsSpec;

export type LdapSettings = SettingsOf<typeof settings>;

const FILTERS = ['peopleFilter', 'teamFilter', 'groupFilter', 'roleFilter'] as const;

/** What one setting alone cannot tell. */
export function problemsOf(given: LdapSettings): readonly string[] {
  const problems: string[] = [];
  if (given.bindDn !== undefined && given.password === undefined) problems.push('bindDn needs password; set it, or remove bindDn to read without signing in');
  if (given.bindDn === undefined && given.password !== undefined) problems.push('password has no effect without bindDn; set bindDn, or remove password');
  if (!isParsed(() => parseDn(given.base))) problems.push('base is no distinguished name; write it as dc=acme,dc=example');
  for (const name of FILTERS) if (!isParsed(() => FilterParser.parseString(given[name]))) problems.push(`${name} is no filter; write it as (objectClass=person), with every parenthesis closed`);
  return problems;
}

function isParsed(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}
