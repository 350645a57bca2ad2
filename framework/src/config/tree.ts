import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type ParsedNode } from 'yaml';
import { childPath } from './path';
import { problemAt, type Place } from './problem';
import type { Problem } from './settings';

/** A value of a configuration file with the place of each of its parts; a member stands where its key stands. */
export interface Tree {
  readonly place: Place;
  readonly value: null | boolean | number | bigint | string | readonly Tree[] | ReadonlyMap<string, Tree>;
}

export const isTreeMap = (value: Tree['value']): value is ReadonlyMap<string, Tree> => value instanceof Map;
export const isTreeList = (value: Tree['value']): value is readonly Tree[] => Array.isArray(value);

// Our own sentences: those of the parser quote the text they stumble over, which may be a secret.
const SYNTAX: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'an alias is not written correctly',
  BAD_DQ_ESCAPE: 'a double-quoted text has an unknown escape',
  BAD_INDENT: 'the indentation is wrong, or a bracket is not closed',
  BAD_SCALAR_START: 'a text begins with a reserved character; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a line has more than one `key: value`; put the text in quotes',
  BLOCK_IN_FLOW: 'a block value stands inside brackets',
  DUPLICATE_KEY: 'this key is there twice',
  MISSING_CHAR: 'a character is missing: a closing quote, bracket, comma or colon',
  MULTILINE_IMPLICIT_KEY: 'a key spans several lines',
  MULTIPLE_DOCS: 'the file has more than one document',
  TAB_AS_INDENT: 'a tab is used as indentation',
  TAG_RESOLVE_FAILED: 'an unknown tag',
  UNEXPECTED_TOKEN: 'something unexpected stands here',
};
const COPIES = 20_000; // nodes that aliases may copy: aliases of aliases grow without end, honest ones stay far below

// The parser recurses: text nested some 800 deep exhausts the stack, and with it may end the process. Honest files stay below 30.
const DEPTH = 200;
const MARKS = /^[ \t?-]*/;

/** Where the text nests deeper than any configuration does: by brackets, or by indentation and list marks. */
function tooDeepAt(text: string): number | undefined {
  let open = 0;
  let start = 0;
  for (const line of text.split('\n')) {
    if (MARKS.exec(line)![0].length > 2 * DEPTH) return start;
    for (let at = 0; at < line.length; at++) {
      if (line[at] === '[' || line[at] === '{') open++;
      else if ((line[at] === ']' || line[at] === '}') && open > 0) open--;
      if (open > DEPTH) return start + at;
    }
    start += line.length + 1;
  }
  return undefined;
}

export interface Source {
  /** As it is shown. */
  readonly file: string;
  readonly text: string;
  readonly folder: string;
}

/** Reads YAML 1.2 or JSON. `tree` is undefined when the text is neither, or holds nothing. */
export function readTree(source: Source): { readonly tree: Tree | undefined; readonly problems: readonly Problem[] } {
  const deep = tooDeepAt(source.text);
  if (deep !== undefined) {
    const line = source.text.slice(0, deep).split('\n').length;
    const place: Place = { file: source.file, line, column: deep - source.text.lastIndexOf('\n', deep - 1), folder: source.folder };
    return { tree: undefined, problems: [problemAt(place, '', { code: 'CONFIG_SYNTAX', message: `nested deeper than ${DEPTH} levels`, remedy: 'correct the text' })] };
  }
  const lines = new LineCounter();
  const document = parseDocument(source.text, { lineCounter: lines, prettyErrors: false, version: '1.2' });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file: source.file, line: Math.max(line, 1), column: Math.max(col, 1), folder: source.folder };
  };
  const fault = (offset: number, what: string): Problem =>
    problemAt(placeAt(offset), '', { code: 'CONFIG_SYNTAX', message: `not valid YAML or JSON: ${what}`, remedy: 'correct the text' });
  const problems = [...document.errors, ...document.warnings].map((err) => fault(err.pos[0], SYNTAX[err.code] ?? err.code.toLowerCase().replaceAll('_', ' ')));
  if (problems.length > 0 || document.contents === null) return { tree: undefined, problems };
  const grown = growTree(document, placeAt);
  return 'tree' in grown ? { tree: grown.tree, problems } : { tree: undefined, problems: [fault(grown.offset, grown.what)] };
}

/** Thrown inside growTree only. */
class Unreadable extends Error {
  constructor(
    readonly offset: number,
    readonly what: string,
  ) {
    super(what);
  }
}

function growTree(document: Document.Parsed, placeAt: (offset: number) => Place): { readonly tree: Tree } | { readonly offset: number; readonly what: string } {
  let copies = 0;
  let within = 0; // aliases
  const grow = (node: ParsedNode | null, offset: number): Tree => {
    const place = placeAt(offset);
    if (within > 0 && ++copies > COPIES) throw new Unreadable(offset, 'aliases make it endless');
    if (node === null) return { place, value: null };
    if (isAlias(node)) {
      const target = node.resolve(document) as ParsedNode | undefined;
      if (!target) throw new Unreadable(offset, 'an alias names no anchor before it');
      if (target.range[0] <= offset && offset < target.range[2]) throw new Unreadable(offset, 'an alias stands inside its own anchor');
      within++;
      const { value } = grow(target, target.range[0]);
      within--;
      return { place, value };
    }
    if (isMap(node)) {
      const members = new Map<string, Tree>();
      for (const pair of node.items) {
        const at = pair.key.range[0];
        if (!isScalar(pair.key)) throw new Unreadable(at, 'a key is not text');
        members.set(String(pair.key.value), grow(pair.value, at));
      }
      return { place, value: members };
    }
    if (isSeq(node)) return { place, value: node.items.map((item) => grow(item, item.range[0])) };
    return { place, value: scalar(node) };
  };
  try {
    return { tree: grow(document.contents, document.contents?.range[0] ?? 0) };
  } catch (err) {
    if (err instanceof Unreadable) return { offset: err.offset, what: err.what };
    throw err;
  }
}

function scalar(node: { readonly value: unknown; readonly source?: string }): null | boolean | number | bigint | string {
  const { value } = node;
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) && /^[-+]?\d+$/.test(node.source ?? '')) return BigInt(node.source!);
  return value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'bigint' ? value : String(value);
}

/** The plain value, and the place of every path in it. */
export function flatten(tree: Tree, path: string, places: Map<string, Place>): unknown {
  places.set(path, tree.place);
  if (isTreeMap(tree.value)) return Object.fromEntries([...tree.value].map(([key, child]) => [key, flatten(child, childPath(path, key), places)]));
  if (isTreeList(tree.value)) return tree.value.map((child, index) => flatten(child, childPath(path, index), places));
  return tree.value;
}
