import { defineIntegration } from '@integration-framework/framework';

interface BenchRecord {
  readonly id: number;
  readonly updatedAt: string;
}
interface RecordPage {
  readonly records: BenchRecord[];
  readonly next: number | null;
}

/** Records of the benchmark's own paged HTTP source. */
export default defineIntegration({
  type: 'records',
  version: '1.0.0',
  title: 'Records',
  description: 'Generated records, page by page.',
  settings: { url: { type: 'string', required: true, description: 'Base URL of the source' } },
  http: (settings) => ({ baseUrl: settings.url }),
  kinds: [
    {
      name: 'record',
      paging: 'stable',
      key: (record: BenchRecord) => [record.id],
      version: (record: BenchRecord) => Date.parse(record.updatedAt),
      async *scan(context, position) {
        let offset = Number(position?.['offset'] ?? 0);
        for (;;) {
          const page = (await context.http.get('/records', { offset })) as RecordPage;
          yield { rows: page.records, next: page.next === null ? undefined : { offset: page.next } };
          if (page.next === null) return;
          offset = page.next;
        }
      },
    },
  ],
});
