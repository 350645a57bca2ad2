import { existsSync } from 'node:fs';
import path from 'node:path';
import { isPrepared, type Server } from './jars';

const DEPLOYED: Readonly<Record<Server, string>> = { kafka: 'KAFKA_BROKERS', mongo: 'MONGO_URL' };

export interface DescribeOptions {
  readonly needs: readonly Server[];
  /** The suite stops its servers: a deployment that the environment names will not do. */
  readonly own?: boolean;
}

/**
 * `describe` for suites that start servers. Where one cannot be started the suite is skipped, loudly: a line on standard error, and its tests stand as skipped
 * in the summary, so that whoever runs all suites can count them and refuse.
 */
export function describeWith(options: DescribeOptions, title: string, suite: () => void): void {
  const missing = options.needs.flatMap((server) => missingFor(server, options.own ?? false));
  if (missing.length === 0) return describe(title, suite);
  process.stderr.write(`SKIPPED "${title}": not on the PATH: ${[...new Set(missing)].join(', ')}\n`);
  describe.skip(title, suite);
}

function missingFor(server: Server, own: boolean): string[] {
  if (!own && process.env[DEPLOYED[server]]) return [];
  return (isPrepared(server) ? ['java'] : ['java', 'javac', 'mvn']).filter((tool) => !onPath(tool));
}

const onPath = (tool: string): boolean => (process.env['PATH'] ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, tool)));
