import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fillBranches, fillDeadLetter } from './test/fill';
import { serve, type Served } from './test/serve';
import { createMetrics } from './metrics';

/** Of interface.md 9: names and labels, as they are read by dashboards. */
const NAMES = [
  'if_runs_total if_run_seconds if_rows_total if_rows if_asks_open if_mapped_total if_sink_items_total if_sink_seconds if_backlog if_oldest_seconds if_deliveries_total if_auth_failures_total',
  'if_events_total if_retries_total if_dead_letters if_dead_letters_total if_held_deletions if_ownership_changes_total if_trigger_messages_total if_portal_requests_total if_source_requests_total',
  'if_source_wait_seconds_total if_connector_values',
].flatMap((line) => line.split(' '));
const LABELS = ['integration', 'kind', 'pipeline', 'sink', 'result', 'state', 'stage', 'status'];

describe('metrics', () => {
  it('have the names that are promised, and no other', async () => {
    const text = await (await createMetrics()).render();
    const names = [...text.matchAll(/^# TYPE (if_\w+) /gm)].map(([, name]) => name!);
    expect(names.sort()).toEqual([...NAMES].sort());
    expect(text).toContain('process_cpu_seconds_total');
  });

  it('have no other label', () => {
    const source = readFileSync(path.join(__dirname, 'metrics.ts'), 'utf8');
    const labels = [...source.matchAll(/\[((?:'\w+'(?:, )?)+)\]/g)].flatMap(([, list]) => list!.replaceAll("'", '').split(', '));
    expect(labels.length).toBeGreaterThan(20);
    expect(labels.filter((label) => !LABELS.includes(label))).toEqual([]);
  });

  it('count and time what flows report', async () => {
    const metrics = await createMetrics();
    metrics.run({ integration: 'first', result: 'completed' });
    metrics.rows({ integration: 'first', kind: 'branch', result: 'stored' }, 500);
    metrics.rows({ integration: 'first', kind: 'branch', result: 'stored' }, 20);
    metrics.sinkSeconds({ pipeline: 'first', sink: 'port' }, 0.3);
    metrics.sourceWaitSeconds({ integration: 'first' }, 12.5);
    const text = await metrics.render();
    expect(text).toContain('if_runs_total{integration="first",result="completed"} 1');
    expect(text).toContain('if_rows_total{integration="first",kind="branch",result="stored"} 520');
    expect(text).toMatch(/if_sink_seconds_bucket\{le="0\.5",pipeline="first",sink="port"\} 1/);
    expect(text).toContain('if_source_wait_seconds_total{integration="first"} 12.5');
  });

  describe('of a process', () => {
    let served: Served;
    beforeEach(async () => {
      served = await serve();
    });
    afterEach(() => served.close());
    const scrape = async (): Promise<string> => (await served.call('/metrics')).text;

    it('are text for Prometheus', async () => {
      expect((await served.call('/metrics')).headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    });

    it('show what connectors count by themselves', async () => {
      expect(await scrape()).toContain('if_connector_values{integration="first",kind="pages_read"} 12');
    });

    it('show rows, asks, backlogs and dead letters as they are now', async () => {
      await fillBranches(served.store, ['a', 'b']);
      await fillDeadLetter(served.store, { integration: 'first', code: 'SINK_REFUSED' });
      const text = await scrape();
      expect(text).toContain('if_rows{integration="first",kind="branch",state="alive"} 2');
      expect(text).toContain('if_rows{integration="first",kind="branch",state="gone"} 0');
      expect(text).toContain('if_asks_open{integration="first",kind="branch"} 0');
      expect(text).toContain('if_backlog{integration="first",pipeline="first"} 3');
      expect(text).toContain('if_held_deletions{integration="first",pipeline="first"} 1');
      expect(text).toMatch(/if_oldest_seconds\{integration="first",pipeline="first"\} 6\d/);
      expect(text).toContain('if_dead_letters{integration="first"} 1');
    });

    it('forget what is gone', async () => {
      await fillBranches(served.store, ['a']);
      expect(await scrape()).toContain('if_rows{');
      await served.store.rows.forget('first');
      expect(await scrape()).not.toContain('if_rows{');
    });

    it('still tell the counters when the store does not answer', async () => {
      served.metrics.run({ integration: 'first', result: 'failed' });
      await served.store.close();
      const answer = await served.call('/metrics');
      expect(answer.status).toBe(200);
      expect(answer.text).toContain('if_runs_total{integration="first",result="failed"} 1');
    });
  });
});
