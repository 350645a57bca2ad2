import type { Catalog, CatalogDocument } from '../../store';
import type { Clock } from '../../shared';
import type { Sink, SinkItem, SinkResult } from '../sink';

export interface CatalogSinkOptions {
  readonly catalog: Catalog;
  readonly clock: Clock;
  /** An entity of another entry was taken over: the later write owns it. */
  onOwnershipChange?(): void;
  /** These were written or removed. */
  onChange?(changed: readonly Pick<CatalogDocument, 'blueprint' | 'identifier'>[]): void;
}

interface Body {
  readonly title?: unknown;
  readonly icon?: unknown;
  readonly team?: unknown;
  readonly properties?: unknown;
  readonly relations?: unknown;
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const teams = (value: unknown): readonly string[] => (typeof value === 'string' ? [value] : Array.isArray(value) ? value.filter((team): team is string => typeof team === 'string') : []);

/** The catalog of this framework, beside its state: one document for each entity, as mapped. */
export function catalogSink({ catalog, clock, onOwnershipChange, onChange }: CatalogSinkOptions): Sink {
  const document = (item: SinkItem): CatalogDocument => {
    const body = JSON.parse(item.body!) as Body;
    return {
      blueprint: item.blueprint,
      identifier: item.identifier,
      integration: item.integration,
      kind: item.kind,
      title: text(body.title),
      icon: text(body.icon),
      team: teams(body.team),
      properties: JSON.stringify(body.properties ?? {}),
      relations: JSON.stringify(body.relations ?? {}),
      updatedAt: clock.now(),
    };
  };

  return {
    name: 'catalog',
    batchItems: 500,
    concurrency: 1,
    needsName: true,
    async write(items) {
      const results = new Map<SinkItem, SinkResult>();
      const deletes = items.filter((item) => item.operation === 'delete');
      if (deletes.length > 0) await catalog.remove(deletes.map((item) => ({ blueprint: item.blueprint, identifier: item.identifier, integration: item.integration })));
      for (const item of deletes) results.set(item, { is: 'ok' });

      const writes: SinkItem[] = [];
      for (const item of items) {
        if (item.operation !== 'write') continue;
        if (item.search) results.set(item, { is: 'refused', error: 'searchNeedsPortal: only a portal can resolve a search identifier; configure port, or map an identifier' });
        else writes.push(item);
      }
      const written = writes.length > 0 ? await catalog.write(writes.map(document)) : [];
      for (const [at, item] of writes.entries()) {
        const result = written[at]!;
        if (result.ok && result.ownerBefore !== undefined) onOwnershipChange?.();
        results.set(item, result.ok ? { is: 'ok', created: result.created } : { is: 'refused', error: `${result.code}: ${result.message}` });
      }
      onChange?.(items.filter((item) => results.get(item)!.is === 'ok'));
      return items.map((item) => results.get(item)!);
    },
  };
}
