import { fixedText, type Node } from './jq/ast';

/** Names and positions from the record's root to a part of it. */
export type SourcePath = readonly (string | number)[];

/** What a part of a program starts from: the record, or something computed. */
interface Scan {
  /** Variables that are bound to the whole record. */
  readonly roots: ReadonlySet<string>;
}

/** The first plain path of a program that reaches the raw record: where `itemsToParse` takes its list from. Undefined when there is none. */
export function sourcePath(program: Node): SourcePath | undefined {
  return find(program, { roots: new Set() });
}

function find(node: Node, scan: Scan): SourcePath | undefined {
  switch (node.type) {
    case 'group':
      return find(node.body, scan);
    case 'as':
      return findInBinding(node, scan);
    case 'pipe':
      return isRoot(node.left, scan) ? find(node.right, scan) : find(node.left, scan);
    case 'binary':
      return find(node.left, scan);
    case 'each':
    case 'slice':
      return find(node.target, scan);
    case 'optional':
      return find(node.body, scan);
    case 'index':
      return chain(node, scan);
    default:
      return undefined;
  }
}

/** `. as $x | body`: the variable is the record. `(path) as $x | body`: the path is the first to reach it. */
function findInBinding(node: Extract<Node, { readonly type: 'as' }>, scan: Scan): SourcePath | undefined {
  const [pattern] = node.patterns;
  if (!isRoot(node.source, scan)) return find(node.source, scan);
  const roots = pattern?.type === 'variable' ? new Set([...scan.roots, pattern.name]) : scan.roots;
  return find(node.body, { roots });
}

function isRoot(node: Node, scan: Scan): boolean {
  if (node.type === 'group') return isRoot(node.body, scan);
  return node.type === 'identity' || (node.type === 'variable' && scan.roots.has(node.name));
}

/** Accessors from the record on, up to the first that is not a plain name or position. */
function chain(node: Extract<Node, { readonly type: 'index' }>, scan: Scan): SourcePath | undefined {
  const key = node.key.type === 'literal' && typeof node.key.value === 'number' ? node.key.value : fixedText(node.key);
  if (isRoot(node.target, scan)) return key === undefined ? undefined : [key];
  const before = find(node.target, scan);
  // A path that ended before this accessor is not prolonged by it.
  if (before === undefined || key === undefined || !reaches(node.target)) return before;
  return [...before, key];
}

const reaches = (node: Node): boolean => {
  if (node.type === 'group') return reaches(node.body);
  if (node.type === 'pipe') return reaches(node.right);
  return node.type === 'index' && (fixedText(node.key) !== undefined || (node.key.type === 'literal' && typeof node.key.value === 'number'));
};

/** A copy of the record without what the path leads to; parts beside the path are shared. */
export function withoutPath(value: unknown, path: SourcePath): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return withoutElement(value, step, rest);
  if (typeof step !== 'string' || !Object.hasOwn(value, step)) return value;
  const { [step]: child, ...others } = value as Record<string, unknown>;
  if (rest.length === 0) return others;
  // Spread keeps the member where it stood.
  return { ...(value as Record<string, unknown>), [step]: withoutPath(child, rest) };
}

function withoutElement(list: readonly unknown[], step: string | number, rest: SourcePath): unknown {
  if (typeof step !== 'number') return list;
  const at = step < 0 ? step + list.length : step;
  if (at >= list.length) return list;
  return rest.length === 0 ? list.toSpliced(at, 1) : list.with(at, withoutPath(list[at], rest));
}
