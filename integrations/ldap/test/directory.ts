/** LDIF of a small company: people flat below one unit, units inside each other, groups of each kind, inside each other too, roles, accounts of programs. */
import { startSlapd, type SlapdOptions, type SlapdServer } from '../../../tools/servers';

export const SUFFIX = 'dc=acme,dc=example';
export const READER = { dn: `cn=reader,${SUFFIX}`, password: 'planted-reader-password' };
/** May not read more than the server gives to anybody. */
export const LIMITED = { dn: `cn=limited,${SUFFIX}`, password: 'planted-limited-password' };

export type Attributes = Readonly<Record<string, string | readonly string[]>>;

/** Values in base64, so that any text will do. */
export const ldifOf = (entries: readonly (readonly [dn: string, attributes: Attributes])[]): string =>
  entries.map(([dn, attributes]) => [`dn:: ${base64(dn)}`, ...Object.entries(attributes).flatMap(([name, values]) => [values].flat().map((value) => `${name}:: ${base64(value)}`))].join('\n')).join('\n\n');
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const account = ({ dn, password }: typeof READER): readonly [string, Attributes] => [dn, { objectClass: ['organizationalRole', 'simpleSecurityObject'], cn: /cn=([^,]+)/.exec(dn)![1]!, userPassword: password }];
export const person = (uid: string, more: Attributes = {}): readonly [string, Attributes] => [`uid=${uid},ou=people,${SUFFIX}`, { objectClass: 'inetOrgPerson', uid, cn: `Person ${uid}`, sn: uid, ...more }];
const unit = (dn: string, more: Attributes = {}): readonly [string, Attributes] => [dn, { objectClass: 'organizationalUnit', ou: /ou=([^,]+)/.exec(dn)![1]!, ...more }];

export const dnOfPerson = (uid: string): string => person(uid)[0];

/** What is odd in a name: `uid=o\2Cdd \2B "x"\\,…` and the like. */
export const ODD = [
  { rdn: 'uid=smith\\, j.', uid: 'smith, j.', cn: 'Smith, J.' },
  { rdn: 'uid=a\\+b\\=c', uid: 'a+b=c', cn: 'Plus = Equals' },
  { rdn: 'uid=\\#hash \\"quoted\\"', uid: '#hash "quoted"', cn: '#Hash "Quoted"' },
  { rdn: 'uid=back\\\\slash\\;', uid: 'back\\slash;', cn: 'Back\\Slash;' },
  { rdn: 'uid=zoë', uid: 'zoë', cn: 'Zoë Größe 顧客 😀' },
] as const;

export const company = (people = 0): string =>
  ldifOf([
    [SUFFIX, { objectClass: ['dcObject', 'organization'], dc: 'acme', o: 'Acme' }],
    account(READER),
    account(LIMITED),
    unit(`ou=people,${SUFFIX}`),
    unit(`ou=engineering,${SUFFIX}`, { description: 'Builds things' }),
    unit(`ou=platform,ou=engineering,${SUFFIX}`),
    unit(`ou=databases,ou=platform,ou=engineering,${SUFFIX}`),
    person('ada', { displayName: 'Ada L.', mail: ['ada@acme.example', 'ADA@acme.example', 'lovelace@acme.example'], telephoneNumber: '+1 555 0100', mobile: '+1 555 0100', title: 'Countess', employeeNumber: '7' }),
    person('bob'),
    [`cn=No Account,ou=platform,ou=engineering,${SUFFIX}`, { objectClass: 'inetOrgPerson', cn: 'No Account', sn: 'Account', departmentNumber: 'P1' }],
    ...ODD.map(({ rdn, uid, cn }): readonly [string, Attributes] => [`${rdn},ou=people,${SUFFIX}`, { objectClass: 'inetOrgPerson', uid, cn, sn: 'odd' }]),
    ...Array.from({ length: people }, (_, at) => person(`p${at}`, { mail: `p${at}@acme.example` })),
    [`cn=admins,${SUFFIX}`, { objectClass: 'groupOfNames', cn: 'admins', description: 'May do anything', member: [`UID=Ada,  OU=People,${SUFFIX}`, `cn=inner,${SUFFIX}`, `uid=gone,${SUFFIX}`] }],
    [`cn=inner,${SUFFIX}`, { objectClass: 'groupOfUniqueNames', cn: 'inner', uniqueMember: [`${dnOfPerson('bob')}#'01'B`, ...ODD.map(({ rdn }) => `${rdn},ou=people,${SUFFIX}`)] }],
    [`cn=unix,${SUFFIX}`, { objectClass: 'posixGroup', cn: 'unix', gidNumber: '100', memberUid: ['ada', 'nobody'] }],
    [`cn=lead,ou=platform,ou=engineering,${SUFFIX}`, { objectClass: 'organizationalRole', cn: 'lead', description: 'Leads', roleOccupant: [dnOfPerson('ada'), `cn=admins,${SUFFIX}`] }],
  ]);

/** The reader reads everything, the limited one as much as the server gives, which is less than there is. */
const RIGHTS = [`limits dn.exact="${READER.dn}" size.soft=1000 size.hard=1000 size.prtotal=unlimited`, 'sizelimit size.soft=1000 size.hard=1000 size.pr=1000', 'access to attrs=userPassword by anonymous auth by * none', `access to * by dn.exact="${READER.dn}" read by dn.exact="${LIMITED.dn}" read by * none`];

export const startCompany = (options: Partial<SlapdOptions> & { readonly people?: number } = {}): Promise<SlapdServer> => startSlapd({ ldif: company(options.people), lines: RIGHTS, ...options });
