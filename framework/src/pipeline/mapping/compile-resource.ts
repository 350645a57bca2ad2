import { hashText, isObject, type Json } from '../../shared';
import { compileEntity, type EntityTemplate } from './entity-template';
import { compileExplosion, type Explosion } from './explode';
import type { Budget } from './jq/failure';
import { fixedValue, makeProgram, type Program, type ProgramMaker, type ProgramProblem } from './program';
import { stableText } from './stable-text';
import { unknownMember } from './unknown-member';
import type { CompiledResource, MappingProblem } from './types';

/** A resource with what it takes to run it. */
export interface RunnableResource extends CompiledResource {
  readonly query: Program;
  readonly explosion?: Explosion;
  readonly entities: readonly EntityTemplate[];
  /** Hash of everything in it that decides what comes out. */
  readonly hash: string;
}

/** Fields without which a resource cannot run. */
const ESSENTIAL = /^(?:selector\.query|identifier|blueprint|kind|port(?:\..*)?)$/;
const RESOURCE_MEMBERS = ['kind', 'selector', 'port'];
const PORT_MEMBERS = ['itemsToParse', 'itemsToParseName', 'itemsToParseTopLevelTransform', 'entity'];

interface Options {
  readonly index: number;
  readonly budget: Budget;
  readonly environment: Json;
  report(problem: MappingProblem): void;
}

export function compileResource(written: unknown, options: Options): RunnableResource {
  let runs = true;
  const report = (problem: ProgramProblem): void => {
    const { field, line, column, message, unusable } = problem;
    const severity = unusable === true || ESSENTIAL.test(field) || /^identifier\./.test(field) ? 'error' : 'warning';
    if (severity === 'error') runs = false;
    options.report({ resource: options.index, field, line, column, message, severity });
  };
  const maker: ProgramMaker = { budget: options.budget, environment: options.environment, report };
  const demand = (field: string, value: unknown): Readonly<Record<string, unknown>> => {
    if (isObject(value)) return value;
    report({ field, line: 1, column: 1, message: `${field} must be an object`, unusable: true });
    return {};
  };
  const lint = (field: string, value: Readonly<Record<string, unknown>>, known: readonly string[]): void => {
    for (const key of Object.keys(value).filter((name) => !known.includes(name)))
      options.report({
        resource: options.index,
        field: field === '' ? key : `${field}.${key}`,
        line: 1,
        column: 1,
        message: unknownMember(key, known),
        severity: 'warning',
      });
  };

  const resource = demand('resource', written);
  const kind = typeof resource['kind'] === 'string' ? resource['kind'] : '';
  if (kind === '') report({ field: 'kind', line: 1, column: 1, message: 'kind must be the name of a kind of the integration' });
  const selector = demand('selector', resource['selector'] ?? {});
  const { query, ...others } = selector;
  const port = demand('port', resource['port']);
  const entity = demand('port.entity', port['entity']);
  lint('', resource, RESOURCE_MEMBERS);
  lint('port', port, PORT_MEMBERS);
  lint('port.entity', entity, ['mappings']);

  const program = makeProgram('selector.query', 'query' in selector ? query : 'true', maker);
  const explosion = explosionOf(port, maker);
  const mappings = Array.isArray(entity['mappings']) ? (entity['mappings'] as readonly unknown[]) : [entity['mappings']];
  if (mappings.length === 0) report({ field: 'port.entity.mappings', line: 1, column: 1, message: 'port.entity.mappings is an empty list' });
  const entities = mappings.map((mapping) => compileEntity(demand('port.entity.mappings', mapping), maker));
  return {
    index: options.index,
    kind,
    selector: others,
    selectorHash: Object.keys(others).length === 0 ? '' : hashText(stableText(others)),
    blueprints: entities.map(fixedBlueprint),
    runs,
    query: program,
    ...(explosion && { explosion }),
    entities,
    hash: stableText([options.index, kind, query ?? null, port]),
  };
}

function explosionOf(port: Readonly<Record<string, unknown>>, maker: ProgramMaker): Explosion | undefined {
  const { itemsToParse, itemsToParseName: name = 'item', itemsToParseTopLevelTransform: trim = true } = port;
  if (itemsToParse === undefined) return undefined;
  const report = (member: string, must: string): void => maker.report({ field: `port.${member}`, line: 1, column: 1, message: `port.${member} must be ${must}` });
  if (typeof name !== 'string' || name === '') report('itemsToParseName', 'a text');
  if (typeof trim !== 'boolean') report('itemsToParseTopLevelTransform', 'true or false');
  return compileExplosion(makeProgram('port.itemsToParse', itemsToParse, maker), { name: String(name), trim: trim !== false });
}

function fixedBlueprint({ programs, blueprint }: EntityTemplate): string | undefined {
  const value = fixedValue(programs[blueprint.at]!);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
