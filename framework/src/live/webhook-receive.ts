import type { IncomingMessage } from 'node:http';
import { deliveryIdOf } from '../contract';
import { jsonOf, newId, type Clock } from '../shared';
import { noJson, receiptAnswer, unavailable, unsupported, type Answer } from './webhook-answer';
import { contentOf } from './webhook-media';
import type { WebhookRoute } from './webhook-route';

export type Receive = (request: IncomingMessage, body: Buffer) => Promise<Answer>;

/** Takes verified calls of a vendor: what the body says is handed to `accept` of the route. Rejects as that does. */
export function createReceive(route: WebhookRoute, clock: Pick<Clock, 'now'>): Receive {
  const { live, authentication } = route;
  const takesForm = live.form === true;
  const proofs = [live.verify?.header, live.verify?.fallbackHeader, authentication === 'none' ? undefined : authentication.headerName, 'Authorization', 'Cookie'];
  const withheld = [...new Set(proofs.flatMap((name) => name?.toLowerCase() ?? []))];

  return async ({ headers }, body) => {
    const content = contentOf(headers, body, takesForm);
    if (content === 'unsupported') return unsupported;
    const busy = route.busy();
    if (busy) return unavailable(busy);
    if (content === 'unreadable') return noJson;
    const { text } = content;
    // A delivery may be kept as it came; what proves its sender may not.
    for (const name of withheld) delete headers[name];
    if (text === '') {
      route.empty?.();
      return receiptAnswer({ status: 'ignored', reason: 'empty', deliveryId: deliveryIdOf(live, { headers, body: null }) ?? newId() });
    }
    const value = jsonOf(text);
    return value === undefined ? noJson : receiptAnswer(await route.accept({ headers, body: value, text, at: clock.now(), origin: 'webhook' }));
  };
}
