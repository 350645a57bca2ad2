import { isObject, toJson, type Json } from '@integration-framework/framework';
import { MOST_DEPTH, MOST_FIELDS, type Field, type Sample, type Structure } from './structure';

const MAGIC = Buffer.from('Obj\u0001', 'latin1');
export const isAvro = (bytes: Buffer): boolean => bytes.subarray(0, MAGIC.length).equals(MAGIC);

/** Schema and codec of the header of an object container file; a string that says why there is none. */
export function avroStructure({ bytes, isCut }: Sample, name: string): Structure | string {
  const header = readHeader(bytes);
  if (header === undefined) return isCut ? 'its header is longer than maxBytes' : 'its header is not whole';
  let schema: unknown;
  try {
    schema = JSON.parse(header.get('avro.schema')?.toString('utf8') ?? '');
  } catch {
    return 'its header holds no schema';
  }
  const reading: Reading = { types: new Map(), fields: 0 };
  const { fields, dataType } = describe(schema, reading, { namespace: '', within: [] });
  const top = isObject(schema) ? schema : {};
  return {
    typeName: 'AvroFile',
    name: textOf(top['name']) ?? name,
    ...(textOf(top['doc']) !== undefined && { description: textOf(top['doc'])! }),
    ...(textOf(top['namespace']) !== undefined && { namespace: textOf(top['namespace'])! }),
    notes: { codec: header.get('avro.codec')?.toString('utf8') ?? 'null', type: dataType },
    fields,
  };
}

/** The map of texts to bytes behind the magic. Undefined when it is not whole. */
function readHeader(bytes: Buffer): Map<string, Buffer> | undefined {
  const header = new Map<string, Buffer>();
  let at = MAGIC.length;
  const long = (): number | undefined => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) return undefined;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number((value >> 1n) ^ -(value & 1n));
    }
    return undefined;
  };
  const block = (): Buffer | undefined => {
    const length = long();
    if (length === undefined || length < 0 || at + length > bytes.length) return undefined;
    at += length;
    return bytes.subarray(at - length, at);
  };
  for (;;) {
    let count = long();
    if (count === undefined) return undefined;
    if (count === 0) return header;
    if (count < 0) {
      count = -count;
      if (long() === undefined) return undefined;
    }
    for (let entry = 0; entry < count; entry++) {
      const [key, value] = [block(), block()];
      if (key === undefined || value === undefined) return undefined;
      header.set(key.toString('utf8'), value);
    }
  }
}

interface Reading {
  /** Named types by their full names. */
  readonly types: Map<string, { readonly schema: Readonly<Record<string, unknown>>; readonly namespace: string }>;
  fields: number;
}
interface Scope {
  readonly namespace: string;
  /** Full names of the records around. */
  readonly within: readonly string[];
}
interface Described {
  readonly dataType: string;
  readonly isNullable: boolean;
  readonly isList: boolean;
  readonly fields: readonly Field[];
  readonly notes: Readonly<Record<string, string>>;
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const plain = (dataType: string, more: Partial<Described> = {}): Described => ({ dataType, isNullable: false, isList: false, fields: [], notes: {}, ...more });
const fullName = (name: string, namespace: string): string => (name.includes('.') || namespace === '' ? name : `${namespace}.${name}`);

function describe(schema: unknown, reading: Reading, scope: Scope): Described {
  if (scope.within.length > MOST_DEPTH) return plain('record', { notes: { cut: 'deeper fields are not described' } });
  if (typeof schema === 'string') {
    const known = reading.types.get(fullName(schema, scope.namespace)) ?? reading.types.get(schema);
    return known === undefined ? plain(schema, { isNullable: schema === 'null' }) : describe(known.schema, reading, { ...scope, namespace: known.namespace });
  }
  if (Array.isArray(schema)) return union(schema.map((one) => describe(one, reading, scope)));
  if (!isObject(schema)) return plain('any');
  const { type } = schema;
  if (isObject(type) || Array.isArray(type)) return describe(type, reading, scope);
  if (type === 'array') {
    const items = describe(schema['items'], reading, scope);
    return { ...items, dataType: `array of ${items.dataType}`, isNullable: false, isList: true };
  }
  if (type === 'map') {
    const values = describe(schema['values'], reading, scope);
    return plain(`map of ${values.dataType}`, values.fields.length === 0 ? {} : { fields: [{ ...values, name: '*', required: false }] });
  }
  if (type === 'record' || type === 'error' || type === 'enum' || type === 'fixed') return named(schema, reading, scope);
  const logical = textOf(schema['logicalType']);
  return typeof type === 'string' ? { ...describe(type, reading, scope), ...(logical !== undefined && { dataType: `${type} (${logical})` }) } : plain('any');
}

/** One that may be null is that which it else is. */
function union(parts: readonly Described[]): Described {
  const others = parts.filter(({ dataType }) => dataType !== 'null');
  const isNullable = others.length < parts.length;
  const [only] = others;
  if (only !== undefined && others.length === 1) return { ...only, isNullable };
  const fields = new Map(others.flatMap((part) => part.fields).map((field) => [field.name, { ...field, required: false }]));
  return plain(others.map(({ dataType }) => dataType).join(' or ') || 'null', { isNullable, fields: [...fields.values()], isList: others.length > 0 && others.every(({ isList }) => isList) });
}

function named(schema: Readonly<Record<string, unknown>>, reading: Reading, scope: Scope): Described {
  const given = textOf(schema['name']) ?? 'unnamed';
  const own = textOf(schema['namespace']) ?? (given.includes('.') ? given.slice(0, given.lastIndexOf('.')) : scope.namespace);
  const full = fullName(given, own);
  reading.types.set(full, { schema, namespace: own });
  const short = full.slice(full.lastIndexOf('.') + 1);
  if (schema['type'] === 'enum') return plain(short, { notes: { values: (Array.isArray(schema['symbols']) ? schema['symbols'] : []).join(', ') } });
  if (schema['type'] === 'fixed') return plain(`${short} (fixed ${String(schema['size'])})`);
  if (scope.within.includes(full)) return plain(short, { notes: { cut: `it is within itself: ${full}` } });
  const fields: Field[] = [];
  for (const field of Array.isArray(schema['fields']) ? (schema['fields'] as unknown[]) : []) {
    const name = isObject(field) ? textOf(field['name']) : undefined;
    if (!isObject(field) || name === undefined) continue;
    if (++reading.fields > MOST_FIELDS) return plain(short, { fields, notes: { cut: 'more fields are not described' } });
    const { dataType, isNullable, isList, fields: inner, notes } = describe(field['type'], reading, { namespace: own, within: [...scope.within, full] });
    const aliases = (Array.isArray(field['aliases']) ? (field['aliases'] as unknown[]) : []).filter((alias): alias is string => typeof alias === 'string');
    fields.push({
      name, dataType, isNullable, isList, notes, required: true, fields: inner,
      ...(textOf(field['doc']) !== undefined && { description: textOf(field['doc'])! }),
      ...(field['default'] !== undefined && { defaultValue: typeof field['default'] === 'string' ? field['default'] : toJson(field['default'] as Json) }),
      ...(aliases.length > 0 && { aliases }),
    });
  }
  return plain(short, { fields });
}
