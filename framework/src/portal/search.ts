import { FrameworkError, isObject } from '../contract';
import { query } from './path';
import type { Priority } from './types';
import type { Wire } from './wire';

export interface Search {
  readonly userAgent: string;
  readonly blueprint: string;
  readonly identifiers: readonly string[];
  /** Only entities whose `$datasource` contains all of these. */
  readonly datasource?: readonly string[];
  readonly priority: Priority;
  readonly signal?: AbortSignal | undefined;
}

// As many as Port's own client asks at a time.
const STEP = 50;
const PATH = `/entities/search${query({ exclude_calculated_properties: true, include: ['identifier', 'blueprint'] })}`;

/** Which of these identifiers are there (E28). */
export async function search(wire: Wire, wanted: Search): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let from = 0; from < wanted.identifiers.length; from += STEP) {
    const rules = [
      { property: '$identifier', operator: 'in', value: wanted.identifiers.slice(from, from + STEP) },
      { property: '$blueprint', operator: '=', value: wanted.blueprint },
      ...(wanted.datasource ?? []).map((value) => ({ property: '$datasource', operator: 'contains', value })),
    ];
    const body = JSON.stringify({ combinator: 'and', rules });
    const answer = await wire.ask({ method: 'POST', path: PATH, userAgent: wanted.userAgent, body, repeatable: true, priority: wanted.priority, signal: wanted.signal });
    for (const { identifier } of entitiesOf('POST /entities/search', answer)) found.add(identifier);
  }
  return found;
}

/** Identity of each entity of an answer. An answer without a list is an error: read as empty, it would say that everything is gone. */
export function entitiesOf(what: string, answer: Record<string, unknown>): { readonly identifier: string; readonly blueprint: string }[] {
  const list: unknown = answer['entities'];
  if (!Array.isArray(list)) throw new FrameworkError('PORTAL_ANSWER', [200, what, 'no list of entities in it']);
  return list.map((entity: unknown) => {
    if (!isObject(entity) || typeof entity['identifier'] !== 'string' || typeof entity['blueprint'] !== 'string') {
      throw new FrameworkError('PORTAL_ANSWER', [200, what, 'an entity without identifier or blueprint in it']);
    }
    return { identifier: entity['identifier'], blueprint: entity['blueprint'] };
  });
}
