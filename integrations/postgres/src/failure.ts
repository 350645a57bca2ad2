import { types } from 'node:util';
import { FrameworkError, SourceError } from '@integration-framework/framework';
import { DatabaseError } from 'pg';

// Codes of PostgreSQL, by class or whole: https://www.postgresql.org/docs/current/errcodes-appendix.html
const REFUSED = ['28', '42501'];
const NO_DATABASE = '3D000';
/** Of a server that starts, stops, or has no room. */
const AWAY = ['08', '53', '57P'];

const CERTIFICATE = /CERT|SIGNATURE|ALTNAME|ISSUER/;

export const sqlState = (err: unknown): string | undefined => (err instanceof DatabaseError ? err.code : undefined);

/** What a failed call means. Those with recovery `stop` need somebody who changes the configuration or the rights. */
export function failureOf(thrown: unknown, where: string): Error {
  if (thrown instanceof FrameworkError) return thrown;
  // Those of Node.js itself may be of another realm.
  if (!types.isNativeError(thrown)) return new SourceError(String(thrown), { recovery: 'retry' });
  const options = { cause: thrown };
  const state = sqlState(thrown);
  const is = (classes: readonly string[]): boolean => state !== undefined && classes.some((one) => state.startsWith(one));
  if (is(REFUSED)) return new FrameworkError('SOURCE_REFUSED', [where, thrown.message], options);
  if (state === NO_DATABASE) return new SourceError(`${thrown.message} at ${where}; correct the address`, { recovery: 'stop', ...options });
  if (is(AWAY)) return new FrameworkError('SOURCE_UNREACHABLE', [where, thrown.message], options);
  if (state !== undefined) return new SourceError(`${thrown.message} (${state}) at ${where}`, { recovery: 'retry', ...options });
  if (/client password must be/.test(thrown.message)) return new FrameworkError('SOURCE_REFUSED', [where, 'it asks for a password; set `password`'], options);
  if (/does not support SSL/.test(thrown.message)) return new SourceError(`${where} has no TLS; set \`sslmode: disable\`, or switch it on there`, { recovery: 'stop', ...options });
  if (CERTIFICATE.test((thrown as NodeJS.ErrnoException).code ?? '')) return new SourceError(`the certificate of ${where} is not trusted: ${thrown.message}; set \`sslRootCert\``, { recovery: 'stop', ...options });
  return new FrameworkError('SOURCE_UNREACHABLE', [where, thrown.message || ((thrown as NodeJS.ErrnoException).code ?? 'no answer')], options);
}

/** Did a server answer it? Then it speaks of one database only, and the others are worth a look. */
export const isOfOneDatabase = (thrown: unknown): boolean => sqlState(causeOf(thrown)) !== undefined;

/** What was thrown before `failureOf` said what it means. */
export const causeOf = (thrown: unknown): unknown => (thrown instanceof FrameworkError ? thrown.cause : undefined);
