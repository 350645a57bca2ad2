import type { Blueprint, EntityMapping, Json } from '../../contract';
import { compileMapping, newMapReport, type CompiledMapping, type MapReport } from '../../pipeline';
import { allRows } from '../read-kind';
import type { Subject } from './subject';
import { toldRows } from './told-rows';

const LIMITS = { steps: 100_000, bytes: 8_388_608, timeoutMs: 10_000, env: {} };

const entityMappings = (mappings: EntityMapping | readonly EntityMapping[]): readonly EntityMapping[] => (Array.isArray(mappings) ? (mappings as readonly EntityMapping[]) : [mappings as EntityMapping]);

/** Fields that no record filled or that failed, as `<kind>.<field>`. */
function lacking(compiled: CompiledMapping, report: MapReport): readonly string[] {
  return compiled.resources.flatMap(({ index, kind }) => {
    const counters = report.resources.get(index);
    if (!counters) return [`${kind}: not mapped`];
    const empty = Object.entries(counters.fieldNull).filter(([, count]) => count >= counters.mapped);
    const wrong = [...Object.entries(counters.fieldError), ...Object.entries(counters.fieldDropped)];
    return [...empty, ...wrong].map(([field]) => `${kind}.${field}`);
  });
}

export function mappingTests(subject: Subject): void {
  const { integration, options } = subject;
  const blueprintsByName = (): ReadonlyMap<string, Blueprint> => new Map(subject.files().blueprints.map((blueprint) => [blueprint.identifier, blueprint]));

  test('mapping: compiles, and names kinds and selector members that there are', () => {
    const compiled = compileMapping(subject.files().mapping, LIMITS);
    expect(compiled.problems).toEqual([]);
    for (const { kind, selector } of compiled.resources) {
      const known = integration.kinds?.find(({ name }) => name === kind);
      expect([kind, known?.name]).toEqual([kind, kind]);
      expect(known?.selectors ?? []).toEqual(expect.arrayContaining(Object.keys(selector)));
    }
  });

  test('mapping: every kind that can be listed is in it', () => {
    const named = subject.files().mapping.resources.map(({ kind }) => kind);
    expect(named).toEqual(expect.arrayContaining(subject.kinds.map(({ name }) => name)));
  });

  test('mapping: its blueprints, properties and relations exist, and so do the targets of relations', () => {
    const { mapping, blueprints } = subject.files();
    const byName = blueprintsByName();
    const compiled = compileMapping(mapping, LIMITS);
    for (const { index, blueprints: names } of compiled.resources) {
      for (const [at, entity] of entityMappings(mapping.resources[index]!.port.entity.mappings).entries()) {
        const blueprint = byName.get(names[at] ?? '');
        expect([index, blueprint?.identifier]).toEqual([index, names[at]]);
        expect(Object.keys(blueprint?.schema.properties ?? {})).toEqual(expect.arrayContaining(Object.keys(entity.properties ?? {})));
        expect(Object.keys(blueprint?.relations ?? {})).toEqual(expect.arrayContaining(Object.keys(entity.relations ?? {})));
      }
    }
    for (const { relations } of blueprints) for (const { target } of Object.values(relations ?? {})) expect([...byName.keys()]).toContain(target);
  });

  test('mapping: every row becomes an entity that its blueprint takes, and no field is empty in all of them', async () => {
    const compiled = compileMapping(subject.files().mapping, LIMITS);
    const report = newMapReport();
    const byName = blueprintsByName();
    for (const kind of integration.kinds ?? []) {
      const rows = kind.scan ? await allRows<Json, unknown>({ integration, kind: kind.name, context: subject.context().context }) : (toldRows(subject, kind.name) as readonly Json[]);
      const records = await compiled.map(kind.name, rows, report);
      for (const { entities } of records) {
        if (compiled.kinds.includes(kind.name)) expect(entities.length).toBeGreaterThan(0);
        for (const entity of entities) expect({ identifier: entity.identifier, problems: problemsOf(entity.body, byName.get(entity.blueprint)) }).toEqual({ identifier: entity.identifier, problems: [] });
      }
    }
    expect(lacking(compiled, report).filter((field) => !options.unfilled?.includes(field))).toEqual([]);
  });
}

// What Port takes as an identifier of an entity (port-contract 6.1).
const IDENTIFIER = /^(?!\.{1,2}$)[\p{L}0-9@_.+:\\/=-]+$/u;
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

const typeOf = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value);

/** Why a portal would refuse this entity. */
function problemsOf(body: string, blueprint: Blueprint | undefined): readonly string[] {
  const { identifier, properties = {} } = JSON.parse(body) as { identifier: unknown; properties?: Record<string, unknown> };
  const problems = typeof identifier === 'string' && !IDENTIFIER.test(identifier) ? [`identifier ${identifier}`] : [];
  for (const [name, value] of Object.entries(properties)) {
    const spec = blueprint?.schema.properties[name];
    if (value === null || !spec) continue;
    if (typeOf(value) !== spec.type) problems.push(`${name} is ${typeOf(value)}, not ${spec.type}`);
    else if (spec.format === 'date-time' && !DATE_TIME.test(String(value))) problems.push(`${name} is no date-time: ${String(value)}`);
    else if (spec.format === 'url' && !URL.canParse(String(value))) problems.push(`${name} is no URL: ${String(value)}`);
  }
  return problems;
}
