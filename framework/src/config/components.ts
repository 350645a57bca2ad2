import type { SettingsSpec } from '../contract';
import { entryMembers, incomingMembers } from './entry-keys';
import { rootMembers } from './keys';
import { keySpecOf } from './parse-settings';
import type { KeySpec, Members } from './spec';

/** What plugs into a configuration, by type: schema and reference page say the keys of each. */
export interface Components {
  readonly sources: Readonly<Record<string, SourceComponent>>;
  readonly processors: Readonly<Record<string, SettingsSpec>>;
  readonly sinks: Readonly<Record<string, SettingsSpec>>;
}

export interface SourceComponent {
  readonly title: string;
  readonly settings: SettingsSpec;
  /** How calls of its webhook are authenticated; absent: it has none. */
  readonly webhook?: string;
}

export const noComponents: Components = { sources: {}, processors: {}, sinks: {} };

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

/** The keys of a configuration, with those of every component. */
export function membersWith(components: Components): Members {
  const sources = sourceKeys(components);
  const { pipelines, config, source } = entryMembers;
  const { processors, sinks } = pipelines.items.members;
  const closed = (keys: Keys): Pick<KeySpec, 'variants'> => (Object.keys(keys).length > 1 ? { variants: { members: keys, others: false } } : {});
  const configOf = ([type, members]: readonly [string, Members]): readonly [string, Members] => [type, { config: { ...config, open: false, members: { ...members, ...incomingMembers } } }];
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
  return { ...rootMembers, integrations: { ...rootMembers.integrations, items } };
}
