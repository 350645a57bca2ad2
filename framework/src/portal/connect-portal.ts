import { FrameworkError, isObject, type Log, type Secret } from '../contract';
import type { Clock } from '../shared';
import { actorClient } from './client';
import type { Portal } from './types';
import { openWire, type Call } from './wire';

export interface PortalOptions {
  /** The portal's URL without `/v1`; of the built-in portal too. */
  readonly baseUrl: string;
  readonly clientId: Secret;
  readonly clientSecret: Secret;
  /** First part of every User-Agent: `integration-framework`, or `port-ocean` to take over what Port Ocean wrote. */
  readonly product: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Called for every answer, for the metric. */
  onRequest?(status: number | 'network'): void;
}

type Organization = Awaited<ReturnType<Portal['organization']>>;

const FLAGS_MS = 300_000;

/** A client of Port's API. Opens nothing before its first call. */
export function connectPortal(options: PortalOptions): Portal {
  const wire = openWire({ ...options, userAgent: options.product, onRequest: options.onRequest?.bind(options) });
  let organization: { readonly until: number; readonly value: Organization } | undefined;
  const get = (path: string, signal?: AbortSignal): Call => ({ method: 'GET', path, userAgent: options.product, signal });

  const readOrganization = async (signal?: AbortSignal): Promise<Organization> => {
    if (organization !== undefined && options.clock.now() < organization.until) return organization.value;
    const found = (await wire.ask(get('/organization', signal)))['organization'];
    if (!isObject(found) || typeof found['id'] !== 'string') throw new FrameworkError('PORTAL_ANSWER', [200, 'GET /organization', 'no organization in it']);
    const value: Organization = {
      id: found['id'],
      ...(typeof found['name'] === 'string' ? { name: found['name'] } : {}),
      featureFlags: texts(found['featureFlags']),
    };
    organization = { until: options.clock.now() + FLAGS_MS, value };
    return value;
  };

  return {
    connect: async (signal) => {
      try {
        await readOrganization(signal);
      } catch (err) {
        // The token was accepted, so the portal is there; who needs the organization asks again and gets this error.
        if (!(err instanceof FrameworkError) || err.code !== 'PORTAL_ANSWER') throw err;
        options.log.warn('the portal does not tell its organization; its feature flags count as off', { err });
      }
    },
    organization: () => readOrganization(),
    provisionEnabled: async () => texts((await wire.ask(get('/integration/provision-enabled')))['integrations']),
    kafkaCredentials: async () => {
      const credentials = (await wire.find(get('/kafka-credentials')))?.['credentials'];
      if (!isObject(credentials) || typeof credentials['username'] !== 'string' || typeof credentials['password'] !== 'string') return undefined;
      const brokers = texts(credentials['brokers']);
      return { username: credentials['username'], password: credentials['password'], ...(brokers.length > 0 ? { brokers } : {}) };
    },
    as: (actor) => actorClient(wire, options.product, actor),
    status: wire.status,
    close: wire.close,
  };
}

const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []);
