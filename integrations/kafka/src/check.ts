import { isAbort, toFrameworkError, type CheckReport, type Context } from '@integration-framework/framework';
import { clusterName, withAdmin } from './admin';
import { namesBrokers, type KafkaSettings } from './settings';

export async function check(context: Context<KafkaSettings>): Promise<CheckReport> {
  if (!namesBrokers(context.settings)) return { ok: true, lines: ['bootstrap_servers is not set: there is nothing for the kinds; the connector tries its addresses when it starts'] };
  try {
    const { brokers, clusterId } = await withAdmin(context, (admin) => admin.describeCluster());
    return { ok: true, lines: [`${clusterName(context)}: cluster ${clusterId}, ${brokers.length} ${brokers.length === 1 ? 'broker' : 'brokers'}`] };
  } catch (err) {
    if (isAbort(err)) throw err;
    return { ok: false, lines: [toFrameworkError(err).message] };
  }
}
