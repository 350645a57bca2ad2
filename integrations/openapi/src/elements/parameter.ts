import { isObject, toJson, type ElementProperties, type Json, type NewElement } from '@integration-framework/framework';
import { givenOf, type Given } from '../document/operations';
import { listOf, shapeOf, type Shape } from '../document/schema';
import { identifier, qualifiedName } from '../identity';
import { notes, operationParts, operations, textOf, type Described } from './describe';

/** So many an operation: a schema that names others in many places may unfold to millions. */
const MOST_PARAMETERS = 2_000;

/** What waits to be described: a parameter, or a field in one. */
interface Open {
  readonly parts: readonly string[];
  readonly parent: NewElement['parent'] & object;
  readonly name: string;
  readonly schema: unknown;
  readonly required: boolean;
  readonly position: number;
  readonly depth: number;
  /** References that lead to where it stands. */
  readonly within: readonly string[];
  /** Absent: a field. */
  readonly given?: Given;
}

/** Parameters, bodies and answers, and their fields; those near the top first. */
export function* apiParameters(of: Described): Generator<NewElement<'apiParameter'>> {
  for (const operation of operations(of)) {
    const parts = operationParts(of, operation);
    const open: Open[] = givenOf(of.document, operation).map((given, position) => {
      const list = [...parts, given.list];
      return { parts: [...list, ...given.parts], parent: { blueprint: 'apiParameterList', identifier: identifier(list) }, name: given.name, schema: given.schema, required: given.required, position, depth: 1, within: [], given };
    });
    for (let at = 0; at < open.length; at++) {
      const one = open[at];
      if (one === undefined) break;
      const shape = shapeOf(of.document, one.schema);
      const { fields, cut } = fieldsOf(one, shape, { maxDepth: of.maxDepth, room: MOST_PARAMETERS - open.length });
      open.push(...fields);
      yield element(one, shape, cut);
    }
  }
}

function fieldsOf(one: Open, shape: Shape, { maxDepth, room }: { readonly maxDepth: number; readonly room: number }): { readonly fields: readonly Open[]; readonly cut?: string } {
  if (shape.members.length === 0) return { fields: [] };
  const cycle = shape.through.find((reference) => one.within.includes(reference));
  if (cycle !== undefined) return { fields: [], cut: `it is within itself: ${cycle}` };
  if (one.depth >= maxDepth) return { fields: [], cut: `fields deeper than ${maxDepth} are not described` };
  if (shape.members.length > room) return { fields: [], cut: `more than ${MOST_PARAMETERS} fields of an operation are not described` };
  const parent = { blueprint: 'apiParameter', identifier: identifier(one.parts) } as const;
  const fields = shape.members.map((member, position): Open => ({
    parts: [...one.parts, member.name],
    parent,
    name: member.name,
    schema: member.schema,
    required: member.required,
    position,
    depth: one.depth + 1,
    within: [...one.within, ...shape.through],
  }));
  return { fields };
}

const wholeNumber = (value: unknown): number | undefined => (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined);
const written = (value: unknown): string | undefined => (value === undefined ? undefined : typeof value === 'string' ? value : toJson(value as Json));

function element(one: Open, shape: Shape, cut: string | undefined): NewElement<'apiParameter'> {
  const { schema } = shape;
  const { given } = one;
  const description = given?.description ?? textOf(schema['description']) ?? textOf(schema['title']);
  const most = wholeNumber(schema['maxItems']);
  const isDeprecated = given?.isDeprecated === true || schema['deprecated'] === true;
  const isNullable = schema['nullable'] === true || schema['x-nullable'] === true || listOf(schema['type']).includes('null') || [...listOf(schema['anyOf']), ...listOf(schema['oneOf'])].some((one) => isObject(one) && one['type'] === 'null');
  const values = listOf(schema['enum']).map(written).join(', ');
  const additionalProperties = notes({
    ...given?.notes,
    values,
    access: schema['readOnly'] === true ? 'read only' : schema['writeOnly'] === true ? 'write only' : undefined,
    unresolved: shape.unresolved,
    cut,
  });
  const properties: ElementProperties['apiParameter'] = {
    qualifiedName: qualifiedName(['APIParameter', ...one.parts]),
    displayName: one.name === '' ? '(no name)' : one.name,
    dataType: shape.dataType,
    elementPosition: one.position,
    minCardinality: one.required ? Math.max(1, shape.isList ? (wholeNumber(schema['minItems']) ?? 1) : 1) : 0,
    maxCardinality: shape.isList ? (most ?? -1) : 1,
    isNullable,
    isDeprecated,
    ...(given && { parameterType: given.place }),
    ...(description !== undefined && { description }),
    ...optional({
      defaultValue: written(schema['default']),
      fixedValue: written(schema['const']),
      minimumLength: wholeNumber(schema['minLength']),
      length: wholeNumber(schema['maxLength']),
      allowsDuplicateValues: shape.isList ? schema['uniqueItems'] !== true : undefined,
    }),
    ...(additionalProperties && { additionalProperties }),
  };
  return { identifier: identifier(one.parts), parent: one.parent, properties };
}

/** Only what is known. */
function optional<T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
