import type { Mapping } from '../../contract';
import type { Json } from '../../shared';
import { compileMapping, selectorHash } from './compile-mapping';
import { newMapReport } from './report';
import { LIMITS } from './test/both-engines';
import { compile, mappingOf, mapWith } from './test/map-one';

const resource = mappingOf({}).resources[0]!;

describe('options (1)', () => {
  it('have defaults', () => {
    expect(compile({ resources: [] }).options).toEqual({ deleteDependentEntities: true, createMissingRelatedEntities: true, enableMergeEntity: true, entityDeletionThreshold: 0.9 });
  });
  it('are taken as given, a threshold null is 0', () => {
    const given = { deleteDependentEntities: false, createMissingRelatedEntities: false, enableMergeEntity: false, entityDeletionThreshold: null, resources: [] };
    expect(compile(given).options).toEqual({ deleteDependentEntities: false, createMissingRelatedEntities: false, enableMergeEntity: false, entityDeletionThreshold: 0 });
  });
});

describe('expressions that YAML does not read as text (1)', () => {
  it('stand for their JSON text', async () => {
    const { bodies, counters } = await mapWith({ selector: true, entity: { properties: { five: 5, yes: true, no: false } } }, [{ id: '1' }]);
    expect(counters.mapped).toBe(1);
    expect(bodies[0]!['properties']).toEqual({ five: 5, yes: true, no: false });
  });
  it.each([null, undefined, ['.a'], { a: '.b' }])('%j is an error', (written) => {
    const mapping = compile(mappingOf({ entity: { properties: { p: written } } }));
    expect(mapping.problems).toMatchObject([{ resource: 0, field: 'properties.p', severity: 'error', message: expect.stringContaining('write a JQ expression') }]);
    expect(mapping.resources[0]!.runs).toBe(false);
  });
});

describe('problems', () => {
  it('name resource, field, line and column, and what to do', () => {
    const mapping = compile({ resources: [resource, { ...resource, port: { entity: { mappings: { identifier: '.id', blueprint: '"b"', properties: { p: '.a\n| .b.' } } } } }] });
    expect(mapping.problems).toEqual([
      {
        resource: 1,
        field: 'properties.p',
        line: 2,
        column: 6,
        severity: 'warning',
        message: 'the expression .a\n| .b. does not compile: the program ends; expected a name directly after the dot, or ["name"] for names with other characters',
      },
    ]);
    expect(mapping.resources.map(({ runs }) => runs)).toEqual([true, true]);
  });
  it.each([
    ['identifier', { identifier: '.x.' }],
    ['blueprint', { blueprint: 'service' }],
    ['identifier', { identifier: null }],
    ['identifier.rules.value', { identifier: { combinator: '"and"', rules: [{ value: '.x.' }] } }],
  ])('in %s stop the resource', (field, entity) => {
    const mapping = compile(mappingOf({ entity }));
    expect(mapping.problems).toMatchObject([{ field, severity: 'error' }]);
    expect(mapping.resources[0]!.runs).toBe(false);
  });
  it('in itemsToParse stop the resource', () => {
    expect(compile(mappingOf({ port: { itemsToParse: '.a.' } })).resources[0]!.runs).toBe(false);
  });
  it('in a property or relation leave it null', async () => {
    const { bodies, counters, report } = await mapWith({ entity: { properties: { p: '.bad.' }, relations: { r: 'nope' } } }, [{ id: '1' }]);
    expect(bodies[0]).toMatchObject({ properties: { p: null }, relations: { r: null } });
    expect(counters.fieldError).toEqual({ 'properties.p': 1, 'relations.r': 1 });
    expect(report.examples.get('0/relations.r')).toMatch(/nope is not defined; a text needs quotes/);
  });
  it('tell of members that have no effect', () => {
    const mapping = compile({
      resources: [{ kind: 'thing', wrong: 1, selector: { query: 'true', mine: 2 }, port: { other: 3, entity: { mappings: { identifier: '.id', blueprint: '"b"', tile: '.x' }, also: 4 } } }],
    } as unknown as Mapping);
    expect(mapping.problems.map(({ field, severity }) => [field, severity])).toEqual([
      ['wrong', 'warning'],
      ['port.other', 'warning'],
      ['port.entity.also', 'warning'],
      ['tile', 'warning'],
    ]);
    expect(mapping.resources[0]!.runs).toBe(true);
  });
  it.each([[{}], [{ kind: 'thing' }], [{ kind: 'thing', port: { entity: {} } }], [{ kind: 'thing', port: { entity: { mappings: [] } } }], ['text'], [null]])('%j cannot run', (written) => {
    const mapping = compile({ resources: [written] } as unknown as Mapping);
    expect(mapping.problems.some(({ severity }) => severity === 'error')).toBe(true);
    expect(mapping.resources[0]!.runs).toBe(false);
  });
});

describe('selectors', () => {
  it('keep the members that belong to the integration, and name them by a hash', () => {
    const hashOf = (members: Record<string, unknown>): string => compile({ resources: [{ ...resource, selector: { query: 'true', ...members } }] }).resources[0]!.selectorHash;
    expect(hashOf({})).toBe('');
    expect(hashOf({ states: ['open'], a: 1 })).toBe(hashOf({ a: 1, states: ['open'] }));
    expect(hashOf({ a: 1 })).not.toBe(hashOf({ a: 2 }));
    expect(compile({ resources: [{ ...resource, selector: { query: 'true', a: 1 } }] }).resources[0]!.selector).toEqual({ a: 1 });
  });
  it('have a hash of their text (10)', () => {
    expect(selectorHash(' .foo ')).toBe('013b54afaf52ac0983a4ac123b01e809ab7ac8862e67a50f09fcce1293d265c3');
    expect(selectorHash('  ')).toBeUndefined();
  });
});

describe('the hash of a kind', () => {
  const hash = (mapping: Mapping, env = {}): string => compileMapping(mapping, { ...LIMITS, env }).hashOf('thing');
  const usual = hash(mappingOf({}));

  it('does not depend on the order of keys', () => {
    expect(hash(mappingOf({ entity: { properties: { a: '.a', b: '.b' } } }))).toBe(hash(mappingOf({ entity: { properties: { b: '.b', a: '.a' } } })));
  });
  it('changes with what maps the kind, and not with other kinds', () => {
    expect(hash(mappingOf({ selector: '.a' }))).not.toBe(usual);
    expect(hash(mappingOf({ entity: { title: '.t' } }))).not.toBe(usual);
    expect(hash(mappingOf({ port: { itemsToParse: '.x' } }))).not.toBe(usual);
    expect(hash(mappingOf({}), { HOME: '/' })).not.toBe(usual);
    expect(hash({ resources: [resource, { ...resource, kind: 'other' }] })).toBe(usual);
    expect(hash({ resources: [{ ...resource, kind: 'other' }, resource] })).not.toBe(usual);
  });
});

describe('the hash of an entity counts what has changed (12)', () => {
  const hashOf = async (entity: Record<string, Json>): Promise<string> => {
    const mapped = Object.fromEntries(Object.entries(entity).map(([key, value]) => [key, typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, JSON.stringify(inner)])) : JSON.stringify(value)]));
    const mapping = compile(mappingOf({ entity: mapped }));
    expect(mapping.problems).toEqual([]);
    return (await mapping.map('thing', [{ id: '1' }], newMapReport()))[0]!.entities[0]!.hash;
  };
  it.each<[string, Record<string, Json>, Record<string, Json>, boolean]>([
    ['equal', { title: 'a', properties: { x: 1 } }, { title: 'a', properties: { x: 1 } }, false],
    ['icon', { icon: 'A' }, { icon: 'B' }, true],
    ['order of teams', { team: ['a', 'b'] }, { team: ['b', 'a'] }, false],
    ['one team', { team: 'a' }, { team: ['a'] }, false],
    ['no team', { team: null }, { team: [] }, false],
    ['null property', { properties: { x: null } }, { properties: {} }, false],
    ['null and a value', { properties: { x: null } }, { properties: { x: 5 } }, true],
    ['null inside', { properties: { x: { y: null } } }, { properties: { x: {} } }, true],
    ['1 and 1.0', { properties: { x: 1 } }, { properties: { x: 1.0 } }, false],
    ['order of keys', { properties: { a: 1, b: 2 } }, { properties: { b: 2, a: 1 } }, false],
    ['order of a list', { properties: { x: [1, 2] } }, { properties: { x: [2, 1] } }, true],
    ['order of relations', { relations: { t: ['a', 'b'] } }, { relations: { t: ['b', 'a'] } }, true],
    ['one relation', { relations: { t: 'a' } }, { relations: { t: ['a'] } }, true],
    ['another relation', { relations: { t: 'a' } }, { relations: { u: 'a' } }, true],
    ['null title', { title: null }, {}, false],
    ['emoji', { title: 'a😀' }, { title: 'a😀' }, false],
    ['dates are texts', { properties: { d: '2024-01-01T00:00:00Z' } }, { properties: { d: '2024-01-01T00:00:00.000Z' } }, true],
  ])('%s', async (_name, one, other, changed) => {
    expect((await hashOf(one)) !== (await hashOf(other))).toBe(changed);
  });
});
