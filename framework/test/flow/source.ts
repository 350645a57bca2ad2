import { ABSENT, type AnyKind, type Integration, type MemberContext, type Page, type PlanContext, type Position, type Reference, type ScanContext } from '../../src/contract';

export interface Thing {
  readonly id: string;
  /** Partition that lists it; default `all`. */
  readonly part?: string;
  readonly [member: string]: unknown;
}

/** Where a scan is when it is about to give a page. */
export interface Place {
  readonly kind: string;
  readonly partition: string;
  readonly selector: Readonly<Record<string, unknown>>;
  /** From 0, in this reading. */
  readonly page: number;
  readonly position: Position | undefined;
  readonly signal: AbortSignal;
}

export interface KindOptions {
  readonly pageSize?: number;
  /** Names of its partitions; things say theirs in `part`. */
  readonly partitions?: readonly string[];
  /** One partition for each stored row of this kind; things say theirs in `part`. */
  readonly parent?: string;
  readonly after?: readonly string[];
  readonly paging?: 'stable' | 'drifting';
  readonly gettable?: boolean;
  /** Things have a `version`. */
  readonly versioned?: boolean;
  readonly told?: boolean;
  member?(context: MemberContext<unknown>, thing: Thing): boolean;
  /** Only things that this says belong to the selection of the scan. */
  selects?(selector: Readonly<Record<string, unknown>>, thing: Thing): boolean;
}

/** A source system in memory: what lies there, who asked for what, and what goes wrong. */
export interface Source {
  readonly integration: Integration;
  /** Replaces everything of a kind. */
  put(kind: string, things: readonly Thing[]): void;
  all(kind: string): readonly Thing[];
  /** `kind/partition` of each page that was asked for, in order. */
  readonly reads: string[];
  /** Keys that were asked for. */
  readonly asked: string[];
  /** Called before a page is given; may throw, wait, or give another page. */
  onPage: (place: Place, page: Page<Thing>) => Page<Thing> | Promise<Page<Thing>>;
  onGet: (kind: string, key: string) => void;
}

export function createSource(kinds: Readonly<Record<string, KindOptions>>): Source {
  const things = new Map<string, readonly Thing[]>();
  const source: Source = {
    integration: {
      type: 'test',
      version: '1.0.0',
      title: 'Test',
      description: 'A source in memory',
      settings: {},
      kinds: Object.entries(kinds).map(([name, options]) => kindOf(name, options)),
    },
    put: (kind, list) => void things.set(kind, list),
    all: (kind) => things.get(kind) ?? [],
    reads: [],
    asked: [],
    onPage: (_place, page) => page,
    onGet: () => undefined,
  };

  function kindOf(name: string, options: KindOptions): AnyKind<unknown> {
    const pageSize = options.pageSize ?? 2;
    const listed = (context: ScanContext<unknown>): readonly Thing[] =>
      source
        .all(name)
        .filter((thing) => (options.partitions || options.parent ? thing.part === context.partition.name : true))
        .filter((thing) => options.selects?.(context.selector, thing) ?? true)
        .sort((a, b) => (a.id < b.id ? -1 : 1));
    return {
      name,
      key: (row: Thing) => [row.id],
      ...(options.versioned && { version: (row: Thing) => row['version'] as number | undefined }),
      ...(!options.told && { scan: (context: ScanContext<unknown>, position: Position | undefined) => scan(context, position) }),
      paging: options.paging ?? 'stable',
      ...((options.after ?? options.parent) && { after: options.after ?? [options.parent!] }),
      ...(options.partitions && {
        async *partitions() {
          for (const partition of options.partitions!) yield { name: partition };
        },
      }),
      ...(options.parent && {
        async *partitions(context: PlanContext<unknown>) {
          for await (const parent of context.stored<Thing>(options.parent!)) yield { name: parent.id };
        },
      }),
      ...(options.gettable && {
        async get(_context: unknown, at: Reference<Thing>) {
          source.asked.push(at.key);
          source.onGet(name, at.key);
          return source.all(name).find((thing) => thing.id === at.key) ?? ABSENT;
        },
      }),
      ...(options.member && { member: (context: MemberContext<unknown>, row: Thing) => options.member!(context, row) }),
    };

    async function* scan(context: ScanContext<unknown>, start: Position | undefined): AsyncIterable<Page<Thing>> {
      let position = start;
      for (let page = 0; ; page++) {
        source.reads.push(`${name}/${context.partition.name}`);
        const after = position === undefined ? '' : String(position['after']);
        const rest = listed(context).filter((thing) => thing.id > after);
        const rows = rest.slice(0, pageSize);
        const next = rest.length > pageSize ? { after: rows[rows.length - 1]!.id } : undefined;
        const given = await source.onPage({ kind: name, partition: context.partition.name, selector: context.selector, page, position, signal: context.signal }, { rows, next });
        yield given;
        if (given.next === undefined) return;
        position = given.next;
      }
    }
  }
  return source;
}
