import type { Entry } from '../load';
import type { CompiledMapping } from '../pipeline';
import { hashText } from '../shared';

/** Hash of what decides which things a run should find: the entry's settings that are no secrets, and the selector members beside `query` (I13). */
export function membershipOf(entry: Entry, mapping: CompiledMapping): string {
  const selectors = new Set(mapping.resources.map((resource) => JSON.stringify([resource.kind, resource.selectorHash])));
  return hashText(JSON.stringify([entry.membership, [...selectors].sort()]));
}
