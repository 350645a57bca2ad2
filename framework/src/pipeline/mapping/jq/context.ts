import type { Json } from '../../../shared';
import type { Node } from './ast';
import type { Budget } from './failure';
import type { Filter } from './filter';

/** What every part of the compiler needs. */
export interface Context {
  readonly budget: Budget;
  /** The program's text, for `$__loc__`. */
  readonly source: string;
  /** What `env` and `$ENV` give. */
  readonly environment: Json;
  /** Visible variables, innermost first; the place in this list is the place in the Env. */
  readonly scope: readonly string[];
  /** Compiles a part of the program in this context. */
  compile(node: Node): Filter;
  /** The same context with more variables, given in the order of binding. */
  within(variables: readonly string[]): Context;
}
