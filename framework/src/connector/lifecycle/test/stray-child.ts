// A process of its own: two connectors, one of which leaves a throwing timer and a lost promise behind. Prints one JSON line and ends.
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../../shared';
import { watchStray } from '../attribute';
import { runConnector, type Connector } from '../run-connector';
import type { LifecycleRecord } from '../types';
import { comparesNothing, type Methods } from './stage';

const records: LifecycleRecord[] = [];
const nobodys: string[] = [];
const unwatch = watchStray(process, (thrown) => void nobodys.push(String(thrown)));
const ignore = (): void => undefined;

function run(identifier: string, methods: Methods): Connector {
  const connector: Connector = runConnector(
    {
      ...{ connectorId: identifier, identifier, settings: {}, connection: { config: {} }, services: [], targets: [] },
      ...{ schedule: { atStart: true }, engage: false, maxFailures: 10, kinds: false, graceMs: 3_000 },
      make: () => methods,
    },
    {
      clock: systemClock,
      random: () => 1,
      http: () => ({ send: () => Promise.reject(new Error('no http here')), get: () => Promise.reject(new Error('no http here')) }),
      newId: () => `instance of ${identifier}`,
      openContext: () => Promise.resolve({ members: {}, unregister: ignore, close: ignore }),
      auditLog: () => ({ log: ignore, logException: ignore }),
      log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
      record: (record) => void records.push(record),
      marks: { load: () => Promise.resolve(undefined), save: () => Promise.resolve() },
      runRefresh: async ({ cause }) => void (await connector.refresh({ runId: identifier, cause, signal: new AbortController().signal, ...comparesNothing })),
      withhold: (text) => text,
    },
  );
  return connector;
}

async function main(): Promise<void> {
  let first = true;
  const leaking = run('leaking', {
    refresh() {
      if (first) {
        setTimeout(() => {
          throw new Error('from a timer');
        }, 5);
        void Promise.reject(new Error('from a promise'));
      }
      first = false;
      return Promise.resolve();
    },
  });
  const healthy = run('healthy', { refresh: () => Promise.resolve() });
  setTimeout(() => {
    throw new Error('of nobody');
  }, 20);
  const strays = (): LifecycleRecord[] => records.filter((record) => record.is === 'error' && record.method === 'outside');
  while (strays().length < 2 || nobodys.length < 1) await wait(5);
  const during = leaking.status().status;
  while (leaking.status().failing) await wait(5);
  const answer = {
    strays: strays().map((record) => [record.identifier, record.is === 'error' && record.failing.message]),
    nobodys,
    during,
    after: leaking.status().status,
    healthy: [healthy.status().status, records.filter(({ identifier, is }) => identifier === 'healthy' && is === 'refresh-ends').length],
  };
  await Promise.all([leaking.stop(), healthy.stop()]);
  unwatch();
  process.stdout.write(JSON.stringify(answer));
}

void main();
