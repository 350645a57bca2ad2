/** A program that cannot be compiled: what is wrong, and where. */
export class JqSyntaxError extends Error {
  /** Offset in the text, from 0. */
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.name = 'JqSyntaxError';
    this.at = at;
  }
}

/** Line and column of an offset, both from 1. */
export function placeOf(text: string, at: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, at);
  const lastBreak = before.lastIndexOf('\n');
  return { line: before.split('\n').length, column: at - lastBreak };
}
