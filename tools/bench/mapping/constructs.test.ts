import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { coverage } from '../../../framework/src/pipeline';

interface Construct {
  readonly name: string;
  readonly used: number;
  readonly expressions: readonly string[];
}
const { simple, constructs } = parse(fs.readFileSync(path.join(__dirname, 'constructs.yaml'), 'utf8')) as { readonly simple: readonly Construct[]; readonly constructs: readonly Construct[] };
const all = [...simple, ...constructs];

test.each(all)('$name: every expression is correct', ({ expressions, used }) => {
  expect(expressions.length).toBeGreaterThan(0);
  expect(used).toBeGreaterThan(0);
  expect(coverage(expressions).invalid).toBe(0);
});

test('only updates of paths leave the closures', () => {
  expect(all.filter(({ expressions }) => coverage(expressions).fallback > 0).map(({ name }) => name)).toEqual(['|=']);
});
