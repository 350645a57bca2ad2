import { canonicalEntity } from '../../../framework/src/contract';
import { hashText, type JsonObject } from '../../../framework/src/shared';

export interface BenchRecord {
  readonly id: number;
  readonly name: string;
  readonly closed: boolean;
  readonly owner: { readonly login: string; readonly mail: string };
  readonly stats: { readonly done: number; readonly total: number };
  readonly labels: readonly { readonly name: string; readonly color: string }[];
  readonly updatedAt: string;
  readonly description: string | null;
}

interface Written {
  readonly body: string;
  readonly hash: string;
}

/** What mapping.yaml of the bench integration says, as a programmer who knows the records would write it. */
export const entityByHand = (record: BenchRecord): JsonObject => ({
  blueprint: 'benchRecord',
  identifier: String(record.id),
  title: record.name,
  properties: {
    name: record.name,
    state: record.closed ? 'closed' : 'open',
    owner: record.owner.login,
    mail: record.owner.mail.toLowerCase(),
    count: record.labels.length,
    ratio: record.stats.done / record.stats.total,
    open: !record.closed,
    labels: record.labels.filter((label) => label.color !== 'grey').map((label) => label.name),
    url: `https://records.example/${record.id}`,
    day: record.updatedAt.split('T')[0] ?? null,
    summary: record.description?.slice(0, 80) ?? 'none',
  },
  relations: {},
});

/** Text and a hash of that text: enough for a program whose mapping never changes the order of its keys. */
export function textByHand(record: BenchRecord): Written {
  const body = JSON.stringify(entityByHand(record));
  return { body, hash: hashText(body) };
}

/** Text and the hash of the canonical form: exactly what the mapping gives. */
export function canonicalByHand(record: BenchRecord): Written {
  const entity = entityByHand(record);
  return { body: JSON.stringify(entity), hash: hashText(canonicalEntity(entity)) };
}
