import { isObject } from '@integration-framework/framework';

/** `2`: Swagger 2.0; `3`: OpenAPI 3.0 and 3.1. */
export type Version = 2 | 3;

const textOf = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');

/** What a document is; undefined for what is none of them. YAML without quotes makes a number of `2.0` and of `3.1`. */
export function versionOf(document: unknown): Version | undefined {
  if (!isObject(document)) return undefined;
  if (/^2(\.0)?$/.test(textOf(document['swagger']))) return 2;
  return /^3(\.[01](\.\d+.*)?)?$/.test(textOf(document['openapi'])) ? 3 : undefined;
}

/** Why it is not a document that can be described: the end of a sentence. */
export function faultOf(document: unknown): string | undefined {
  if (!isObject(document)) return 'it is no OpenAPI document, but something else';
  const version = versionOf(document);
  if (version === undefined) {
    const given = textOf(document['openapi']) || textOf(document['swagger']);
    return given === '' ? 'it says neither openapi nor swagger, so it is no OpenAPI document' : `its version is ${given.slice(0, 20)}; OpenAPI 3.0, 3.1 and Swagger 2.0 are read`;
  }
  if (!isObject(document['info'])) return 'it has no info; it is not whole';
  const { paths } = document;
  if (isObject(paths)) return undefined;
  // From 3.1 on a document may hold only webhooks or components.
  return paths === undefined && /^3\.1/.test(textOf(document['openapi'])) && (isObject(document['webhooks']) || isObject(document['components'])) ? undefined : 'it has no paths; it is not whole';
}
