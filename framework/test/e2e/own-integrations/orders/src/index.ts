import { ABSENT, defineIntegration, eventCatalogue, type Http, type Position } from '@integration-framework/framework';

interface Order {
  readonly id: string;
  readonly version: number;
}

export default defineIntegration({
  type: 'orders',
  version: '1.0.0',
  title: 'Orders',
  description: 'Orders of an HTTP source of the tests, which lists them and tells of them by webhooks.',
  settings: { url: { type: 'string', required: true, description: 'Base URL of the source' } },
  http: (settings) => ({ baseUrl: settings.url }),
  kinds: [
    {
      name: 'order',
      paging: 'stable',
      key: (order: Order) => [order.id],
      version: (order: Order) => order.version,
      importType: 'order_read',
      envelope: (order: Order) => ({ event: 'order_read', mark: 'read', order }),
      async *scan(context: { readonly http: Http }, position: Position | undefined) {
        let after = String(position?.['after'] ?? '');
        for (;;) {
          const page = (await context.http.get('/records', { after })) as { records: Order[]; next: string | null };
          yield { rows: page.records, next: page.next === null ? undefined : { after: page.next } };
          if (page.next === null) return;
          after = page.next;
        }
      },
      async get(context, at) {
        const answer = await context.http.send({ url: `/records/${at.key}`, accept: [404] });
        return answer.status === 404 ? ABSENT : (answer.body as Order);
      },
    },
  ],
  live: eventCatalogue({
    verify: { scheme: 'hmac', header: 'X-Signature' },
    deliveryId: [{ header: 'x-delivery' }],
    eventType: [{ member: 'event' }],
    rules: [{ kind: 'order', write: ['order_changed'], delete: ['order_removed'], keys: ['order.id*'] }],
  }),
});
