import { blueprintOf, catalogue, loadServices, serviceFiles, services } from './load-services';

interface File {
  [member: string]: unknown;
  service: string;
  uses?: string[];
  reads?: string[];
  links?: Record<string, unknown>;
  blueprints: Blueprint[];
}
interface Blueprint {
  [member: string]: unknown;
  identifier: string;
  schema: { required?: string[]; properties: Record<string, unknown> };
  relations?: Record<string, Record<string, unknown>>;
}

/** The files, changed by a hand. */
function changed(change: (file: (service: string) => File, blueprint: (service: string, name: string) => Blueprint) => void): () => unknown {
  const { base, helpers, services: files } = JSON.parse(JSON.stringify(serviceFiles)) as { base: unknown; helpers: unknown; services: File[] };
  const file = (service: string): File => files.find((one) => one.service === service)!;
  change(file, (service, name) => file(service).blueprints.find(({ identifier }) => identifier === name)!);
  return () => loadServices({ base, helpers, services: files });
}

it('reads twelve services, with code, default direction and source kind', () => {
  const facts = [...services.values()].map(({ service, code, direction, sourceKind }) => [service, code, direction.split('_')[0], sourceKind]);
  expect(facts).toEqual([
    ['analytics', 609, 'BOTH', 'SoftwareCapability'],
    ['api', 601, 'FROM', 'APIManager'],
    ['catalog', 600, 'BOTH', 'AssetManager'],
    ['database', 604, 'FROM', 'DatabaseManager'],
    ['display', 603, 'FROM', 'Application'],
    ['files', 605, 'FROM', 'DataManager'],
    ['infrastructure', 611, 'BOTH', 'Catalog'],
    ['lineage', 606, 'FROM', 'SoftwareCapability'],
    ['organization', 607, 'FROM', 'SoftwareCapability'],
    ['search', 610, 'TO', 'SoftwareCapability'],
    ['security', 608, 'TO', 'AccessControlManager'],
    ['topic', 602, 'FROM', 'EventBroker'],
  ]);
  expect(services.get('files')!.sourceClassifications).toEqual(['FileSystem']);
});

it('knows what each service writes and reads beside its own', () => {
  expect(services.get('database')!.blueprints).toEqual(expect.arrayContaining(['database', 'databaseSchema', 'table', 'view', 'column', 'connection', 'softwareCapability']));
  expect(services.get('security')).toMatchObject({ blueprints: ['securityGroup', 'userIdentity'], reads: ['actorProfile', 'itProfile', 'personRole', 'team'], classifications: ['SecurityTags'] });
  expect(services.get('search')!.reads).toEqual(['any']);
  // connectorType is written by infrastructure and catalog only.
  expect([...services.values()].filter(({ blueprints }) => blueprints.includes('connectorType')).map(({ service }) => service)).toEqual(['catalog', 'infrastructure']);
  expect(services.get('infrastructure')!.links).toEqual(expect.arrayContaining(['dataFlow', 'serverAssetUse']));
  expect([...services.values()].filter(({ links }) => links.includes('governs'))).toEqual([]);
});

it('lays bases in and spells words out', () => {
  const column = blueprintOf('column')!;
  expect(column.required).toEqual(['qualifiedName', 'displayName', 'dataType']);
  expect(column.properties).toMatchObject({
    effectiveFrom: { type: 'string', format: 'date-time' },
    additionalProperties: { type: 'object', additionalProperties: { type: 'string' } },
    aliases: { type: 'array', items: { type: 'string' } },
    maxCardinality: { type: 'integer', minimum: -1 },
    queries: { type: 'array', items: { type: 'object', properties: { query: { type: 'string' } } } },
  });
  expect(column.asset).toBe(false);
  expect(column.properties).not.toHaveProperty('zoneMembership');
});

it('makes one choice of relations that one name with a target behind it joins', () => {
  const choices = (name: string): unknown => Object.entries(blueprintOf(name)!.relations).map(([relation, { choice, required }]) => [relation, choice, required]);
  expect(choices('column')).toEqual([['table', 'table', true], ['tableView', 'table', true], ['foreignKey', 'foreignKey', false]]);
  expect(choices('softwareCapability')).toEqual([['deployedOn', 'deployedOn', false], ['deployedOnSoftwareServerPlatform', 'deployedOn', false], ['deployedOnSoftwareServer', 'deployedOn', false]]);
  // Whether one must be given is said by the first.
  expect(choices('schemaType')).toEqual(expect.arrayContaining([['parent', 'parent', false], ['parentDataFile', 'parent', false], ['parentDataFolder', 'parent', false]]));
  expect(choices('fileFolder')).toEqual([['fileFolder', 'fileFolder', false], ['fileSystem', 'fileSystem', false]]);
});

it('merges what several services say of one name', () => {
  const dataAsset = blueprintOf('dataAsset')!;
  expect(dataAsset).toMatchObject({ definedBy: ['catalog', 'infrastructure', 'lineage'], asset: true, required: ['qualifiedName'] });
  expect(Object.keys(dataAsset.properties)).toEqual(expect.arrayContaining(['technicalName', 'name', 'zoneMembership']));
  expect(Object.keys(dataAsset.classifications).sort()).toEqual(['businessSignificant', 'calculatedValue', 'referenceData']);
  expect(Object.keys(blueprintOf('softwareCapability')!.properties)).toEqual(expect.arrayContaining(['patchLevel', 'format', 'encryption']));
});

it('marks what tells about people', () => {
  const personal = [...catalogue.blueprints.values()].filter(({ properties }) => Object.values(properties).some((field) => field.personal === true));
  expect(personal.map(({ identifier }) => identifier).sort()).toEqual(['actorProfile', 'contactMethod', 'contributionRecord', 'personRole', 'team', 'userIdentity']);
  expect(Object.values(blueprintOf('userIdentity')!.properties).every((field) => field.personal === true)).toBe(true);
});

describe('files that are wrong are refused', () => {
  it.each<[string, RegExp, Parameters<typeof changed>[0]]>([
    ['a relation to nothing', /column\.table: there is no blueprint tabel/, (_, blueprint) => (blueprint('database', 'column').relations!['table']!['target'] = 'tabel')],
    ['two choices of anchors', /column: its anchors are not one choice/, (_, blueprint) => (blueprint('database', 'column').relations!['foreignKey'] = { target: 'column', anchor: true })],
    ['an anchor of many', /port: an anchor is one element/, (_, blueprint) => (blueprint('lineage', 'port').relations!['process']!['many'] = true)],
    ['a base that is not there', /table: there is no base Schema/, (_, blueprint) => (blueprint('database', 'table')['extends'] = 'Schema')],
    ['a name twice in a service', /table: it stands twice in database/, (file, blueprint) => void file('database').blueprints.push(blueprint('database', 'table'))],
    ['a service twice', /service api: there are two files/, (file) => void (file('topic').service = 'api')],
    ['a code twice', /two services have one code/, (file) => (file('topic')['code'] = 601)],
    ['a blueprint of another service', /table: it stands in database and says topic/, (_, blueprint) => (blueprint('database', 'table')['service'] = 'topic')],
    ['a required field that is not there', /table: it requires kind, which/, (_, blueprint) => void blueprint('database', 'table').schema.required!.push('kind')],
    ['a blueprint that does not require what its base does', /table: SchemaElement requires displayName/, (_, blueprint) => (blueprint('database', 'table').schema.required = ['qualifiedName'])],
    ['a field of another type than in its base', /table\.description: boolean here, string in SchemaElement/, (_, blueprint) => (blueprint('database', 'table').schema.properties['description'] = 'boolean')],
    ['parts that differ in a field', /dataAsset: its parts differ in the field summary/, (_, blueprint) => (blueprint('lineage', 'dataAsset').schema.properties['summary'] = 'list')],
    ['parts that differ in asset', /dataAsset: its parts differ in asset/, (_, blueprint) => (blueprint('lineage', 'dataAsset')['asset'] = false)],
    ['an asset without zones', /table: assets, and only assets/, (_, blueprint) => (blueprint('database', 'table')['asset'] = true)],
    ['a blueprint that nobody writes', /connectorType: no service writes it/, (file) => {
      for (const service of ['catalog', 'infrastructure']) file(service).uses = file(service).uses!.filter((name) => name !== 'connectorType');
    }],
    ['a use of nothing', /service topic: it uses nothing, which nobody defines/, (file) => void file('topic').uses!.push('nothing')],
    ['a read of nothing', /service topic: it reads nothing, which nobody defines/, (file) => void file('topic').reads!.push('nothing')],
    ['a link between two names', /link governs: both ends are named/, (file) => (file('security').links!['governs'] = { from: 'securityGroup', to: 'table', description: 'x' })],
    ['a link to nothing', /link governs: there is no blueprint tabel/, (file) => (file('security').links!['governs'] = { from: 'any', to: 'tabel', description: 'x' })],
    ['limits of a text', /table\.x: limits are for integers/, (_, blueprint) => (blueprint('database', 'table').schema.properties['x'] = { type: 'string', minimum: 1 })],
    ['a list of nothing', /table\.x: lists, and only lists, have items/, (_, blueprint) => (blueprint('database', 'table').schema.properties['x'] = { type: 'array' })],
    ['a member that is not known', /unrecognized_keys/, (_, blueprint) => (blueprint('database', 'table')['anchors'] = [])],
    ['a word that is not known', /invalid_union/, (_, blueprint) => (blueprint('database', 'table').schema.properties['x'] = 'text')],
  ])('%s', (_, message, change) => {
    expect(changed(change)).toThrow(message);
  });

  it('as they are they are right', () => {
    expect(changed(() => undefined)).not.toThrow();
  });
});
