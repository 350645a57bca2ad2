import type { BlueprintName, IntegrationConnector, Reconciled, Reconciliation, RefreshRun, Service } from '../contract';
import { writeBack } from '../connector';
import { newId } from '../shared';
import type { StagedCatalog } from './staged-catalog';

export interface StagedRun {
  /** The one that is on. */
  current(): RefreshRun | undefined;
  /** Gives the blueprints that were compared. */
  refresh(connector: Pick<IntegrationConnector<Service>, 'refresh'>): Promise<readonly BlueprintName[]>;
}

/** Runs over one target: what a comparison that was read to its end, with nothing refused, did not have is removed once `refresh` is over. */
export function stageRun(catalog: StagedCatalog, { target, signal }: { readonly target: string; readonly signal: AbortSignal }): StagedRun {
  const { writer } = catalog;
  let current: RefreshRun | undefined;

  /** Undefined: nothing is removed. */
  async function compare(reconciliation: Reconciliation): Promise<{ readonly counted: Reconciled; readonly seen?: ReadonlySet<string> }> {
    const { blueprint, source$ } = reconciliation;
    if (writer.direction === 'TO_THIRD_PARTY') return { counted: await writeBack({ ...catalog, unknownThere: () => undefined }, writer, signal, reconciliation) };
    if (!writer.entry.kinds.has(blueprint)) throw new Error(`${blueprint} belongs to no service that this connector declares`);
    const seen = new Set<string>();
    let [received, refused] = [0, 0];
    for await (const page of source$) {
      refused += await catalog.compare(blueprint, page);
      received += page.length;
      for (const { identifier } of page) {
        // The runtime takes the last one; in a test it is a mistake, for names have to differ where things do.
        if (seen.has(identifier)) throw new Error(`${blueprint} ${identifier} comes twice in one comparison`);
        seen.add(identifier);
      }
    }
    return { counted: { received, refused, compared: true }, ...(refused === 0 && { seen }) };
  }

  return {
    current: () => current,
    async refresh(connector) {
      const compared = new Map<BlueprintName, ReadonlySet<string> | undefined>();
      const reconcile = async (reconciliation: Reconciliation): Promise<Reconciled> => {
        const { blueprint } = reconciliation;
        if (compared.has(blueprint)) throw new Error(`${blueprint} is compared twice in one run`);
        compared.set(blueprint, undefined);
        const { counted, seen } = await compare(reconciliation);
        compared.set(blueprint, seen);
        return counted;
      };
      current = { runId: newId(), cause: 'rest', target, signal, reconcile: (reconciliation) => reconcile(reconciliation as unknown as Reconciliation) };
      try {
        await connector.refresh?.(current);
      } finally {
        for (const [blueprint, seen] of compared) if (seen) await catalog.sweep(blueprint, seen);
        current = undefined;
      }
      return [...compared.keys()];
    },
  };
}
