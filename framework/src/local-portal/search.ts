import { isObject, type Json } from '../shared';
import type { BlueprintStore } from './blueprint-store';
import type { EntityBody, EntityRow, EntityStore } from './entity-store';
import { invalid } from './envelope';
import { operandFault, OPERATORS, type Operator } from './search-operators';
import { bodyOf } from './write-set';

/** Where rules look things up. */
export interface SearchContext {
  readonly entities: EntityStore;
  readonly blueprints: BlueprintStore;
  readonly now: number;
}

/** An entity as rules see it; its body is parsed when a rule asks for it. */
export interface Candidate {
  readonly row: EntityRow;
  readonly blueprint: string;
  readonly datasource: string;
  body(): EntityBody;
}

export type Predicate = (candidate: Candidate) => boolean;

export interface Search {
  readonly matches: Predicate;
  /** What every match must have, as far as the rules say so plainly: the scan reads no more than that. */
  readonly blueprint?: string;
  readonly identifiers?: readonly string[];
}

/** `mapping`: the narrower language of search identifiers and relations (four operators, nothing else). */
export type Dialect = 'full' | 'mapping';

const MAPPING_OPERATORS = ['=', 'in', 'containsAny', 'contains'];
const MAX_DEPTH = 20;

/** Compiles a query `{combinator, rules}`. Throws 422 that names the rule. */
export function compileSearch(query: unknown, context: SearchContext, dialect: Dialect = 'full'): Search {
  const matches = compileQuery(query, { context, dialect, field: 'query', depth: 0 });
  return { matches, ...narrow(query as Query) };
}

export const isQuery = (value: unknown): value is Query => isObject(value) && 'combinator' in value && 'rules' in value;

interface Query {
  readonly combinator: 'and' | 'or';
  readonly rules: readonly (Query | Readonly<Record<string, Json>>)[];
}

interface Place {
  readonly context: SearchContext;
  readonly dialect: Dialect;
  readonly field: string;
  readonly depth: number;
}

function compileQuery(query: unknown, place: Place): Predicate {
  const { field } = place;
  if (!isObject(query)) throw invalid(field, 'must be an object {combinator, rules}');
  if (place.depth > MAX_DEPTH) throw invalid(field, 'is nested too deeply');
  const extra = Object.keys(query).find((key) => key !== 'combinator' && key !== 'rules');
  if (extra !== undefined) throw invalid(`${field}.${extra}`, 'is not known');
  const { combinator, rules } = query;
  if (combinator !== 'and' && combinator !== 'or') throw invalid(`${field}.combinator`, 'must be "and" or "or"');
  if (!Array.isArray(rules)) throw invalid(`${field}.rules`, 'must be a list');
  const predicates = rules.map((rule, index) => {
    const inner = { ...place, field: `${field}.rules[${index}]`, depth: place.depth + 1 };
    return isQuery(rule) ? compileQuery(rule, inner) : compileRule(rule, inner);
  });
  // Without rules nothing is asked, so everything matches.
  if (predicates.length === 0) return () => true;
  return combinator === 'and' ? (candidate) => predicates.every((matches) => matches(candidate)) : (candidate) => predicates.some((matches) => matches(candidate));
}

function compileRule(rule: unknown, place: Place): Predicate {
  const { context, dialect, field } = place;
  if (!isObject(rule)) throw invalid(field, 'must be an object');
  const name = rule['operator'];
  if (name === 'relatedTo' && dialect === 'full') return compileRelatedTo(rule, place);
  const operator = typeof name === 'string' && Object.hasOwn(OPERATORS, name) && (dialect === 'full' || MAPPING_OPERATORS.includes(name)) ? OPERATORS[name] : undefined;
  if (!operator) throw invalid(`${field}.operator`, `${JSON.stringify(name)} is not known here`);
  const property = rule['property'] ?? rule['relation'] ?? rule['scorecard'];
  if (typeof property !== 'string') throw invalid(`${field}.property`, 'must be a string');
  const { value } = rule;
  // A rule about the caller: a machine is no user and has no teams.
  if (isObject(value) && 'context' in value && 'property' in value) return () => false;
  const fault = operandFault(name as string, value);
  if (fault !== undefined) throw invalid(`${field}.value`, fault);
  return compare(property, { operator, value, now: context.now });
}

function compare(property: string, rule: { readonly operator: Operator; readonly value: unknown; readonly now: number }): Predicate {
  const { operator, value, now } = rule;
  const meta = Object.hasOwn(META, property) ? META[property] : undefined;
  if (meta) return (candidate) => operator(meta(candidate), value, now);
  return (candidate) => {
    const { properties, relations } = candidate.body();
    const left = Object.hasOwn(properties, property) ? properties[property] : Object.hasOwn(relations, property) ? relations[property] : undefined;
    return operator(left, value, now);
  };
}

const META: Readonly<Record<string, (candidate: Candidate) => unknown>> = {
  $identifier: ({ row }) => row.identifier,
  $title: (candidate) => candidate.body().title,
  $icon: (candidate) => candidate.body().icon,
  $blueprint: ({ blueprint }) => blueprint,
  $team: (candidate) => candidate.body().team,
  $createdAt: ({ row }) => new Date(row.created).toISOString(),
  $updatedAt: ({ row }) => new Date(row.updated).toISOString(),
  $datasource: ({ datasource }) => datasource,
};

/** Entities connected with the named ones over any number of relations: `upstream` = what they point to, `downstream` = what points to them, neither = both. */
function compileRelatedTo(rule: Readonly<Record<string, unknown>>, place: Place): Predicate {
  const { context, field } = place;
  const { entities, blueprints } = context;
  const { blueprint, value, direction, required } = rule;
  if (typeof blueprint !== 'string') throw invalid(`${field}.blueprint`, 'must be a string');
  const wanted = typeof value === 'string' ? [value] : Array.isArray(value) && value.every((entry) => typeof entry === 'string') ? (value as string[]) : undefined;
  if (!wanted) throw invalid(`${field}.value`, 'must be an identifier or a list of them');
  if (direction !== undefined && direction !== 'upstream' && direction !== 'downstream') throw invalid(`${field}.direction`, 'must be "upstream" or "downstream"');
  const target = blueprints.get(blueprint);
  const from = target ? entities.find(target.n, wanted).map(({ n }) => n) : [];
  const blueprintOf = new Map<number, number>();
  const follows = (link: { source: number; relation: string }): boolean => {
    if (typeof required !== 'boolean') return true;
    if (!blueprintOf.has(link.source)) for (const row of entities.byNumbers([link.source])) blueprintOf.set(row.n, row.blueprint);
    return (blueprints.byNumber(blueprintOf.get(link.source) ?? -1)?.relations.get(link.relation)?.required ?? false) === required;
  };
  const reached = new Set<number>();
  for (const way of ['up', 'down'] as const) {
    if (direction === undefined || direction === `${way}stream`) for (const n of entities.related(from, { direction: way, follows })) reached.add(n);
  }
  for (const n of from) reached.delete(n);
  return ({ row }) => reached.has(row.n);
}

function narrow(query: Query): Omit<Search, 'matches'> {
  const found: { blueprint?: string; identifiers?: readonly string[] } = {};
  if (query.combinator !== 'and' && query.rules.length !== 1) return found;
  for (const rule of query.rules) {
    if (isQuery(rule)) {
      Object.assign(found, narrow(rule));
      continue;
    }
    const { property, operator, value } = rule as Readonly<Record<string, unknown>>;
    if (property === '$blueprint' && operator === '=' && typeof value === 'string') found.blueprint = value;
    if (property === '$identifier' && operator === '=' && typeof value === 'string') found.identifiers = [value];
    if (property === '$identifier' && operator === 'in' && Array.isArray(value) && value.every((entry) => typeof entry === 'string')) found.identifiers = value as string[];
  }
  return found;
}

export function candidateOf(row: EntityRow, context: Pick<SearchContext, 'entities' | 'blueprints'>): Candidate {
  let body: EntityBody | undefined;
  return {
    row,
    blueprint: context.blueprints.byNumber(row.blueprint)?.identifier ?? '',
    datasource: context.entities.sourceText(row.source),
    body: () => (body ??= bodyOf({ text: row.body })),
  };
}

const PAGE = 500;

/** The matches, in the order of blueprints and identifiers; yields once for each page read, so that a caller may give way between. `in`: only this blueprint. */
export function* scan(search: Search, context: SearchContext, from: { readonly blueprint?: string; readonly after?: string } = {}): Generator<readonly Candidate[]> {
  const { entities, blueprints } = context;
  for (const blueprint of blueprints.list()) {
    if (from.blueprint !== undefined && blueprint.identifier !== from.blueprint) continue;
    if (search.blueprint !== undefined && blueprint.identifier !== search.blueprint) continue;
    for (let after: string | undefined = from.after ?? ''; after !== undefined; ) {
      const rows: readonly EntityRow[] = entities.page({ blueprint: blueprint.n, after, limit: PAGE, ...(search.identifiers ? { identifiers: search.identifiers } : {}) });
      yield rows.map((row) => candidateOf(row, context)).filter(search.matches);
      after = rows.length < PAGE ? undefined : rows.at(-1)!.identifier;
    }
  }
}
