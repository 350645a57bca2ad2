/** Where a pattern leaves what is known to be equal. */
export class UnknownPattern extends Error {}

/** The pattern while it is read from left to right. */
export interface Reader {
  readonly pattern: string;
  at: number;
  readonly ignoreCase: boolean;
  ascii: boolean;
  readonly groups: (string | undefined)[];
  unbounded: number;
}

/** Unicode's white space, as the inside of a class. */
export const BLANKS = '\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const SYNTAX = /[\^$\\.*+?()[\]{}|/]/;

/** An escaped sign stands for itself, save for those that Oniguruma gives a meaning. */
export function literal(sign: string): string {
  if (!/[ !"#%&,\-/:;=@_~^$\\.*+?()[\]{}|]/.test(sign)) throw new UnknownPattern(`\\${sign}`);
  return SYNTAX.test(sign) ? `\\${sign}` : sign;
}
