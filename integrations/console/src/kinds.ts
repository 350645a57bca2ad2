import type { JsonObject, Kind } from '@integration-framework/framework';

/** Kinds that are never listed: what webhooks tell is all that is known of them. Their ids are unique inside the project only. */
const told = (name: string, ...own: readonly string[]): Kind<unknown, JsonObject> => {
  const keys = ['tenantId', 'projectId', ...own];
  return { name, keys, key: (row) => keys.map((key) => textOf(row[key])) };
};

const textOf = (value: unknown): string | number | bigint => (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' ? value : '');

export const kinds = [told('project'), told('service', 'serviceName'), told('configuration', 'revisionName'), told('tag', 'tagName')];
