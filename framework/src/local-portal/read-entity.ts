import { isObject, type Json } from '../shared';
import type { StoredBlueprint } from './blueprint-store';
import type { EntityBody } from './entity-store';
import { invalid } from './envelope';
import { identifier } from './identifiers';
import { isQuery } from './search';

/** An entity as sent, checked as far as its own blueprint can tell; queries are not resolved yet. A member that was not sent is absent. */
export interface SentEntity {
  /** Text, or a search query. */
  readonly identifier: unknown;
  readonly title?: string | null;
  readonly icon?: string | null;
  /** Names; or a search query. */
  readonly team?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly properties: Readonly<Record<string, Json>>;
  /** Each a text, a list of texts, null, or a search query. */
  readonly relations: Readonly<Record<string, unknown>>;
}

/** Throws 422 that names the field. */
export function readEntity(sent: unknown, blueprint: StoredBlueprint): SentEntity {
  if (!isObject(sent)) throw invalid('entity', 'must be an object');
  if (!isQuery(sent['identifier'])) identifier('entity', sent['identifier']);
  const team = readTeam(sent['team']);
  return {
    identifier: sent['identifier'],
    ...readText(sent, 'title'),
    ...readText(sent, 'icon'),
    ...(team ? { team } : {}),
    properties: readProperties(sent['properties'], blueprint),
    relations: readRelations(sent['relations'], blueprint),
  };
}

function readText(sent: Record<string, unknown>, member: 'title' | 'icon'): Partial<Record<'title' | 'icon', string | null>> {
  const value = sent[member];
  if (value === undefined) return {};
  if (value !== null && typeof value !== 'string') throw invalid(member, 'must be a string or null');
  return { [member]: value };
}

function readTeam(value: unknown): SentEntity['team'] {
  if (value === undefined) return undefined;
  if (isQuery(value)) return { ...value };
  if (value === null) return [];
  if (typeof value === 'string') return [value];
  if (Array.isArray(value) && value.every((name) => typeof name === 'string')) return value as string[];
  throw invalid('team', 'must be a string, a list of strings or a search query');
}

function readProperties(value: unknown, blueprint: StoredBlueprint): SentEntity['properties'] {
  if (value === undefined) return {};
  if (!isObject(value)) throw invalid('properties', 'must be an object');
  for (const key in value) {
    const check = blueprint.properties.get(key);
    if (!check) throw invalid(`properties.${key}`, `is no property of blueprint ${JSON.stringify(blueprint.identifier)}`);
    const content = value[key];
    if (content === null) continue;
    const fault = check(content);
    if (fault !== undefined) throw invalid(`properties.${key}`, fault);
  }
  return value as Record<string, Json>;
}

function readRelations(value: unknown, blueprint: StoredBlueprint): SentEntity['relations'] {
  if (value === undefined) return {};
  if (!isObject(value)) throw invalid('relations', 'must be an object');
  for (const key in value) {
    const relation = blueprint.relations.get(key);
    if (!relation) throw invalid(`relations.${key}`, `is no relation of blueprint ${JSON.stringify(blueprint.identifier)}`);
    const content = value[key];
    if (content === null || isQuery(content)) continue;
    if (Array.isArray(content)) {
      if (!relation.many) throw invalid(`relations.${key}`, 'points to one entity and must not be a list');
      content.forEach((entry, index) => identifier('entity', entry, `relations.${key}[${index}]`));
    } else identifier('entity', content, `relations.${key}`);
  }
  return value;
}

/** Required keys, asked of the entity as it would be stored. */
export function checkRequired(body: EntityBody, blueprint: StoredBlueprint): void {
  for (const key of blueprint.required) if ((body.properties[key] ?? null) === null) throw invalid(`properties.${key}`, 'is required');
  for (const key of blueprint.requiredRelations) {
    const value = body.relations[key] ?? null;
    if (value === null || (Array.isArray(value) && value.length === 0)) throw invalid(`relations.${key}`, 'is required');
  }
}
