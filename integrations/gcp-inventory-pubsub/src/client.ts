import { FrameworkError, isObject, type HttpSpec, type JsonObject } from '@integration-framework/framework';
import type { GcpSettings } from './settings';
import { createToken } from './token';

/** Cloud Asset Inventory by REST. */
export function http(settings: GcpSettings): HttpSpec {
  const token = createToken(settings);
  return {
    baseUrl: `${settings.assetUrl.replace(/\/+$/, '')}/v1`,
    auth: async ({ refresh }) => ({ authorization: `Bearer ${await token(refresh)}` }),
    // 100 lists a minute are allowed for a project.
    concurrency: 2,
  };
}

export const parentOf = ({ projectId }: GcpSettings): string => `projects/${encodeURIComponent(projectId)}`;

export function objectOf(value: unknown): JsonObject {
  if (!isObject(value)) throw new FrameworkError('SOURCE_UNREADABLE', ['Cloud Asset Inventory', 'an object is missing in its answer']);
  return value as JsonObject;
}
