import type { Blueprint } from '../contract';

/**
 * Rank of each blueprint: those that others point to come first, so that a relation finds its target. Blueprints that point at each other share
 * a rank by the order in which they are met; what then finds its target missing is sent once more at the end of the run.
 */
export function rankBlueprints(blueprints: readonly Blueprint[]): ReadonlyMap<string, number> {
  const byName = new Map(blueprints.map((blueprint) => [blueprint.identifier, blueprint]));
  const ranks = new Map<string, number>();
  const onPath = new Set<string>();
  const visit = (name: string): number => {
    const known = ranks.get(name);
    if (known !== undefined) return known;
    if (onPath.has(name)) return 0;
    onPath.add(name);
    let rank = 0;
    for (const relation of Object.values(byName.get(name)?.relations ?? {})) {
      if (relation.target !== name && byName.has(relation.target)) rank = Math.max(rank, visit(relation.target) + 1);
    }
    onPath.delete(name);
    ranks.set(name, rank);
    return rank;
  };
  for (const name of byName.keys()) visit(name);
  return ranks;
}

/** Identifiers that the relations of an entity name. */
export function relatedIdentifiers(relations: Readonly<Record<string, unknown>> | null | undefined): string[] {
  return Object.values(relations ?? {}).flatMap((value) => (typeof value === 'string' ? [value] : Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []));
}
