import type { SettingsOf, SettingsSpec } from '@integration-framework/framework';

export const settings = {
  documents: { type: 'list', path: true, description: 'Files, globs of files (`specs/**/*.yaml`) and URLs (`http`, `https`) of OpenAPI documents. Instead of an endpoint.', example: ['specs/**/*.yaml', 'https://api.example/openapi.json'] },
  documentPath: { type: 'string', description: 'Where the document is on the server that the endpoint names, such as `/v3/api-docs`. Default: the address is that of the document.', example: '/v3/api-docs' },
  authorization: { type: 'string', secret: true, description: 'Value of the header that is sent with every request for a URL, such as `Bearer …`. It goes to no other host by a redirect.' },
  authorizationHeader: { type: 'string', default: 'authorization', description: 'Name of that header.', example: 'x-api-key' },
  maxBytes: { type: 'integer', min: 1, default: 33_554_432, description: 'The largest document that is read.', example: 33_554_432 },
  timeout: { type: 'duration', default: '30s', description: 'For one request, to the last byte; also for reading YAML.', example: '30s' },
  watchEvery: { type: 'duration', default: '1m', description: 'How often URLs are asked whether their document changed, between two comparisons.', example: '1m' },
  maxDepth: { type: 'integer', min: 1, max: 20, default: 3, description: 'How many fields deep parameters, bodies and responses are described.', example: 3 },
} as const satisfies SettingsSpec;

export type OpenapiSettings = SettingsOf<typeof settings>;

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** What one setting alone cannot tell. */
export function problemsOf(given: OpenapiSettings): readonly string[] {
  if (TOKEN.test(given.authorizationHeader)) return [];
  return [`authorizationHeader is no name of a header: ${JSON.stringify(given.authorizationHeader)}; write one such as authorization or x-api-key`];
}
