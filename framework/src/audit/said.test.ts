import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { auditMessages } from '.';

const SOURCES = path.resolve(__dirname, '..');

/** Sources of the product that are none of the catalogue. */
const sources = fs
  .readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.ts$/.test(file) && !/\.test\.ts$|\.d\.ts$|(^|\/)test\/|^testkit\/|^audit\/messages\//.test(file.split(path.sep).join('/')))
  .map((file) => path.join(SOURCES, file));

/**
 * `component.message` of every message that the sources say. Said is what stands as a value, `auditMessages.component.message` or `name.message` of a name that was
 * taken out of `auditMessages` by destructuring; a mention in a type, a comment or a text is none, and a form that is not known here counts as not said.
 */
function saidBy(text: string): string[] {
  const said: string[] = [];
  const names = new Map<string, string>();
  const isCatalogue = (node: ts.Node): boolean => ts.isIdentifier(node) && node.text === 'auditMessages';
  const file = ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true);
  const each = (node: ts.Node, visit: (node: ts.Node) => void): void => {
    visit(node);
    ts.forEachChild(node, (child) => each(child, visit));
  };
  each(file, (node) => {
    if (!ts.isVariableDeclaration(node) || !node.initializer || !isCatalogue(node.initializer) || !ts.isObjectBindingPattern(node.name)) return;
    for (const { name, propertyName } of node.name.elements) if (ts.isIdentifier(name)) names.set(name.text, propertyName && ts.isIdentifier(propertyName) ? propertyName.text : name.text);
  });
  each(file, (node) => {
    if (!ts.isPropertyAccessExpression(node)) return;
    const { expression, name } = node;
    if (ts.isIdentifier(expression) && names.has(expression.text)) said.push(`${names.get(expression.text)!}.${name.text}`);
    else if (ts.isPropertyAccessExpression(expression) && isCatalogue(expression.expression)) said.push(`${expression.name.text}.${name.text}`);
  });
  return said;
}

it('every message of the catalogue is said by some code', () => {
  const said = new Set(sources.filter((file) => fs.readFileSync(file, 'utf8').includes('auditMessages')).flatMap((file) => saidBy(fs.readFileSync(file, 'utf8'))));
  const catalogue = Object.entries(auditMessages).flatMap(([component, group]) => Object.keys(group).map((message) => `${component}.${message}`));
  expect(catalogue.length).toBeGreaterThan(80);
  expect(catalogue.filter((message) => !said.has(message))).toEqual([]);
});

it('a mention is not enough', () => {
  expect(saidBy("import { auditMessages } from '../audit';\nconst { run: runs } = auditMessages;\nlog.log('x', runs.deleted, {}); log.log('x', auditMessages.runtime.ready, {});")).toEqual(['run.deleted', 'runtime.ready']);
  expect(saidBy("type M = (typeof auditMessages.context)['published']; // auditMessages.runtime.ready\nconst text = 'auditMessages.runtime.ready'; rows.deleted;")).toEqual([]);
});
