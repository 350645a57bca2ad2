import { isObject, parseJson, toJson, type JsonObject } from '../shared';
import { documents } from './documents';
import { invalid, notFound, ok } from './envelope';
import type { Parts } from './parts';
import { bodyObject, count } from './read-query';
import type { Call, Route } from './router';

// Logs are a convenience of this portal: the newest of each integration, and no more.
const KEPT_LINES = 10_000;
const MAX_LOG_PAGE = 300;
const DEFAULT_LOG_PAGE = 100;
const MAX_METADATA = 50;

export const ingestUrl = (origin: string, ingestId: string): string => `${origin}/v1/ingest/${ingestId}`;

/** E51 to E54 (the id in the URL is the permission, as clients send logs there without a token) and what E16 reads of it. */
export function ingestRoutes(parts: Parts): readonly Route[] {
  const { store, clock } = parts;
  const integrations = documents(store, 'integrations');
  const metrics = documents(store, 'metrics');
  const now = (): string => new Date(clock.now()).toISOString();

  const byIngestId = (call: Call): string => {
    const found = integrations.list().find(({ ingestId }) => ingestId === call.at['ingest']);
    if (!found) throw notFound('Ingestion', call.at['ingest']!);
    return found['_id'] as string;
  };
  const byIdentifier = (call: Call): string => {
    const id = call.at['id']!;
    const found = integrations.get(id) ?? integrations.list().find(({ _id }) => _id === id);
    if (!found) throw notFound('Integration', id);
    return found['_id'] as string;
  };
  const keepMetric = (integration: string, metric: unknown): void => {
    if (!isObject(metric)) throw invalid('syncKindMetrics', 'must be an object');
    const id = `${integration}/${String(metric['eventId'])}/${String(metric['kindIdentifier'])}`;
    metrics.put(id, { ...metric, createdAt: metrics.get(id)?.['createdAt'] ?? now(), updatedAt: now() } as JsonObject);
  };
  const metricsOf = (integration: string): readonly JsonObject[] => metrics.list(`${integration}/`);

  return [
    {
      method: 'POST',
      path: '/ingest/:ingest/logs',
      open: true,
      answer(call) {
        const integration = byIngestId(call);
        const { logs } = bodyObject(call);
        if (!Array.isArray(logs)) throw invalid('logs', 'must be a list');
        store.transact(() => {
          for (const line of logs) if (isObject(line)) store.statement('INSERT INTO lines(integration, body) VALUES (?, ?)').run(integration, toJson(line));
          store.statement('DELETE FROM lines WHERE integration = ? AND n <= (SELECT n FROM lines WHERE integration = ? ORDER BY n DESC LIMIT 1 OFFSET ?)').run(integration, integration, KEPT_LINES);
        });
        return ok();
      },
    },
    {
      method: 'POST',
      path: '/ingest/:ingest/syncMetrics',
      open: true,
      answer(call) {
        const integration = byIngestId(call);
        const sent = bodyObject(call)['syncKindsMetrics'];
        if (!Array.isArray(sent)) throw invalid('syncKindsMetrics', 'must be a list');
        store.transact(() => sent.forEach((metric) => keepMetric(integration, metric)));
        return ok();
      },
    },
    {
      method: 'PUT',
      path: '/ingest/:ingest/syncMetrics/resync/:event/kind/+kind',
      open: true,
      answer(call) {
        const metric = bodyObject(call)['syncKindMetrics'];
        keepMetric(byIngestId(call), isObject(metric) ? { ...metric, eventId: call.at['event'], kindIdentifier: call.at['kind'] } : metric);
        return ok();
      },
    },
    {
      method: 'POST',
      path: '/ingest/:ingest/heartbeat',
      open: true,
      answer(call) {
        byIngestId(call);
        return ok();
      },
    },
    {
      method: 'GET',
      path: '/integration/:id/logs',
      answer(call) {
        const integration = byIdentifier(call);
        const wanted = call.query.get('limit');
        const limit = count(wanted === null ? undefined : Number(wanted), 'limit', { min: 0, max: MAX_LOG_PAGE }) ?? DEFAULT_LOG_PAGE;
        const levels = [...call.query.getAll('level'), ...call.query.getAll('levels')].map((level) => (level === 'FATAL' ? 'CRITICAL' : level));
        const rows = store
          .statement("SELECT n, body FROM lines WHERE integration = ?1 AND (?2 = '[]' OR body ->> 'level' IN (SELECT value FROM json_each(?2))) ORDER BY n DESC LIMIT ?3")
          .all(integration, toJson(levels), limit) as { n: number; body: string }[];
        return ok({ logs: rows.map((row) => logLine(row)) });
      },
    },
    {
      method: 'GET',
      path: '/integration/:id/syncMetrics',
      answer(call) {
        const wanted = call.query.get('resyncId');
        const data = metricsOf(byIdentifier(call)).filter(({ eventId }) => wanted === null || eventId === wanted);
        return ok({ count: data.length, data });
      },
    },
    {
      method: 'GET',
      path: '/integration/:id/syncsMetadata',
      answer(call) {
        const runs = metricsOf(byIdentifier(call)).filter(({ kindIdentifier }) => String(kindIdentifier).startsWith('__runtime__'));
        const data = runs.map(({ eventId, syncState, createdAt, updatedAt }) => ({ eventId, syncState, createdAt, updatedAt }));
        data.sort((a, b) => (String(a.createdAt) < String(b.createdAt) ? 1 : -1));
        return ok({ count: Math.min(data.length, MAX_METADATA), data: data.slice(0, MAX_METADATA) });
      },
    },
  ];
}

function logLine(row: { readonly n: number; readonly body: string }): JsonObject {
  const line = parseJson(row.body) as JsonObject;
  return { ...line, id: row.n, level: line['level'] === 'CRITICAL' ? 'FATAL' : (line['level'] ?? 'INFO') };
}
