import type { Admin, ConfigResourceTypes } from 'kafkajs';

export type Config = Readonly<Record<string, string>>;

/** What each resource of one type is set to, by its name. What the broker marks as sensitive is left out. */
export async function configsOf(admin: Admin, type: ConfigResourceTypes, names: readonly string[]): Promise<ReadonlyMap<string, Config>> {
  if (names.length === 0) return new Map();
  const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: names.map((name) => ({ type, name })) });
  return new Map(
    resources.map(({ resourceName, configEntries }) => {
      const entries = configEntries.filter((entry) => !entry.isSensitive && entry.configValue !== null).map((entry) => [entry.configName, entry.configValue] as const);
      return [resourceName, Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))];
    }),
  );
}
