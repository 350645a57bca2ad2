export type Collection = 'runs' | 'scans' | 'ticks' | 'state' | 'dead_letters';

/** A small JSON document. `rev` is the token of its last write. */
export interface Stored {
  readonly _id: string;
  readonly rev: string;
}
/** A document as written: the store sets `rev`. */
export type Writable<T extends Stored> = Omit<T, 'rev'>;

export interface DocumentQuery {
  /** Ids that begin with this text. */
  readonly prefix?: string;
  /** Top-level fields that must be equal. */
  readonly equals?: Readonly<Record<string, string | number | boolean>>;
  /** Top-level number or text fields that must be below. */
  readonly below?: Readonly<Record<string, string | number>>;
  /** Default: by `_id`, ascending. */
  readonly order?: { readonly by: string; readonly descending?: boolean };
  /** Only with the default order: ids after this one. */
  readonly after?: string;
  readonly limit: number;
}

export interface Documents {
  get<T extends Stored>(collection: Collection, id: string): Promise<T | undefined>;
  /** The new rev; undefined = the id is taken. */
  insert<T extends Stored>(collection: Collection, document: Writable<T>): Promise<string | undefined>;
  /** Replaces the document whose rev is still `rev`. The new rev; undefined = lost. */
  replace<T extends Stored>(collection: Collection, document: Writable<T>, rev: string): Promise<string | undefined>;
  /** Removes it; with `rev` only while that is its rev. False = it was not there, or lost. */
  remove(collection: Collection, id: string, rev?: string): Promise<boolean>;
  list<T extends Stored>(collection: Collection, query: DocumentQuery): Promise<T[]>;
}
