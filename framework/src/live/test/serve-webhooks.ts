import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventCatalogue, Secret, type Live } from '../../contract';
import { recordedLog, type RecordedLog } from '../../testkit';
import { createWebhooks, type ImportRoute, type ReceivedDelivery, type Webhooks, type WebhookRoute } from '..';

export const SECRET = 'planted-secret';
export const PATH = '/hook';
export const IMPORT_PATH = '/hook/import';

export const live: Live<unknown> = eventCatalogue({
  verify: { scheme: 'hmac', header: 'X-Sign' },
  deliveryId: [{ header: 'x-id' }],
  eventType: [{ member: 'event' }],
  rules: [{ kind: 'thing', write: ['thing_changed'], keys: ['thing.id*'] }],
});

export const sign = (body: string | Buffer, secret = SECRET): string => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

export interface ServedWebhooks extends Webhooks {
  readonly port: number;
  readonly accepted: readonly ReceivedDelivery[];
  /** What was counted, in order. */
  readonly counted: readonly string[];
  readonly authFailures: readonly string[];
  readonly log: RecordedLog;
  close(): Promise<void>;
}

export interface ServeOptions {
  readonly route?: Partial<WebhookRoute>;
  readonly importing?: Partial<ImportRoute>;
  readonly bodyTimeoutMs?: number;
}

/** The routes alone, behind node:http; what they do not take is answered 404. */
export async function serveWebhooks(given: ServeOptions = {}): Promise<ServedWebhooks> {
  const accepted: ReceivedDelivery[] = [];
  const counted: string[] = [];
  const authFailures: string[] = [];
  const log = recordedLog();
  const guarded = { secret: [new Secret('an old one'), new Secret(SECRET)] };
  const webhooks = createWebhooks({
    routes: [
      {
        path: PATH,
        integration: 'hub',
        live,
        authentication: guarded,
        maxBodyBytes: 1_024,
        busy: () => undefined,
        async accept(delivery) {
          accepted.push(delivery);
          return { status: 'accepted', deliveryId: `d${accepted.length}` };
        },
        ...given.route,
      },
    ],
    imports: [{ path: IMPORT_PATH, integration: 'hub', authentication: guarded, busy: () => undefined, request: async () => ({ identifier: 'hub', runId: 'r1', status: 'running', joined: false }), ...given.importing }],
    log,
    clock: { now: () => 5 },
    count: (result, integration) => counted.push(`${integration} ${result}`),
    authFailed: (integration) => authFailures.push(integration),
    ...(given.bodyTimeoutMs !== undefined && { bodyTimeoutMs: given.bodyTimeoutMs }),
  });
  const server = createServer((request, response) => {
    if (!webhooks.handler(request, response)) response.writeHead(404, ['content-length', '0']).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ...webhooks,
    port: (server.address() as AddressInfo).port,
    accepted,
    counted,
    authFailures,
    log,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
