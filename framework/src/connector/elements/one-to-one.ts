import { canonicalEntity, hashText, toJson, type BlueprintName, type Json, type JsonObject } from '../../contract';
import { countingOf, type CompiledMapping, type MappedRecord } from '../../pipeline';
import { blueprintOf } from '../services';
import type { KeptHeader, ElementRow } from './element-row';

/** Raise it when the same row gives another entity than before. */
const VERSION = 1;

/** Rows of elements become entities one to one: identifier, properties, relations; an asset says in which zones it is. */
export function mapOneToOne(kinds: ReadonlyMap<string, string>, zones: { readonly default: readonly string[] }): CompiledMapping {
  const blueprints = new Map([...kinds].map(([blueprint, kind]) => [kind, blueprint]));
  const names = [...blueprints.keys()];
  const circumstances = hashText(JSON.stringify([VERSION, zones.default]));
  return {
    problems: [],
    // A part may come before what it is a part of: the portal makes that a bare entity until then. What goes is the store's to say, part by part.
    options: { deleteDependentEntities: false, createMissingRelatedEntities: true, enableMergeEntity: false, entityDeletionThreshold: 1 },
    resources: names.map((kind, index) => ({ index, kind, selector: {}, selectorHash: '', blueprints: [blueprints.get(kind)!], runs: true })),
    kinds: names,
    hashOf: (kind) => hashText(`${circumstances} ${kind}`),
    async map(kind, records, report): Promise<readonly MappedRecord[]> {
      const index = names.indexOf(kind);
      const blueprint = blueprints.get(kind) as BlueprintName | undefined;
      if (index < 0 || blueprint === undefined) return records.map(() => ({ entities: [], protected: [] }));
      const { counters } = countingOf(report, index);
      counters.raw += records.length;
      counters.items += records.length;
      counters.mapped += records.length;
      return records.map((record) => ({ entities: [entityOf(record, { blueprint, index, zones: zones.default })], protected: [] }));
    },
  };
}

function entityOf(record: Json, of: { readonly blueprint: BlueprintName; readonly index: number; readonly zones: readonly string[] }): MappedRecord['entities'][number] {
  const { identifier, properties, relations, header } = record as unknown as ElementRow & { readonly header?: KeptHeader };
  const definition = blueprintOf(of.blueprint)!;
  const title = ['displayName', 'name', 'knownName', 'technicalName', 'title', 'qualifiedName'].map((name) => properties[name]).find((value) => typeof value === 'string' && value !== '');
  const membership = definition.asset ? (header?.zones ?? of.zones) : undefined;
  const entity = {
    blueprint: of.blueprint,
    identifier,
    ...(title !== undefined && { title }),
    properties: membership ? { ...properties, zoneMembership: membership } : properties,
    relations,
  } as unknown as JsonObject;
  const body = toJson(entity);
  return { resource: of.index, blueprint: of.blueprint, identifier, body, hash: hashText(canonicalEntity(entity)), search: false };
}
