// Generated from the service files by `UPDATE_GENERATED=1 npx jest --config framework/jest.config.js framework/src/connector/services/generated`.
import type { Base, Helper, Asset, DataStore, SoftwareCapability, SchemaElement, SchemaAttribute, SchemaType } from './base-types';

/** Who acts: a person, a team or a machine; typeName says which. */
export interface ActorProfileProperties extends Base {
  readonly typeName?: 'Person' | 'Team' | 'ITProfile' | null;
  readonly knownName: string;
  readonly description?: string | null;
}

/** A model that an analytics tool trains or runs. */
export interface AnalyticsModelProperties extends Asset {
  readonly modelKind?: string | null;
  readonly framework?: string | null;
  readonly version?: string | null;
  readonly stage?: string | null;
  readonly metrics?: Readonly<Record<string, unknown>> | null;
}

/** A deployed API. */
export type ApiProperties = Asset;

/** One call of an API: a path and its method. */
export interface ApiOperationProperties extends SchemaType {
  readonly path: string;
  readonly command?: string | null;
}

/** One parameter, or a field inside one. */
export interface ApiParameterProperties extends SchemaAttribute {
  readonly parameterType?: string | null;
}

/** The header, request or response of an operation. */
export interface ApiParameterListProperties extends SchemaType {
  readonly required?: boolean | null;
  readonly kind: 'HEADER' | 'REQUEST' | 'RESPONSE';
}

/** A column of a table or view. */
export interface ColumnProperties extends SchemaAttribute {
  readonly dataType: string;
  readonly formula?: string | null;
  readonly queries?: readonly { readonly queryId?: string | null; readonly query?: string | null; readonly queryTarget?: string | null }[] | null;
  readonly primaryKey?: { readonly name?: string | null; readonly keyPattern?: string | null } | null;
}

/** How a connector reaches an asset: endpoint, kind of connector and its configuration. */
export interface ConnectionProperties extends Helper {
  readonly displayName?: string | null;
  readonly description?: string | null;
  readonly userId?: string | null;
  readonly configurationProperties?: Readonly<Record<string, unknown>> | null;
  readonly securedProperties?: Readonly<Record<string, string>> | null;
}

/** A kind of connector: what its provider says about itself. */
export interface ConnectorTypeProperties extends Helper {
  readonly type?: string | null;
  readonly version?: string | null;
  readonly title?: string | null;
  readonly description?: string | null;
  readonly settings?: Readonly<Record<string, unknown>> | null;
  readonly component?: { readonly id?: number | null; readonly name?: string | null; readonly description?: string | null; readonly wikiUrl?: string | null; readonly status?: 'IN_DEVELOPMENT' | 'TECHNICAL_PREVIEW' | 'STABLE' | 'SAMPLE' | 'DEPRECATED' | null } | null;
  readonly services?: readonly string[] | null;
  readonly endpoints?: 'explicit' | 'learned' | 'both' | null;
  readonly targets?: readonly { readonly name?: string | null; readonly blueprint?: string | null; readonly deployedImplementationType?: string | null; readonly properties?: Readonly<Record<string, unknown>> | null }[] | null;
  readonly schedule?: { readonly every?: string | null; readonly engage?: boolean | null } | null;
}

/** How somebody is reached. */
export interface ContactMethodProperties {
  readonly name?: string | null;
  readonly contactType?: string | null;
  readonly contactMethodType: 'EMAIL' | 'PHONE' | 'CHAT' | 'PROFILE' | 'ACCOUNT' | 'OTHER';
  readonly contactMethodService?: string | null;
  readonly contactMethodValue: string;
  readonly effectiveFrom?: string | null;
  readonly effectiveTo?: string | null;
}

/** What somebody has contributed, as points. */
export interface ContributionRecordProperties extends Base {
  readonly karmaPoints?: number | null;
  readonly karmaPointPlateau?: number | null;
  readonly isPublic?: boolean | null;
}

/** Data of any kind: a data set, a store, a product of a tool. */
export interface DataAssetProperties extends Base {
  readonly technicalName?: string | null;
  readonly technicalDescription?: string | null;
  readonly versionIdentifier?: string | null;
  readonly displayName?: string | null;
  readonly summary?: string | null;
  readonly description?: string | null;
  readonly abbreviation?: string | null;
  readonly usage?: string | null;
  readonly isReferenceAsset?: boolean | null;
  readonly name?: string | null;
  readonly zoneMembership?: readonly string[] | null;
}

/** A group of fields in a form, report or query. */
export interface DataContainerProperties extends SchemaElement {
  readonly typeName?: 'DisplayDataContainer' | 'QueryDataContainer' | null;
  readonly elementPosition?: number | null;
  readonly minCardinality?: number | null;
  readonly maxCardinality?: number | null;
}

/** A field in a form, report or query. */
export interface DataFieldProperties extends SchemaAttribute {
  readonly typeName?: 'DisplayDataField' | 'QueryDataField' | null;
}

/** A file. By typeName, its structure is a TabularSchemaType of TabularColumn, an ObjectSchemaType of ObjectAttribute, or a DocumentSchemaType of DocumentSchemaAttribute. */
export interface DataFileProperties extends DataStore {
  readonly typeName?: 'CSVFile' | 'AvroFile' | 'JSONFile' | null;
  readonly fileType?: string | null;
}

/** A folder whose files together are one data set. */
export type DataFolderProperties = DataStore;

/** A database of a database server. */
export interface DatabaseProperties extends DataStore {
  readonly databaseType?: string | null;
  readonly databaseVersion?: string | null;
  readonly databaseInstance?: string | null;
  readonly databaseImportedFrom?: string | null;
}

/** A schema of a database: a name space for tables and views. */
export type DatabaseSchemaProperties = Asset;

/** An address at which a technology is reached. */
export interface EndpointProperties extends Helper {
  readonly displayName?: string | null;
  readonly description?: string | null;
  readonly address: string;
  readonly protocol?: string | null;
  readonly encryptionMethod?: string | null;
  readonly tags?: readonly string[] | null;
}

/** A field of an event, or a field inside one. */
export type EventSchemaAttributeProperties = SchemaAttribute;

/** One structure that events of a topic have; a topic may have several. */
export type EventTypeProperties = SchemaType;

/** A document or page elsewhere. */
export interface ExternalReferenceProperties extends Base {
  readonly displayName: string;
  readonly url?: string | null;
  readonly version?: string | null;
  readonly description?: string | null;
  readonly organization?: string | null;
}

/** A folder of a file system; the topmost one has no parent. */
export type FileFolderProperties = DataStore;

/** A form of an application. */
export type FormProperties = Asset;

/** A collection of terms and their meaning. */
export interface GlossaryProperties extends Base {
  readonly displayName: string;
  readonly description?: string | null;
  readonly language?: string | null;
  readonly usage?: string | null;
}

/** A group of terms in a glossary. */
export interface GlossaryCategoryProperties extends Base {
  readonly displayName: string;
  readonly description?: string | null;
}

/** A word of the business and what it means. */
export interface GlossaryTermProperties extends Base {
  readonly displayName: string;
  readonly summary?: string | null;
  readonly description?: string | null;
  readonly examples?: string | null;
  readonly abbreviation?: string | null;
  readonly usage?: string | null;
  readonly publishVersionIdentifier?: string | null;
  readonly status?: 'DRAFT' | 'PREPARED' | 'PROPOSED' | 'APPROVED' | 'REJECTED' | 'ACTIVE' | 'DEPRECATED' | 'OTHER' | null;
}

/** A machine, real or virtual, or a cluster of them. */
export type HostProperties = Asset;

/** The profile of a machine or program that acts by user identities of its own. */
export interface ItProfileProperties extends Base {
  readonly knownName?: string | null;
  readonly description?: string | null;
}

/** A role that people are appointed to. */
export interface PersonRoleProperties extends Base {
  readonly roleId: string;
  readonly scope?: string | null;
  readonly title?: string | null;
  readonly description?: string | null;
  readonly domainIdentifier?: number | null;
  readonly headCount?: number | null;
  readonly headCountLimitSet?: boolean | null;
}

/** Where data enters or leaves a process. */
export interface PortProperties extends Base {
  readonly displayName?: string | null;
  readonly portType: 'INPUT_PORT' | 'OUTPUT_PORT' | 'INOUT_PORT' | 'OUTIN_PORT' | 'OTHER';
}

/** Something that reads, changes or moves data. */
export interface ProcessProperties extends Asset {
  readonly formula?: string | null;
  readonly formulaType?: string | null;
  readonly implementationLanguage?: string | null;
  readonly status?: 'UNKNOWN' | 'DRAFT' | 'PROPOSED' | 'APPROVED' | 'ACTIVE' | null;
}

/** A query that forms and reports read. */
export type QueryProperties = Asset;

/** A report of an application. */
export interface ReportProperties extends Asset {
  readonly id?: string | null;
  readonly author?: string | null;
  readonly url?: string | null;
  readonly createTime?: string | null;
  readonly lastModifiedTime?: string | null;
  readonly lastModifier?: string | null;
}

/** One field of a structure. */
export interface SchemaAttributeProperties extends SchemaAttribute {
  readonly primaryKey?: { readonly name?: string | null; readonly keyPattern?: string | null } | null;
}

/** The structure of an asset, or a type that attributes and other types use. */
export type SchemaTypeProperties = SchemaType;

/** What a search index is told about one entity; it goes when the entity goes. */
export interface SearchDocumentProperties {
  readonly entityId: string;
  readonly blueprint: string;
  readonly text: string;
  readonly facets?: Readonly<Record<string, unknown>> | null;
  readonly zones?: readonly string[] | null;
  readonly updatedAt?: string | null;
}

/** A group that is given rights. */
export interface SecurityGroupProperties extends Base {
  readonly documentIdentifier: string;
  readonly title?: string | null;
  readonly summary?: string | null;
  readonly description?: string | null;
  readonly scope?: string | null;
  readonly domainIdentifier?: number | null;
  readonly status?: 'DRAFT' | 'PROPOSED' | 'ACTIVE' | 'DEPRECATED' | 'OTHER' | null;
  readonly priority?: string | null;
  readonly implications?: readonly string[] | null;
  readonly outcomes?: readonly string[] | null;
  readonly results?: readonly string[] | null;
  readonly distinguishedName?: string | null;
}

/** What a piece of software can do, such as a database manager, a file system or an event broker; typeName says which. */
export interface SoftwareCapabilityProperties extends SoftwareCapability {
  readonly format?: string | null;
  readonly encryption?: string | null;
}

/** A server on a platform. */
export interface SoftwareServerProperties extends Asset {
  readonly softwareServerType?: string | null;
  readonly softwareServerVersion?: string | null;
  readonly softwareServerSource?: string | null;
  readonly softwareServerUserId?: string | null;
}

/** The process in which software servers run. */
export interface SoftwareServerPlatformProperties extends Asset {
  readonly platformType?: string | null;
  readonly platformVersion?: string | null;
  readonly platformSource?: string | null;
  readonly platformUserId?: string | null;
}

/** A table. */
export interface TableProperties extends SchemaElement {
  readonly aliases?: readonly string[] | null;
}

/** A team or a department. */
export interface TeamProperties extends Base {
  readonly knownName: string;
  readonly description?: string | null;
  readonly teamType?: string | null;
  readonly identifier?: string | null;
}

/** A topic of an event broker; typeName KafkaTopic for Kafka. Partitions and replicas stand in additionalProperties. */
export interface TopicProperties extends Asset {
  readonly topicType?: string | null;
}

/** An account by which somebody signs in. */
export interface UserIdentityProperties extends Base {
  readonly userId: string;
  readonly distinguishedName?: string | null;
}

/** A value that a field may have, or a set of such values. */
export interface ValidValueProperties extends Helper {
  readonly displayName?: string | null;
  readonly description?: string | null;
  readonly usage?: string | null;
  readonly scope?: string | null;
  readonly preferredValue: string;
  readonly isDeprecated?: boolean | null;
}

/** A table that a query makes of others. */
export interface ViewProperties extends SchemaElement {
  readonly aliases?: readonly string[] | null;
  readonly formula: string;
  readonly queries?: readonly { readonly queryId?: string | null; readonly query?: string | null; readonly queryTarget?: string | null }[] | null;
}
