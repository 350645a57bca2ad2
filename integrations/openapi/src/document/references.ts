import { isObject, type JsonObject } from '@integration-framework/framework';

export interface Resolved {
  readonly value: JsonObject;
  /** The references that led there, in order. */
  readonly through: readonly string[];
}
/** A reference that leads nowhere in the document. */
export interface Unresolved {
  readonly unresolved: string;
}

// A chain of references is seldom longer than two.
const MOST_STEPS = 20;

/**
 * What a node means: itself, or what its `$ref` names in this document. Other documents are not read. What stands beside a `$ref` (OpenAPI 3.1) goes over what it names.
 */
export function resolve(document: JsonObject, node: unknown): Resolved | Unresolved | undefined {
  const through: string[] = [];
  let beside: JsonObject = {};
  let value = node;
  for (;;) {
    if (!isObject(value)) return through.length === 0 ? undefined : { unresolved: through.at(-1)! };
    const reference = value['$ref'];
    if (typeof reference !== 'string') return { value: { ...(value as JsonObject), ...beside }, through };
    if (through.includes(reference) || through.length >= MOST_STEPS) return { unresolved: reference };
    through.push(reference);
    const { $ref: _, ...others } = value as JsonObject;
    beside = { ...others, ...beside };
    value = find(document, reference);
  }
}

/** `#/components/schemas/Pet`: a JSON pointer in a fragment. */
function find(document: JsonObject, reference: string): unknown {
  if (reference === '#') return document;
  if (!reference.startsWith('#/')) return undefined;
  let value: unknown = document;
  for (const raw of reference.slice(2).split('/')) {
    const member = decode(raw).replace(/~1/g, '/').replace(/~0/g, '~');
    if (Array.isArray(value)) value = /^\d+$/.test(member) ? (value as unknown[])[Number(member)] : undefined;
    else value = isObject(value) && Object.hasOwn(value, member) ? value[member] : undefined;
  }
  return value;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `Pet` of `#/components/schemas/Pet`. */
export const nameOf = (reference: string): string => decode(reference.slice(reference.lastIndexOf('/') + 1)).replace(/~1/g, '/').replace(/~0/g, '~');
