import { FrameworkError, isObject, type HttpSpec, type JsonObject } from '@integration-framework/framework';
import type { AzureSettings } from './settings';
import { createToken } from './token';

/** The resource manager by REST. */
export function http(settings: AzureSettings): HttpSpec {
  const token = createToken(settings);
  return {
    baseUrl: settings.resourceManagerUrl.replace(/\/+$/, ''),
    auth: async ({ refresh }) => ({ authorization: `Bearer ${(await token('manager', refresh)).value}` }),
    concurrency: 4,
  };
}

export function objectOf(value: unknown): JsonObject {
  if (!isObject(value)) throw new FrameworkError('SOURCE_UNREADABLE', ['Azure', 'an object is missing in its answer']);
  return value as JsonObject;
}

/** The list of an answer. An answer without it is no empty list. */
export function valuesOf(answer: unknown): readonly JsonObject[] {
  const { value } = objectOf(answer);
  if (!Array.isArray(value)) throw new FrameworkError('SOURCE_UNREADABLE', ['Azure', 'value is missing in its answer']);
  return value.map(objectOf);
}
