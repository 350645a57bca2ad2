import { serviceNames, type BlueprintName, type DeleteMethod, type Direction, type Service } from '../../contract';
import type { RowToMap } from '../../store';
import { services } from '../services';

/** An entry whose connector brings elements, as far as they are concerned. */
export interface ElementEntry {
  readonly identifier: string;
  /** Kind of each blueprint that its connector may write. */
  readonly kinds: ReadonlyMap<string, string>;
  readonly zones: { readonly default: readonly string[]; readonly publish?: readonly string[]; readonly visible: readonly string[] };
  /** Hash of what maps the kind now; '' as long as none is known. */
  mapping(kind: string): string;
  /** Rows that changed, to be mapped at once. */
  offer(kind: string, rows: readonly RowToMap[]): void;
  /** Is there an instance for this target now? What it holds is refused to others. */
  isPresent(target: string): boolean;
  /** Address of the third party that this target means; undefined: it has none, or there is no such target now. */
  addressOf(target: string): string | undefined;
}

/** Who writes: a connector for one of its targets. */
export interface Writer {
  readonly entry: ElementEntry;
  readonly target: string;
  /** Id of its metadata source. */
  readonly home: string;
  readonly direction: Direction;
  readonly onMissing: DeleteMethod;
}

/** Partition of elements that belong to nobody: no comparison speaks of it. */
export const NOBODYS = '~';

/** Kind of each blueprint that these services write: of several services that share a blueprint the first that is named. */
export function kindsOf(declared: readonly Service[]): ReadonlyMap<string, string> {
  const kinds = new Map<string, string>();
  for (const service of declared) for (const blueprint of services.get(service)?.blueprints ?? []) if (!kinds.has(blueprint)) kinds.set(blueprint, `${service}.${blueprint}`);
  return kinds;
}

/** Blueprint of a kind `<service>.<blueprint>`; undefined: it is none. */
export function blueprintOfKind(kind: string): BlueprintName | undefined {
  const [service, blueprint] = kind.split('.', 2);
  return (serviceNames as readonly string[]).includes(service ?? '') ? (blueprint as BlueprintName) : undefined;
}
