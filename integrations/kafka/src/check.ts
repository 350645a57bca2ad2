import { isAbort, toFrameworkError, type CheckReport, type Context } from '@integration-framework/framework';
import { clusterName, withAdmin } from './admin';
import type { KafkaSettings } from './settings';

export async function check(context: Context<KafkaSettings>): Promise<CheckReport> {
  try {
    const { brokers, clusterId } = await withAdmin(context, (admin) => admin.describeCluster());
    return { ok: true, lines: [`${clusterName(context)}: cluster ${clusterId}, ${brokers.length} ${brokers.length === 1 ? 'broker' : 'brokers'}`] };
  } catch (err) {
    if (isAbort(err)) throw err;
    return { ok: false, lines: [toFrameworkError(err).message] };
  }
}
