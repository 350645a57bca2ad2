import { z } from 'zod';
import { serviceNames } from '../../contract';
import { directions, type Field, type Fields } from './definition';

/** Short words for the fields that occur most. */
const words = {
  string: { type: 'string' },
  integer: { type: 'integer' },
  boolean: { type: 'boolean' },
  'date-time': { type: 'string', format: 'date-time' },
  object: { type: 'object' },
  list: { type: 'array', items: { type: 'string' } },
  map: { type: 'object', additionalProperties: { type: 'string' } },
} as const satisfies Readonly<Record<string, Field>>;
type Word = keyof typeof words;
type WrittenField =
  | Word
  | {
      readonly type: Field['type'];
      readonly format?: 'date-time' | undefined;
      readonly enum?: readonly string[] | undefined;
      readonly minimum?: number | undefined;
      readonly maximum?: number | undefined;
      readonly items?: WrittenField | undefined;
      readonly properties?: Readonly<Record<string, WrittenField>> | undefined;
      readonly additionalProperties?: WrittenField | undefined;
      readonly description?: string | undefined;
      readonly 'x-personal'?: boolean | undefined;
    };
export type WrittenFields = Readonly<Record<string, WrittenField>>;

const word = z.enum(Object.keys(words) as [Word, ...Word[]]);
const field: z.ZodType<WrittenField> = z.lazy(() =>
  z.union([
    word,
    z.strictObject({
      type: z.enum(['string', 'integer', 'boolean', 'object', 'array']),
      format: z.literal('date-time').optional(),
      enum: z.array(z.string().min(1)).min(2).optional(),
      minimum: z.number().int().optional(),
      maximum: z.number().int().optional(),
      items: field.optional(),
      properties: z.record(z.string(), field).optional(),
      additionalProperties: field.optional(),
      description: z.string().optional(),
      'x-personal': z.boolean().optional(),
    }),
  ]),
);
const fields = z.record(z.string().min(1), field);
const schema = z.strictObject({ required: z.array(z.string()).optional(), properties: fields });
const relations = z.record(
  z.string(),
  z.strictObject({ target: z.string(), anchor: z.boolean().optional(), many: z.boolean().optional(), required: z.boolean().optional(), properties: fields.optional() }),
);
const classifications = z.record(z.string(), z.strictObject({ description: z.string().optional(), properties: fields.optional() }));
const links = z.record(
  z.string(),
  z.strictObject({ from: z.string(), to: z.string(), description: z.string(), readOnly: z.boolean().optional(), properties: fields.optional() }),
);
const blueprint = z.strictObject({
  identifier: z.string().regex(/^[a-z][A-Za-z]*$/),
  service: z.enum(serviceNames).optional(),
  title: z.string().optional(),
  description: z.string().min(1),
  icon: z.string().optional(),
  extends: z.string().optional(),
  source: z.string().optional(),
  asset: z.boolean(),
  'x-personal': z.boolean().optional(),
  schema,
  relations: relations.optional(),
  classifications: classifications.optional(),
});
const base = z.strictObject({ extends: z.string().optional(), schema, relations: relations.optional() });

export const baseFile = z.strictObject({ bases: z.record(z.string(), base) });
export const helperFile = z.strictObject({ blueprints: z.array(blueprint), links });
export const serviceFile = z.strictObject({
  service: z.enum(serviceNames),
  code: z.number().int(),
  direction: z.enum(directions),
  sourceKind: z.string(),
  sourceClassifications: z.array(z.string()).optional(),
  description: z.string(),
  /** Blueprints and links of other files that this service offers too. */
  uses: z.array(z.string()).optional(),
  reads: z.array(z.string()).optional(),
  blueprints: z.array(blueprint),
  links: links.optional(),
  classifications: classifications.optional(),
});

export type BaseFile = z.infer<typeof baseFile>;
export type HelperFile = z.infer<typeof helperFile>;
export type ServiceFile = z.infer<typeof serviceFile>;
export type WrittenBlueprint = z.infer<typeof blueprint>;
export type WrittenRelations = z.infer<typeof relations>;
export type WrittenClassifications = z.infer<typeof classifications>;

/** A field with its words spelled out. */
export function readField(written: WrittenField): Field {
  if (typeof written === 'string') return words[written];
  const { items, properties, additionalProperties, 'x-personal': personal, ...plain } = written;
  return {
    ...(plain as Field),
    ...(items === undefined ? {} : { items: readField(items) }),
    ...(properties === undefined ? {} : { properties: readFields(properties) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: readField(additionalProperties) }),
    ...(personal === undefined ? {} : { personal }),
  };
}

export const readFields = (written: WrittenFields): Fields => Object.fromEntries(Object.entries(written).map(([name, one]) => [name, readField(one)]));
