import { environment } from './environment';
import type { ASTNode } from '@marcbachmann/cel-js';

/** What an expression looks at, which decides the feed (pipelines.md 5.3). */
export interface Reads {
  /** Such as `eventType`; those that a macro binds itself are none. */
  readonly names: ReadonlySet<string>;
  /** Top-level members of `data`; `all` when it is used whole, or by a name that is computed. */
  readonly data: ReadonlySet<string> | 'all';
}

export const isNode = (value: unknown): value is ASTNode => typeof value === 'object' && value !== null && 'op' in value && 'args' in value;

/** The nodes directly below one. */
export function childrenOf(node: ASTNode): readonly ASTNode[] {
  const below: unknown = node.args;
  return (Array.isArray(below) ? (below.flat(3) as unknown[]) : [below]).filter(isNode);
}

/** The member of `data` that a node reads directly. */
function memberRead(node: ASTNode): string | undefined {
  if (node.op !== '.' && node.op !== '[]') return undefined;
  const [object, key]: readonly [ASTNode, ASTNode | string] = node.args;
  if (object.op !== 'id' || object.args !== 'data') return undefined;
  if (typeof key === 'string') return key;
  return key.op === 'value' && typeof key.args === 'string' ? key.args : undefined;
}

/** Macros that bind their first argument to each item, or to a value. */
const BINDING = new Set(['all', 'exists', 'exists_one', 'map', 'filter', 'bind']);

/** Pure; an expression that cannot be parsed reads nothing (compiling it says what is wrong). */
export function reads(expression: string): Reads {
  const names = new Set<string>();
  const members = new Set<string>();
  let whole = false;

  const visit = (node: ASTNode, bound: ReadonlySet<string>): void => {
    const member = bound.has('data') ? undefined : memberRead(node);
    if (member !== undefined) {
      names.add('data');
      members.add(member);
      return;
    }
    if (node.op === 'id') {
      if (bound.has(node.args)) return;
      names.add(node.args);
      whole ||= node.args === 'data';
      return;
    }
    const [first, ...others] = node.op === 'rcall' && BINDING.has(node.args[0]) ? node.args[2] : [];
    if (node.op === 'rcall' && first?.op === 'id' && others.length > 0) {
      visit(node.args[1], bound);
      const inner = new Set(bound).add(first.args);
      for (const other of others) visit(other, inner);
      return;
    }
    for (const child of childrenOf(node)) visit(child, bound);
  };

  try {
    visit(environment.parse(expression).ast, new Set());
  } catch {
    return { names: new Set(), data: new Set() };
  }
  return { names, data: whole ? 'all' : members };
}
