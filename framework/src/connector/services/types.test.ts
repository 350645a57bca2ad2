import type { ElementClassifications, ElementProperties, ElementRelations, ServiceBlueprints, ServiceReads } from '../../contract';
import { blueprintOf } from './load-services';
import { validateElement } from './validate-element';

/** Compiles only when the second holds for the first. */
type Is<TOne extends TOther, TOther> = [TOne, TOther];
export type Checks = [
  Is<'column', ServiceBlueprints['database']>,
  Is<ServiceReads['api'], never>,
  Is<'table', ServiceReads['search']>,
  Is<{ qualifiedName: string; displayName: string; dataType: string }, ElementProperties['column']>,
  Is<{ address: string }, ElementProperties['endpoint']>,
  Is<{ organizingPrinciple: string }, ElementClassifications['glossary']['taxonomy']>,
];

it('what compiles as an element is valid', () => {
  const properties: ElementProperties['column'] = { qualifiedName: 'c', displayName: 'c', dataType: 'int', primaryKey: { name: 'k' }, sortOrder: 'ASCENDING', length: null };
  const relations: ElementRelations['column'] = { tableView: 'v', foreignKey: ['c2', { to: 'c3', properties: { confidence: 1 } }] };
  expect(validateElement({ blueprint: 'column', identifier: 'c', properties, relations })).toEqual([]);
});

it('what is required does not compile when it is missing, nor does a foreign value', () => {
  // @ts-expect-error -- dataType is missing
  const column: ElementProperties['column'] = { qualifiedName: 'c', displayName: 'c' };
  // @ts-expect-error -- the anchor is missing
  const port: ElementRelations['port'] = {};
  // @ts-expect-error -- no such kind
  const kind: ElementProperties['apiParameterList']['kind'] = 'BODY';
  expect(validateElement({ blueprint: 'column', identifier: 'c', properties: column, relations: { table: 't' } })).toHaveLength(1);
  expect(validateElement({ blueprint: 'port', identifier: 'p', properties: { qualifiedName: 'p', portType: 'OTHER' }, relations: port })).toHaveLength(1);
  expect(blueprintOf('apiParameterList')!.properties['kind']!.enum).not.toContain(kind);
});
