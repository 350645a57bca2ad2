import { z } from 'zod';

export const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1_000;

/** Every list takes these; a cursor is opaque and belongs to the list and filter it came from. */
export const page = {
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT).describe('Items of one answer'),
  cursor: z.string().min(1).optional().describe('`next` of the last answer'),
};

export const next = z.string().nullable().describe('Give it as `cursor` to go on; null at the end');

/** A cursor is the place of the last item, as base64url JSON. */
export const writeCursor = (place: readonly (string | number)[]): string => Buffer.from(JSON.stringify(place)).toString('base64url');

/** The place in a cursor that this list made; undefined for any other text. */
export function readCursor<T>(cursor: string, shape: z.ZodType<T>): T | undefined {
  let place: unknown;
  try {
    place = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  const parsed = shape.safeParse(place);
  return parsed.success ? parsed.data : undefined;
}

export const BAD_CURSOR = 'the cursor is not one that this list gave; begin without one';
