/** What the store has to know of an audit record: how it is found again. The rest of it is JSON that nobody here reads. */
export interface Audited {
  /** Unique. */
  readonly guid: string;
  /** RFC 3339. */
  readonly timeStamp: string;
  readonly severity: string;
  readonly component: { readonly name: string };
  /** Identifier of the entry it is about. */
  readonly connector?: string;
  readonly messageId: string;
}

/** Where a page of records ended. */
export interface TrailPlace {
  /** Epoch ms. */
  readonly at: number;
  readonly guid: string;
}

export interface TrailQuery {
  /** Any of these; absent: all. */
  readonly severity?: readonly string[] | undefined;
  /** Name of the component. */
  readonly component?: string | undefined;
  /** Identifier of the entry. */
  readonly integration?: string | undefined;
  readonly messageId?: string | undefined;
  /** Epoch ms: from this instant on. */
  readonly from?: number | undefined;
  /** Epoch ms: before this instant. */
  readonly to?: number | undefined;
  /** `next` of the last answer to the same query. */
  readonly after?: TrailPlace | undefined;
  readonly limit: number;
}

export interface TrailPage<T extends Audited> {
  /** Newest first, those of one millisecond by guid. */
  readonly records: readonly T[];
  /** The place of the last of them when there are more. */
  readonly next: TrailPlace | undefined;
}

/** The collection `framework.audit`: records are added and go by age, none is ever changed. A process that stands by adds its own too. */
export interface AuditTrail {
  /** A record whose guid is there already changes nothing. */
  append<T extends Audited>(records: readonly T[]): Promise<void>;
  query<T extends Audited>(query: TrailQuery): Promise<TrailPage<T>>;
  /** Removes records from before this instant (epoch ms), the oldest first, at most `limit`. Gives how many. */
  expire(before: number, limit: number): Promise<number>;
}

/** What a record is found by, as every store keeps it. */
export const placeOf = ({ guid, timeStamp }: Audited): TrailPlace => ({ at: Date.parse(timeStamp), guid });

/** A page of what was found, where one more was asked for than it may hold. */
export function trailPage<T extends Audited>(found: readonly T[], limit: number): TrailPage<T> {
  const records = found.slice(0, limit);
  const last = records.at(-1);
  return { records, next: last && found.length > limit ? placeOf(last) : undefined };
}
