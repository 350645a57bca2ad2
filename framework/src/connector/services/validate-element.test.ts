import { catalogue } from './load-services';
import { sampleElement, sampleElements, sampleValue } from './samples';
import { choicesOf, classificationsOf, validateClassification, validateElement, validateLink, type GivenElement } from './validate-element';

const blueprints = [...catalogue.blueprints.values()];
const texts = (element: GivenElement, partial = false): string[] => validateElement(element, { partial }).map(({ path, message }) => `${path} ${message}`);
const named = blueprints.map((blueprint) => [blueprint.identifier, blueprint] as const);

describe.each(named)('%s', (_, blueprint) => {
  const minimal = sampleElement(blueprint);
  const full = sampleElement(blueprint, { full: true });

  it('is valid with what it requires, and with all it may have', () => {
    expect(validateElement(minimal)).toEqual([]);
    expect(validateElement(full)).toEqual([]);
    expect(Object.keys(full.properties).sort()).toEqual(Object.keys(blueprint.properties).sort());
    expect(Object.keys(full.classifications).sort()).toEqual([...classificationsOf(blueprint).keys()].sort());
  });

  it('is refused without any of what it requires, but not as a part', () => {
    for (const name of blueprint.required) {
      const { [name]: _left, ...properties } = full.properties;
      expect(texts({ ...full, properties })).toEqual([`properties.${name} is required; give it`]);
      expect(texts({ ...full, properties: { ...properties, [name]: null } })).toEqual([`properties.${name} is required; it cannot be null`]);
      expect(texts({ ...full, properties }, true)).toEqual([]);
      expect(texts({ ...full, properties: { [name]: null } }, true)).toEqual([`properties.${name} is required; it cannot be null`]);
    }
  });

  it('is refused with a value of another type, with a foreign value and beyond the limits, field by field', () => {
    for (const [name, field] of Object.entries(blueprint.properties)) {
      const problems = (value: unknown): string[] => texts({ ...full, properties: { ...full.properties, [name]: value } });
      expect(problems(field.type === 'boolean' ? 'true' : true)).toEqual([expect.stringMatching(new RegExp(`^properties\\.${name} is .*; give `))]);
      if (field.enum !== undefined) expect(problems('OTHERWISE')).toEqual([expect.stringMatching(/ is none of its values; give /)]);
      for (const value of field.enum ?? []) expect(problems(value)).toEqual([]);
      if (field.format === 'date-time') expect(problems('yesterday')).toEqual([expect.stringMatching(/ is no date-time; give RFC 3339/)]);
      if (field.type === 'integer') expect(problems(1.5)).toEqual([expect.stringMatching(/ is a number with a fraction; give an integer/)]);
      if (field.minimum !== undefined) expect(problems(field.minimum - 1)).toEqual([expect.stringMatching(/ is out of its limits; give /)]);
    }
  });

  it('has exactly one of each choice that it requires, at most one of the others', () => {
    for (const [first = '', ...others] of choicesOf(blueprint.relations)) {
      const { [first]: value = [], ...rest } = full.relations;
      const must = blueprint.relations[first]!.required;
      expect(texts({ ...full, relations: rest })).toHaveLength(must ? 1 : 0);
      expect(texts({ ...full, relations: { ...rest, [first]: null } })).toHaveLength(must ? 1 : 0);
      expect(texts({ ...full, relations: rest }, true)).toEqual([]);
      for (const other of others) {
        expect(texts({ ...full, relations: { ...rest, [other]: 'x' } })).toEqual([]);
        expect(texts({ ...full, relations: { ...rest, [first]: value, [other]: 'x' } })).toEqual([expect.stringMatching(/ stands beside .*; give one of /)]);
      }
    }
  });

  it('says where fields go that it does not have', () => {
    const [problem] = texts({ ...minimal, properties: { ...minimal.properties, qqqqqqqqqq: 1 } });
    expect(problem).toMatch(new RegExp(`^properties\\.qqqqqqqqqq is not a field of ${blueprint.identifier}`));
    expect(problem!.includes('extendedProperties')).toBe('extendedProperties' in blueprint.properties);
  });
});

describe('an element', () => {
  const column = { blueprint: 'column', identifier: 'c', properties: { qualifiedName: 'c', displayName: 'c', dataType: 'int' }, relations: { table: 't' } };

  it('samples stand behind what they are anchored to', () => {
    const order = sampleElements().map(({ blueprint }) => blueprint);
    expect(order).toHaveLength(blueprints.length);
    for (const [whole, part] of [['database', 'databaseSchema'], ['databaseSchema', 'table'], ['view', 'column'], ['fileFolder', 'dataFile'], ['actorProfile', 'contactMethod']] as const) expect(order.indexOf(whole)).toBeLessThan(order.indexOf(part));
  });

  it.each<[string, GivenElement, readonly string[]]>([
    ['an unknown blueprint', { ...column, blueprint: 'colum' }, ["blueprint there is no blueprint 'colum'; did you mean 'column'?"]],
    ['no identifier', { ...column, identifier: '' }, ['identifier is empty; give text that names the thing on the other side']],
    ['a number as identifier', { ...column, identifier: 5n }, ['identifier is a number; give text that names the thing on the other side']],
    ['a mistyped field', { ...column, properties: { ...column.properties, isNulable: true } }, ["properties.isNulable is not a field of column; did you mean 'isNullable'?; fields of a subtype go into extendedProperties, other text into additionalProperties"]],
    ['a member of Object', { ...column, properties: { ...column.properties, constructor: 'x' } }, [expect.stringMatching(/^properties\.constructor is not a field of column/)]],
    ['properties that are none', { ...column, properties: [] }, ['properties is a list; give an object']],
    ['an inner member', { ...column, properties: { ...column.properties, primaryKey: { nam: 'x', keyPattern: 7 } } }, ["properties.primaryKey.nam is not a field of properties.primaryKey; did you mean 'name'?", 'properties.primaryKey.keyPattern is a number; give text']],
    ['items of a list', { ...column, properties: { ...column.properties, aliases: ['a', null], queries: [{ query: true }] } }, ['properties.aliases[1] is null; give text', 'properties.queries[0].query is a boolean; give text']],
    ['values of a map', { ...column, properties: { ...column.properties, additionalProperties: { a: 'b', c: {} } } }, ['properties.additionalProperties.c is an object; give text']],
    ['a mistyped relation', { ...column, relations: { tabel: 't' } }, ["relations.tabel is not a relation of column; did you mean 'table'?", 'relations.table one of table, tableView is required; give it']],
    ['a link as a relation', { ...column, relations: { table: 't', referenceTag: ['v'] } }, ['relations.referenceTag is a link with an open end; make it by a call of its own']],
    ['one where there are many', { ...column, relations: { table: 't', foreignKey: 'c2' } }, ['relations.foreignKey is text; give a list, it may have many']],
    ['many where there is one', { ...column, relations: { table: ['t'] } }, ['relations.table is a list; give the identifier of the other end, or {to, properties}']],
    ['fields of a relation', { ...column, relations: { table: 't', foreignKey: ['c2', { to: 'c3', properties: { confidence: 101, nam: 'x' } }, { to: '', at: 1 }] } }, [
      'relations.foreignKey[1].properties.confidence is out of its limits; give 0 to 100',
      "relations.foreignKey[1].properties.nam is not a field of relation foreignKey; did you mean 'name'?",
      'relations.foreignKey[2] is empty; give the identifier of the other end, or {to, properties}',
      'relations.foreignKey[2].at is not known here; give {to, properties}',
    ]],
    ['a foreign classification', { ...column, classifications: { taxonomy: {} } }, ['classifications.taxonomy is not a classification of column; known are Memento, Incomplete, SecurityTags']],
    ['fields of a classification', { ...column, classifications: { SecurityTags: { accessGroups: { readers: ['a', 1] } } } }, ['classifications.SecurityTags.accessGroups.readers[1] is a number; give text']],
  ])('is refused with %s', (_, element, expected) => {
    expect(texts(element)).toEqual(expected);
  });

  it('as a part may leave an anchor out, but not clear it', () => {
    expect(texts({ ...column, relations: {} }, true)).toEqual([]);
    expect(texts({ ...column, relations: { table: null } }, true)).toEqual(['relations.table one of table, tableView is required; give it']);
    expect(texts({ ...column, relations: { table: null, tableView: 'v' } }, true)).toEqual([]);
    expect(texts({ blueprint: 'port', identifier: 'p', relations: { process: null } }, true)).toEqual(['relations.process is required; it cannot be null']);
  });

  it('problems never hold a value', () => {
    const problems = texts({ blueprint: 'contactMethod', identifier: 'm', properties: { contactMethodType: 'secret-1', contactMethodValue: ['secret-2'], effectiveFrom: 'secret-3' }, relations: { actorProfile: 4 } });
    expect(problems).toHaveLength(4);
    expect(problems.join()).not.toContain('secret');
  });

  it.each(['2026-03-01T12:00:00Z', '2026-03-01T12:00:00.123456+05:30', '2024-02-29t00:00:00z', '2016-12-31T23:59:60Z'])('%s is a date-time', (effectiveFrom) => {
    expect(texts({ ...column, properties: { ...column.properties, effectiveFrom } })).toEqual([]);
  });

  it.each(['2026-02-29T00:00:00Z', '2026-13-01T00:00:00Z', '2026-00-01T00:00:00Z', '2026-01-00T00:00:00Z', '2026-01-01T24:00:00Z', '2026-01-01T00:60:00Z', '2026-01-01T00:00:00', '2026-01-01', '2026-01-01T00:00:00+24:00'])('%s is none', (effectiveFrom) => {
    expect(texts({ ...column, properties: { ...column.properties, effectiveFrom } })).toHaveLength(1);
  });

  it('integers beyond 2^53 are integers', () => {
    expect(texts({ ...column, properties: { ...column.properties, length: 9_007_199_254_740_993n, minimumLength: 0 } })).toEqual([]);
    expect(texts({ ...column, properties: { ...column.properties, length: -1n } })).toEqual(['properties.length is out of its limits; give 0 or more']);
    expect(texts({ ...column, properties: { ...column.properties, length: 2 ** 60 } })).toEqual(['properties.length is a number that is not exact; give an integer']);
  });
});

describe('a link', () => {
  const link = (relation: string, from: string, to: string, properties?: unknown): string[] =>
    validateLink({ relation, from: { blueprint: from, identifier: 'a' }, to: { blueprint: to, identifier: 'b' }, properties }).map(({ path, message }) => `${path} ${message}`);

  it.each([
    ['foreignKey', 'column', 'column', { confidence: 50 }],
    ['dataFlow', 'table', 'dataFile', { formula: 'x' }],
    ['serverAssetUse', 'softwareCapability', 'database', { useType: 'OWNS' }],
    ['externalReferenceLink', 'topic', 'externalReference', undefined],
    ['asset', 'connection', 'topic', undefined],
  ])('%s from %s to %s', (relation, from, to, properties) => {
    expect(link(relation, from, to, properties)).toEqual([]);
  });

  it.each([
    [['foreignKey', 'column', 'table'], ["to.blueprint 'foreignKey' leads to column, not to table"]],
    [['serverAssetUse', 'softwareCapability', 'table'], ["to.blueprint 'serverAssetUse' leads to an asset, not to table"]],
    [['serverAssetUse', 'host', 'database'], [expect.stringMatching(/^relation host has no relation 'serverAssetUse'/)]],
    [['dataFlw', 'table', 'table'], ["relation table has no relation 'dataFlw'; did you mean 'dataFlow'?"]],
    [['governs', 'securityGroup', 'table'], ["relation 'governs' is only read; its source makes it"]],
    [['dataFlow', 'tabel', 'table'], ["from.blueprint there is no blueprint 'tabel'; did you mean 'table'?"]],
    [['dataFlow', 'table', 'tabel'], ["to.blueprint there is no blueprint 'tabel'; did you mean 'table'?"]],
    [['dataFlow', 'table', 'table', { guard: 1 }], [expect.stringMatching(/^properties\.guard is not a field of relation dataFlow/)]],
  ] as const)('%j is refused', ([relation, from, to, properties], expected) => {
    expect(link(relation, from, to, properties)).toEqual(expected);
  });
});

it('a classification has fields of its own', () => {
  expect(validateClassification('glossary', 'taxonomy', { organizingPrinciple: 'x' })).toEqual([]);
  expect(validateClassification('glossary', 'taxonomy')).toEqual([]);
  expect(validateClassification('table', 'taxonomy')).toHaveLength(1);
  expect(validateClassification('tabel', 'taxonomy')).toHaveLength(1);
  expect(validateClassification('glossaryTerm', 'activity', { activityType: 'NAP' })).toHaveLength(1);
  expect(sampleValue('x', { type: 'string', enum: ['A', 'B'] })).toBe('A');
});
