import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { auditMessages, errorsByCode } from '.';

const SOURCES = path.resolve(__dirname, '..');

/** Sources of the product that are none of the catalogue. */
const sources = fs
  .readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.ts$/.test(file) && !/\.test\.ts$|\.d\.ts$|(^|\/)test\/|^testkit\/|^audit\/messages\//.test(file.split(path.sep).join('/')))
  .map((file) => fs.readFileSync(path.join(SOURCES, file), 'utf8'));

/** Every node of a source. */
function nodesOf(text: string): ts.Node[] {
  const nodes: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    nodes.push(node);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true));
  return nodes;
}

/**
 * `component.message` of every message that the sources say. Said is what stands as a value, `auditMessages.component.message` or `name.message` of a name that was
 * taken out of `auditMessages` by destructuring; a mention in a type, a comment or a text is none, and a form that is not known here counts as not said.
 */
function saidBy(text: string): string[] {
  const said: string[] = [];
  const names = new Map<string, string>();
  const isCatalogue = (node: ts.Node): boolean => ts.isIdentifier(node) && node.text === 'auditMessages';
  const nodes = nodesOf(text);
  nodes.forEach((node) => {
    if (!ts.isVariableDeclaration(node) || !node.initializer || !isCatalogue(node.initializer) || !ts.isObjectBindingPattern(node.name)) return;
    for (const { name, propertyName } of node.name.elements) if (ts.isIdentifier(name)) names.set(name.text, propertyName && ts.isIdentifier(propertyName) ? propertyName.text : name.text);
  });
  nodes.forEach((node) => {
    if (!ts.isPropertyAccessExpression(node)) return;
    const { expression, name } = node;
    if (ts.isIdentifier(expression) && names.has(expression.text)) said.push(`${names.get(expression.text)!}.${name.text}`);
    else if (ts.isPropertyAccessExpression(expression) && isCatalogue(expression.expression)) said.push(`${expression.name.text}.${name.text}`);
  });
  return said;
}

/**
 * Codes that the sources give: they stand in the first argument of `new FrameworkError` or of `refusal`, the answer of REST, or in that of `super` in a class that some source
 * makes an error of.
 */
function givenBy(texts: readonly string[]): Set<string> {
  const nodes = texts.flatMap(nodesOf);
  const made = new Set(nodes.flatMap((node) => (ts.isNewExpression(node) && ts.isIdentifier(node.expression) ? [node.expression.text] : [])));
  const gives = (node: ts.Node): node is ts.NewExpression | ts.CallExpression => {
    if (ts.isNewExpression(node)) return ts.isIdentifier(node.expression) && node.expression.text === 'FrameworkError';
    if (!ts.isCallExpression(node)) return false;
    if (ts.isIdentifier(node.expression)) return node.expression.text === 'refusal';
    return node.expression.kind === ts.SyntaxKind.SuperKeyword && made.has(ts.findAncestor(node, ts.isClassDeclaration)?.name?.text ?? '');
  };
  const literals = (node: ts.Node | undefined): string[] => {
    if (node && ts.isConditionalExpression(node)) return [...literals(node.whenTrue), ...literals(node.whenFalse)];
    return node && ts.isStringLiteral(node) ? [node.text] : [];
  };
  return new Set(nodes.flatMap((node) => (gives(node) ? literals(node.arguments?.[0]) : [])));
}

it('every message of the catalogue is said by some code', () => {
  const said = new Set(sources.filter((text) => text.includes('auditMessages')).flatMap(saidBy));
  const catalogue = Object.entries(auditMessages).flatMap(([component, group]) => Object.keys(group).map((message) => `${component}.${message}`));
  expect(catalogue.length).toBeGreaterThan(80);
  expect(catalogue.filter((message) => !said.has(message))).toEqual([]);
});

it('every error of the catalogue is thrown or answered by some code', () => {
  const given = givenBy(sources.filter((text) => /FrameworkError|refusal|new [A-Z]/.test(text)));
  expect(errorsByCode.size).toBeGreaterThan(20);
  expect([...errorsByCode.keys()].filter((code) => !given.has(code))).toEqual([]);
});

it('a mention is not enough', () => {
  expect(saidBy("import { auditMessages } from '../audit';\nconst { run: runs } = auditMessages;\nlog.log('x', runs.deleted, {}); log.log('x', auditMessages.runtime.ready, {});")).toEqual(['run.deleted', 'runtime.ready']);
  expect(saidBy("type M = (typeof auditMessages.context)['published']; // auditMessages.runtime.ready\nconst text = 'auditMessages.runtime.ready'; rows.deleted;")).toEqual([]);
  expect([...givenBy(["throw new FrameworkError('A', []);", "refusal(so ? 'B' : 'C', 'D');", "class E extends FrameworkError { constructor() { super('E'); } }", 'throw new E();'])]).toEqual(['A', 'B', 'C', 'E']);
  expect([...givenBy(["if (err.code === 'A') problem(404, 'B'); // new FrameworkError('C')", "class D extends FrameworkError { constructor() { super('D'); } }"])]).toEqual([]);
});
