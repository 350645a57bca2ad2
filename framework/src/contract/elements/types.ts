// Generated from the service files by `UPDATE_GENERATED=1 npx jest --config framework/jest.config.js framework/src/connector/services/generated`.
import type { ActorProfileProperties, AnalyticsModelProperties, ApiProperties, ApiOperationProperties, ApiParameterProperties, ApiParameterListProperties, ColumnProperties, ConnectionProperties, ConnectorTypeProperties, ContactMethodProperties, ContributionRecordProperties, DataAssetProperties, DataContainerProperties, DataFieldProperties, DataFileProperties, DataFolderProperties, DatabaseProperties, DatabaseSchemaProperties, EndpointProperties, EventSchemaAttributeProperties, EventTypeProperties, ExternalReferenceProperties, FileFolderProperties, FormProperties, GlossaryProperties, GlossaryCategoryProperties, GlossaryTermProperties, HostProperties, ItProfileProperties, PersonRoleProperties, PortProperties, ProcessProperties, QueryProperties, ReportProperties, SchemaAttributeProperties, SchemaTypeProperties, SearchDocumentProperties, SecurityGroupProperties, SoftwareCapabilityProperties, SoftwareServerProperties, SoftwareServerPlatformProperties, TableProperties, TeamProperties, TopicProperties, UserIdentityProperties, ValidValueProperties, ViewProperties } from './element-types';

export type * from './base-types';
export type * from './element-types';

/** The other end of a relation: its identifier, or that with fields of the relation. */
export type To<TFields = Record<string, never>> = string | { readonly to: string; readonly properties?: TFields };

/** Properties by blueprint. */
export interface ElementProperties {
  readonly actorProfile: ActorProfileProperties;
  readonly analyticsModel: AnalyticsModelProperties;
  readonly api: ApiProperties;
  readonly apiOperation: ApiOperationProperties;
  readonly apiParameter: ApiParameterProperties;
  readonly apiParameterList: ApiParameterListProperties;
  readonly column: ColumnProperties;
  readonly connection: ConnectionProperties;
  readonly connectorType: ConnectorTypeProperties;
  readonly contactMethod: ContactMethodProperties;
  readonly contributionRecord: ContributionRecordProperties;
  readonly dataAsset: DataAssetProperties;
  readonly dataContainer: DataContainerProperties;
  readonly dataField: DataFieldProperties;
  readonly dataFile: DataFileProperties;
  readonly dataFolder: DataFolderProperties;
  readonly database: DatabaseProperties;
  readonly databaseSchema: DatabaseSchemaProperties;
  readonly endpoint: EndpointProperties;
  readonly eventSchemaAttribute: EventSchemaAttributeProperties;
  readonly eventType: EventTypeProperties;
  readonly externalReference: ExternalReferenceProperties;
  readonly fileFolder: FileFolderProperties;
  readonly form: FormProperties;
  readonly glossary: GlossaryProperties;
  readonly glossaryCategory: GlossaryCategoryProperties;
  readonly glossaryTerm: GlossaryTermProperties;
  readonly host: HostProperties;
  readonly itProfile: ItProfileProperties;
  readonly personRole: PersonRoleProperties;
  readonly port: PortProperties;
  readonly process: ProcessProperties;
  readonly query: QueryProperties;
  readonly report: ReportProperties;
  readonly schemaAttribute: SchemaAttributeProperties;
  readonly schemaType: SchemaTypeProperties;
  readonly searchDocument: SearchDocumentProperties;
  readonly securityGroup: SecurityGroupProperties;
  readonly softwareCapability: SoftwareCapabilityProperties;
  readonly softwareServer: SoftwareServerProperties;
  readonly softwareServerPlatform: SoftwareServerPlatformProperties;
  readonly table: TableProperties;
  readonly team: TeamProperties;
  readonly topic: TopicProperties;
  readonly userIdentity: UserIdentityProperties;
  readonly validValue: ValidValueProperties;
  readonly view: ViewProperties;
}

export type BlueprintName = keyof ElementProperties;

/** Relations by blueprint. Of those that bear the name of the first with a blueprint behind it, one is given. */
export interface ElementRelations {
  readonly actorProfile: Record<string, never>;
  readonly analyticsModel: { readonly trainedOn?: readonly To[] | null; readonly produces?: readonly To[] | null; readonly describedBy?: readonly To[] | null };
  readonly api: { readonly endpoint: To; readonly apiManager?: To | null };
  readonly apiOperation: { readonly validValueSet?: To | null; readonly options?: readonly To[] | null; readonly from?: To | null; readonly to?: To | null; readonly type?: To | null; readonly api: To };
  readonly apiParameter: { readonly apiParameterList?: To | null; readonly apiParameterListApiParameter?: To | null };
  readonly apiParameterList: { readonly validValueSet?: To | null; readonly options?: readonly To[] | null; readonly from?: To | null; readonly to?: To | null; readonly type?: To | null; readonly apiOperation: To };
  readonly column: { readonly table?: To | null; readonly tableView?: To | null; readonly foreignKey?: readonly To<{ readonly name?: string | null; readonly description?: string | null; readonly confidence?: number | null; readonly steward?: string | null; readonly source?: string | null }>[] | null };
  readonly connection: { readonly connectorType?: To | null; readonly endpoint?: To | null; readonly embedded?: readonly To[] | null };
  readonly connectorType: Record<string, never>;
  readonly contactMethod: { readonly actorProfile?: To | null; readonly actorProfileTeam?: To | null; readonly actorProfileItProfile?: To | null };
  readonly contributionRecord: { readonly actorProfile?: To | null; readonly actorProfileTeam?: To | null; readonly actorProfileItProfile?: To | null };
  readonly dataAsset: { readonly relatedAsset?: readonly To[] | null; readonly connection?: To | null };
  readonly dataContainer: { readonly form?: To | null; readonly formReport?: To | null; readonly formQuery?: To | null; readonly formDataContainer?: To | null };
  readonly dataField: { readonly form?: To | null; readonly formReport?: To | null; readonly formQuery?: To | null; readonly formDataContainer?: To | null };
  readonly dataFile: { readonly fileFolder: To };
  readonly dataFolder: { readonly fileFolder?: To | null; readonly fileSystem?: To | null };
  readonly database: { readonly databaseManager?: To | null };
  readonly databaseSchema: { readonly database: To };
  readonly endpoint: Record<string, never>;
  readonly eventSchemaAttribute: { readonly eventType?: To | null; readonly eventTypeEventSchemaAttribute?: To | null };
  readonly eventType: { readonly validValueSet?: To | null; readonly options?: readonly To[] | null; readonly from?: To | null; readonly to?: To | null; readonly type?: To | null; readonly topic: To };
  readonly externalReference: Record<string, never>;
  readonly fileFolder: { readonly fileFolder?: To | null; readonly fileSystem?: To | null };
  readonly form: { readonly application?: To | null };
  readonly glossary: { readonly externalGlossaryLink?: readonly To[] | null };
  readonly glossaryCategory: { readonly glossary: To; readonly parent?: To | null };
  readonly glossaryTerm: { readonly glossary: To; readonly categories?: readonly To[] | null; readonly relatedTerm?: readonly To<{ readonly name?: string | null; readonly expression?: string | null; readonly description?: string | null; readonly status?: 'DRAFT' | 'ACTIVE' | 'DEPRECATED' | 'OBSOLETE' | 'OTHER' | null; readonly steward?: string | null; readonly source?: string | null }>[] | null };
  readonly host: { readonly clusterMember?: To | null };
  readonly itProfile: { readonly infrastructure?: To | null; readonly infrastructureSoftwareServerPlatform?: To | null; readonly infrastructureSoftwareServer?: To | null; readonly infrastructureSoftwareCapability?: To | null };
  readonly personRole: { readonly appointment?: readonly To<{ readonly effectiveFrom?: string | null; readonly effectiveTo?: string | null; readonly isPublic?: boolean | null }>[] | null; readonly teamPlayer?: readonly To<{ readonly position?: string | null; readonly leadershipPosition?: boolean | null }>[] | null };
  readonly port: { readonly process: To; readonly schemaType?: To | null; readonly delegatesTo?: To | null };
  readonly process: { readonly parent?: To<{ readonly containmentType?: 'OWNED' | 'USED' | 'OTHER' | null }> | null };
  readonly query: { readonly application?: To | null };
  readonly report: { readonly application?: To | null };
  readonly schemaAttribute: { readonly parent?: To | null; readonly parentSchemaAttribute?: To | null; readonly parentDataAsset?: To | null; readonly parentDataFile?: To | null; readonly parentDataFolder?: To | null; readonly foreignKey?: readonly To<{ readonly name?: string | null; readonly description?: string | null; readonly confidence?: number | null; readonly steward?: string | null; readonly source?: string | null }>[] | null };
  readonly schemaType: { readonly validValueSet?: To | null; readonly options?: readonly To[] | null; readonly from?: To | null; readonly to?: To | null; readonly type?: To | null; readonly parent?: To | null; readonly parentDataFile?: To | null; readonly parentDataFolder?: To | null };
  readonly searchDocument: Record<string, never>;
  readonly securityGroup: Record<string, never>;
  readonly softwareCapability: { readonly deployedOn?: To<{ readonly deploymentTime?: string | null; readonly deployer?: string | null; readonly deployerTypeName?: string | null; readonly deployerPropertyName?: string | null; readonly deploymentStatus?: 'DISABLED' | 'ENABLED' | null }> | null; readonly deployedOnSoftwareServerPlatform?: To<{ readonly deploymentTime?: string | null; readonly deployer?: string | null; readonly deployerTypeName?: string | null; readonly deployerPropertyName?: string | null; readonly deploymentStatus?: 'DISABLED' | 'ENABLED' | null }> | null; readonly deployedOnSoftwareServer?: To<{ readonly deploymentTime?: string | null; readonly deployer?: string | null; readonly deployerTypeName?: string | null; readonly deployerPropertyName?: string | null; readonly deploymentStatus?: 'DISABLED' | 'ENABLED' | null }> | null };
  readonly softwareServer: { readonly deployedOn?: To<{ readonly deploymentTime?: string | null; readonly deployer?: string | null; readonly deployerTypeName?: string | null; readonly deployerPropertyName?: string | null; readonly deploymentStatus?: 'DISABLED' | 'ENABLED' | null }> | null; readonly endpoints?: readonly To[] | null };
  readonly softwareServerPlatform: { readonly deployedOn?: To<{ readonly deploymentTime?: string | null; readonly deployer?: string | null; readonly deployerTypeName?: string | null; readonly deployerPropertyName?: string | null; readonly deploymentStatus?: 'DISABLED' | 'ENABLED' | null }> | null };
  readonly table: { readonly databaseSchema?: To | null; readonly databaseSchemaDatabase?: To | null };
  readonly team: { readonly teamHierarchy?: To<{ readonly delegationEscalationAuthority?: boolean | null }> | null };
  readonly topic: { readonly eventBroker?: To | null };
  readonly userIdentity: { readonly profileIdentity?: To<{ readonly roleTypeName?: string | null; readonly role?: string | null; readonly description?: string | null }> | null; readonly profileIdentityTeam?: To<{ readonly roleTypeName?: string | null; readonly role?: string | null; readonly description?: string | null }> | null; readonly profileIdentityItProfile?: To<{ readonly roleTypeName?: string | null; readonly role?: string | null; readonly description?: string | null }> | null };
  readonly validValue: { readonly sets?: readonly To[] | null };
  readonly view: { readonly databaseSchema?: To | null; readonly databaseSchemaDatabase?: To | null };
}

/** Links with an open end, by name: their fields. */
export interface LinkProperties {
  readonly asset: Record<string, never>;
  readonly validValueAssignment: { readonly strictRequirement?: boolean | null };
  readonly referenceTag: { readonly attributeName?: string | null; readonly confidence?: number | null; readonly steward?: string | null; readonly notes?: string | null };
  readonly externalReferenceLink: { readonly linkId?: string | null; readonly linkDescription?: string | null };
  readonly serverAssetUse: { readonly useType?: 'OWNS' | 'GOVERNS' | 'MAINTAINS' | 'USES' | 'OTHER' | null; readonly description?: string | null; readonly minimumInstances?: number | null; readonly maximumInstances?: number | null };
  readonly dataFlow: { readonly qualifiedName?: string | null; readonly description?: string | null; readonly formula?: string | null; readonly formulaType?: string | null };
  readonly controlFlow: { readonly qualifiedName?: string | null; readonly description?: string | null; readonly guard?: string | null };
  readonly processCall: { readonly qualifiedName?: string | null; readonly description?: string | null; readonly formula?: string | null; readonly formulaType?: string | null };
  readonly lineageMapping: { readonly qualifiedName?: string | null; readonly description?: string | null };
  readonly governs: Record<string, never>;
}

/** Classifications that any element may bear: their fields. */
export interface AnyClassifications {
  readonly Memento: { readonly archiveDate?: string | null; readonly archiveProcess?: string | null; readonly archiveProperties?: Readonly<Record<string, string>> | null };
  readonly Incomplete: Record<string, never>;
  readonly SecurityTags: { readonly securityLabels?: readonly string[] | null; readonly securityProperties?: Readonly<Record<string, unknown>> | null; readonly accessGroups?: Readonly<Record<string, readonly string[]>> | null };
}

/** Further classifications, by blueprint. */
export interface ElementClassifications {
  readonly actorProfile: Record<string, never>;
  readonly analyticsModel: Record<string, never>;
  readonly api: Record<string, never>;
  readonly apiOperation: Record<string, never>;
  readonly apiParameter: Record<string, never>;
  readonly apiParameterList: Record<string, never>;
  readonly column: Record<string, never>;
  readonly connection: Record<string, never>;
  readonly connectorType: Record<string, never>;
  readonly contactMethod: Record<string, never>;
  readonly contributionRecord: Record<string, never>;
  readonly dataAsset: { readonly referenceData: Record<string, never>; readonly businessSignificant: Record<string, never>; readonly calculatedValue: { readonly formula?: string | null } };
  readonly dataContainer: Record<string, never>;
  readonly dataField: Record<string, never>;
  readonly dataFile: Record<string, never>;
  readonly dataFolder: Record<string, never>;
  readonly database: Record<string, never>;
  readonly databaseSchema: Record<string, never>;
  readonly endpoint: Record<string, never>;
  readonly eventSchemaAttribute: Record<string, never>;
  readonly eventType: Record<string, never>;
  readonly externalReference: Record<string, never>;
  readonly fileFolder: Record<string, never>;
  readonly form: Record<string, never>;
  readonly glossary: { readonly taxonomy: { readonly organizingPrinciple?: string | null }; readonly canonicalVocabulary: { readonly scope?: string | null } };
  readonly glossaryCategory: Record<string, never>;
  readonly glossaryTerm: { readonly abstractConcept: Record<string, never>; readonly dataValue: Record<string, never>; readonly activity: { readonly activityType?: 'OPERATION' | 'ACTION' | 'TASK' | 'PROCESS' | 'PROJECT' | 'OTHER' | null }; readonly context: Record<string, never>; readonly spineObject: Record<string, never>; readonly spineAttribute: Record<string, never>; readonly objectIdentifier: Record<string, never> };
  readonly host: Record<string, never>;
  readonly itProfile: Record<string, never>;
  readonly personRole: Record<string, never>;
  readonly port: Record<string, never>;
  readonly process: Record<string, never>;
  readonly query: Record<string, never>;
  readonly report: Record<string, never>;
  readonly schemaAttribute: { readonly businessSignificant: Record<string, never>; readonly calculatedValue: { readonly formula?: string | null } };
  readonly schemaType: { readonly businessSignificant: Record<string, never>; readonly calculatedValue: { readonly formula?: string | null } };
  readonly searchDocument: Record<string, never>;
  readonly securityGroup: Record<string, never>;
  readonly softwareCapability: Record<string, never>;
  readonly softwareServer: { readonly serverPurpose: Record<string, never> };
  readonly softwareServerPlatform: Record<string, never>;
  readonly table: Record<string, never>;
  readonly team: Record<string, never>;
  readonly topic: Record<string, never>;
  readonly userIdentity: Record<string, never>;
  readonly validValue: Record<string, never>;
  readonly view: Record<string, never>;
}

/** What a connector may write through each service. */
export interface ServiceBlueprints {
  readonly analytics: 'analyticsModel' | 'dataAsset' | 'glossaryTerm';
  readonly api: 'api' | 'apiOperation' | 'apiParameter' | 'apiParameterList' | 'endpoint' | 'schemaAttribute' | 'schemaType' | 'softwareCapability' | 'validValue';
  readonly catalog: 'connection' | 'connectorType' | 'dataAsset' | 'endpoint' | 'externalReference' | 'glossary' | 'glossaryCategory' | 'glossaryTerm' | 'process' | 'schemaAttribute' | 'schemaType' | 'validValue';
  readonly database: 'column' | 'connection' | 'database' | 'databaseSchema' | 'endpoint' | 'schemaAttribute' | 'schemaType' | 'softwareCapability' | 'table' | 'validValue' | 'view';
  readonly display: 'dataContainer' | 'dataField' | 'form' | 'query' | 'report' | 'softwareCapability';
  readonly files: 'connection' | 'dataFile' | 'dataFolder' | 'endpoint' | 'fileFolder' | 'schemaAttribute' | 'schemaType' | 'softwareCapability' | 'validValue';
  readonly infrastructure: 'connection' | 'connectorType' | 'contactMethod' | 'dataAsset' | 'endpoint' | 'host' | 'itProfile' | 'process' | 'schemaAttribute' | 'schemaType' | 'softwareCapability' | 'softwareServer' | 'softwareServerPlatform' | 'userIdentity';
  readonly lineage: 'dataAsset' | 'port' | 'process' | 'schemaAttribute' | 'schemaType';
  readonly organization: 'actorProfile' | 'contactMethod' | 'contributionRecord' | 'personRole' | 'securityGroup' | 'team' | 'userIdentity';
  readonly search: 'searchDocument';
  readonly security: 'securityGroup' | 'userIdentity';
  readonly topic: 'connection' | 'endpoint' | 'eventSchemaAttribute' | 'eventType' | 'schemaAttribute' | 'schemaType' | 'softwareCapability' | 'topic' | 'validValue';
}

/** What it may only read there. */
export interface ServiceReads {
  readonly analytics: 'glossary' | 'glossaryCategory';
  readonly api: never;
  readonly catalog: never;
  readonly database: 'connectorType';
  readonly display: never;
  readonly files: 'connectorType';
  readonly infrastructure: never;
  readonly lineage: never;
  readonly organization: never;
  readonly search: BlueprintName;
  readonly security: 'actorProfile' | 'itProfile' | 'personRole' | 'team';
  readonly topic: 'connectorType';
}

/** Links it may make there. */
export interface ServiceLinks {
  readonly analytics: never;
  readonly api: 'referenceTag' | 'serverAssetUse' | 'validValueAssignment';
  readonly catalog: 'asset' | 'externalReferenceLink' | 'referenceTag' | 'validValueAssignment';
  readonly database: 'asset' | 'referenceTag' | 'serverAssetUse' | 'validValueAssignment';
  readonly display: 'serverAssetUse';
  readonly files: 'asset' | 'referenceTag' | 'serverAssetUse' | 'validValueAssignment';
  readonly infrastructure: 'asset' | 'controlFlow' | 'dataFlow' | 'lineageMapping' | 'processCall' | 'serverAssetUse';
  readonly lineage: 'controlFlow' | 'dataFlow' | 'lineageMapping' | 'processCall';
  readonly organization: never;
  readonly search: never;
  readonly security: never;
  readonly topic: 'asset' | 'referenceTag' | 'serverAssetUse' | 'validValueAssignment';
}

