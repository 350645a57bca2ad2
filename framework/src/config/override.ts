import { treeIdentifiers } from './merge';
import { alike, nearest } from './nearest';
import { problemAt, type Finding, type Place } from './problem';
import type { Problem } from './settings';
import type { KeySpec } from './spec';
import { isTreeList, isTreeMap, readTree, type Tree } from './tree';

const PREFIX = 'FRAMEWORK__';
const FREE: KeySpec = { type: 'any', description: '' };

/** A value that a `FRAMEWORK__` variable gave: no literal of a file, and read as YAML where its key is no text. */
export const isOverridden = (place: Place): boolean => place.file.startsWith(PREFIX);

export interface OverrideOptions {
  readonly spec: KeySpec;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Relative paths in the values are taken from here. */
  readonly folder: string;
}

/** Sets every key that a `FRAMEWORK__A__B` variable names; a segment that matches nothing known is a problem. */
export function applyOverrides(tree: Tree, options: OverrideOptions): { readonly tree: Tree; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  let result = tree;
  for (const name of Object.keys(options.environment).sort()) {
    const text = options.environment[name];
    if (!name.startsWith(PREFIX) || text === undefined) continue;
    const place: Place = { file: name, line: 1, column: 1, folder: options.folder };
    const set = override(result, { spec: options.spec, segments: name.slice(PREFIX.length).split('__'), text, place, within: '' });
    if ('code' in set) problems.push(problemAt(place, name, set));
    else result = set;
  }
  return { tree: result, problems };
}

interface Override {
  readonly spec: KeySpec;
  readonly segments: readonly string[];
  readonly text: string;
  readonly place: Place;
  /** Where we are, for messages. */
  readonly within: string;
}
const unknown = (segment: string, within: string, known: readonly string[]): Finding => {
  const near = nearest(segment, known);
  return {
    code: 'CONFIG_UNKNOWN_KEY',
    message: `'${segment}' names nothing in ${within === '' ? 'the configuration' : within}`,
    remedy: near === undefined ? `known there: ${known.join(', ') || 'nothing'}` : `did you mean '${near}'?`,
  };
};

function override(tree: Tree | undefined, what: Override): Tree | Finding {
  const [segment, ...rest] = what.segments;
  if (segment === undefined) return leaf(what);
  if (what.spec.type === 'list' && what.spec.items) return inList(tree, { ...what, spec: what.spec.items }, segment);
  if (what.spec.type !== 'object' && what.spec.type !== 'any') return unknown(segment, what.within, []);
  return inMap(tree, { ...what, segments: rest }, segment);
}

function leaf(what: Override): Tree | Finding {
  // Which type a free member has is known by its integration only: it stays text, and is read by that type later.
  if (['string', 'secret', 'expression', 'any'].includes(what.spec.type)) return { place: what.place, value: what.text };
  const { tree, problems } = readTree({ file: what.place.file, text: what.text, folder: what.place.folder });
  if (problems.length > 0) return { code: 'CONFIG_SYNTAX', message: 'the value is not valid YAML', remedy: 'correct it' };
  return moved(tree ?? { place: what.place, value: null }, what.place);
}

/** Everything inside the value of a variable stands at the variable. */
function moved(tree: Tree, place: Place): Tree {
  if (isTreeMap(tree.value)) return { place, value: new Map([...tree.value].map(([key, child]) => [key, moved(child, place)])) };
  if (isTreeList(tree.value)) return { place, value: tree.value.map((child) => moved(child, place)) };
  return { place, value: tree.value };
}

function inList(tree: Tree | undefined, what: Override, segment: string): Tree | Finding {
  const items = tree !== undefined && isTreeList(tree.value) ? tree.value : [];
  const names = what.within === '' || what.within === 'integrations' ? treeIdentifiers(items) : [];
  const matches = names.flatMap((name, index) => (alike(name, segment) ? [index] : []));
  if (matches.length > 1) return { code: 'CONFIG_UNKNOWN_KEY', message: `'${segment}' names several entries`, remedy: 'use the index' };
  const index = matches[0] ?? (/^\d+$/.test(segment) ? Number(segment) : -1);
  const item = items[index];
  if (item === undefined) return unknown(segment, what.within, names.length > 0 ? names : items.map((_, at) => String(at)));
  const set = override(item, { ...what, segments: what.segments.slice(1), within: `${what.within}[${index}]` });
  return 'code' in set ? set : { place: tree!.place, value: items.with(index, set) };
}

function inMap(tree: Tree | undefined, what: Override, segment: string): Tree | Finding {
  const present = tree !== undefined && isTreeMap(tree.value) ? tree.value : new Map<string, Tree>();
  const known = Object.entries(what.spec.members ?? {});
  const names = (key: string, spec: KeySpec): readonly string[] => [key, ...(spec.aliases ?? [])];
  const hit = known.find(([key, spec]) => names(key, spec).some((name) => alike(name, segment)));
  const free = what.spec.open === true || what.spec.members === undefined;
  if (!hit && !free) return unknown(segment, what.within, known.map(([key]) => key));
  const written = [...present.keys()].find((key) => (hit ? names(...hit).includes(key) : alike(key, segment)));
  const key = written ?? hit?.[0] ?? segment;
  const within = what.within === '' ? key : `${what.within}.${key}`;
  const set = override(present.get(key), { ...what, spec: hit?.[1] ?? what.spec.items ?? FREE, within });
  return 'code' in set ? set : { place: tree?.place ?? what.place, value: new Map(present).set(key, set) };
}
