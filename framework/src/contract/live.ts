import type { Json } from '../shared';
import type { Position, Version } from './key';

/**
 * How a sender proves itself, over the raw bytes: `hmac` = hex HMAC-SHA256(secret, body) and `suffix-hash` = hex SHA-256(body then secret), both with or without
 * `sha256=` before them; `token` = the secret itself; `basic` = user name and secret. Secrets come from the entry's `authentication`.
 */
export interface Verifier {
  readonly scheme: 'hmac' | 'suffix-hash' | 'token' | 'basic';
  /** Default of `authentication.headerName`; compared without regard to case. */
  readonly header: string;
  /** Taken when no name is configured and `header` is absent. */
  readonly fallbackHeader?: string;
  /** The name cannot be configured. */
  readonly fixedHeader?: true;
}

/** One HTTP request or queue message, verified and parsed. */
export interface Delivery {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Integers beyond 2^53 are BigInt. */
  readonly body: Json;
}

/** Where a delivery says something about itself: a header (lower case), a member of the body by its path, such as `event.id`; or what is `always` so, because the delivery does not say it. */
export type DeliveryPlace = { readonly header: string } | { readonly member: string } | { readonly always: string };

/** A member of the name of what changed. */
export interface ChangeKey {
  /** Without dots. */
  readonly name: string;
  /** Undefined where the payload does not hold it: an identity that lacks a member makes the delivery a dead letter. */
  readonly value: string | number | bigint | undefined;
  /** Part of the identity (`*` in the event catalogue), or only passed on. */
  readonly identity: boolean;
}

interface ChangedThing {
  /** Name of a kind of this integration. */
  readonly kind: string;
  /** Identity and passed-on members, in order. The values of the identity are what `key` of the kind gives for the row. */
  readonly keys: readonly ChangeKey[];
  /** The object, in the shape of a scanned row where the payload has it; its version is what the kind's `version` gives. */
  readonly row?: unknown;
  /** Where the kind's `version` cannot read it from `row`. */
  readonly version?: Version;
  /** Time of the delivery, epoch ms. Orders told kinds that have no version, and nothing else. */
  readonly at?: Version;
}

/** What one record of a delivery says. Give row and version wherever the payload has the object: the runtime takes them as a claim when kind and version allow, else it asks. */
export type Change =
  | (ChangedThing & {
      readonly is: 'changed';
      /** Where `get` finds it, when the key alone does not tell. */
      readonly locate?: Position;
    })
  | (ChangedThing & { readonly is: 'gone'; readonly locate?: Position })
  /** Known, and of no consequence; the reason is counted. */
  | { readonly is: 'ignored'; readonly reason: string };

/** Turns a verified delivery into changes. It never sees an unverified body. */
export interface Live<TSettings> {
  /** How calls of its webhook prove themselves. Omitted: it has no webhook, its messages come by `listen` (of the integration). */
  readonly verify?: Verifier;
  /** A form (`application/x-www-form-urlencoded`) with the JSON in its field `payload` is taken too. */
  readonly form?: true;
  /** The vendor's own id: these places together. Omitted, or one of them missing: no de-duplication. */
  readonly deliveryId?: readonly DeliveryPlace[];
  /** The vendor's own name of the event: the first of these places that has one. A name from a header is added to the envelope as `eventType`. */
  readonly eventType: readonly DeliveryPlace[];
  /** Every name it knows; others are ignored. */
  readonly events: readonly string[];
  /** By kind: where its row stands in a delivery, as paths such as `issue`; '' = the body itself. Omitted: nobody can tell, so what reads deliveries gets each of them. */
  readonly rowPlaces?: Readonly<Record<string, readonly string[]>>;
  /** Names of test calls, such as `ping`. */
  readonly tests?: readonly string[];
  /** Called for known events only. Synchronous and pure; what it throws makes the delivery a dead letter that can be replayed. */
  changes(delivery: Delivery & { readonly type: string }, settings: TSettings): readonly Change[];
  /**
   * Keys of the thing of this kind that an envelope is about, also a stored one. Pure. Default: the key of the row, with the kind's names.
   * Values that the envelope does not hold are undefined.
   */
  keys?(kind: string, envelope: Json, settings: TSettings): readonly ChangeKey[];
}

/** Guards the import route of every integration. */
export const importVerifier: Verifier = { scheme: 'hmac', header: 'X-Hub-Signature-256' };
