import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** An import of one file by another, type imports included. */
export interface Step {
  readonly from: string;
  readonly to: string;
  /** As written. */
  readonly specifier: string;
}

export interface ImportGraph {
  readonly files: readonly string[];
  /** Imports of files of the tree. */
  readonly steps: readonly Step[];
  /** Imports of packages, and of relative paths that lead outside the tree or nowhere. */
  readonly outside: readonly { readonly from: string; readonly specifier: string }[];
}

/** TypeScript files below a folder, without tests. */
export function sourceFiles(folder: string): string[] {
  const found: string[] = [];
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules' && entry.name !== 'dist' && entry.name !== 'test' && entry.name !== 'fixtures') found.push(...sourceFiles(full));
    else if (entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts') && !entry.name.endsWith('.d.ts')) found.push(full);
  }
  return found;
}

/** The imports of a tree, read by the compiler's own scanner. */
export function readGraph(folder: string): ImportGraph {
  const files = sourceFiles(folder);
  const known = new Set(files);
  const steps: Step[] = [];
  const outside: { from: string; specifier: string }[] = [];
  for (const from of files) {
    for (const { fileName: specifier } of ts.preProcessFile(fs.readFileSync(from, 'utf8'), true, true).importedFiles) {
      const base = path.resolve(path.dirname(from), specifier);
      const to = specifier.startsWith('.') ? [`${base}.ts`, path.join(base, 'index.ts'), base].find((candidate) => known.has(candidate)) : undefined;
      if (to === undefined) outside.push({ from, specifier });
      else steps.push({ from, to, specifier });
    }
  }
  return { files, steps, outside };
}

/** Groups of files that import each other in a circle (Tarjan), each with at least two files or a file that imports itself. */
export function findCycles(graph: Pick<ImportGraph, 'files' | 'steps'>): string[][] {
  const next = new Map<string, string[]>(graph.files.map((file) => [file, []]));
  for (const step of graph.steps) next.get(step.from)!.push(step.to);
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const cycles: string[][] = [];
  const visit = (file: string): void => {
    index.set(file, index.size);
    low.set(file, index.get(file)!);
    stack.push(file);
    onStack.add(file);
    for (const to of next.get(file)!) {
      if (!index.has(to)) {
        visit(to);
        low.set(file, Math.min(low.get(file)!, low.get(to)!));
      } else if (onStack.has(to)) low.set(file, Math.min(low.get(file)!, index.get(to)!));
    }
    if (low.get(file) !== index.get(file)) return;
    const group: string[] = [];
    for (;;) {
      const member = stack.pop()!;
      onStack.delete(member);
      group.push(member);
      if (member === file) break;
    }
    if (group.length > 1 || next.get(file)!.includes(file)) cycles.push(group.reverse());
  };
  for (const file of graph.files) if (!index.has(file)) visit(file);
  return cycles;
}
