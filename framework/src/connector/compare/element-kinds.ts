import type { AnyKind } from '../../contract';
import type { ElementRow } from '../elements';
import { blueprintOf } from '../services';
import type { Exchange } from './exchange';

/** The kinds of a connector's blueprints: their pages come from its comparisons, a partition is a target. */
export const elementKinds = (kinds: ReadonlyMap<string, string>, exchange: Exchange): readonly AnyKind<unknown>[] =>
  [...kinds.values()].map((name) => ({
    name,
    key: (row: ElementRow) => [row.identifier],
    keys: ['identifier'],
    paging: 'stable' as const,
    claims: 'decide' as const,
    async *partitions() {
      for (const target of await exchange.targets()) yield { name: target };
    },
    scan: ({ partition }: { readonly partition: { readonly name: string } }) => exchange.pages(name, partition.name),
  }));

/** Kinds of what elements of a blueprint are parts of, without those that lead back to it. */
export function anchorKinds(blueprint: string, kinds: ReadonlyMap<string, string>): readonly string[] {
  const above = (name: string): readonly string[] => Object.values(blueprintOf(name)?.relations ?? {}).flatMap(({ anchor, target }) => (anchor && kinds.has(target) ? [target] : []));
  const leadsBack = (from: string, seen = new Set<string>()): boolean => {
    if (from === blueprint) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    return above(from).some((next) => leadsBack(next, seen));
  };
  return [...new Set(above(blueprint))].filter((target) => !leadsBack(target)).map((target) => kinds.get(target)!);
}
