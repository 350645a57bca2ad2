import { readFile } from 'node:fs/promises';
import { isObject, parseJson, type Clock } from '../../../shared';
import type { Answer } from './look-up';
import { troubleOf } from './look-up';
import type { Request, Send } from './send';

export interface AzureAccount {
  readonly tenantId: string;
  readonly clientId: string;
  clientSecret(): string;
}
export interface AzureTokenOptions {
  /** Absent: what the environment offers, as the vendor's clients look for it: variables, workload identity, managed identity. */
  readonly account: AzureAccount | undefined;
  /** Address of the service that the token is for. */
  readonly resource: string;
  readonly send: Send;
  readonly clock: Clock;
}
/** A token, or why there is none. `renew`: the last one was refused. */
export type AzureToken = (renew: boolean) => Promise<{ readonly is: 'found'; readonly value: string } | Extract<Answer<string>, { is: 'refused' | 'retry' | 'failed' }>>;

/** Renewed this long before it expires. */
const EARLY_MS = 5 * 60_000;
const MACHINE_MS = 2_000;

export function createAzureToken(options: AzureTokenOptions): AzureToken {
  let held: { readonly value: string; readonly until: number } | undefined;
  return async (renew) => {
    const now = options.clock.now();
    if (held && !renew && held.until > now) return { is: 'found', value: held.value };
    const sent = await options.send(await requestOf(options));
    if (sent.status !== 200) {
      return troubleOf(sent, 'the token service') ?? (sent.status === 400 ? { is: 'refused', message: `the token service answered 400${reasonOf(sent.text)}` } : { is: 'failed', message: `the token service answered ${sent.status}` });
    }
    const body: unknown = parseJson(sent.text);
    const { access_token: value, expires_in: seconds } = isObject(body) ? body : {};
    if (typeof value !== 'string') return { is: 'failed', message: 'the token service gave no token' };
    held = { value, until: now + Number(seconds ?? 0) * 1_000 - EARLY_MS };
    return { is: 'found', value };
  };
}

/** The vendor's code of an error; its description may hold anything. */
function reasonOf(text: string): string {
  try {
    const body: unknown = parseJson(text);
    return isObject(body) && typeof body['error'] === 'string' ? ` (${body['error'].slice(0, 60)})` : '';
  } catch {
    return '';
  }
}

async function requestOf({ account, resource }: AzureTokenOptions): Promise<Request> {
  const { AZURE_TENANT_ID: tenant = '', AZURE_CLIENT_ID: client = '', AZURE_CLIENT_SECRET: secret, AZURE_FEDERATED_TOKEN_FILE: file } = process.env;
  const scope = `${resource}/.default`;
  if (account) return grant(account.tenantId, { client_id: account.clientId, client_secret: account.clientSecret(), scope });
  if (tenant && client && secret) return grant(tenant, { client_id: client, client_secret: secret, scope });
  if (tenant && client && file) {
    const assertion = (await readFile(file, 'utf8')).trim();
    return grant(tenant, { client_id: client, client_assertion: assertion, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', scope });
  }
  return ofMachine(resource, client);
}

function grant(tenant: string, form: Readonly<Record<string, string>>): Request {
  const authority = process.env['AZURE_AUTHORITY_HOST'] || 'https://login.microsoftonline.com';
  return {
    method: 'POST',
    url: new URL(`/${encodeURIComponent(tenant)}/oauth2/v2.0/token`, authority),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...form }).toString(),
  };
}

/** Managed identity: App Service and containers name an endpoint, machines have a fixed one. */
function ofMachine(resource: string, client: string): Request {
  const { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: header } = process.env;
  const url = new URL(endpoint || 'http://169.254.169.254/metadata/identity/oauth2/token');
  url.searchParams.set('api-version', endpoint ? '2019-08-01' : '2018-02-01');
  url.searchParams.set('resource', resource);
  if (client) url.searchParams.set('client_id', client);
  return { url, direct: true, timeoutMs: MACHINE_MS, headers: endpoint ? { 'x-identity-header': header ?? '' } : { metadata: 'true' } };
}
