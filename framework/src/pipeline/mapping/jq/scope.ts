import type { FunctionDefinition, Node, Pattern } from './ast';
import { aritiesOf, isBuiltin } from './names';
import { JqSyntaxError } from './syntax-error';

/** Names that a place of a program can see: `$x`, `f/2`, and labels as `*out`. */
type Names = ReadonlySet<string>;

const ALWAYS: Names = new Set(['$ENV', '$__loc__']);

/** Throws JqSyntaxError for a function, variable or label that is not defined where it is used. */
export function checkNames(node: Node, names: Names = ALWAYS): void {
  const visit = (child: Node | undefined, seen: Names = names): void => {
    if (child !== undefined) checkNames(child, seen);
  };
  switch (node.type) {
    case 'variable':
      if (!names.has(`$${node.name}`)) throw new JqSyntaxError(`the variable $${node.name} is not defined`, node.at);
      return;
    case 'break':
      if (!names.has(`*${node.name}`)) throw new JqSyntaxError(`the label $${node.name} is not defined`, node.at);
      return;
    case 'call':
      checkCall(node.name, node.args.length, { names, at: node.at });
      return node.args.forEach((argument) => visit(argument));
    case 'define':
      checkNames(node.definition.body, insideOf(node.definition, names));
      return visit(node.body, plus(names, `${node.definition.name}/${node.definition.parameters.length}`));
    case 'label':
      return visit(node.body, plus(names, `*${node.name}`));
    case 'as':
      visit(node.source);
      return visit(node.body, bind(node.patterns, names));
    case 'reduce':
    case 'foreach': {
      visit(node.source);
      visit(node.start);
      const bound = bind(node.patterns, names);
      visit(node.step, bound);
      return visit(node.type === 'foreach' ? node.extract : undefined, bound);
    }
    default:
      return childrenOf(node).forEach((child) => visit(child));
  }
}

const plus = (names: Names, ...added: string[]): Names => new Set([...names, ...added]);

function insideOf(definition: FunctionDefinition, names: Names): Names {
  const own = definition.parameters.flatMap((parameter) => (parameter.startsWith('$') ? [parameter, `${parameter.slice(1)}/0`] : [`${parameter}/0`]));
  return plus(names, `${definition.name}/${definition.parameters.length}`, ...own);
}

function checkCall(name: string, arity: number, where: { readonly names: Names; readonly at: number }): void {
  if (where.names.has(`${name}/${arity}`) || isBuiltin(name, arity)) return;
  const arities = aritiesOf(name);
  const known = arities.length > 0 ? `${name} takes ${arities.join(' or ')} arguments, not ${arity}` : `the function ${name} is not defined`;
  throw new JqSyntaxError(arities.length > 0 ? known : `${known}; a text needs quotes: "${name}"`, where.at);
}

/** Alternatives bind the variables of all of them. Key programs see only what was bound before. */
function bind(patterns: readonly Pattern[], names: Names): Names {
  patterns.forEach((pattern) => checkKeys(pattern, names));
  return plus(names, ...patterns.flatMap(variablesOf).map((name) => `$${name}`));
}

function checkKeys(pattern: Pattern, names: Names): void {
  if (pattern.type === 'list') pattern.elements.forEach((element) => checkKeys(element, names));
  if (pattern.type !== 'object') return;
  for (const { key, value } of pattern.members) {
    checkNames(key, names);
    if (value) checkKeys(value, names);
  }
}

/** Names that a pattern binds, in the order of binding. */
export function variablesOf(pattern: Pattern): readonly string[] {
  if (pattern.type === 'variable') return [pattern.name];
  if (pattern.type === 'list') return pattern.elements.flatMap(variablesOf);
  return pattern.members.flatMap(({ variable, value }) => [...(variable === undefined ? [] : [variable]), ...(value ? variablesOf(value) : [])]);
}

type Binder = 'variable' | 'break' | 'call' | 'define' | 'label' | 'as' | 'reduce' | 'foreach';

function childrenOf(node: Exclude<Node, { readonly type: Binder }>): readonly (Node | undefined)[] {
  switch (node.type) {
    case 'identity':
    case 'recurse':
    case 'literal':
    case 'format':
      return [];
    case 'text':
      return node.parts.filter((part) => typeof part !== 'string');
    case 'index':
      return [node.target, node.key];
    case 'slice':
      return [node.target, node.from, node.to];
    case 'each':
      return [node.target];
    case 'optional':
    case 'group':
    case 'collect':
    case 'negate':
      return [node.body];
    case 'object':
      return node.members.flatMap(({ key, value }) => [key, value]);
    case 'pipe':
    case 'comma':
    case 'binary':
      return [node.left, node.right];
    case 'if':
      return [node.condition, node.then, node.otherwise];
    case 'try':
      return [node.body, node.handler];
  }
}
