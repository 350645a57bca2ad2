import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError, type Endpoint } from '@integration-framework/framework';

/** The folder that the endpoint names: a URL `file:///path`, or an absolute path. Throws ConfigError for anything else. */
export function rootOf(endpoint: Endpoint | undefined): string {
  const address = endpoint?.address ?? '';
  if (address === '') throw new ConfigError('no folder is named; set `connection.endpoint.address` to file:///path, or `endpoints.learned`');
  if (path.isAbsolute(address)) return path.resolve(address);
  if (!/^file:/i.test(address) || !URL.canParse(address)) throw new ConfigError(`${address} names no folder; write file:///path or an absolute path`);
  try {
    return path.resolve(fileURLToPath(address));
  } catch (err) {
    throw new ConfigError(`${address} names no folder of this machine; write file:///path`, { cause: err });
  }
}
