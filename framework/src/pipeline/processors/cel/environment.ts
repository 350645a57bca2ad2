import { Environment, type ASTNode } from '@marcbachmann/cel-js';
import { isObject } from '../../../shared';

/** What the names of an expression stand for. */
export interface CelNames {
  readonly eventType: string;
  readonly data: unknown;
  readonly operation: string;
  readonly kind: string;
  readonly source: string;
  readonly keys?: Readonly<Record<string, unknown>>;
  readonly receivedAt?: Date;
}

/** One evaluation of an expression. */
export type CelOutcome =
  | { readonly is: 'value'; readonly value: boolean }
  /** A field, an item or a member of null that is not there decided it. */
  | { readonly is: 'missing' }
  | { readonly is: 'failed'; readonly message: string }
  | { readonly is: 'not-boolean'; readonly type: string };

/** What the library hands to macros. */
interface Evaluator {
  run(node: ASTNode, names: unknown): unknown;
}
interface Checker {
  check(node: ASTNode, names: unknown): unknown;
  getType(name: string): unknown;
  createError(code: string, message: string, node: ASTNode): Error;
}
interface Macro {
  readonly node: ASTNode;
}

const MISSING = new Set(['no_such_key', 'index_out_of_bounds']);
/** Reasons of the library that end with the value: messages name types, never values. */
const WITH_VALUE = /(conversion error|Invalid duration string|Invalid regular expression|integer overflow):.*/s;

function outcomeOf(thrown: unknown): CelOutcome {
  const { code, summary, message } = thrown as { readonly code?: unknown; readonly summary?: string; readonly message?: string };
  if (MISSING.has(code as string)) return { is: 'missing' };
  return { is: 'failed', message: (summary ?? message ?? String(thrown)).replace(WITH_VALUE, '$1') };
}

const operandFault = (outcome: CelOutcome): CelOutcome => (outcome.is === 'not-boolean' ? { is: 'failed', message: `an operand is ${outcome.type}, not true or false` } : outcome);

/** `||` (wins: true) and `&&` (wins: false): the winning value absorbs whatever the other side is. */
function join(left: CelOutcome, right: () => CelOutcome, wins: boolean): CelOutcome {
  if (left.is === 'value' && left.value === wins) return left;
  const other = right();
  if (other.is === 'value' && other.value === wins) return other;
  const [one, two] = [operandFault(left), operandFault(other)];
  if (one.is === 'failed' || two.is === 'failed') return one.is === 'failed' ? one : two;
  return one.is === 'missing' ? one : two;
}

/**
 * Evaluates the logic of an expression itself, for the library throws only one of two errors: a field that is missing on one side would hide
 * an error on the other, and the event would be lost instead of kept as a dead letter.
 */
function judge(node: ASTNode, run: (node: ASTNode) => unknown): CelOutcome {
  switch (node.op) {
    case '||':
    case '&&':
      return join(judge(node.args[0], run), () => judge(node.args[1], run), node.op === '||');
    case '!_': {
      const inner = judge(node.args, run);
      return inner.is === 'value' ? { is: 'value', value: !inner.value } : operandFault(inner);
    }
    default:
      try {
        const value = run(node);
        return typeof value === 'boolean' ? { is: 'value', value } : { is: 'not-boolean', type: value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value };
      } catch (err) {
        return outcomeOf(err);
      }
  }
}

/** Undefined: not there. A null is a value. */
function memberOf(value: unknown, key: string): unknown {
  if (value instanceof Map) return (value as ReadonlyMap<string, unknown>).get(key);
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The whole expression stands in this macro, so that it can be judged. */
export const JUDGE = 'Judge';
/** `has` as it is meant here: every step exists, else false, never an error; a name of the same length keeps the positions in messages. */
export const HAS = 'Has';

export const environment = new Environment({ homogeneousAggregateLiterals: false })
  .registerVariable('eventType', 'string')
  .registerVariable('data', 'dyn')
  .registerVariable('operation', 'string')
  .registerVariable('kind', 'string')
  .registerVariable('source', 'string')
  .registerVariable('keys', 'map<string, dyn>')
  .registerVariable('receivedAt', 'google.protobuf.Timestamp')
  .registerFunction(`${HAS}(ast): bool`, ({ args }: { readonly args: readonly [ASTNode] }) => ({
    node: args[0],
    async: false,
    typeCheck(checker: Checker, { node }: Macro, names: unknown): unknown {
      if (node.op !== '.') throw checker.createError('invalid_macro_argument', 'has() takes a member, such as data.a.b', node);
      checker.check(node, names);
      return checker.getType('bool');
    },
    evaluate(evaluator: Evaluator, { node }: Macro, names: unknown): boolean {
      // Steps by dots are looked up here: an error that is thrown and caught costs a hundred times as much.
      const lookUp = (step: ASTNode): unknown => (step.op === '.' ? memberOf(lookUp(step.args[0]), step.args[1]) : evaluator.run(step, names));
      try {
        return lookUp(node) !== undefined;
      } catch (err) {
        if (outcomeOf(err).is === 'missing') return false;
        throw err;
      }
    },
  }))
  .registerFunction(`${JUDGE}(ast): dyn`, ({ args }: { readonly args: readonly [ASTNode] }) => ({
    node: args[0],
    async: false,
    typeCheck: (checker: Checker, { node }: Macro, names: unknown): unknown => checker.check(node, names),
    evaluate: (evaluator: Evaluator, { node }: Macro, names: unknown): CelOutcome => judge(node, (inner) => evaluator.run(inner, names)),
  }));

/** Function names, methods included. */
export const functionNames: ReadonlySet<string> = new Set(environment.getDefinitions().functions.map(({ name }) => name));
