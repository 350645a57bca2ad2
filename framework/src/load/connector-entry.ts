import { problemAt, type EntrySource, type Problem, type ProblemCode, type Settings, type TargetSource } from '../config';
import type { Connection, Direction, Integration, Service, Target } from '../contract';
import type { CheckedSettings } from './check-settings';
import type { ConnectorEntry } from './entry';

/** What a service says of the connectors that use it (connector/services). */
export interface ServiceDefaults {
  readonly direction: Direction | 'BOTH_DIRECTIONS';
  /** Kind of the metadata source. */
  readonly sourceKind: string;
}
export type AllServiceDefaults = Pick<ReadonlyMap<Service, ServiceDefaults>, 'get'>;

/** Keys that make the connector of an integration run that has kinds of its own. */
const STARTING: EntrySource['connector']['written'] = ['connection', 'endpoints', 'targets'];

/** Does a connector run in this entry? */
export function runsConnector({ connector }: EntrySource, integration: Integration): boolean {
  if (!integration.connector) return false;
  return (integration.kinds ?? []).length === 0 || connector.written.some((key) => STARTING.includes(key));
}

export interface ReadConnector {
  /** Absent: no connector runs. */
  readonly connector?: ConnectorEntry;
  readonly problems: readonly Problem[];
}

interface Reading {
  readonly source: EntrySource;
  readonly integration: Integration;
  readonly services: AllServiceDefaults;
  readonly checked: CheckedSettings;
  readonly settings: Settings;
}

/** What an entry says of its connector, with what the integration and its services say where it says nothing. */
export function readConnector(reading: Reading): ReadConnector {
  const { source, integration, checked } = reading;
  const { type, identifier, connector: given } = source;
  const problems: Problem[] = [];
  const tell: Tell = (key, finding) => {
    const path = `${source.settingsPath.slice(0, source.settingsPath.lastIndexOf('.'))}.${key}`;
    problems.push(problemAt({ folder: reading.settings.folder, ...reading.settings.locate(path) }, path, { ...finding, message: finding.message.replace('{key}', path) }));
  };
  if (!runsConnector(source, integration)) {
    for (const key of given.written) tell(key, unused(type, integration));
    return { problems };
  }
  tellMode(reading, tell);
  const first = (integration.services ?? []).map((name) => reading.services.get(name)?.sourceKind).find((kind) => kind !== undefined);
  const reduced = given.direction === undefined ? (integration.services ?? []).filter((name) => reading.services.get(name)?.direction === 'BOTH_DIRECTIONS') : [];
  const connector: ConnectorEntry = {
    ...(given.group !== undefined && { group: given.group }),
    connection: { ...given.connection, config: checked.settings },
    ...(given.learned && { learned: given.learned as NonNullable<ConnectorEntry['learned']> }),
    targets: targetsOf(reading),
    metadataSource: { id: given.metadataSource.id ?? `${type}::${identifier}`, kind: given.metadataSource.kind ?? first ?? NO_SERVICE.sourceKind },
    direction: directionOf(reading, tell),
    ...(reduced.length > 0 && { reduced }),
    engage: given.engage ?? integration.schedule?.engage ?? false,
    zones: given.zones,
    onMissing: given.onMissing,
    maxFailures: given.maxFailures,
    ...(given.startAt !== undefined && { startAt: given.startAt }),
    ...(given.stopAt !== undefined && { stopAt: given.stopAt }),
  };
  return { connector, problems };
}

/** `{key}` in the message is the path. */
type Finding = { readonly code: ProblemCode; readonly severity?: Problem['severity']; readonly message: string; readonly remedy: string };
type Tell = (key: string, finding: Finding) => void;

/** Without a service there is nothing to write to. */
const NO_SERVICE = { direction: 'OTHER', sourceKind: 'SoftwareCapability' } as const;

function unused(type: string, { connector }: Integration): Finding {
  if (!connector) return { code: 'CONFIG_INVALID', message: `{key} is of connectors, and ${type} has none`, remedy: 'remove it' };
  const message = `{key} has no effect: the connector of ${type} runs only in an entry that has ${STARTING.join(', ')}`;
  return { code: 'CONFIG_INVALID', severity: 'warning', message, remedy: 'add one of these, or remove it' };
}

/** What is said of endpoints, against the modes that the integration has. */
function tellMode({ source, integration }: Reading, tell: Tell): void {
  const { type, connector } = source;
  if (connector.learned && integration.endpoints === 'explicit') {
    tell('endpoints', { code: 'CONFIG_INVALID', message: `{key}: ${type} does not learn endpoints`, remedy: 'remove it, and write connection.endpoint' });
  }
  if (connector.connection.endpoint && integration.endpoints === 'learned') {
    tell('connection.endpoint', { code: 'CONFIG_INVALID', message: `{key}: ${type} learns its endpoints`, remedy: 'remove it, and write endpoints.learned' });
  }
}

function directionOf({ source, integration, services }: Reading, tell: Tell): Direction {
  const { type, connector } = source;
  if (connector.direction !== undefined) return connector.direction;
  const defaults = (integration.services ?? []).map((name): readonly [Service, Direction] => {
    const { direction } = services.get(name) ?? NO_SERVICE;
    // Both at once comes later; until then such a service only brings things over.
    return [name, direction === 'BOTH_DIRECTIONS' ? 'FROM_THIRD_PARTY' : direction];
  });
  const [direction = NO_SERVICE.direction, another] = new Set(defaults.map(([, one]) => one));
  // One that was written and refused is told already.
  if (another !== undefined && !connector.written.includes('direction')) {
    const which = defaults.map(([name, one]) => `${name} ${one}`).join(', ');
    tell('direction', { code: 'CONFIG_REQUIRED', message: `{key} is missing: the services of ${type} have different ones (${which})`, remedy: 'write FROM_THIRD_PARTY, TO_THIRD_PARTY or OTHER' });
  }
  return direction;
}

const targetsOf = ({ source, checked }: Reading): readonly Target[] =>
  source.connector.targets.flatMap((target, index): readonly Target[] => {
    const own = checked.targets[index];
    const read = own && targetOf(target, own);
    return read ? [read] : [];
  });

/** Undefined: one of its keys is wrong. */
export function targetOf({ keys, connection, settings, connectionSettings }: TargetSource, own: CheckedSettings['targets'][number]): Target | undefined {
  if (!keys) return undefined;
  const inConnection = Object.keys(connectionSettings).length > 0 && { config: own.connection };
  const reached: Partial<Connection> | undefined = connection && { ...connection, ...inConnection };
  return { ...(keys as Omit<Target, 'connection' | 'config'>), ...(reached && { connection: reached }), ...(Object.keys(settings).length > 0 && { config: own.config }) };
}
