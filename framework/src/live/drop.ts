import { dropMembers, dropMembersAnywhere, isObject, replaceMember, toJson, type Json } from '../shared';

/** Members that are never kept: kind → paths. */
export type Dropped = Readonly<Record<string, readonly string[]>>;

/** What may be kept of a delivery. */
export interface Kept {
  readonly body: Json;
  /** Of each thing, in order. */
  readonly rows: readonly unknown[];
}

/**
 * Takes the members out of rows and delivery. A path is one of the row, or of the delivery as a whole. Where the row is no part of the delivery but was made from it, nobody
 * knows where the member stands in there, so it goes from every place where the path fits.
 */
export function withoutDropped(body: Json, things: readonly { readonly kind: { readonly name: string }; readonly row: unknown }[], dropped: Dropped): Kept {
  let rest = body;
  const rows = things.map(({ kind, row }) => {
    const paths = dropped[kind.name];
    if (!paths) return row;
    const kept = dropMembers(row, paths);
    rest = isObject(row) && holds(rest, row) ? dropMembers(replaceMember(rest, row, kept), paths) : dropMembersAnywhere(rest, paths);
    return kept;
  });
  return { body: rest, rows };
}

/** Text of what may be kept of a delivery whose rows are not known; undefined when there is none: it nests too deeply to be written. */
export function payloadOf({ body, text }: { readonly body: Json; readonly text?: string }, dropped: Dropped | undefined): string | undefined {
  const paths = Object.values(dropped ?? {}).flat();
  try {
    return paths.length > 0 ? toJson(dropMembersAnywhere(body, paths)) : (text ?? toJson(body));
  } catch {
    return undefined;
  }
}

const holds = (value: unknown, member: unknown): boolean =>
  value === member || (Array.isArray(value) ? value.some((item) => holds(item, member)) : isObject(value) && Object.values(value).some((inner) => holds(inner, member)));
