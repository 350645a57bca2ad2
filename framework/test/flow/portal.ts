import type { PortalActorClient, UpsertResult } from '../../src/portal';

export interface PortalEntity {
  readonly blueprint: string;
  readonly identifier: string;
  owner: string;
  title?: unknown;
  properties: Record<string, unknown>;
  relations: Record<string, unknown>;
}

interface SentEntity {
  readonly blueprint: string;
  readonly identifier: string | object;
  readonly title?: unknown;
  readonly properties?: Record<string, unknown>;
  readonly relations?: Record<string, unknown>;
}

export type Refusal = Partial<Extract<UpsertResult, { ok: false }>>;

/** A portal in memory, as far as the sink and the runs use one. */
export interface FakePortal {
  readonly entities: Map<string, PortalEntity>;
  /** `upsert blueprint/identifier` and `delete blueprint/identifier`, in order. */
  readonly calls: string[];
  /** Bodies that were sent, in order. */
  readonly bodies: SentEntity[];
  /** Nothing gets through. */
  away: boolean;
  /** Called with each entity; what it gives back is the answer. */
  refuse: (entity: SentEntity) => Refusal | undefined;
  /** Called before each call; may wait. */
  before: (call: 'upsert' | 'delete', identifiers: readonly string[]) => Promise<void>;
  /** Identifiers that the portal answers for search identifiers, by their JSON text. */
  readonly names: Map<string, string>;
  /** An entity of somebody: laid there directly. */
  lay(owner: string, blueprint: string, identifier: string): void;
  client(owner: string): PortalActorClient;
}

export const entityKey = (blueprint: string, identifier: string): string => `${blueprint}/${identifier}`;

export function createPortal(): FakePortal {
  const portal: FakePortal = {
    entities: new Map(),
    calls: [],
    bodies: [],
    away: false,
    refuse: () => undefined,
    before: async () => undefined,
    names: new Map(),
    lay: (owner, blueprint, identifier) => void portal.entities.set(entityKey(blueprint, identifier), { blueprint, identifier, owner, properties: {}, relations: {} }),
    client: (owner) => clientOf(owner) as PortalActorClient,
  };
  const failure = (refusal: Refusal): UpsertResult => ({ ok: false, status: 422, code: 'refused', message: 'refused by the test', unmet: false, transient: false, ...refusal });

  function upsertOne(owner: string, sent: SentEntity, options: { readonly createMissingRelatedEntities: boolean }): UpsertResult {
    const identifier = typeof sent.identifier === 'string' ? sent.identifier : portal.names.get(JSON.stringify(sent.identifier));
    const refusal = portal.refuse(sent);
    if (refusal) return failure(refusal);
    if (identifier === undefined) return failure({ status: 404, code: 'not_found', message: 'the search found nothing' });
    const related = Object.values(sent.relations ?? {}).flatMap((value) => (typeof value === 'string' ? [value] : Array.isArray(value) ? (value as string[]) : []));
    const known = new Set([...portal.entities.values()].map((entity) => entity.identifier));
    const missing = related.filter((name) => !known.has(name));
    if (missing.length > 0 && !options.createMissingRelatedEntities) return failure({ status: 404, code: 'not_found', message: `no ${missing.join(', ')}`, unmet: true });
    const key = entityKey(sent.blueprint, identifier);
    const before = portal.entities.get(key);
    portal.entities.set(key, {
      blueprint: sent.blueprint,
      identifier,
      owner,
      title: sent.title ?? before?.title,
      properties: { ...before?.properties, ...sent.properties },
      relations: { ...before?.relations, ...sent.relations },
    });
    return { ok: true, identifier, created: before === undefined };
  }

  const isNeeded = (identifier: string): boolean => [...portal.entities.values()].some(({ relations }) => Object.values(relations).flat().includes(identifier));

  function clientOf(owner: string): Pick<PortalActorClient, 'upsert' | 'deleteEntities' | 'stillOwned' | 'owned'> {
    return {
      async upsert(_blueprint, texts, options) {
        const sent = texts.map((text) => JSON.parse(text) as SentEntity);
        await portal.before('upsert', sent.map((entity) => JSON.stringify(entity.identifier)));
        return sent.map((entity) => {
          if (portal.away) return failure({ status: 503, code: 'away', message: 'the portal is away', transient: true });
          portal.calls.push(`upsert ${entityKey(entity.blueprint, typeof entity.identifier === 'string' ? entity.identifier : '?')}`);
          portal.bodies.push(entity);
          return upsertOne(owner, entity, options);
        });
      },
      async deleteEntities(blueprint, identifiers, { deleteDependents }) {
        await portal.before('delete', identifiers);
        if (portal.away) throw new Error('the portal is away');
        const gone = identifiers.filter((identifier) => deleteDependents || !isNeeded(identifier));
        for (const identifier of identifiers) portal.calls.push(`delete ${entityKey(blueprint, identifier)}`);
        for (const identifier of gone) portal.entities.delete(entityKey(blueprint, identifier));
        return new Set(gone);
      },
      async stillOwned(blueprint, identifiers) {
        if (portal.away) throw new Error('the portal is away');
        return new Set(identifiers.filter((identifier) => portal.entities.get(entityKey(blueprint, identifier))?.owner === owner));
      },
      async *owned() {
        yield [...portal.entities.values()].filter((entity) => entity.owner === owner).map(({ blueprint, identifier }) => ({ blueprint, identifier }));
      },
    };
  }
  return portal;
}
