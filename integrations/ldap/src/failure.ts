import { ConfigError, FrameworkError } from '@integration-framework/framework';
import type { Result } from './result';

interface Known {
  readonly name: string;
  /** What to do. */
  readonly act: string;
  /** The configuration is wrong when it happens at the start; later it may pass. */
  readonly config?: true;
  /** … whenever it happens. */
  readonly always?: true;
}

/** RFC 4511, appendix A. */
const KNOWN: Readonly<Record<number, Known>> = {
  1: { name: 'operationsError', act: 'Active Directory says so to those who have not signed in: set bindDn and password', config: true },
  3: { name: 'timeLimitExceeded', act: 'raise the time limit of this user at the server, or lower pageSize' },
  4: { name: 'sizeLimitExceeded', act: 'let this user read all entries (OpenLDAP: limits … size.prtotal=unlimited)' },
  7: { name: 'authMethodNotSupported', act: 'the server takes no simple bind; allow it for bindDn', config: true },
  8: { name: 'strongerAuthRequired', act: 'write ldaps:// in the address, or set startTls', config: true },
  10: { name: 'referral', act: 'another server holds base; write its address', config: true },
  11: { name: 'adminLimitExceeded', act: 'raise the limits of this user at the server' },
  12: { name: 'unavailableCriticalExtension', act: 'the server cannot page (RFC 2696); allow the control', config: true },
  13: { name: 'confidentialityRequired', act: 'write ldaps:// in the address, or set startTls', config: true },
  32: { name: 'noSuchObject', act: 'base is not there, or bindDn may not see it; check base, and the rights of bindDn', config: true },
  34: { name: 'invalidDNSyntax', act: 'write bindDn and base as dc=acme,dc=example', config: true },
  48: { name: 'inappropriateAuthentication', act: 'set bindDn and password of an entry that may sign in', config: true },
  49: { name: 'invalidCredentials', act: 'check bindDn and password', config: true, always: true },
  50: { name: 'insufficientAccessRights', act: 'let bindDn read below base', config: true },
  51: { name: 'busy', act: 'nothing' },
  52: { name: 'unavailable', act: 'nothing' },
  53: { name: 'unwillingToPerform', act: 'check bindDn and password, and what the server allows', config: true },
};
const AWAY = new Set([51, 52]);
export const NO_SUCH_OBJECT = 32;
/** What the other side did: it may hold names of people, so only its codes are repeated. */
const CODE_OF_AD = /\bdata ([0-9a-f]+)\b/;

/** What a refusal means: the configuration, or a state that may pass. Messages hold no name of the directory and no secret. */
export function refusalOf(result: Result, { server, doing, atStart }: { readonly server: string; readonly doing: string; readonly atStart: boolean }): Error {
  const known = KNOWN[result.code];
  const detail = CODE_OF_AD.exec(result.message)?.[1];
  const said = `${known?.name ?? 'code'} ${result.code}${detail === undefined ? '' : `, ${detail}`}`;
  const hosts = result.referrals.map((url) => (URL.canParse(url) ? new URL(url).host : '')).filter((host) => host !== '');
  const act = known?.act ?? 'look into the log of the server';
  const message = `it answered ${said} to ${doing}; ${hosts.length > 0 ? `${act}: ${hosts.join(', ')}` : act}`;
  if (known?.always || (known?.config && atStart)) return new ConfigError(`${server}: ${message}`);
  return new FrameworkError(AWAY.has(result.code) ? 'SOURCE_UNREACHABLE' : 'SOURCE_NOT_READ', [server, message]);
}

const UNTRUSTED = new Set(['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'ERR_TLS_CERT_ALTNAME_INVALID']);

/** Of a connection that could not be made. */
export function connectFailure(err: Error & { readonly code?: string }, server: string): Error {
  if (UNTRUSTED.has(err.code ?? '')) return new ConfigError(`the certificate of ${server} is not trusted (${err.message}); name its authority in caFile, and the host as it stands in the certificate`, { cause: err });
  return new FrameworkError('SOURCE_UNREACHABLE', [server, err.message], { cause: err });
}
