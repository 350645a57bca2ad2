import { types } from 'node:util';
import type { MongoBulkWriteError, WriteError } from 'mongodb';
import type { SinkResult } from '../sink';

/** What passes by itself: elections, stops, conflicts, limits of rate or space. */
const PASSING: ReadonlySet<unknown> = new Set([6, 7, 13, 18, 24, 46, 50, 63, 89, 91, 112, 150, 189, 202, 262, 290, 8000, 9001, 10_107, 11_600, 11_602, 13_388, 13_435, 13_436, 14_031, 16_500]);
/** DollarPrefixedFieldName, DottedFieldName, EmptyFieldName and their kin. */
const NAMES: ReadonlySet<unknown> = new Set([40, 52, 55, 56, 57]);
const TOO_LARGE: ReadonlySet<unknown> = new Set([10_334, 17_280, 17_419, 17_420]);
/** Of a whole command, though one document is the cause: unreadable BSON, nested too deep, too large. */
const OF_ONE: ReadonlySet<unknown> = new Set([...NAMES, ...TOO_LARGE, 15, 22]);
/** The driver found it before it was sent; what does not fit its buffer is a RangeError. */
const UNSENDABLE = /^(BSON\w*Error|MongoInvalidArgumentError|RangeError)$/;

export const codeOf = (thrown: unknown): unknown => (types.isNativeError(thrown) && 'code' in thrown ? thrown.code : undefined);

export const isBulkError = (thrown: unknown): thrown is MongoBulkWriteError => types.isNativeError(thrown) && thrown.name === 'MongoBulkWriteError';

/** The call failed because of a document in it, and would fail so again. */
export const isOfOneDocument = (thrown: unknown): boolean => OF_ONE.has(codeOf(thrown)) || (types.isNativeError(thrown) && UNSENDABLE.test(thrown.name));

export const DUPLICATE = 11_000;

/** Servers that only speak the protocol name neither field nor index, and then it is the identity: nothing else is unique by itself. */
export const isOnIdentity = ({ errmsg = '' }: WriteError): boolean => !/index: /.test(errmsg) || /index: (?:\S*\$)?_id_/.test(errmsg);

/** A document that was refused, whether alone or in its batch. The server's words end where they would quote the document. */
export function refusalOf(code: unknown, message: string): SinkResult {
  const error = message.replace(/\s*dup key:.*$/s, '').slice(0, 300);
  if (PASSING.has(code)) return { is: 'retry', error };
  // Of servers that only speak the protocol, names are one more bad value.
  const isName = NAMES.has(code) || /must not contain null bytes/.test(message) || (code === 2 && /field name|prefixed|\$/.test(message));
  return { is: 'refused', code: isName ? 'FIELD_NAME' : TOO_LARGE.has(code) || /larger than the maximum size|out of range/.test(message) ? 'TOO_LARGE' : 'SINK_REFUSED', error };
}
