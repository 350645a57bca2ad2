import { canonicalId, identityOf, keyMembers, keyNames, type AnyKind, type ChangeKey, type Integration, type Json } from '../contract';
import type { PipelineEvent } from '../pipeline';
import { hashText, isObject, type Clock } from '../shared';
import { rowId, type RowToMap } from '../store';
import type { DocumentKey } from './sink';

/** What processors get of a row, and how it is named at the sinks. */
export interface Described {
  readonly event: PipelineEvent;
  readonly keys: readonly DocumentKey[];
}

export interface DescribedEntry {
  readonly identifier: string;
  readonly type: string;
  readonly integration: Integration;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly scope: string;
}

/** Makes the event of a row: its envelope as it came, else what the kind's `envelope` makes of what was read (pipelines.md 5.1, 5.2). */
export function createDescriber(entry: DescribedEntry, clock: Pick<Clock, 'now'>): (kind: string, row: RowToMap) => Described {
  const kinds = new Map((entry.integration.kinds ?? []).map((kind) => [kind.name, kind]));
  const live = entry.integration.live;

  return (name, row) => {
    const kind: AnyKind<unknown> = kinds.get(name) ?? { name, key: () => [] };
    const members = keyMembers(row._id.slice(rowId({ integration: entry.identifier, kind: name }, '').length));
    const data = envelopeOf(kind, row);
    // A removal that no delivery brought carries the last envelope, and is told as what was read.
    const brought = row.event && row.data !== undefined && (row.face !== '' || row.event.operation === 'delete') ? row.event : undefined;
    const keys = keysOf(members, keyNames(kind), live?.keys?.(name, data, entry.settings) ?? []);
    return {
      keys,
      event: {
        id: hashText(`${row._id}\n${row.face}`),
        source: entry.identifier,
        eventType: brought?.type ?? importTypeOf(kind, row, live?.rowPlaces?.[name]),
        operation: row.face === '' ? 'delete' : 'write',
        kind: name,
        keys: keys.map(({ name: key, value }) => ({ name: key, value })),
        canonicalId: canonicalId({ vendor: kind.vendor ?? entry.type, kind: name, scope: entry.scope }, members),
        origin: brought ? 'webhook' : 'import',
        receivedAt: new Date(brought?.at ?? clock.now()).toISOString(),
        data,
      },
    };
  };
}

/** As what it is told when it was read. Of a tombstone the row that was last counts: it stands in its place in the last delivery. */
function importTypeOf({ importType, name }: AnyKind<unknown>, { row, event, data }: RowToMap, places: readonly string[] | undefined): string {
  if (typeof importType !== 'function') return importType ?? name;
  const last = row ?? (event ? rowInside(data, places ?? []) : data);
  return last === undefined ? name : importType(last);
}

function rowInside(delivery: Json | undefined, places: readonly string[]): Json | undefined {
  for (const place of places) {
    let value: unknown = delivery;
    for (const member of place === '' ? [] : place.split('.')) value = isObject(value) ? value[member] : undefined;
    if (value !== undefined) return value as Json;
  }
  return undefined;
}

/** A delivery as it came; else the row, of a tombstone the one that was last, as the kind shows it. */
function envelopeOf(kind: AnyKind<unknown>, row: RowToMap): Json {
  if (row.event && row.data !== undefined) return row.data;
  const last = row.row ?? row.data;
  return last === undefined ? {} : kind.envelope ? (kind.envelope(last) as Json) : last;
}

/** Names and passed-on members as the envelope says them; the values of the identity are those of the key, whatever the envelope holds. */
function keysOf(members: readonly string[], names: readonly string[], told: readonly ChangeKey[]): readonly DocumentKey[] {
  const identity = identityOf(told);
  const same = identity?.length === members.length && identity.every((value, at) => String(value) === members[at]);
  const order = told.filter((key) => key.identity).length === members.length ? told : names.map((name): ChangeKey => ({ name, identity: true, value: undefined }));
  let at = 0;
  return order.flatMap((key): DocumentKey[] => {
    if (!key.identity) return key.value === undefined ? [] : [{ name: key.name, identity: false, value: key.value }];
    const member = members[at++] ?? '';
    return [{ name: key.name, identity: true, value: same && key.value !== undefined ? key.value : member }];
  });
}
