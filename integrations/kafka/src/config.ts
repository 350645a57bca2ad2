import { ConfigResourceTypes, type Admin, type ConfigEntries, type ResourceConfigQuery } from 'kafkajs';

export type Config = Readonly<Record<string, string>>;

/** What each resource of one type is set to, by its name. What the broker marks as sensitive is left out. */
export function configsOf(admin: Admin, type: ConfigResourceTypes, names: readonly string[]): Promise<ReadonlyMap<string, Config>> {
  return describe(admin, names.map((name) => ({ type, name })), () => true);
}

/** The same of topics, without what Kafka sets by default: what somebody set for the topic, its broker or all of them. */
export function changedConfigsOf(admin: Admin, topics: readonly string[]): Promise<ReadonlyMap<string, Config>> {
  return describe(admin, topics.map((name) => ({ type: ConfigResourceTypes.TOPIC, name })), (entry) => !entry.isDefault);
}

async function describe(admin: Admin, resources: readonly ResourceConfigQuery[], wanted: (entry: ConfigEntries) => boolean): Promise<ReadonlyMap<string, Config>> {
  if (resources.length === 0) return new Map();
  const answer = await admin.describeConfigs({ includeSynonyms: false, resources: [...resources] });
  return new Map(
    answer.resources.map(({ resourceName, configEntries }) => {
      const entries = configEntries.filter((entry) => wanted(entry) && !entry.isSensitive && entry.configValue !== null).map((entry) => [entry.configName, entry.configValue] as const);
      return [resourceName, Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))];
    }),
  );
}
