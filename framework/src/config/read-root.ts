import { Secret } from '../contract';
import { isObject } from '../shared';
import { portMembers, rootMembers, triggerMembers } from './keys';
import { createLinter, defaultOf, type Linter, type LintOptions } from './lint';
import { problemAt } from './problem';
import { readAudit, type DestinationSpecs } from './read-audit';
import type { PortSettings, Problem, ProcessSettings, Settings, TriggerSettings } from './settings';
import type { ParsedMembers } from './spec';

/** What stands at the root beside `integrations` and the process settings. */
export interface Root extends Pick<Settings, 'port' | 'trigger' | 'mongodb' | 'strict' | 'mapping' | 'audit'> {
  readonly integrationsPath: readonly string[];
  readonly problems: readonly Problem[];
}
export interface RootOptions extends LintOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly process: ProcessSettings;
  readonly destinations: DestinationSpecs;
}

const UNREAD = { type: 'any', description: '' } as const; // read by rules of their own

/** Reads the root of a configuration. With an error among the problems nothing may start. */
export function readRoot(value: Readonly<Record<string, unknown>>, options: RootOptions): Root {
  const linter = createLinter(options);
  const given = linter.readMembers({ ...rootMembers, port: UNREAD, audit: UNREAD, integrations: UNREAD }, value, '');
  const port = given.port === undefined ? undefined : readPort(given.port, linter, options);
  const { steps, bytes, timeout, env } = given.mapping ?? defaultOf(rootMembers.mapping);
  const trigger = readTrigger(given.triggerChannel, port, linter);
  if (trigger.type === 'WEBHOOK' && port && !port.local && options.process.publicUrl === undefined) {
    const place = { file: 'PUBLIC_URL', line: 1, column: 1, folder: '' };
    const message = 'PUBLIC_URL is not set: the portal must know where to call us';
    linter.problems.push(problemAt(place, 'PUBLIC_URL', { code: 'CONFIG_REQUIRED', message, remedy: 'set PUBLIC_URL' }));
  }
  return {
    ...(port && { port }),
    trigger,
    ...(given.mongodb && { mongodb: given.mongodb }),
    strict: given.strict ?? false,
    mapping: { steps, bytes, timeoutMs: timeout, env },
    audit: readAudit(given.audit, linter, options.destinations),
    integrationsPath: given.integrationsPath ?? [],
    problems: linter.problems,
  };
}

function readPort(value: unknown, linter: Linter, options: RootOptions): PortSettings | undefined {
  const spec = { type: 'object', members: portMembers, description: '' } as const;
  if (!isObject(value)) return linter.read(spec, value, 'port') as undefined;
  const written = { ...value };
  for (const [key, name] of Object.entries({ baseUrl: 'PORT_BASE_URL', clientId: 'PORT_CLIENT_ID', clientSecret: 'PORT_CLIENT_SECRET' })) {
    const text = options.environment[name]?.trim();
    if (text !== undefined && text !== '') written[key] = new Secret(text);
  }
  // With the built-in portal unset credentials are as absent, so its name has to be known first; problems of it are told below.
  const local = createLinter(options).read(portMembers.baseUrl, written['baseUrl'], 'port.baseUrl') === 'local';
  const lenient = createLinter({ ...options, missing: local ? 'absent' : 'report' });
  const port = lenient.read(spec, written, 'port');
  linter.problems.push(...lenient.problems);
  if (!port) return undefined;
  requireCredentials(port, local, linter);
  const baseUrl = portUrl(port.baseUrl, linter);
  return baseUrl === undefined ? undefined : { ...port, baseUrl, local };
}

function requireCredentials(port: ParsedMembers<typeof portMembers>, local: boolean, linter: Linter): void {
  if (local && !port.clientId === !port.clientSecret) return;
  for (const [key, name] of [['clientId', 'PORT_CLIENT_ID'], ['clientSecret', 'PORT_CLIENT_SECRET']] as const) {
    if (port[key]) continue;
    linter.report(`port.${key}`, { code: 'CONFIG_REQUIRED', message: `port.${key} is missing`, remedy: `set ${name}, or write port.${key}` });
  }
}

/** `local`, or the URL without `/v1` and trailing `/`. */
function portUrl(text: string, linter: Linter): string | undefined {
  if (text === 'local') return text;
  const url = text.trim().replace(/\/+$/, '').replace(/\/v1$/, '');
  if (/^https?:\/\/[^\s/@?#]+(\/[^\s@?#]*)?$/.test(url)) return url;
  const remedy = "write `local` or a URL such as https://api.getport.io/v1, without user and password";
  linter.report('port.baseUrl', { code: 'CONFIG_TYPE', message: 'port.baseUrl is not the URL of a portal', remedy });
  return undefined;
}

function readTrigger(given: ParsedMembers<typeof triggerMembers> | undefined, port: PortSettings | undefined, linter: Linter): TriggerSettings {
  const { type, interval, brokers, ...rest } = given ?? { interval: defaultOf(triggerMembers.interval) };
  const needsPort = type === 'KAFKA' || type === 'POLLING' || type === 'ACTIONS_ONLY';
  if (needsPort && !port && !linter.problems.some((problem) => problem.path.startsWith('port'))) {
    const message = `triggerChannel.type ${type} asks a portal, and there is no port`;
    linter.report('triggerChannel.type', { code: 'CONFIG_REQUIRED', severity: 'warning', message, remedy: 'add port, or remove triggerChannel' });
  }
  return {
    type: needsPort && !port ? 'NONE' : (type ?? (port ? 'POLLING' : 'NONE')),
    intervalMs: interval,
    // A variable holds several brokers with commas, as KAFKA_BROKERS does.
    ...(brokers && { brokers: brokers.flatMap((item) => item.split(',')).map((item) => item.trim()).filter((item) => item !== '') }),
    ...rest,
  };
}
