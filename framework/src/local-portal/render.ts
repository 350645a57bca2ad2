import { parseJson, toJson } from '../shared';
import type { EntityRow } from './entity-store';

/** Who is named as author: every caller is the one machine account. */
export const ACTOR = 'machine';

export interface Selection {
  /** Paths such as `identifier`, `properties`, `properties.status`; empty: everything. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** An entity as answered, JSON text. The stored body goes in as it is, so that nothing is parsed to be printed again. */
export function renderEntity(row: EntityRow, blueprint: string, selection?: Selection): string {
  const [created, updated] = [new Date(row.created).toISOString(), new Date(row.updated).toISOString()];
  const text = `{"identifier":${JSON.stringify(row.identifier)},${row.body.slice(1, -1)},"blueprint":${JSON.stringify(blueprint)},"createdAt":"${created}","createdBy":"${ACTOR}","updatedAt":"${updated}","updatedBy":"${ACTOR}"}`;
  if (!selection || (selection.include.length === 0 && selection.exclude.length === 0)) return text;
  return toJson(select(parseJson(text) as Record<string, unknown>, selection));
}

const GROUPS = ['properties', 'relations'];

/** Keeps what is included (or everything), without what is excluded. A path that names nothing selects nothing. */
export function select(entity: Readonly<Record<string, unknown>>, { include, exclude }: Selection): Record<string, unknown> {
  const included = (path: string): boolean => include.length === 0 || include.includes(path);
  const selected: Record<string, unknown> = {};
  for (const [member, value] of Object.entries(entity)) {
    if (exclude.includes(member)) continue;
    if (!GROUPS.includes(member)) {
      if (included(member)) selected[member] = value;
      continue;
    }
    const inner = Object.entries(value as Record<string, unknown>).filter(([key]) => (included(member) || include.includes(`${member}.${key}`)) && !exclude.includes(`${member}.${key}`));
    if (inner.length > 0 || included(member)) selected[member] = Object.fromEntries(inner);
  }
  return selected;
}
