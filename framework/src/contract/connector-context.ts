import type { Json } from '../shared';
import type { Direction, Endpoint, Service, Target } from './connection';
import type { AnyClassifications, BlueprintName, ElementClassifications, ElementProperties, ElementRelations, LinkProperties, ServiceBlueprints, ServiceLinks, ServiceReads } from './elements/types';
import { FrameworkError } from './errors';
import type { Secret } from './secret';

/** An element: a catalogued thing of a blueprint of the services. Identifiers are made of the names on the other side (a lasting id where it has one). */
export interface ElementRef<TBlueprint extends BlueprintName = BlueprintName> {
  readonly blueprint: TBlueprint;
  readonly identifier: string;
}

/** An element as a connector gives it. */
export interface NewElement<TBlueprint extends BlueprintName = BlueprintName> {
  readonly identifier: string;
  /** What it is a part of: the relation to its anchor, written shorter. */
  readonly parent?: ElementRef;
  readonly properties: ElementProperties[TBlueprint];
  readonly relations?: Partial<ElementRelations[TBlueprint]>;
  /** False: it belongs to nobody. Anybody may change it, and it is not in `owned`. Default true. */
  readonly owned?: boolean;
}

/** Who says so. */
export interface ElementOrigin {
  readonly category: 'LOCAL_COHORT' | 'EXTERNAL_SOURCE' | 'EXPORT_ARCHIVE' | 'CONTENT_PACK' | 'DEREGISTERED_REPOSITORY' | 'CONFIGURATION';
  /** Of the metadata source; '' of the local cohort. */
  readonly homeId: string;
  readonly homeName: string;
  /** Address of the third party that says so; absent: its target has none, or is no target any more. */
  readonly sourceServer?: string;
}

/** By connector identifier; instants in RFC 3339. What an earlier release wrote lacks what was not kept then. */
export interface ElementVersions {
  /** One that comes back after it was deleted is created anew. */
  readonly createdBy?: string;
  readonly createTime?: string;
  /** Of its last change: neither a look that finds it unchanged nor a change of this header is one. */
  readonly updatedBy: string;
  readonly updateTime?: string;
  /** 1 when it is created, one more for each change. */
  readonly version: number;
}

/** A name that another system has for the element. */
export interface ExternalId {
  readonly externalIdentifier: string;
  readonly externalIdentifierName?: string;
  readonly externalIdentifierUsage?: string;
  readonly externalIdentifierSource?: string;
  readonly mappingProperties?: Readonly<Record<string, string>>;
}

/** What the framework keeps about an element; only read by connectors. */
export interface ElementHeader {
  /** Of the row behind it. */
  readonly id: string;
  readonly blueprint: BlueprintName;
  readonly status: 'ACTIVE' | 'DELETED' | 'ARCHIVED';
  readonly origin: ElementOrigin;
  readonly versions: ElementVersions;
  readonly classifications: readonly { readonly name: string; readonly properties: Readonly<Record<string, Json>> }[];
  /** Zones in which it is seen; empty = all. A part has those of its asset. */
  readonly zones: readonly string[];
}

/** Relations as they are read: the identifier of the other end, of one that has many a list. */
export type RelationsRead<TBlueprint extends BlueprintName> = TBlueprint extends BlueprintName ? { readonly [TName in keyof ElementRelations[TBlueprint]]?: NonNullable<ElementRelations[TBlueprint][TName]> extends readonly unknown[] ? readonly string[] : string } : never;

/** An element as it is stored. */
export interface Element<TBlueprint extends BlueprintName = BlueprintName> extends ElementRef<TBlueprint> {
  readonly properties: ElementProperties[TBlueprint];
  readonly relations: RelationsRead<TBlueprint>;
  /** Fields of relations, by name and other end. */
  readonly relationProperties: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Json>>>>>>;
  readonly header: ElementHeader;
}

export interface UpsertResult {
  readonly identifier: string;
  readonly is: 'created' | 'updated' | 'unchanged' | 'refused';
  /** Why it was refused, with what to do. */
  readonly reason?: string;
}

export interface PageOf<TItem> {
  readonly elements: readonly TItem[];
  /** Cursor of the next page; absent: this was the last. */
  readonly next?: string;
}
export interface PageRequest {
  readonly cursor?: string;
  /** Default 100, at most 1000. */
  readonly limit?: number;
}

/** How an element goes: into the archive (kept without expiry), until its tombstone expires, for good, or not at all (it is only reported). */
export type DeleteMethod = 'archive' | 'softDelete' | 'purge' | 'none';

type Writable<TService extends Service> = ServiceBlueprints[TService];
type Readable<TService extends Service> = ServiceBlueprints[TService] | ServiceReads[TService];
type ClassificationOf<TBlueprint extends BlueprintName> = keyof ElementClassifications[TBlueprint] | keyof AnyClassifications;

/**
 * The calls of one service. Each write is a claim under the one write rule. Refused with NotHome (another metadata source has it), DirectionNotPermitted
 * (`direction` of the entry), ElementRefused (it is not valid) or ElementMissing; reads show what the zones of the connector show.
 */
export interface ServiceContext<TService extends Service> {
  /** Makes it, or replaces what this metadata source said before. */
  create<TBlueprint extends Writable<TService>>(blueprint: TBlueprint, element: NewElement<TBlueprint>): Promise<ElementRef<TBlueprint>>;
  /** `merge`: only the given fields change; else they replace all. Default true. */
  update<TBlueprint extends Writable<TService>>(
    ref: ElementRef<TBlueprint>,
    properties: Partial<ElementProperties[TBlueprint]>,
    how?: { readonly merge?: boolean; readonly relations?: Partial<ElementRelations[TBlueprint]> },
  ): Promise<void>;
  /** At most 1000. One that is refused does not stop the others. */
  upsert<TBlueprint extends Writable<TService>>(blueprint: TBlueprint, elements: readonly NewElement<TBlueprint>[]): Promise<readonly UpsertResult[]>;
  /** With what is anchored in it. `confirm`: its qualifiedName, as a double check. False: it was not there. Default method: `onMissing`. */
  remove(ref: ElementRef<Writable<TService>>, how?: { readonly method?: DeleteMethod; readonly confirm?: string }): Promise<boolean>;
  get<TBlueprint extends Readable<TService>>(ref: ElementRef<TBlueprint>): Promise<Element<TBlueprint> | undefined>;
  /** By qualifiedName. */
  byName<TBlueprint extends Readable<TService>>(blueprint: TBlueprint, qualifiedName: string): Promise<Element<TBlueprint> | undefined>;
  /** Those whose properties equal the given ones; without filter all. */
  find<TBlueprint extends Readable<TService>>(blueprint: TBlueprint, filter?: Partial<ElementProperties[TBlueprint]>, page?: PageRequest): Promise<PageOf<Element<TBlueprint>>>;
  /** Those that are anchored in it. */
  children<TBlueprint extends Readable<TService>>(ref: ElementRef, blueprint: TBlueprint, page?: PageRequest): Promise<PageOf<Element<TBlueprint>>>;
  /** All of this metadata source and target. */
  owned<TBlueprint extends Writable<TService>>(blueprint: TBlueprint): AsyncIterable<Element<TBlueprint>>;
  /** A relation of the blueprint of `from`, or a link with an open end. */
  link(
    relation: ServiceLinks[TService] | (string & {}),
    from: ElementRef<Writable<TService>>,
    to: ElementRef,
    properties?: LinkProperties[ServiceLinks[TService]] | Readonly<Record<string, Json>>,
  ): Promise<void>;
  unlink(relation: ServiceLinks[TService] | (string & {}), from: ElementRef<Writable<TService>>, to: ElementRef): Promise<void>;
  classify<TBlueprint extends Writable<TService>>(ref: ElementRef<TBlueprint>, name: ClassificationOf<TBlueprint>, properties?: Readonly<Record<string, Json>>): Promise<void>;
  declassify<TBlueprint extends Writable<TService>>(ref: ElementRef<TBlueprint>, name: ClassificationOf<TBlueprint>): Promise<void>;
}
export type ServiceContexts = { readonly [TService in Service]: ServiceContext<TService> };

/** Undoes a registration. */
export type Disposer = () => Promise<void>;

export interface WebhookCall {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
}
/** A message of a topic of Kafka. */
export interface KafkaMessage {
  readonly topic: string;
  readonly partition: number;
  /** Its place in the partition, a decimal number: as text, since it may be above 2^53. */
  readonly offset: string;
  /** Epoch ms, as the producer or the broker says. */
  readonly timestamp: number;
  /** Bytes as they came, because Avro or Protobuf is no text; `String(value)` reads UTF-8. Undefined: there is none (as value: a tombstone). */
  readonly key: Buffer | undefined;
  readonly value: Buffer | undefined;
  /** By name; one may be given several times. */
  readonly headers: Readonly<Record<string, readonly Buffer[]>>;
}
/** Brokers, and how to sign in. Without `brokers`: those that the process has, with what is given here instead of its `ssl` or `sasl`. */
export interface KafkaBrokers {
  /** `host:port` */
  readonly brokers?: readonly string[];
  /** An authority of your own stands in NODE_EXTRA_CA_CERTS. */
  readonly ssl?: boolean;
  readonly sasl?: { readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'; readonly username: string; readonly password: Secret };
}
/** Ways to be told, registered in `start`. They end with the instance. */
export interface Listeners {
  /**
   * A route `<SERVICE_PREFIX>/<identifier>/<path>`, answered 200 once `heard` returned, 503 when it threw. Verified as the entry's `authentication` says, over the raw
   * body with the header of `verify`; without `authentication` the route is refused (ConfigError).
   */
  webhook(path: string, verify: { readonly scheme: 'hmac' | 'token'; readonly header: string }, heard: (call: WebhookCall) => Promise<void>): Promise<Disposer>;
  /**
   * Changes below a directory, gathered: paths relative to it. A folder's stands for all in it, '' for everything (the directory went, or is back). Not `recursive`
   * (default true): only what is in the directory itself. Throws where it is missing or cannot be watched.
   */
  directory(path: string, heard: (paths: readonly string[]) => Promise<void>, how?: { readonly recursive?: boolean }): Promise<Disposer>;
  /**
   * Messages of a topic of Kafka, from now on: what is produced after this resolved is heard, also over a restart. At least once, one at a time, in order for each partition; a
   * message counts as done when `heard` returned. When it throws, the message is given again and what comes after it in its partition waits; after 5 attempts it is a
   * dead letter. Brokers: those of `how`, else the endpoint's (protocol `kafka`), else `triggerChannel.brokers` with its `ssl` and `sasl`, else KAFKA_BROKERS; nobody names
   * any: ConfigError. Resolves also while they are away, and without the topic; a second one for the same topic and brokers takes the place of the first.
   */
  kafka(topic: string, heard: (message: KafkaMessage) => Promise<void>, how?: KafkaBrokers): Promise<Disposer>;
  /** Whatever else can call: `register` gets the function to call and gives how to stop it. */
  external<TEvent>(register: (heard: (event: TEvent) => Promise<void>) => Promise<Disposer> | Disposer, heard: (event: TEvent) => Promise<void>): Promise<Disposer>;
}

export type OutTopicEventType = 'NEW_ELEMENT_CREATED' | 'ELEMENT_UPDATED' | 'ELEMENT_DELETED' | 'ELEMENT_CLASSIFIED' | 'ELEMENT_RECLASSIFIED' | 'ELEMENT_DECLASSIFIED';
export interface OutTopicEvent {
  readonly eventType: OutTopicEventType;
  /** RFC 3339. */
  readonly eventTime: string;
  readonly element: ElementRef;
  /** Absent: it was deleted, or is an entity that a mapping made. */
  readonly header?: ElementHeader;
  /** As delivered; of a deleted one absent. */
  readonly properties?: Readonly<Record<string, Json>>;
  readonly relations?: Readonly<Record<string, string | readonly string[]>>;
}
export interface OutTopic {
  /** Every change of elements of these blueprints, at least once, in order for each element; also what is there when it subscribes first. Idempotent by `name`. */
  subscribe(filter: { readonly name: string; readonly blueprints: readonly BlueprintName[] }, heard: (event: OutTopicEvent) => Promise<void>): Promise<Disposer>;
}

export interface InTopicEvent {
  /** The same id within 24 h does nothing. */
  readonly id: string;
  readonly op: 'upsert' | 'delete' | 'publish' | 'withdraw';
  readonly blueprint: string;
  readonly identifier: string;
  readonly properties?: Readonly<Record<string, Json>>;
  readonly relations?: Readonly<Record<string, Json>>;
  /** Default true. */
  readonly merge?: boolean;
}
export interface InTopic {
  /** Resolves once it is applied, or kept as a dead letter with the reason. */
  send(event: InTopicEvent): Promise<'applied' | 'duplicate' | 'dead-lettered'>;
}

export interface Zones {
  /** An asset is seen in `zones.publish` from now on. Throws NotAnAsset, ZonesNotConfigured. */
  publish(ref: ElementRef): Promise<void>;
  /** … and in `zones.default` again. */
  withdraw(ref: ElementRef): Promise<void>;
}

/** Names that the third party has for elements, scoped to this metadata source. */
export interface ExternalIds {
  attach(ref: ElementRef, id: ExternalId): Promise<void>;
  find(externalIdentifier: string): Promise<readonly ElementRef[]>;
  /** Stamps it as seen now. */
  confirm(ref: ElementRef, externalIdentifier: string): Promise<void>;
}

export interface TargetsContext {
  /** One that the connector found itself. */
  add(target: Target): void;
  remove(name: string): void;
}

/** What every context has, whichever services are declared. */
export interface CommonContext {
  readonly outTopic: OutTopic;
  readonly inTopic: InTopic;
  readonly listeners: Listeners;
  readonly targets: TargetsContext;
  readonly zones: Zones;
  readonly externalIds: ExternalIds;
  /** Of this instance's target; absent: none. */
  readonly endpoint: Endpoint | undefined;
  readonly direction: Direction;
  /** An include list wins over an exclude list; entries are names, `*` allowed. */
  shouldCatalogue(name: string, excluded?: readonly string[], included?: readonly string[]): boolean;
}

/** What one comparison counted. */
export interface Reconciled {
  readonly received: number;
  readonly refused: number;
  /** False: the run does not compare this blueprint now, so nothing was read. */
  readonly compared: boolean;
}

/** Everything of one blueprint, as the third party has it. */
export interface Reconciliation<TBlueprint extends BlueprintName = BlueprintName> {
  readonly blueprint: TBlueprint;
  /** All of them, in pages. What it throws ends the comparison: nothing is removed then. */
  readonly source$: AsyncIterable<readonly NewElement<TBlueprint>[]>;
  /** With `TO_THIRD_PARTY`: writes to the third party what differs. */
  readonly targetWrite?: TargetWrite<TBlueprint>;
}
export interface TargetWrite<TBlueprint extends BlueprintName = BlueprintName> {
  /** It is missing there, or differs. */
  upsert(element: Element<TBlueprint>): Promise<void>;
  /** It was synced, and is gone here. */
  remove(identifier: string): Promise<void>;
  /** Do both hold the same? Default: it has every property that we hold, with an equal value. */
  same?(here: Element<TBlueprint>, there: NewElement<TBlueprint>): boolean;
}

/** Another metadata source is the home of this element. */
export class NotHome extends FrameworkError {
  constructor(
    element: string,
    readonly home: string,
  ) {
    super('NOT_HOME', [element, home]);
    this.name = 'NotHome';
  }
}
/** `direction` of the entry or target does not allow this. */
export class DirectionNotPermitted extends FrameworkError {
  constructor(
    connector: string,
    readonly direction: string,
    readonly what: string,
  ) {
    super('DIRECTION_NOT_PERMITTED', [connector, direction, what]);
    this.name = 'DirectionNotPermitted';
  }
}
/** An element that is not valid; says every problem by its path. */
export class ElementRefused extends FrameworkError {
  constructor(
    element: string,
    readonly reason: string,
  ) {
    super('ELEMENT_REFUSED', [element, reason]);
    this.name = 'ElementRefused';
  }
}
export class ElementMissing extends FrameworkError {
  constructor(element: string) {
    super('ELEMENT_MISSING', [element]);
    this.name = 'ElementMissing';
  }
}
export class NotAnAsset extends FrameworkError {
  constructor(blueprint: string) {
    super('NOT_AN_ASSET', [blueprint]);
    this.name = 'NotAnAsset';
  }
}
export class ZonesNotConfigured extends FrameworkError {
  constructor(connector: string) {
    super('ZONES_NOT_CONFIGURED', [connector]);
    this.name = 'ZonesNotConfigured';
  }
}
