import fs from 'node:fs';
import path from 'node:path';
import { loadFile } from './load-file';
import { childPath } from './path';
import type { Place } from './problem';
import type { Problem } from './settings';
import { isTreeList, isTreeMap, type Tree } from './tree';

export interface Grafted {
  readonly tree: Tree;
  /** By index of the entry. */
  readonly problems: ReadonlyMap<number, readonly Problem[]>;
}

interface Grafting {
  readonly cwd: string;
  /** No file is read. */
  readonly closed: boolean;
  /** Of one entry. */
  readonly problems: Problem[];
}

/** Puts the content of mapping files where their path stands: at `mapping` of entries, and of the processors of that name. */
export function graftMappings(tree: Tree, options: { readonly cwd: string; readonly closed: boolean }): Grafted {
  const problems = new Map<number, readonly Problem[]>();
  const grafted = inMember(tree, 'integrations', (list) =>
    inItems(list, (entry, index) => {
      const at = childPath('integrations', index);
      const grafting: Grafting = { ...options, problems: [] };
      const own = graft(entry, childPath(at, 'mapping'), grafting);
      const whole = graftSteps(own, childPath(at, 'pipelines'), grafting);
      if (grafting.problems.length > 0) problems.set(index, grafting.problems);
      return whole;
    }),
  );
  return { tree: grafted, problems };
}

function graftSteps(entry: Tree, at: string, grafting: Grafting): Tree {
  const inPipeline = (pipeline: Tree, index: number): Tree =>
    inMember(pipeline, 'processors', (list) =>
      inItems(list, (step, place) => {
        const path = `${at}[${index}].processors[${place}].mapping`;
        const isMapping = isTreeMap(step.value) && step.value.get('type')?.value === 'mapping';
        return isMapping ? graft(step, path, grafting, { value: new Map([['resources', { place: step.place, value: [] }]]) }) : step;
      }),
    );
  return inMember(entry, 'pipelines', (list) => inItems(list, inPipeline));
}

/** `instead` stands for a file that is not read, where the member may not be absent. */
function graft(parent: Tree, at: string, { cwd, closed, problems }: Grafting, instead?: Pick<Tree, 'value'>): Tree {
  const mapping = isTreeMap(parent.value) ? parent.value.get('mapping') : undefined;
  if (!mapping || !isTreeMap(parent.value) || typeof mapping.value !== 'string') return parent;
  const members = new Map(parent.value);
  const file = path.resolve(mapping.place.folder, mapping.value);
  const loaded = closed ? { tree: undefined, problems: [] } : loadFile(file, { cwd });
  problems.push(...loaded.problems.map((problem) => ({ ...(fs.existsSync(file) ? problem : missingMapping(mapping.place, problem)), path: at })));
  const content = loaded.tree ?? (instead && { ...instead, place: mapping.place });
  if (content) members.set('mapping', content);
  else members.delete('mapping');
  return { place: parent.place, value: members };
}

function inMember(tree: Tree, key: string, change: (member: Tree) => Tree): Tree {
  const member = isTreeMap(tree.value) ? tree.value.get(key) : undefined;
  return member && isTreeMap(tree.value) ? { place: tree.place, value: new Map(tree.value).set(key, change(member)) } : tree;
}

const inItems = (tree: Tree, change: (item: Tree, index: number) => Tree): Tree => (isTreeList(tree.value) ? { place: tree.place, value: tree.value.map(change) } : tree);

const missingMapping = ({ line, column, file }: Place, problem: Problem): Problem => ({
  ...problem,
  file,
  line,
  column,
  message: `the mapping file ${problem.file} is not there`,
  remedy: 'create it, or correct the path',
});
