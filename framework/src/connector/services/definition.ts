import type { Direction, Service } from '../../contract';

/** `BOTH_DIRECTIONS` is a default of services only; nobody can write it yet. */
export const directions = ['FROM_THIRD_PARTY', 'TO_THIRD_PARTY', 'BOTH_DIRECTIONS', 'OTHER'] as const satisfies readonly DefaultDirection[];
export type DefaultDirection = Direction | 'BOTH_DIRECTIONS';

/** What a value may be: the part of JSON Schema that the services use. */
export interface Field {
  readonly type: 'string' | 'integer' | 'boolean' | 'object' | 'array';
  /** RFC 3339. */
  readonly format?: 'date-time';
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  /** Of a list. */
  readonly items?: Field;
  /** Of an object that has these members and no others. */
  readonly properties?: Fields;
  /** Of a map: what each value is. An object with neither holds anything. */
  readonly additionalProperties?: Field;
  readonly description?: string;
  /** It tells about a person: masked in logs and reports. */
  readonly personal?: boolean;
}
export type Fields = Readonly<Record<string, Field>>;

/** A link from an element to elements of one blueprint. */
export interface Relation {
  readonly target: string;
  /** The element is a part of its target and goes with it. */
  readonly anchor: boolean;
  readonly many: boolean;
  readonly required: boolean;
  /** Name of the first of the relations of which one stands for all; its own name when it stands alone. */
  readonly choice: string;
  readonly properties: Fields;
}

export interface Classification {
  readonly description?: string;
  readonly properties: Fields;
}

export const ANY = 'any';
export const ANY_ASSET = 'anyAsset';

/** A relation with an end that is open: `any` element or `anyAsset`. It is kept by the store; the portal, whose relations have one target, does not see it. */
export interface Link {
  readonly from: string;
  readonly to: string;
  readonly description: string;
  readonly properties: Fields;
  /** Made by the framework or the metadata source of others; a connector only reads it. */
  readonly readOnly: boolean;
}

/** What a blueprint is, bases laid in, parts of all services merged. */
export interface BlueprintDefinition {
  readonly identifier: string;
  readonly title: string;
  readonly description: string;
  readonly icon?: string;
  /** Services that define it, in the order of their names; none: a helper. */
  readonly definedBy: readonly Service[];
  /** Names of the bases its parts extend. */
  readonly bases: readonly string[];
  /** The open-metadata type, for exchange; none for blueprints of our own. */
  readonly source?: string;
  /** May be published and withdrawn. */
  readonly asset: boolean;
  readonly properties: Fields;
  readonly required: readonly string[];
  readonly relations: Readonly<Record<string, Relation>>;
  /** Those of this blueprint, without those of any element. */
  readonly classifications: Readonly<Record<string, Classification>>;
}

export interface BaseDefinition {
  readonly name: string;
  readonly extends?: string;
  /** With those of the base it extends. */
  readonly properties: Fields;
  readonly required: readonly string[];
  readonly relations: Readonly<Record<string, Relation>>;
}

export interface ServiceDefinition {
  readonly service: Service;
  readonly code: number;
  readonly description: string;
  /** Default of an entry whose connector uses this service alone. */
  readonly direction: DefaultDirection;
  /** Kind of the metadata source that is made on first use. */
  readonly sourceKind: string;
  readonly sourceClassifications: readonly string[];
  /** Blueprints whose elements a connector may write through this service, sorted. */
  readonly blueprints: readonly string[];
  /** Blueprints it only reads, sorted; `any` = all. */
  readonly reads: readonly string[];
  /** Links it may make, sorted. */
  readonly links: readonly string[];
  /** Classifications of any element that belong to this service, sorted. */
  readonly classifications: readonly string[];
}

/** Everything the twelve files say. */
export interface Catalogue {
  readonly services: ReadonlyMap<Service, ServiceDefinition>;
  readonly bases: ReadonlyMap<string, BaseDefinition>;
  readonly blueprints: ReadonlyMap<string, BlueprintDefinition>;
  readonly links: ReadonlyMap<string, Link>;
  /** Classifications that any element may bear. */
  readonly classifications: ReadonlyMap<string, Classification>;
}
