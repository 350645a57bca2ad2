import { FrameworkError, isObject, type Context, type Json, type JsonObject } from '@integration-framework/framework';
import { manage } from './client';
import type { JbossSettings } from './settings';

const READ = { operation: 'read-resource', address: [{ deployment: '*' }], 'include-runtime': true, recursive: true };

export interface Poll {
  readonly deployments: ReadonlyMap<string, JsonObject>;
  /** Names of deployments that are there and could not be read. */
  readonly unread: readonly string[];
}

/** Every deployment of the server. Throws when the list is not complete, so that what is not in it is gone. */
export async function readDeployments(context: Pick<Context<JbossSettings>, 'http' | 'settings'>): Promise<Poll> {
  const answer = await manage(context, READ);
  if (!isObject(answer) || answer['outcome'] !== 'success' || !Array.isArray(answer['result'])) throw unreadable('it did not list its deployments');
  const deployments = new Map<string, JsonObject>();
  const unread: string[] = [];
  for (const item of answer['result'] as readonly unknown[]) {
    const name = nameOf(item);
    const { outcome, result } = item as { readonly outcome?: unknown; readonly result?: unknown };
    if (outcome === 'success' && isObject(result)) deployments.set(name, toRow(name, result as JsonObject));
    else unread.push(name);
  }
  return { deployments, unread };
}

const unreadable = (why: string): FrameworkError => new FrameworkError('SOURCE_UNREADABLE', ['WildFly', why]);

/** The address of a deployment ends in its name. */
function nameOf(item: unknown): string {
  const address: unknown = isObject(item) && Array.isArray(item['address']) ? (item['address'] as readonly unknown[]).at(-1) : undefined;
  const name = isObject(address) ? address['deployment'] : undefined;
  if (typeof name !== 'string' || name === '') throw unreadable('a deployment in its list has no name');
  return name;
}

const toRow = (name: string, deployment: JsonObject): JsonObject => ({
  name,
  runtimeName: deployment['runtime-name'] ?? null,
  status: deployment['status'] ?? null,
  enabled: deployment['enabled'] ?? null,
  persistent: deployment['persistent'] ?? null,
  content: deployment['content'] ?? null,
  subdeployment: deployment['subdeployment'] ?? null,
  subsystem: deployment['subsystem'] ?? null,
});

/**
 * Equal for a deployment that did not change. Numbers inside subsystems count its traffic (sessions, requests, times), so they say nothing; a number of its configuration
 * changes with its content.
 */
export const fingerprintOf = ({ subsystem = null, subdeployment = null, ...own }: JsonObject): string => textOf([own, withoutNumbers(subsystem), withoutNumbers(subdeployment)]);

function withoutNumbers(value: Json): Json {
  if (typeof value === 'number' || typeof value === 'bigint') return null;
  if (Array.isArray(value)) return (value as readonly Json[]).map(withoutNumbers);
  return isObject(value) ? Object.fromEntries(Object.entries(value as JsonObject).map(([name, member]) => [name, withoutNumbers(member)])) : value;
}

/** One text for equal values, in whatever order their members come. */
function textOf(value: Json): string {
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(textOf).join()}]`;
  if (!isObject(value)) return typeof value === 'bigint' ? String(value) : JSON.stringify(value);
  const members = value as JsonObject;
  return `{${Object.keys(members).sort().map((name) => `${JSON.stringify(name)}:${textOf(members[name] ?? null)}`).join()}}`;
}
