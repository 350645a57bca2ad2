// Generated from the service files by `UPDATE_GENERATED=1 npx jest --config framework/jest.config.js framework/src/connector/services/generated`.

export interface Base {
  readonly qualifiedName: string;
  readonly additionalProperties?: Readonly<Record<string, string>> | null;
  readonly effectiveFrom?: string | null;
  readonly effectiveTo?: string | null;
  readonly vendorProperties?: Readonly<Record<string, string>> | null;
  readonly typeName?: string | null;
  readonly extendedProperties?: Readonly<Record<string, unknown>> | null;
}

export interface Helper {
  readonly qualifiedName?: string | null;
  readonly additionalProperties?: Readonly<Record<string, string>> | null;
  readonly effectiveFrom?: string | null;
  readonly effectiveTo?: string | null;
  readonly vendorProperties?: Readonly<Record<string, string>> | null;
  readonly typeName?: string | null;
  readonly extendedProperties?: Readonly<Record<string, unknown>> | null;
}

export interface Asset extends Base {
  readonly name: string;
  readonly versionIdentifier?: string | null;
  readonly displayName?: string | null;
  readonly description?: string | null;
  readonly zoneMembership?: readonly string[] | null;
}

export interface DataStore extends Asset {
  readonly pathName?: string | null;
  readonly createTime?: string | null;
  readonly modifiedTime?: string | null;
  readonly encodingType?: string | null;
  readonly encodingLanguage?: string | null;
  readonly encodingDescription?: string | null;
  readonly encodingProperties?: Readonly<Record<string, string>> | null;
}

export interface SoftwareCapability extends Base {
  readonly displayName?: string | null;
  readonly description?: string | null;
  readonly typeDescription?: string | null;
  readonly version?: string | null;
  readonly patchLevel?: string | null;
  readonly source?: string | null;
}

export interface SchemaElement extends Base {
  readonly displayName: string;
  readonly description?: string | null;
  readonly isDeprecated?: boolean | null;
}

export interface SchemaAttribute extends SchemaElement {
  readonly elementPosition?: number | null;
  readonly minCardinality?: number | null;
  readonly maxCardinality?: number | null;
  readonly allowsDuplicateValues?: boolean | null;
  readonly orderedValues?: boolean | null;
  readonly sortOrder?: 'UNKNOWN' | 'ASCENDING' | 'DESCENDING' | 'UNSORTED' | null;
  readonly minimumLength?: number | null;
  readonly length?: number | null;
  readonly precision?: number | null;
  readonly isNullable?: boolean | null;
  readonly aliases?: readonly string[] | null;
  readonly dataType?: string | null;
  readonly defaultValue?: string | null;
  readonly fixedValue?: string | null;
  readonly defaultValueOverride?: string | null;
  readonly externalType?: string | null;
  readonly validValueSet?: string | null;
}

export interface SchemaType extends SchemaElement {
  readonly versionNumber?: string | null;
  readonly author?: string | null;
  readonly usage?: string | null;
  readonly encodingStandard?: string | null;
  readonly namespace?: string | null;
  readonly variant?: 'primitive' | 'literal' | 'enum' | 'struct' | 'choice' | 'map' | 'external' | null;
  readonly dataType?: string | null;
  readonly defaultValue?: string | null;
  readonly fixedValue?: string | null;
}
