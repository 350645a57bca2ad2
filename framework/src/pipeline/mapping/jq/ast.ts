/** Offset in the program text, from 0; what messages turn into line and column. */
export type Place = number;

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type Arithmetic = '+' | '-' | '*' | '/' | '%';
export type Update = '=' | '|=' | '+=' | '-=' | '*=' | '/=' | '%=' | '//=';
export type BinaryOperator = Comparison | Arithmetic | Update | 'and' | 'or' | '//';

export type Pattern =
  | { readonly type: 'variable'; readonly name: string; readonly at: Place }
  | { readonly type: 'list'; readonly elements: readonly Pattern[]; readonly at: Place }
  | { readonly type: 'object'; readonly members: readonly PatternMember[]; readonly at: Place };

/** `key: value`, `$name` (variable and key) or `$name: value` (both, and the value taken apart). */
export interface PatternMember {
  readonly key: Node;
  readonly variable?: string;
  readonly value?: Pattern;
}

export interface Member {
  readonly key: Node;
  readonly value: Node;
}

export interface FunctionDefinition {
  readonly name: string;
  /** `$x` for a value parameter, `f` for a filter. */
  readonly parameters: readonly string[];
  readonly body: Node;
}

type Shape =
  | { readonly type: 'identity' }
  | { readonly type: 'recurse' }
  | { readonly type: 'literal'; readonly value: null | boolean | number }
  /** A string; texts and embedded programs in turn. */
  | { readonly type: 'text'; readonly format?: string; readonly parts: readonly (string | Node)[] }
  | { readonly type: 'format'; readonly name: string }
  | { readonly type: 'variable'; readonly name: string }
  | { readonly type: 'index'; readonly target: Node; readonly key: Node; readonly quiet: boolean }
  | { readonly type: 'slice'; readonly target: Node; readonly from?: Node; readonly to?: Node; readonly quiet: boolean }
  | { readonly type: 'each'; readonly target: Node; readonly quiet: boolean }
  | { readonly type: 'optional'; readonly body: Node }
  | { readonly type: 'group'; readonly body: Node }
  | { readonly type: 'collect'; readonly body?: Node }
  | { readonly type: 'object'; readonly members: readonly Member[] }
  | { readonly type: 'negate'; readonly body: Node }
  | { readonly type: 'pipe'; readonly left: Node; readonly right: Node }
  | { readonly type: 'comma'; readonly left: Node; readonly right: Node }
  | { readonly type: 'binary'; readonly operator: BinaryOperator; readonly left: Node; readonly right: Node }
  | { readonly type: 'if'; readonly condition: Node; readonly then: Node; readonly otherwise?: Node }
  | { readonly type: 'try'; readonly body: Node; readonly handler?: Node }
  | { readonly type: 'reduce'; readonly source: Node; readonly patterns: readonly Pattern[]; readonly start: Node; readonly step: Node }
  | { readonly type: 'foreach'; readonly source: Node; readonly patterns: readonly Pattern[]; readonly start: Node; readonly step: Node; readonly extract?: Node }
  | { readonly type: 'as'; readonly source: Node; readonly patterns: readonly Pattern[]; readonly body: Node }
  | { readonly type: 'define'; readonly definition: FunctionDefinition; readonly body: Node }
  | { readonly type: 'label'; readonly name: string; readonly body: Node }
  | { readonly type: 'break'; readonly name: string }
  | { readonly type: 'call'; readonly name: string; readonly args: readonly Node[] };

/** A parsed jq program. */
export type Node = Shape & { readonly at: Place };
export type NodeOf<T extends Node['type']> = Extract<Node, { readonly type: T }>;

/** The text of a string that has no embedded program. */
export const fixedText = (node: Node): string | undefined => {
  if (node.type === 'group') return fixedText(node.body);
  if (node.type !== 'text' || node.parts.some((part) => typeof part !== 'string')) return undefined;
  return node.parts.join('');
};
