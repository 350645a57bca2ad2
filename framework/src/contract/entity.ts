import type { Json, JsonObject } from '../shared';
import type { Entity } from './catalog';

/** JSON text of a double; what a double cannot hold becomes its largest, as JQ does. */
const numberText = (value: number): string => (Number.isFinite(value) ? JSON.stringify(value) : JSON.stringify(Math.sign(value) * Number.MAX_VALUE));

/** One text for values that count as equal: keys sorted, numbers as doubles, lists in order. */
function canonicalValue(value: Json | undefined): string {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      return numberText(value);
    case 'bigint':
      return numberText(Number(value));
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return `[${(value as readonly Json[]).map(canonicalValue).join()}]`;
      return canonicalMembers(value as JsonObject, () => false);
    default:
      return 'null';
  }
}

function canonicalMembers(members: JsonObject, leftOut: (value: Json) => boolean): string {
  const texts: string[] = [];
  for (const key of Object.keys(members).sort()) {
    const value = members[key];
    if (value !== undefined && !leftOut(value)) texts.push(`${JSON.stringify(key)}:${canonicalValue(value)}`);
  }
  return `{${texts.join()}}`;
}

/** A set of names: order and repetition do not count, and a single name is the list with just it. A search query is a value like any other. */
function canonicalTeam(team: Json): string {
  if (!Array.isArray(team)) return typeof team === 'object' && team !== null ? canonicalValue(team) : `[${canonicalValue(team)}]`;
  return `[${[...new Set((team as readonly Json[]).map(canonicalValue))].sort().join()}]`;
}

const isNull = (value: Json): boolean => value === null;

/**
 * The canonical form of an entity: two entities count as unchanged exactly when these texts are equal (mapping-semantics 12).
 * `hashText` of it is the hash of a part. Null and missing are equal for title, icon, team and each property and relation, but not inside a property's value.
 */
export function canonicalEntity(entity: Entity | JsonObject): string {
  const members = entity as JsonObject;
  const texts: string[] = [];
  for (const key of Object.keys(members).sort()) {
    const value = members[key];
    if (value === undefined) continue;
    const text = canonicalMember(key, value);
    if (text !== '') texts.push(`${JSON.stringify(key)}:${text}`);
  }
  return `{${texts.join()}}`;
}

/** '' = as good as missing. */
function canonicalMember(key: string, value: Json): string {
  switch (key) {
    case 'properties':
    case 'relations':
      return emptied(canonicalMembers((value ?? {}) as JsonObject, isNull), '{}');
    case 'title':
    case 'icon':
      return value === null ? '' : canonicalValue(value);
    case 'team':
      return value === null ? '' : emptied(canonicalTeam(value), '[]');
    default:
      return canonicalValue(value);
  }
}

const emptied = (text: string, empty: string): string => (text === empty ? '' : text);
