import fs from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { Secret } from '../contract';
import { environmentMembers } from './environment-keys';
import { createLinter } from './lint';
import { problemAt } from './problem';
import type { Problem, ProcessSettings } from './settings';
import type { ParsedMembers } from './spec';

type Variables = ParsedMembers<typeof environmentMembers>;

/** Adds the variables of `.env` in this folder that are not set yet, so that whoever reads the environment later (proxies, mappings) sees them too. */
export function addDotEnv(environment: NodeJS.ProcessEnv, folder: string): void {
  let text: string;
  try {
    text = fs.readFileSync(path.join(folder, '.env'), 'utf8');
  } catch {
    return; // there need not be one
  }
  for (const [name, value] of Object.entries(parseEnv(text))) environment[name] ??= value;
}

/** Variables that are set; an empty one counts as unset. Invalid ones are problems, and as absent. */
export function readVariables(environment: NodeJS.ProcessEnv): { readonly variables: Variables; readonly problems: readonly Problem[] } {
  const linter = createLinter({ placeOf: (name) => ({ file: name, line: 1, column: 1, folder: '' }), lenient: false, literal: 'warn' });
  const read = (name: keyof typeof environmentMembers): unknown => {
    const text = environment[name]?.trim();
    const spec = environmentMembers[name];
    // A Secret is text from outside the files: it is read by the type of its key and never quoted.
    const value = linter.read(spec, text === undefined || text === '' ? undefined : new Secret(text), name);
    return value ?? linter.read(spec, undefined, name);
  };
  const names = Object.keys(environmentMembers) as (keyof typeof environmentMembers)[];
  const variables = Object.fromEntries(names.map((name) => [name, read(name)]).filter(([, value]) => value !== undefined)) as Variables;
  return { variables, problems: linter.problems };
}

const isLoopback = (address: string): boolean => address === 'localhost' || address === '::1' || /^127(\.\d{1,3}){3}$/.test(address);

const splitList = (text: string): readonly string[] => text.split(',').map((item) => item.trim()).filter((item) => item !== '');

const LEVELS: Readonly<Partial<Record<Variables['LOG_LEVEL'], ProcessSettings['logLevel']>>> = { warning: 'warn', panic: 'fatal' };

/** Environment only (interface.md 3). */
export function processSettings(variables: Variables, folders: { readonly configuration: string; readonly working: string }): ProcessSettings {
  const exposed = !isLoopback(variables.HTTP_ADDRESS);
  const prefix = (variables.SERVICE_PREFIX ?? '').replace(/^\/+|\/+$/g, '');
  const level = variables.LOG_LEVEL;
  return {
    httpPort: variables.HTTP_PORT,
    httpAddress: variables.HTTP_ADDRESS,
    exposed,
    ...(variables.API_TOKEN && { apiToken: variables.API_TOKEN }),
    ...(variables.PUBLIC_URL !== undefined && { publicUrl: variables.PUBLIC_URL.replace(/\/+$/, '') }),
    servicePrefix: prefix === '' ? '' : `/${prefix}`,
    dataDir: variables.DATA_DIR === undefined ? path.join(folders.configuration, '.data') : path.resolve(folders.working, variables.DATA_DIR),
    logLevel: LEVELS[level] ?? (level as ProcessSettings['logLevel']),
    logFormat: variables.LOG_FORMAT ?? (process.stderr.isTTY ? 'pretty' : 'json'),
    delayShutdownMs: (variables.DELAY_SHUTDOWN_SECONDS ?? (exposed ? 10 : 0)) * 1_000,
    shutdownGraceMs: variables.SHUTDOWN_GRACE_SECONDS * 1_000,
    ...(variables.KAFKA_BROKERS !== undefined && { kafkaBrokers: splitList(variables.KAFKA_BROKERS) }),
    allowUnauthenticatedWebhooks: variables.ALLOW_UNAUTHENTICATED_WEBHOOKS,
  };
}

/** What an address open to others needs. */
export function exposureProblems(settings: ProcessSettings): readonly Problem[] {
  if (!settings.exposed || settings.apiToken) return [];
  const message = 'API_TOKEN is not set and HTTP_ADDRESS is not loopback: every call of /api is refused';
  const place = { file: 'API_TOKEN', line: 1, column: 1, folder: '' };
  return [problemAt(place, 'API_TOKEN', { code: 'CONFIG_REQUIRED', severity: 'warning', message, remedy: 'set API_TOKEN' })];
}
