import { isObject, type Json, type JsonObject } from '../../shared';
import { buildEntity, identityOf, type Values } from './build-entity';
import type { RunnableResource } from './compile-resource';
import { evaluateAll, type Evaluated, type Evaluator, type Item } from './evaluate';
import { explode } from './explode';
import { Failure } from './jq/failure';
import { kindOf } from './jq/values';
import { countingOf, type Counting } from './report';
import type { MappedEntity, MappedRecord, MapReport } from './types';

/** Items of one record that are in memory at a time. */
const CHILDREN = 200;

interface Draft {
  readonly entities: Map<string, MappedEntity>;
  readonly protected: { readonly blueprint: string; readonly identifier: string }[];
  uncertain?: string;
}
interface Task {
  readonly resource: RunnableResource;
  readonly counting: Counting;
  readonly evaluator: Evaluator;
}
/** An item and the record it came from. */
interface Sourced {
  readonly item: Item;
  readonly draft: Draft;
}

interface MapHow {
  readonly evaluator: Evaluator;
  readonly report: MapReport;
  readonly signal?: AbortSignal;
}

/** Runs the resources of one kind over records. Never rejects for a bad record; rejects when `signal` aborts. */
export async function mapRecords(resources: readonly RunnableResource[], records: readonly Json[], how: MapHow): Promise<readonly MappedRecord[]> {
  const drafts = records.map((): Draft => ({ entities: new Map(), protected: [] }));
  for (const resource of resources) {
    const task = { resource, counting: countingOf(how.report, resource.index), evaluator: how.evaluator };
    for await (const items of itemsOf(task, records, drafts)) {
      how.signal?.throwIfAborted();
      await mapItems(task, items);
    }
    how.signal?.throwIfAborted();
  }
  return drafts.map(({ entities, protected: kept, uncertain }) => ({
    entities: [...entities.values()],
    protected: kept,
    ...(uncertain !== undefined && { uncertain }),
  }));
}

/** Items in portions: many records at once when each is one item, a record's children 200 at a time. */
async function* itemsOf(task: Task, records: readonly Json[], drafts: readonly Draft[]): AsyncIterable<readonly Sourced[]> {
  const { explosion } = task.resource;
  const objects: Sourced[] = [];
  for (const [at, record] of records.entries()) {
    task.counting.counters.raw++;
    if (isObject(record)) objects.push({ item: { value: record as Json }, draft: drafts[at]! });
    else refuse(task, drafts[at]!, `a record is ${record === null ? 'null' : Array.isArray(record) ? 'a list' : typeof record}, not an object`);
  }
  if (explosion === undefined) {
    for (let from = 0; from < objects.length; from += CHILDREN) yield objects.slice(from, from + CHILDREN);
    return;
  }
  const lists = await evaluateAll(
    [explosion.program],
    objects.map(({ item }) => item),
    task.evaluator,
  );
  for (const [at, { item, draft }] of objects.entries()) {
    if (item.digits !== undefined) noteDigits(task.counting, item.digits);
    const children = explode(explosion, item.value as JsonObject, { value: lists[at]![0], counting: task.counting });
    if (children === undefined) draft.uncertain ??= 'itemsToParse gave no list';
    for (let from = 0; children !== undefined && from < children.length; from += CHILDREN)
      yield children.slice(from, from + CHILDREN).map((value) => ({ item: { value }, draft }));
  }
}

function refuse({ counting }: Task, draft: Draft, message: string): void {
  counting.invalid('notObject', message);
  draft.uncertain ??= message;
}

async function mapItems(task: Task, sourced: readonly Sourced[]): Promise<void> {
  const { resource, counting, evaluator } = task;
  counting.counters.items += sourced.length;
  const fixed = resource.query.filter?.constant;
  const items = sourced.map(({ item }) => item);
  const verdicts = fixed === undefined ? (await evaluateAll([resource.query], items, evaluator)).map(([verdict]) => verdict) : items.map(() => fixed);
  const selected = sourced.filter((_entry, at) => isSelected(verdicts[at], counting));
  const unjudged = sourced.filter((_entry, at) => !isJudged(verdicts[at]));
  for (const template of resource.entities) {
    if (unjudged.length > 0) await protect(task, template, unjudged);
    const values = await evaluateAll(
      template.programs,
      selected.map(({ item }) => item),
      evaluator,
    );
    for (const [at, entry] of selected.entries()) keep(task, entry, { template, values: values[at]! });
  }
  for (const { digits } of items) if (digits !== undefined) noteDigits(counting, digits);
}

const noteDigits = (counting: Counting, field: string): void =>
  counting.note(`${field}/digits`, `${field} meets an integer beyond 2^53: JQ reads it as a double, and its last digits are lost; use a text for such ids`);

const isJudged = (verdict: Evaluated): boolean => verdict === undefined || verdict === null || typeof verdict === 'boolean';

function isSelected(verdict: Evaluated, counting: Counting): boolean {
  if (verdict === true) return true;
  if (verdict instanceof Failure) counting.invalid('selectorError', `selector.query: ${verdict.message}`);
  else if (!isJudged(verdict)) counting.invalid('selectorNotBoolean', `selector.query gives ${kindOf(verdict!)}, not true or false`);
  else {
    counting.counters.filtered++;
    if (verdict !== false) {
      counting.counters.selectorNull++;
      counting.note('selectorNull', 'selector.query gives null for some items, which are not mapped; compare explicitly, for example .archived == true');
    }
  }
  return false;
}

/** Items that the selector could not judge keep their entities in this run; without an identity nothing of the kind may be deleted. */
async function protect(task: Task, template: RunnableResource['entities'][number], unjudged: readonly Sourced[]): Promise<void> {
  const places = [template.blueprint, template.identifier].flatMap((slot) => (slot.type === 'program' ? [slot.at] : []));
  const complete = places.length === 2 ? places.map((at) => template.programs[at]!) : template.programs;
  const results = await evaluateAll(
    complete,
    unjudged.map(({ item }) => item),
    task.evaluator,
  );
  for (const [at, { draft }] of unjudged.entries()) {
    const values = places.length === 2 ? spread(places, results[at]!) : results[at]!;
    const identity = identityOf({ template, values });
    if ('reason' in identity) draft.uncertain ??= `an item could be neither selected nor identified (${identity.message})`;
    else draft.protected.push({ blueprint: identity.blueprint, identifier: identity.identifier });
  }
}

function spread(places: readonly number[], results: readonly Evaluated[]): readonly Evaluated[] {
  const values: Evaluated[] = [];
  places.forEach((place, at) => (values[place] = results[at]));
  return values;
}

function keep({ resource, counting }: Task, { item, draft }: Sourced, values: Values): void {
  const identity = identityOf(values);
  if ('reason' in identity) {
    counting.invalid(identity.reason, identity.message);
    if (identity.failed) draft.uncertain ??= `an item could not be identified (${identity.message})`;
    return;
  }
  const entity = buildEntity(identity, values, { resource: resource.index, counting, item });
  counting.counters.mapped++;
  const key = JSON.stringify([resource.index, identity.blueprint, identity.identifier]);
  // The last one of an identity takes the last place too.
  if (draft.entities.delete(key)) counting.counters.duplicates++;
  draft.entities.set(key, entity);
}
