import fs from 'node:fs';
import path from 'node:path';
import { findCycles, readGraph, sourceFiles } from './graph';
import layers from './layers.json';

const repository = path.join(__dirname, '../..');
const MAX_LINES = 400;

/** Every breach of the layers, of the ban on cycles and of the limit on lines, as one line each. */
export function findBreaches(root = repository): string[] {
  const breaches: string[] = [];
  const source = path.join(root, layers.root);
  const allowed: Readonly<Record<string, readonly string[]>> = layers.folders;
  const graph = readGraph(source);
  const short = (file: string): string => path.relative(root, file);
  const folderOf = (file: string): string => path.relative(source, file).split(path.sep)[0]!;

  for (const cycle of findCycles(graph)) breaches.push(`cycle: ${[...cycle, cycle[0]!].map(short).join(' → ')}`);
  for (const { from, to } of graph.steps) {
    const [own, other] = [folderOf(from), folderOf(to)];
    if (own !== other && !allowed[own]?.includes(other)) breaches.push(`forbidden step: ${short(from)} imports ${short(to)}; ${own} may import ${allowed[own]?.join(', ') || 'nothing'}`);
  }
  for (const file of graph.files) {
    const folder = folderOf(file);
    if (!(folder in allowed)) breaches.push(`unknown folder: ${short(file)}; add ${folder} to tools/layers/layers.json`);
  }
  for (const { from, specifier } of graph.outside) if (specifier.startsWith('.') && !specifier.endsWith('.json') && !specifier.endsWith('.js')) breaches.push(`leads nowhere: ${short(from)} imports ${specifier}`);

  const integrations = path.join(root, 'integrations');
  for (const name of fs.readdirSync(integrations)) {
    const folder = path.join(integrations, name);
    if (!fs.statSync(folder).isDirectory()) continue;
    const own = readGraph(folder);
    for (const cycle of findCycles(own)) breaches.push(`cycle: ${[...cycle, cycle[0]!].map(short).join(' → ')}`);
    for (const { from, specifier } of own.outside) {
      const leaves = specifier.startsWith('.') && !path.resolve(path.dirname(from), specifier).startsWith(folder);
      const framework = specifier.startsWith('@integration-framework/') && !layers.integrations.includes(specifier);
      if (leaves || framework) breaches.push(`forbidden step: ${short(from)} imports ${specifier}; an integration sees ${layers.integrations.join(' and ')} only`);
    }
  }
  for (const folder of ['framework/src', 'integrations', 'tools']) {
    for (const file of sourceFiles(path.join(root, folder))) {
      const lines = fs.readFileSync(file, 'utf8').split('\n').length - 1;
      if (lines > MAX_LINES) breaches.push(`too long: ${short(file)} has ${lines} lines, at most ${MAX_LINES}; which verbs did this noun swallow?`);
    }
  }
  return breaches;
}

if (require.main === module) {
  const breaches = findBreaches();
  for (const breach of breaches) console.log(breach);
  console.log(breaches.length === 0 ? 'layers: no breach' : `layers: ${breaches.length} breaches`);
  process.exitCode = breaches.length === 0 ? 0 : 1;
}
