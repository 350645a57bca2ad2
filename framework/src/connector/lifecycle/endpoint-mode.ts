import { ConfigError, type Connection, type Target } from '../../contract';
import { matchesPattern } from '../../shared';

export type EndpointMode = 'explicit' | 'learned' | 'none';

/** Which `endpoint` entities are targets: for each member a text, in which `*` stands for anything, or a list of such. */
export interface LearnedSelector {
  readonly blueprint: string;
  readonly match: Readonly<Record<string, string | readonly string[]>>;
}

/** An entity that may be an endpoint. */
export interface EndpointEntity {
  readonly identifier: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** The one target of a connector that has no others. Its rows are kept by this name. */
export const DEFAULT_TARGET = 'default';

/** Explicit if and only if an endpoint is configured. Throws ConfigError for a mode that the integration lacks. */
export function endpointMode(of: { readonly connection: Connection; readonly learned?: LearnedSelector | undefined; readonly endpoints?: 'explicit' | 'learned' | 'both' | undefined }): EndpointMode {
  const mode = of.connection.endpoint !== undefined && of.connection.endpoint.address !== '' ? 'explicit' : of.learned ? 'learned' : 'none';
  const supported = of.endpoints ?? 'both';
  if (mode !== 'none' && supported !== 'both' && supported !== mode) {
    throw new ConfigError(mode === 'explicit' ? 'this integration learns its endpoints; take connection.endpoint out of the entry' : 'this integration does not learn endpoints; set connection.endpoint.address and take endpoints.learned out of the entry');
  }
  return mode;
}

/** The targets that the file gives by itself: its list, else the one that the connection means; none where they are learned. */
export function configuredTargets(mode: EndpointMode, targets: readonly Target[]): readonly Target[] {
  const names = new Set<string>();
  for (const { name } of targets) {
    if (names.has(name)) throw new ConfigError(`two targets have the name ${name}; each needs its own`);
    names.add(name);
  }
  return targets.length > 0 || mode === 'learned' ? targets : [{ name: DEFAULT_TARGET }];
}

/** Every member of the selector is met: text by text, in a list by one of them, `*` for anything. */
export function matchesEndpoint({ match }: LearnedSelector, { identifier, properties }: EndpointEntity): boolean {
  return Object.entries(match).every(([name, wanted]) => {
    const patterns = typeof wanted === 'string' ? [wanted] : wanted;
    const value = name in properties ? properties[name] : name === 'identifier' ? identifier : undefined;
    const texts = (Array.isArray(value) ? (value as unknown[]) : [value]).filter((one) => typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean').map(String);
    return texts.some((text) => patterns.some((pattern) => matchesPattern(text, pattern)));
  });
}

/** The target that an endpoint stands for; undefined: it does not match, or has no address to call. */
export function learnedTarget(selector: LearnedSelector, entity: EndpointEntity): Target | undefined {
  const { properties } = entity;
  const address = textOf(properties['address']);
  if (address === undefined || address === '' || !matchesEndpoint(selector, entity)) return undefined;
  const optional = { name: textOf(properties['displayName']), description: textOf(properties['description']), protocol: textOf(properties['protocol']), encryptionMethod: textOf(properties['encryptionMethod']) };
  const endpoint = { address, ...(Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)) as Partial<Record<keyof typeof optional, string>>) };
  return { name: entity.identifier, entity: entity.identifier, connection: { endpoint } };
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** How a target is reached: what it says itself over what its connector says. */
export function connectionOf(connection: Connection, target: Target): Connection {
  return { ...connection, ...target.connection, config: { ...connection.config, ...target.connection?.config, ...target.config } };
}
