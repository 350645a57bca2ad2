import type { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { pageByPage, type DeadLetter } from '../store';
import type { OperationsRuntime } from './runtime';

/** Labels of a metric: identifiers and outcomes, never a value of a payload. */
type Labels<L extends string> = Readonly<Partial<Record<L, string>>>;
type Count<L extends string> = (labels: Labels<L>, by?: number) => void;
type Time<L extends string> = (labels: Labels<L>, seconds: number) => void;

/** One function for each metric that flows report; what can be read at any time (rows, backlogs) is read when somebody asks. */
export interface Metrics {
  readonly run: Count<'integration' | 'result'>;
  readonly runSeconds: Time<'integration'>;
  readonly rows: Count<'integration' | 'kind' | 'result'>;
  readonly mapped: Count<'integration' | 'kind' | 'result'>;
  readonly sinkItems: Count<'pipeline' | 'sink' | 'result'>;
  readonly sinkSeconds: Time<'pipeline' | 'sink'>;
  readonly delivery: Count<'integration' | 'result'>;
  readonly authFailure: Count<'integration'>;
  readonly event: Count<'integration' | 'kind' | 'result'>;
  readonly retry: Count<'pipeline' | 'sink'>;
  readonly deadLetter: Count<'stage'>;
  readonly ownershipChange: Count<'integration'>;
  readonly triggerMessage: Count<'integration' | 'result'>;
  readonly portalRequest: Count<'status'>;
  readonly sourceRequest: Count<'integration' | 'status'>;
  readonly sourceWaitSeconds: Count<'integration'>;
  /** Whose rows, outputs and dead letters the gauges show. */
  watch(runtime: OperationsRuntime): void;
  /** The text of `/metrics`. */
  render(): Promise<string>;
}

/** The registry of this process. The library is loaded here and not with the module, so that short commands do not pay for it. */
export async function createMetrics(): Promise<Metrics> {
  const prometheus = await import('prom-client');
  const registry: Registry = new prometheus.Registry();
  prometheus.collectDefaultMetrics({ register: registry });
  const registers = [registry];

  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Count<L> => {
    const metric: Counter<L> = new prometheus.Counter({ name, help, labelNames, registers });
    return (labels, by = 1) => metric.inc(labels as Partial<Record<L, string>>, by);
  };
  const histogram = <L extends string>(name: string, help: string, options: { labelNames: readonly L[]; buckets: number[] }): Time<L> => {
    const metric: Histogram<L> = new prometheus.Histogram({ name, help, ...options, registers });
    return (labels, seconds) => metric.observe(labels as Partial<Record<L, string>>, seconds);
  };
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> => new prometheus.Gauge({ name, help, labelNames, registers });

  const gauges = {
    rows: gauge('if_rows', 'Rows in the store', ['integration', 'kind', 'state']),
    asks: gauge('if_asks_open', 'Questions to the source that have no answer yet', ['integration', 'kind']),
    backlog: gauge('if_backlog', 'Outputs that are due', ['integration', 'pipeline']),
    oldest: gauge('if_oldest_seconds', 'Age of the oldest due output', ['integration', 'pipeline']),
    held: gauge('if_held_deletions', 'Deletions that wait for a release', ['integration', 'pipeline']),
    connectors: gauge('if_connector_values', 'What connectors count and measure by themselves: kind is its name, the targets of a connector are summed', ['integration', 'kind']),
    deadLetters: gauge('if_dead_letters', 'Dead letters in the store', ['integration']),
  };
  const countDeadLetters = deadLetterCounter();
  let runtime: OperationsRuntime | undefined;

  /** A store that does not answer leaves the gauges empty; the counters of the process are still told. */
  async function read(source: OperationsRuntime): Promise<void> {
    for (const { integration, name: kind, value } of source.measures()) gauges.connectors.set({ integration, kind }, value);
    const [scopes, pipelines, letters] = await Promise.all([source.store.rows.scopes(), source.pipelines(), countDeadLetters(source)]);
    for (const { integration, kind, alive, gone, asks } of scopes) {
      gauges.rows.set({ integration, kind, state: 'alive' }, alive);
      gauges.rows.set({ integration, kind, state: 'gone' }, gone);
      gauges.asks.set({ integration, kind }, asks);
    }
    for (const { name: pipeline, integration, backlog, held, oldestDueAt } of pipelines) {
      gauges.backlog.set({ integration, pipeline }, backlog);
      gauges.held.set({ integration, pipeline }, held);
      gauges.oldest.set({ integration, pipeline }, oldestDueAt === undefined ? 0 : Math.max(0, Date.now() - oldestDueAt) / 1_000);
    }
    for (const [integration, count] of letters) gauges.deadLetters.set({ integration }, count);
  }

  return {
    run: counter('if_runs_total', 'Runs that ended', ['integration', 'result']),
    runSeconds: histogram('if_run_seconds', 'Duration of runs', { labelNames: ['integration'], buckets: [1, 5, 15, 60, 300, 900, 3_600, 14_400, 43_200] }),
    rows: counter('if_rows_total', 'Rows received', ['integration', 'kind', 'result']),
    mapped: counter('if_mapped_total', 'Items mapped', ['integration', 'kind', 'result']),
    sinkItems: counter('if_sink_items_total', 'Outputs sent to a sink', ['pipeline', 'sink', 'result']),
    sinkSeconds: histogram('if_sink_seconds', 'Duration of a call to a sink', { labelNames: ['pipeline', 'sink'], buckets: [0.005, 0.02, 0.1, 0.5, 1, 5, 15, 60] }),
    delivery: counter('if_deliveries_total', 'Webhook deliveries', ['integration', 'result']),
    authFailure: counter('if_auth_failures_total', 'Calls that were not authenticated', ['integration']),
    event: counter('if_events_total', 'Events', ['integration', 'kind', 'result']),
    retry: counter('if_retries_total', 'Outputs sent again', ['pipeline', 'sink']),
    deadLetter: counter('if_dead_letters_total', 'Dead letters made', ['stage']),
    ownershipChange: counter('if_ownership_changes_total', 'Entities that another entry took over', ['integration']),
    triggerMessage: counter('if_trigger_messages_total', 'Messages, polls and calls of the trigger channel', ['integration', 'result']),
    portalRequest: counter('if_portal_requests_total', 'Requests to the portal', ['status']),
    sourceRequest: counter('if_source_requests_total', 'Requests to sources', ['integration', 'status']),
    sourceWaitSeconds: counter('if_source_wait_seconds_total', 'Time a source made us wait', ['integration']),
    watch(source) {
      runtime = source;
    },
    async render() {
      for (const metric of Object.values(gauges)) metric.reset();
      if (runtime) await read(runtime).catch(() => undefined);
      return registry.metrics();
    },
  };
}

/** Letters of one page: each may hold a payload of many megabytes. */
const LETTERS_PAGE = 50;
/** They are counted by reading them, which is not worth doing at every scrape. */
const COUNT_EVERY_MS = 60_000;

function deadLetterCounter(): (runtime: OperationsRuntime) => Promise<ReadonlyMap<string, number>> {
  let last = { at: 0, counts: new Map<string, number>() };
  return async ({ store }) => {
    if (Date.now() - last.at < COUNT_EVERY_MS) return last.counts;
    const counts = new Map<string, number>();
    for await (const letters of pageByPage(LETTERS_PAGE, (page) => store.documents.list<DeadLetter>('dead_letters', page))) {
      for (const { integration } of letters) counts.set(integration, (counts.get(integration) ?? 0) + 1);
    }
    last = { at: Date.now(), counts };
    return counts;
  };
}
