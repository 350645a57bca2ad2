import { isObject, type Json, type JsonObject } from '../shared';
import type { Position } from './key';
import type { Change, ChangeKey, Delivery, DeliveryPlace, Live, Verifier } from './live';

/** One line of an event catalogue: which events tell of a kind, and where its name stands. */
export interface CatalogueRule {
  readonly kind: string;
  /** Events of these names write, unless `deleteWhen` says otherwise. */
  readonly write?: readonly string[];
  /** Events of these names delete. */
  readonly delete?: readonly string[];
  /** A `write` event is a delete when the member at a path is one of these texts: `{ action: ['deleted'] }`. */
  readonly deleteWhen?: Readonly<Record<string, readonly string[]>>;
  /**
   * Paths in the body, in order: `issue.id*` with `*` for a member of the identity; `name*=a.b` where the name is not the last segment; `a.b or c.d` = the first that
   * is there. Two rules of one kind say the same keys.
   */
  readonly keys: readonly string[];
  /** Path of the object; '' = the body. Default: what holds the first `*` member. */
  readonly object?: string;
  /** The row, from the object, where a scanned row has another shape. */
  row?(object: JsonObject, body: JsonObject): JsonObject;
  /** Where `get` finds it, when the key alone does not tell. */
  locate?(object: JsonObject, body: JsonObject): Position | undefined;
}

export interface Catalogue {
  readonly verify?: Verifier;
  readonly form?: true;
  readonly deliveryId?: readonly DeliveryPlace[];
  readonly eventType: readonly DeliveryPlace[];
  readonly tests?: readonly string[];
  /** Path of the delivery's time, epoch ms or a date. */
  readonly at?: string;
  readonly rules: readonly CatalogueRule[];
}

interface CompiledKey {
  readonly name: string;
  readonly identity: boolean;
  /** The first that is there counts. */
  readonly paths: readonly Path[];
}
interface CompiledRule {
  readonly rule: CatalogueRule;
  readonly keys: readonly CompiledKey[];
  readonly objects: readonly Path[];
  readonly deleteWhen: readonly { readonly path: Path; readonly values: ReadonlySet<string> }[];
}
type Path = readonly string[];

/** The live part of an integration from a table. Throws when the table contradicts itself, which loading the integration reports. */
export function eventCatalogue(catalogue: Catalogue): Live<unknown> {
  const { rules, at, ...rest } = catalogue;
  const byEvent = new Map<string, { readonly compiled: CompiledRule; readonly deletes: boolean }>();
  const byKind = new Map<string, readonly CompiledKey[]>();
  const rowPlaces: Record<string, readonly string[]> = {};
  for (const rule of rules) {
    const compiled = compileRule(rule);
    byKind.set(rule.kind, compiled.keys);
    rowPlaces[rule.kind] = [...new Set([...(rowPlaces[rule.kind] ?? []), ...compiled.objects.map((path) => path.join('.'))])];
    for (const [events, deletes] of [[rule.write, false], [rule.delete, true]] as const) {
      for (const event of events ?? []) {
        if (byEvent.has(event)) throw new Error(`the event ${event} stands in two rules`);
        byEvent.set(event, { compiled, deletes });
      }
    }
  }
  const atPath = at === undefined ? undefined : pathOf(at);
  return {
    ...rest,
    events: [...byEvent.keys()],
    rowPlaces,
    changes(delivery) {
      const found = byEvent.get(delivery.type);
      return found ? [changeOf(found.compiled, { delivery, deletes: found.deletes, at: atPath && timeOf(memberAt(delivery.body, atPath)) })] : [];
    },
    keys: (kind, envelope) => (byKind.get(kind) ?? []).map((key) => keyOf(key, envelope)),
  };
}

function compileRule(rule: CatalogueRule): CompiledRule {
  const taken = new Set<string>();
  const keys = rule.keys.map((text): CompiledKey => {
    const [left, right] = text.includes('=') ? (text.split('=', 2) as [string, string]) : [undefined, text];
    const paths = right.replaceAll('*', '').split(' or ').map((path) => pathOf(path.trim()));
    const [first = []] = paths;
    const last = first.at(-1) ?? '';
    const name = left?.replace('*', '') ?? (taken.has(last) ? camelCase(first) : last);
    if (name === '' || taken.has(name)) throw new Error(`the kind ${rule.kind} has two keys of the name '${name}'`);
    taken.add(name);
    return { name, identity: text.includes('*'), paths };
  });
  const identity = keys.find((key) => key.identity);
  if (!identity) throw new Error(`the kind ${rule.kind} has no identity`);
  return {
    rule,
    keys,
    objects: rule.object === undefined ? identity.paths.map((path) => path.slice(0, -1)) : [pathOf(rule.object)],
    deleteWhen: Object.entries(rule.deleteWhen ?? {}).map(([path, values]) => ({ path: pathOf(path), values: new Set(values) })),
  };
}

interface Heard {
  readonly delivery: Delivery;
  readonly deletes: boolean;
  readonly at: number | undefined;
}

function changeOf({ rule, keys, objects, deleteWhen }: CompiledRule, { delivery, deletes, at }: Heard): Change {
  const body = isObject(delivery.body) ? (delivery.body as JsonObject) : {};
  const gone = deletes || deleteWhen.some(({ path, values }) => values.has(String(memberAt(body, path))));
  const object = objects.map((path) => memberAt(body, path)).find(isObject) as JsonObject | undefined;
  const locate = object && rule.locate?.(object, body);
  return {
    is: gone ? 'gone' : 'changed',
    kind: rule.kind,
    keys: keys.map((key) => keyOf(key, body)),
    ...(object && { row: rule.row?.(object, body) ?? object }),
    ...(locate && { locate }),
    ...(at !== undefined && { at }),
  };
}

function keyOf({ name, identity, paths }: CompiledKey, body: Json): ChangeKey {
  for (const path of paths) {
    const value = memberAt(body, path);
    if (typeof value === 'bigint' || (typeof value === 'string' && value !== '') || (typeof value === 'number' && Number.isFinite(value))) return { name, identity, value };
  }
  return { name, identity, value: undefined };
}

const pathOf = (text: string): Path => (text === '' ? [] : text.split('.'));

const camelCase = (path: Path): string =>
  path
    .flatMap((segment) => segment.split(/[_-]/))
    .map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('');

/** The member at a path; own members of objects only. */
function memberAt(value: Json, path: Path): Json | undefined {
  let inner: Json | undefined = value;
  for (const segment of path) inner = isObject(inner) && Object.hasOwn(inner, segment) ? (inner[segment] as Json) : undefined;
  return inner;
}

function timeOf(value: Json | undefined): number | undefined {
  const time = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isFinite(time) ? time : undefined;
}
