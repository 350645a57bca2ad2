import { inspect } from 'node:util';
import { isObject } from '../shared';

const REDACTED = '[redacted]';

/**
 * A value that cannot be printed by accident: every way to text gives `[redacted]`; `reveal()` is the one way to the value.
 * The value may change while the process runs (`fromFile` is read again), so reveal it where it is used and keep no copy.
 */
export class Secret {
  readonly #read: () => string;

  constructor(value: string | (() => string)) {
    this.#read = typeof value === 'string' ? () => value : value;
  }

  reveal(): string {
    return this.#read();
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.toPrimitive](): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

/** Every secret in a value, however deep. */
export const secretsIn = (value: unknown): readonly Secret[] =>
  value instanceof Secret ? [value] : Array.isArray(value) ? value.flatMap(secretsIn) : isObject(value) ? Object.values(value).flatMap(secretsIn) : [];
