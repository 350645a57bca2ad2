import type { SettingsSpec } from '../contract';
import { connectorMembers } from './connector-keys';
import { entryMembers, incomingMembers } from './entry-keys';
import { rootMembers } from './keys';
import { keySpecOf } from './parse-settings';
import { destinationMembers, type DestinationSpecs } from './read-audit';
import type { KeySpec, Members } from './spec';

/** What plugs into a configuration, by type: schema and reference page say the keys of each. */
export interface Components {
  readonly sources: Readonly<Record<string, SourceComponent>>;
  readonly processors: Readonly<Record<string, SettingsSpec>>;
  readonly sinks: Readonly<Record<string, SettingsSpec>>;
  readonly destinations: DestinationSpecs;
}

export interface SourceComponent {
  readonly title: string;
  readonly settings: SettingsSpec;
  /** How calls of its webhook are authenticated; absent: it has none. */
  readonly webhook?: string;
  /** It has a connector: its settings may stand in `connection.config` too, and differ by target. */
  readonly connector?: boolean;
}

export const noComponents: Components = { sources: {}, processors: {}, sinks: {}, destinations: {} };

type Keys = Readonly<Record<string, Members>>;

/** As the reference page says it: with both defaults. */
function keyOf(setting: SettingsSpec[string]): KeySpec {
  const { pipelineDefault, default: other } = setting;
  const text = (value: unknown): string => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
  return { ...keySpecOf(setting), ...(pipelineDefault !== undefined && { defaultText: `${text(pipelineDefault)} with \`pipelines\`, else ${text(other)}` }) };
}

const membersOf = (settings: SettingsSpec): Members => Object.fromEntries(Object.entries(settings).map(([key, setting]) => [key, keyOf(setting)]));
const each = (specs: Readonly<Record<string, SettingsSpec>>): Keys => Object.fromEntries(Object.entries(specs).map(([type, settings]) => [type, membersOf(settings)]));

/** Keys beside `type`. */
export const processorKeys = ({ processors }: Components): Keys => {
  const { defaultText: _, ...mapping } = entryMembers.mapping;
  return { ...each(processors), mapping: { mapping: { ...mapping, required: true, description: 'A mapping, or the path of a file that holds one.' } } };
};

/** Keys beside `type` and `name`. */
export const sinkKeys = ({ sinks }: Components): Keys => ({ ...each(sinks), port: {} });

/** The integration's own keys in `config`, or beside `type` in `source`. */
export const sourceKeys = ({ sources }: Components): Keys => Object.fromEntries(Object.entries(sources).map(([type, { settings }]) => [type, membersOf(settings)]));

/** Keys of each kind of audit destination. */
export const destinationKeys = ({ destinations }: Components): Keys => Object.fromEntries(Object.entries(destinations).map(([kind, spec]) => [kind, destinationMembers(spec)]));

/** The same keys, none of them required: what is not here stands elsewhere. */
const optional = (keys: Members): Members => Object.fromEntries(Object.entries(keys).map(([key, { required: _, ...spec }]) => [key, spec]));

/** Where settings of a connector may stand beside `config` of the entry. */
function connectorKeys(settings: Members): Members {
  const { connection, targets } = connectorMembers;
  const closed = { ...connection.members.config, members: settings };
  const within = (one: KeySpec): KeySpec => ({ ...one, members: { ...one.members, config: closed } });
  const target = targets.items.members;
  return { connection: within(connection), targets: { ...targets, items: { ...targets.items, members: { ...target, config: closed, connection: within(target.connection) } } } };
}

/** The keys of a configuration, with those of every component. */
export function membersWith(components: Components): Members {
  const isConnector = (type: string): boolean => components.sources[type]?.connector === true;
  const sources = Object.fromEntries(Object.entries(sourceKeys(components)).map(([type, keys]) => [type, isConnector(type) ? optional(keys) : keys]));
  const { pipelines, config, source } = entryMembers;
  const { processors, sinks } = pipelines.items.members;
  const closed = (keys: Keys): Pick<KeySpec, 'variants'> => (Object.keys(keys).length > 1 ? { variants: { members: keys, others: false } } : {});
  const configOf = ([type, members]: readonly [string, Members]): readonly [string, Members] => [
    type,
    { config: { ...config, open: false, members: { ...members, ...incomingMembers } }, ...(isConnector(type) && connectorKeys(members)) },
  ];
  const known = Object.keys(sources).length > 0;
  const entry: Members = {
    ...entryMembers,
    source: { ...source, ...(known && { variants: { members: sources, others: true } }) },
    pipelines: {
      ...pipelines,
      items: {
        ...pipelines.items,
        members: {
          ...pipelines.items.members,
          processors: { ...processors, items: { ...processors.items, ...closed(processorKeys(components)) } },
          sinks: { ...sinks, items: { ...sinks.items, ...closed(sinkKeys(components)) } },
        },
      },
    },
  };
  const variants = { members: Object.fromEntries(Object.entries(sources).map(configOf)), others: true, refine: true };
  const items: KeySpec = { ...rootMembers.integrations.items, members: entry, ...(known && { variants }) };
  const { audit } = rootMembers;
  const { destinations } = audit.members;
  const kinds = destinationKeys(components);
  const anywhere: KeySpec = { ...destinations, items: { ...destinations.items, ...(Object.keys(kinds).length > 0 && { variants: { by: 'kind', members: kinds, others: false } }) } };
  return { ...rootMembers, audit: { ...audit, members: { destinations: anywhere } }, integrations: { ...rootMembers.integrations, items } };
}
