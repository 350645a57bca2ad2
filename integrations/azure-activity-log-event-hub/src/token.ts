import { readFile } from 'node:fs/promises';
import { FrameworkError, isObject } from '@integration-framework/framework';
import type { AzureSettings } from './settings';

/** Services that tokens are for. */
export const AUDIENCES = { manager: 'https://management.azure.com', eventHubs: 'https://eventhubs.azure.net', storage: 'https://storage.azure.com' } as const;
export type Audience = keyof typeof AUDIENCES;

export interface Held {
  readonly value: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}
/** `renew`: the last one was refused. */
export type Token = (audience: Audience, renew?: boolean) => Promise<Held>;

/** Renewed this long before they expire. */
const EARLY_MS = 5 * 60_000;
const CALL_MS = 30_000;
const MACHINE_MS = 3_000;

/** Tokens of the application in the settings, else of the environment, looked for as the vendor's clients do: variables, workload identity, managed identity. */
export function createToken(settings: Pick<AzureSettings, 'tenantId' | 'clientId' | 'clientSecret'>, now: () => number = Date.now): Token {
  const held = new Map<Audience, Held>();
  return async (audience, renew = false) => {
    const known = held.get(audience);
    if (known && !renew && known.expiresAt - EARLY_MS > now()) return known;
    const { access_token: value, expires_in: seconds } = await answered(await requestOf(settings, AUDIENCES[audience]));
    if (typeof value !== 'string') throw new FrameworkError('SOURCE_UNREADABLE', ['the token service of Azure', 'a token is missing in its answer']);
    const fresh = { value, expiresAt: now() + Number(seconds ?? 0) * 1_000 };
    held.set(audience, fresh);
    return fresh;
  };
}

interface TokenRequest extends RequestInit {
  readonly url: URL;
  readonly timeoutMs: number;
}

async function answered({ url, timeoutMs, ...request }: TokenRequest): Promise<Readonly<Record<string, unknown>>> {
  let response: Response;
  try {
    response = await fetch(url, { ...request, signal: AbortSignal.timeout(timeoutMs) });
  } catch (err) {
    const cause = err instanceof Error && err.cause instanceof Error ? err.cause : err;
    throw new FrameworkError('SOURCE_UNREACHABLE', [url.host, cause instanceof Error ? cause.message || cause.name : String(cause)]);
  }
  const body: unknown = await response.json().catch(() => undefined);
  const answer = isObject(body) ? body : {};
  if (response.ok) return answer;
  // The vendor's code; its description may hold anything.
  const reason = `${response.status}${typeof answer['error'] === 'string' ? `: ${answer['error'].slice(0, 60)}` : ''}`;
  if (response.status >= 400 && response.status < 404) throw new FrameworkError('SOURCE_REFUSED', [url.host, reason], { status: response.status });
  throw new FrameworkError('SOURCE_FAILED', [url.host, reason], { status: response.status, recovery: 'retry' });
}

async function requestOf({ tenantId, clientId, clientSecret }: Parameters<typeof createToken>[0], resource: string): Promise<TokenRequest> {
  const { AZURE_TENANT_ID: tenant = '', AZURE_CLIENT_ID: client = '', AZURE_CLIENT_SECRET: secret, AZURE_FEDERATED_TOKEN_FILE: file } = process.env;
  const scope = `${resource}/.default`;
  if (tenantId !== undefined && clientId && clientSecret) return grant(tenantId, { client_id: clientId.reveal(), client_secret: clientSecret.reveal(), scope });
  if (tenant && client && secret) return grant(tenant, { client_id: client, client_secret: secret, scope });
  if (tenant && client && file) {
    const assertion = (await readFile(file, 'utf8')).trim();
    return grant(tenant, { client_id: client, client_assertion: assertion, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', scope });
  }
  return ofMachine(resource, client);
}

function grant(tenant: string, form: Readonly<Record<string, string>>): TokenRequest {
  const authority = process.env['AZURE_AUTHORITY_HOST'] || 'https://login.microsoftonline.com';
  const url = new URL(`/${encodeURIComponent(tenant)}/oauth2/v2.0/token`, authority);
  return { url, method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials', ...form }), timeoutMs: CALL_MS };
}

/** Managed identity: App Service and containers name an endpoint, machines have a fixed one. */
function ofMachine(resource: string, client: string): TokenRequest {
  const { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: header = '' } = process.env;
  const url = new URL(endpoint || 'http://169.254.169.254/metadata/identity/oauth2/token');
  url.searchParams.set('api-version', endpoint ? '2019-08-01' : '2018-02-01');
  url.searchParams.set('resource', resource);
  if (client) url.searchParams.set('client_id', client);
  return { url, headers: endpoint ? { 'x-identity-header': header } : { metadata: 'true' }, timeoutMs: MACHINE_MS };
}
