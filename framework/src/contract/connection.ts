/** The capability modules: each is `ctx.<service>` of the connectors that declare it. */
export const serviceNames = ['analytics', 'api', 'catalog', 'database', 'display', 'files', 'infrastructure', 'lineage', 'organization', 'search', 'security', 'topic'] as const;
export type Service = (typeof serviceNames)[number];

/** Where a third party is reached. */
export interface Endpoint {
  readonly name?: string;
  readonly description?: string;
  readonly address: string;
  readonly protocol?: string;
  readonly encryptionMethod?: string;
}

/** How a third party is reached. `config` is one name space with the settings of the entry; secrets in it are Secret, so that it can be printed. */
export interface Connection {
  readonly name?: string;
  readonly description?: string;
  readonly userId?: string;
  readonly endpoint?: Endpoint;
  readonly config: Readonly<Record<string, unknown>>;
}

export type Direction = 'FROM_THIRD_PARTY' | 'TO_THIRD_PARTY' | 'OTHER';

/** One thing that a connector works on: a server, a folder, a broker. */
export interface Target {
  /** Unique in the connector; lasting, because rows are kept by it. */
  readonly name: string;
  /** Identifier of the entity that it stands for. */
  readonly entity?: string;
  /** Instead of the connector's, member by member. */
  readonly connection?: Partial<Connection>;
  /** Over the connector's. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly metadataSource?: { readonly id: string; readonly kind?: string };
  readonly direction?: Direction;
  readonly onMissing?: 'archive' | 'softDelete' | 'purge' | 'none';
}

/** What a type of connector can be pointed at. */
export interface TargetSpec {
  readonly name: string;
  readonly blueprint: string;
  readonly deployedImplementationType?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}
