import { isObject } from '../shared';
import { connectorMembers } from './connector-keys';
import { defaultOf, type Linter } from './lint';
import { childPath } from './path';
import type { ConnectorSource, TargetSource } from './settings';
import type { SomeMembers } from './spec';
import { unprinted } from './unprinted';

type Keys = Omit<typeof connectorMembers, 'targets'>;
type Connection = NonNullable<SomeMembers<Keys>['connection']>;

/** What an entry says of its connector: `given` is checked, `written` is not; `path` is the entry's. */
export function readConnector(given: SomeMembers<Keys>, written: Readonly<Record<string, unknown>>, at: { readonly linter: Linter; readonly path: string }): ConnectorSource {
  const { linter, path } = at;
  const { connection, endpoints, metadataSource = {}, startDate: startAt, stopDate: stopAt, group, direction, engage } = given;
  if (connection?.endpoint && endpoints) {
    const message = `${path} has both connection.endpoint and endpoints.learned`;
    linter.report(`${path}.endpoints`, { code: 'CONFIG_TYPE', message, remedy: 'write the one endpoint, or how endpoints are learned' });
  }
  if (startAt !== undefined && stopAt !== undefined && stopAt <= startAt) {
    linter.report(`${path}.stopDate`, { code: 'CONFIG_INVALID', message: `${path}.stopDate is not after startDate: the connector would never run`, remedy: 'correct one of them' });
  }
  return {
    written: (Object.keys(connectorMembers) as (keyof typeof connectorMembers)[]).filter((key) => written[key] !== undefined),
    ...(group !== undefined && { group }),
    connection: withoutConfig(connection),
    settings: settingsIn(connection, written['connection']),
    ...(endpoints && { learned: endpoints.learned }),
    targets: readTargets(written['targets'], { linter, path: `${path}.targets` }),
    metadataSource,
    ...(direction !== undefined && { direction }),
    ...(engage !== undefined && { engage }),
    zones: given.zones ?? defaultOf(connectorMembers.zones),
    onMissing: given.onMissing ?? defaultOf(connectorMembers.onMissing),
    maxFailures: given.maxFailures ?? defaultOf(connectorMembers.maxFailures),
    ...(startAt !== undefined && { startAt }),
    ...(stopAt !== undefined && { stopAt }),
  };
}

function withoutConfig(connection: Connection | undefined): Omit<Connection, 'config'> {
  const { config: _, ...rest } = connection ?? {};
  return rest;
}

/** `config` of what was checked, else of what is written: a mistake beside it does not hide what is wrong in it. */
function settingsIn(checked: { readonly config?: Readonly<Record<string, unknown>> } | undefined, written: unknown): Readonly<Record<string, unknown>> {
  const config = checked?.config ?? (isObject(written) ? written['config'] : undefined);
  return unprinted(isObject(config) ? config : {});
}

/** Walks what is written: a target that is refused does not move the others, which are told their own problems. */
function readTargets(written: unknown, { linter, path }: { readonly linter: Linter; readonly path: string }): readonly TargetSource[] {
  const { items: _, ...list } = connectorMembers.targets;
  linter.read(list, written, path);
  const targets = (Array.isArray(written) ? (written as readonly unknown[]) : []).map((item, index) => readTarget(item, { linter, path: childPath(path, index) }));
  for (const { keys, path: at } of targets) {
    if (keys === undefined || targets.filter((other) => other.keys?.name === keys.name).length === 1) continue;
    linter.report(`${at}.name`, { code: 'IDENTIFIER_DUPLICATE', message: `two targets have the name '${keys.name}'`, remedy: 'give each its own' });
  }
  return targets;
}

/** One target, wherever it is written. Its settings are not checked. */
export function readTarget(item: unknown, { linter, path: at }: { readonly linter: Linter; readonly path: string }): TargetSource {
  const target = linter.read(connectorMembers.targets.items, item, at);
  const raw = isObject(item) ? item : {};
  if (raw['entity'] !== undefined && raw['connection'] !== undefined) {
    linter.report(childPath(at, 'connection'), { code: 'CONFIG_TYPE', message: `${at} has both entity and connection`, remedy: 'write the entity that it stands for, or how it is reached' });
  }
  const { connection, config: _, ...keys } = target ?? { name: undefined };
  return {
    path: at,
    ...(keys.name !== undefined && { keys: { ...keys, name: keys.name } }),
    ...(connection && { connection: withoutConfig(connection) }),
    settings: settingsIn(target, raw),
    connectionSettings: settingsIn(connection, raw['connection']),
  };
}
