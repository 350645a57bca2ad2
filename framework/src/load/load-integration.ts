import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { problemAt, readDocument, mappingProblems, type Problem } from '../config';
import type { Blueprint, Integration, Mapping } from '../contract';
import { isObject } from '../shared';
import { integrationFault } from './check-integration';
import type { IntegrationFolder } from './find-integrations';

/** An integration with what its folder gives where its value does not. */
export interface LoadedIntegration {
  readonly integration: Integration;
  readonly blueprints: readonly Blueprint[];
  readonly mapping: Mapping;
}
export type LoadResult = { readonly loaded: LoadedIntegration } | { readonly problems: readonly Problem[] };

/** Loads the code of a folder and its files. Whatever goes wrong is a problem, never an exception. */
export function loadIntegration(found: IntegrationFolder): LoadResult {
  const module = loadModule(found);
  if ('problems' in module) return module;
  const { integration } = module;
  const blueprints = integration.blueprints ? { value: integration.blueprints, problems: [] } : readBlueprints(found.folder);
  const mapping = integration.mapping ? { value: integration.mapping, problems: [] } : readMapping(found.folder);
  const problems = [...blueprints.problems, ...mapping.problems];
  return problems.length > 0 ? { problems } : { loaded: { integration, blueprints: blueprints.value, mapping: mapping.value } };
}

function broken(file: string, message: string, remedy: string): { readonly problems: readonly Problem[] } {
  const place = { file, line: 1, column: 1, folder: path.dirname(file) };
  return { problems: [problemAt(place, '', { code: 'INTEGRATION_BROKEN', message, remedy })] };
}

function loadModule({ type, folder }: IntegrationFolder): { readonly integration: Integration } | { readonly problems: readonly Problem[] } {
  const file = moduleFile(folder);
  if (file === undefined) return broken(folder, `the integration '${type}' has no code`, 'write src/index.ts with export default defineIntegration({...})');
  let exported: unknown;
  try {
    // By require, not import(): only require knows TypeScript and the contract (bin/hook.js).
    exported = createRequire(path.join(folder, 'package.json'))(file);
  } catch (err) {
    return broken(file, `the integration '${type}' cannot be loaded: ${firstLine(err)}`, lacksPackage(err) ? `run npm ci in ${folder}` : 'correct it');
  }
  const value = isObject(exported) && 'default' in exported ? exported['default'] : exported;
  const fault = integrationFault(value, type);
  return fault === undefined ? { integration: value as Integration } : broken(file, `the integration '${type}' ${fault}`, 'export default defineIntegration({...})');
}

/** TypeScript where its compiler is installed (development), else what was built. */
function moduleFile(folder: string): string | undefined {
  const candidates = [...(canCompile() ? ['src/index.ts'] : []), 'dist/index.js', 'src/index.js', ...mainOf(folder)];
  return candidates.map((name) => path.join(folder, name)).find((file) => fs.statSync(file, { throwIfNoEntry: false })?.isFile());
}

function canCompile(): boolean {
  try {
    createRequire(__filename).resolve('@swc/core');
    return true;
  } catch {
    return false;
  }
}

function mainOf(folder: string): readonly string[] {
  try {
    const manifest: unknown = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const main = isObject(manifest) ? manifest['main'] : undefined;
    return typeof main === 'string' && !main.endsWith('.ts') ? [main] : [];
  } catch {
    return []; // a folder needs no package.json
  }
}

const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g'); // compilers colour what they say

/** Of whatever was thrown, also by code of another realm. */
export const messageOf = (thrown: unknown): string => (isObject(thrown) && typeof thrown['message'] === 'string' ? thrown['message'] : String(thrown));

function firstLine(err: unknown): string {
  return messageOf(err).replace(ESCAPES, '').split('\n').map((line) => line.trim()).find((line) => line !== '') ?? 'it throws';
}

/** A package that is not installed; a file of the folder itself begins with a dot or a slash. */
const lacksPackage = (err: unknown): boolean => /^Cannot find (module|package) '[^./]/.test(messageOf(err));

interface FileResult<T> {
  readonly value: T;
  readonly problems: readonly Problem[];
}
const DOCUMENT = /\.(ya?ml|json)$/;

function readBlueprints(folder: string): FileResult<readonly Blueprint[]> {
  const place = path.join(folder, 'blueprints');
  const names = fs.existsSync(place) ? fs.readdirSync(place).filter((name) => DOCUMENT.test(name)).sort() : [];
  const problems: Problem[] = [];
  const value = names.flatMap((name): readonly Blueprint[] => {
    const file = path.join(place, name);
    const document = readDocument(file);
    problems.push(...document.problems);
    if (document.problems.length > 0) return [];
    const { value } = document;
    if (isObject(value) && typeof value['identifier'] === 'string' && isObject(value['schema']) && isObject(value['schema']['properties'])) return [value as unknown as Blueprint];
    problems.push(...broken(file, 'this is no blueprint', 'give it identifier and schema.properties').problems);
    return [];
  });
  return { value, problems };
}

function readMapping(folder: string): FileResult<Mapping> {
  const file = ['mapping.yaml', 'mapping.yml', 'mapping.json'].map((name) => path.join(folder, name)).find((name) => fs.existsSync(name));
  if (file === undefined) return { value: { resources: [] }, problems: [] };
  const document = readDocument(file);
  return { value: document.value as Mapping, problems: document.problems.length > 0 ? document.problems : mappingProblems(document) };
}
