import { ConfigError, type Mapping } from '../contract';
import { createExchange, elementKinds, kindsOf, mapOneToOne, portalBlueprints, type Exchange } from '../connector';
import type { ConnectorEntry, Entry } from '../load';
import type { CompiledMapping } from '../pipeline';
import { hashText, toJson } from '../shared';

/** An entry with a connector: to runs and pipelines it is an integration whose kinds are the blueprints of its services. */
export interface ConnectorPart {
  readonly entry: Entry & { readonly connector: ConnectorEntry };
  readonly exchange: Exchange;
  /** Kind of each blueprint. */
  readonly kinds: ReadonlyMap<string, string>;
  /** Has the integration kinds of its own? They are mapped by a mapping as anywhere; elements become entities one to one, unless the entry has a mapping. */
  readonly ownKinds: boolean;
  readonly elements: CompiledMapping;
}

/** Nobody maps elements: what is made of them follows from their blueprints. */
const noMapping: Mapping = { resources: [] };

export function connectorPart(entry: Entry): ConnectorPart | undefined {
  const { connector, integration } = entry;
  if (!connector) return undefined;
  const exchange = createExchange();
  const kinds = kindsOf(integration.services ?? []);
  const elementBlueprints = portalBlueprints(kinds.keys());
  const ownKinds = (integration.kinds ?? []).length > 0;
  return {
    exchange,
    kinds,
    ownKinds,
    elements: mapOneToOne(kinds, connector.zones),
    entry: {
      ...entry,
      connector,
      integration: { ...integration, kinds: [...(integration.kinds ?? []), ...elementKinds(kinds, exchange)] },
      ...(ownKinds ? {} : { defaultMapping: noMapping }),
      blueprints: [...entry.blueprints, ...elementBlueprints],
      elementBlueprints,
      membership: hashText(toJson([entry.membership, connector.connection.endpoint ?? null])),
    },
  };
}

/** Who may call its listeners. Throws ConfigError: nothing says so. */
export function callersOf({ incoming: { callers } }: Entry): NonNullable<Entry['incoming']['callers']> {
  if (!callers) throw new ConfigError('a listener wants to be called by webhook and nothing says by whom; write `authentication` in the entry');
  return callers;
}

/** Two mappings of one entry, of different kinds. */
export function beside(mapping: CompiledMapping, elements: CompiledMapping): CompiledMapping {
  const offset = mapping.resources.length;
  const ofElements = (kind: string): boolean => elements.kinds.includes(kind);
  return {
    problems: mapping.problems,
    options: mapping.options,
    resources: [...mapping.resources, ...elements.resources.map((resource) => ({ ...resource, index: resource.index + offset }))],
    kinds: [...mapping.kinds, ...elements.kinds],
    hashOf: (kind) => (ofElements(kind) ? elements : mapping).hashOf(kind),
    async map(kind, records, report, signal) {
      if (!ofElements(kind)) return mapping.map(kind, records, report, signal);
      const own = { resources: new Map<number, never>(), examples: report.examples };
      const mapped = await elements.map(kind, records, own, signal);
      for (const [index, counters] of own.resources) report.resources.set(index + offset, counters);
      return mapped.map((record) => ({ ...record, entities: record.entities.map((entity) => ({ ...entity, resource: entity.resource + offset })) }));
    },
  };
}
