import { Secret } from '../../contract';

/** A text of free settings, whether it stands in the file or is a reference; numbers and switches as they would be written. Undefined for anything else. */
export function textOf(value: unknown): string | undefined {
  if (value instanceof Secret) return value.reveal();
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
