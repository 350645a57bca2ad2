import type { Kind, Page, ScanContext } from '@integration-framework/framework';
import { clusterName, withAdmin } from '../admin';
import { namesBrokers, type KafkaSettings } from '../settings';

export interface Cluster {
  readonly name: string;
  /** Made by Kafka when the cluster was. */
  readonly cluster_id: string;
  /** Broker that answers as controller; absent while there is none. */
  readonly controller_id?: number;
}

async function* scan(context: ScanContext<KafkaSettings>): AsyncIterable<Page<Cluster>> {
  const { clusterId, controller } = await withAdmin(context, (admin) => admin.describeCluster());
  const row = { name: clusterName(context), cluster_id: clusterId, ...(controller !== null && { controller_id: controller }) };
  yield { rows: [row], next: undefined };
}

export const cluster: Kind<KafkaSettings, Cluster> = { name: 'cluster', key: (row) => [row.name], paging: 'stable', listed: namesBrokers, scan };
