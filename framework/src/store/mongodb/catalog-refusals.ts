import type { WriteError } from 'mongodb';
import { parseJson } from '../../contract';
import type { CatalogDocument, CatalogResult } from '../store';
import { LARGEST } from './body';

export type Refusal = Extract<CatalogResult, { readonly ok: false }>;

const refuse = (code: string, message: string): Refusal => ({ ok: false, code, message });

const RESERVED = /^(framework|system)\./;

/** What cannot be the name of a blueprint's collection. */
export function blueprintRefusal(blueprint: string): Refusal | undefined {
  if (RESERVED.test(blueprint)) return refuse('BLUEPRINT_NAME', `the blueprint ${blueprint} would be kept in a collection that is not the catalog's; give it another identifier`);
  if (blueprint === '' || /[$\0]|\.\.|^\.|\.$/.test(blueprint)) return refuse('BLUEPRINT_NAME', `"${blueprint}" cannot be the name of a MongoDB collection; give the blueprint another identifier`);
  return undefined;
}

/** BSON ends a name with a zero byte, and the driver gives `_bsontype` a meaning of its own: both would fail the whole batch. */
const SUSPECT = /\\u0000|_bsontype/;

/** What would not reach the server. */
export function documentRefusal({ identifier, properties, relations }: CatalogDocument): Refusal | undefined {
  for (const text of [properties, relations]) {
    const name = SUSPECT.test(text) ? unusableName(parseJson(text)) : undefined;
    if (name !== undefined) return refuse('FIELD_NAME', `${identifier} has a property named ${JSON.stringify(name)}, which MongoDB cannot store`);
  }
  if (Buffer.byteLength(properties) + Buffer.byteLength(relations) > LARGEST) return refuse('TOO_LARGE', `${identifier} has more than 15 MiB, more than MongoDB stores in one document`);
  return undefined;
}

function unusableName(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, inner] of Object.entries(value)) {
    if (name.includes('\0') || name === '_bsontype') return name;
    const found = unusableName(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** DollarPrefixedFieldName, DottedFieldName, NotSingleValueField… of MongoDB; servers that only speak its protocol answer with BadValue. */
const NAME_CODES: ReadonlySet<unknown> = new Set([2, 40, 52, 55, 56, 57]);

/** What the server said about one document. */
export const refusalOf = ({ code, errmsg }: WriteError): Refusal =>
  NAME_CODES.has(code) ? refuse('FIELD_NAME', errmsg ?? 'a property name was refused') : refuse(code === 10_334 ? 'TOO_LARGE' : 'DOCUMENT_REFUSED', errmsg ?? `error ${code}`);
