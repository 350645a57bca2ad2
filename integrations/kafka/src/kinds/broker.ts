import type { Kind, Page, ScanContext } from '@integration-framework/framework';
import { ConfigResourceTypes } from 'kafkajs';
import { clusterName, withAdmin } from '../admin';
import { configsOf, type Config } from '../config';
import { namesBrokers, type KafkaSettings } from '../settings';

export interface Broker {
  readonly id: number;
  /** `host:port`, as the broker advertises it. */
  readonly address: string;
  readonly cluster_name: string;
  readonly config: Config;
}

/** One page: a cluster has some hundred brokers at most. */
async function* scan(context: ScanContext<KafkaSettings>): AsyncIterable<Page<Broker>> {
  const rows = await withAdmin(context, async (admin) => {
    const { brokers } = await admin.describeCluster();
    const configs = await configsOf(admin, ConfigResourceTypes.BROKER, brokers.map(({ nodeId }) => String(nodeId)));
    return brokers
      .sort((a, b) => a.nodeId - b.nodeId)
      .map(({ nodeId, host, port }) => ({ id: nodeId, address: `${host}:${port}`, cluster_name: clusterName(context), config: configs.get(String(nodeId)) ?? {} }));
  });
  yield { rows, next: undefined };
}

export const broker: Kind<KafkaSettings, Broker> = { name: 'broker', key: (row) => [row.id], paging: 'stable', listed: namesBrokers, scan };
