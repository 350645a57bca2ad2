import { createSign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { FrameworkError, isObject, parseJson } from '@integration-framework/framework';
import type { GcpSettings } from './settings';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const LIFE_SECONDS = 3_600;
/** Renewed this long before it expires. */
const EARLY_MS = 5 * 60_000;
const MACHINE_MS = 3_000;

/** Gives a bearer token. `renew`: the last one was refused. */
export type Token = (renew?: boolean) => Promise<string>;

interface Held {
  readonly value: string;
  /** Epoch ms. */
  readonly until: number;
}

const refused = (why: string, cause?: unknown): FrameworkError => new FrameworkError('SOURCE_REFUSED', ['Google Cloud', why], cause === undefined ? {} : { cause });

/**
 * Tokens of the key in the settings, else of the environment as Google documents it: the file that GOOGLE_APPLICATION_CREDENTIALS names, then the metadata of the machine.
 * A service account signs its tokens itself: nobody is asked for them.
 */
export function createToken({ credentialsJson }: Pick<GcpSettings, 'credentialsJson'>, now: () => number = Date.now): Token {
  let held: Held | undefined;
  const file = process.env['GOOGLE_APPLICATION_CREDENTIALS'];
  return async (renew = false) => {
    if (renew || !held || held.until < now()) {
      const key = credentialsJson ? credentialsJson.reveal() : file ? await readFile(file, 'utf8').catch((err: unknown) => Promise.reject(refused('GOOGLE_APPLICATION_CREDENTIALS names a file that cannot be read', err))) : undefined;
      held = key === undefined ? await ofMachine(now()) : ofAccount(key, now());
    }
    return held.value;
  };
}

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function parseKey(text: string): Readonly<Record<string, unknown>> {
  try {
    const key: unknown = parseJson(text);
    return isObject(key) ? key : {};
  } catch {
    return {}; // the reason would quote the key
  }
}

function ofAccount(text: string, now: number): Held {
  const { type, client_email: email, private_key: key, private_key_id: id } = parseKey(text);
  if (type !== 'service_account' || typeof email !== 'string' || typeof key !== 'string') throw refused('the credentials are no key of a service account; only these, and the metadata of the machine, are known');
  const issued = Math.floor(now / 1_000);
  const head = base64({ alg: 'RS256', typ: 'JWT', kid: id });
  const body = base64({ iss: email, sub: email, scope: SCOPE, iat: issued, exp: issued + LIFE_SECONDS });
  try {
    const signature = createSign('RSA-SHA256').update(`${head}.${body}`).sign(key, 'base64url');
    return { value: `${head}.${body}.${signature}`, until: (issued + LIFE_SECONDS) * 1_000 - EARLY_MS };
  } catch {
    throw refused('the private key of the service account cannot be read');
  }
}

async function ofMachine(now: number): Promise<Held> {
  const host = process.env['GCE_METADATA_HOST'] || 'metadata.google.internal';
  try {
    const answer = await fetch(`http://${host}/computeMetadata/v1/instance/service-accounts/default/token`, { headers: { 'metadata-flavor': 'Google' }, signal: AbortSignal.timeout(MACHINE_MS) });
    const body: unknown = answer.ok ? await answer.json() : undefined;
    const { access_token: value, expires_in: seconds } = isObject(body) ? body : {};
    if (typeof value !== 'string') throw new Error(`the metadata of the machine answered ${answer.status} without a token`);
    return { value, until: now + Number(seconds ?? 0) * 1_000 - EARLY_MS };
  } catch (err) {
    throw refused(`there are no credentials: set credentialsJson (${err instanceof Error ? err.message : String(err)})`);
  }
}
