import type { BlueprintName, NewElement, Reconciled, Reconciliation } from '../../contract';
import type { Registry, Writer, Writing } from '../elements';
import type { Exchange } from './exchange';

export interface ReconcileDeps {
  readonly exchange: Exchange;
  readonly registry: Registry;
  readonly writing: Writing;
}

/**
 * One comparison of a target with its third party: each page is read when the run asks for it, judged, and handed over to be stored as an observation. What the
 * generation does not have is swept by the run. Of two pages of a blueprint one is judged and stored after the other.
 */
export async function reconcile({ exchange, registry, writing }: ReconcileDeps, writer: Writer, signal: AbortSignal, { blueprint, source$ }: Reconciliation): Promise<Reconciled> {
  const kind = writer.entry.kinds.get(blueprint);
  if (kind === undefined) throw new Error(`${blueprint} belongs to no service that this connector declares`);
  const pages = source$[Symbol.asyncIterator]();
  try {
    return await exchange.hand({ kind, target: writer.target, signal }, async (give) => {
      const next = await untilAborted(pages.next(), signal);
      if (next.done) return false;
      const elements = next.value as readonly NewElement[];
      await registry.inTurn(blueprint, async () => give(await writing.admit(writer, blueprint as BlueprintName, elements)));
      return true;
    });
  } finally {
    void pages.return?.().catch(() => undefined);
  }
}

/** A source that hangs must not keep the run. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const stop = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
