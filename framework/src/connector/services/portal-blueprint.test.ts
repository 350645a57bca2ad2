import { catalogue, services } from './load-services';
import { portalBlueprint, portalBlueprints } from './portal-blueprint';

const names = [...catalogue.blueprints.keys()];

it('is what the portal knows: types, titles, links without fields', () => {
  const column = portalBlueprint(catalogue.blueprints.get('column')!);
  expect(column).toMatchObject({ identifier: 'column', title: 'Column', icon: expect.any(String) });
  expect(column.schema.properties).toMatchObject({
    qualifiedName: { type: 'string', title: 'Qualified name' },
    effectiveFrom: { type: 'string', format: 'date-time' },
    length: { type: 'number' },
    isNullable: { type: 'boolean' },
    additionalProperties: { type: 'object' },
    aliases: { type: 'array', items: { type: 'string' } },
    sortOrder: { type: 'string', enum: ['UNKNOWN', 'ASCENDING', 'DESCENDING', 'UNSORTED'] },
  });
  expect(column.relations).toEqual({
    table: { target: 'table', title: 'Table', required: false, many: false },
    tableView: { target: 'view', title: 'Table view', required: false, many: false },
    foreignKey: { target: 'column', title: 'Foreign key', required: false, many: true },
  });
});

it('every property is of a type of the portal and holds nothing else', () => {
  for (const { schema } of portalBlueprints(names)) {
    for (const property of Object.values(schema.properties)) {
      expect(['string', 'number', 'boolean', 'object', 'array']).toContain(property.type);
      expect(Object.keys(property).filter((member) => !['type', 'format', 'title', 'enum', 'items', 'description'].includes(member))).toEqual([]);
    }
  }
});

it('no relation leads to a blueprint that the portal does not get', () => {
  for (const { blueprints } of [{ blueprints: names }, ...services.values()]) {
    const made = portalBlueprints(blueprints);
    expect(made.map(({ identifier }) => identifier)).toEqual(blueprints);
    for (const { relations } of made) for (const { target } of Object.values(relations!)) expect(blueprints).toContain(target);
  }
  expect(portalBlueprints(['table', 'unknown', 'table'])).toEqual([expect.objectContaining({ identifier: 'table', relations: {} })]);
});
