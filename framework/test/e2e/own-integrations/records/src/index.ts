import { defineIntegration, type Http, type Position } from '@integration-framework/framework';

interface SourceRecord {
  readonly id: string;
  readonly version?: number;
}

/** Both lists are paged alike. */
const listOf = (name: string, path: string) => ({
  name,
  paging: 'stable' as const,
  key: (record: SourceRecord) => [record.id],
  version: (record: SourceRecord) => record.version,
  async *scan(context: { readonly http: Http }, position: Position | undefined) {
    let after = String(position?.['after'] ?? '');
    for (;;) {
      const page = (await context.http.get(path, { after })) as { records: SourceRecord[]; next: string | null };
      yield { rows: page.records, next: page.next === null ? undefined : { after: page.next } };
      if (page.next === null) return;
      after = page.next;
    }
  },
});

export default defineIntegration({
  type: 'records',
  version: '1.0.0',
  title: 'Records',
  description: 'Records of an HTTP source of the tests.',
  settings: {
    url: { type: 'string', required: true, description: 'Base URL of the source' },
    token: { type: 'string', secret: true, description: 'Sent as a bearer token' },
  },
  http: (settings) => ({ baseUrl: settings.url, ...(settings.token && { auth: () => ({ authorization: `Bearer ${settings.token!.reveal()}` }) }) }),
  kinds: [listOf('record', '/records'), listOf('note', '/notes')],
});
