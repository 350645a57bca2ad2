import type { Json } from '../../../../shared';
import { index, positionsOf, valuesOf } from '../access';
import { add } from '../arithmetic';
import { keyOf, textOf } from '../compile-value';
import { Failure, fits, spend, type Budget } from '../failure';
import { mapOutputs, pipe, single, type Filter } from '../filter';
import { compare, isEqual, isList, isMembers, isTrue, kindOf, memberOf, setMember, sortedKeys, type JsonList } from '../values';
import { streams } from './streams';
import { costly, plain, withArgument, type Build, type Table } from './table';

function listOf(value: Json, verb: string): JsonList {
  if (isList(value)) return value;
  throw new Failure(`${kindOf(value)} cannot be ${verb}: it is not a list`);
}

interface Keyed {
  readonly key: JsonList;
  readonly value: Json;
}

/** Elements with all outputs of `by` for each, in their order. */
const keyed = (by: Filter, verb: string, context: Parameters<Build>[1]): ((input: Json, env: Parameters<Filter['first']>[1]) => Keyed[]) => {
  return (input, env) =>
    listOf(mapped(input, context.budget), verb).map((value) => {
      const key: Json[] = [];
      by.each(value, env, (output) => {
        key.push(output);
        return false;
      });
      return { key, value };
    });
};

function mapped(input: Json, budget: Budget): Json {
  spend(budget, valuesOf(input, budget).length);
  return input;
}

const byKey = (a: Keyed, b: Keyed): number => compare(a.key, b.key);

function groups(sorted: readonly Keyed[]): readonly (readonly Json[])[] {
  const found: Json[][] = [];
  let last: Keyed | undefined;
  for (const item of sorted) {
    if (last !== undefined && isEqual(last.key, item.key)) found.at(-1)!.push(item.value);
    else found.push([item.value]);
    last = item;
  }
  return found;
}

const keyedBuild =
  (verb: string, finish: (items: Keyed[]) => Json): Build =>
  ([by], context) => {
    const items = keyed(by!, verb, context);
    return single((input, env) => finish(items(input, env)));
  };

const itself: Filter = single((input) => input);
const ofItself =
  (verb: string, finish: (items: Keyed[]) => Json): Build =>
  (_args, context) =>
    keyedBuild(verb, finish)([itself], context);

const sorted = (items: Keyed[]): Json => items.sort(byKey).map(({ value }) => value);
const grouped = (items: Keyed[]): Json => groups(items.sort(byKey));
const unique = (items: Keyed[]): Json => groups(items.sort(byKey)).map((group) => group[0]!);
/** The first of equal minima, the last of equal maxima. */
const smallest = (items: Keyed[]): Json => best(items, (item, found) => byKey(item, found) < 0);
const largest = (items: Keyed[]): Json => best(items, (item, found) => byKey(item, found) >= 0);

function best(items: readonly Keyed[], isBetter: (item: Keyed, found: Keyed) => boolean): Json {
  const [first, ...others] = items;
  if (first === undefined) return null;
  return others.reduce((found, item) => (isBetter(item, found) ? item : found), first).value;
}

function keys(value: Json, sort: boolean): Json {
  if (isMembers(value)) return sort ? sortedKeys(value) : Object.keys(value);
  if (isList(value)) return value.map((_element, at) => at);
  throw new Failure(`${kindOf(value)} has no keys`);
}

function has(value: Json, key: Json): boolean {
  if (isMembers(value) && typeof key === 'string') return Object.hasOwn(value, key);
  if (isList(value) && typeof key === 'number') return key >= 0 && key < value.length;
  if (value === null) return false;
  throw new Failure(`cannot check whether ${kindOf(value)} has the key ${kindOf(key)}`);
}

/** Only values of one type can be compared; true and false count as two. */
function contains(whole: Json, part: Json, budget: Budget): boolean {
  if (kindOf(whole) !== kindOf(part) || (typeof whole === 'boolean' && whole !== part))
    throw new Failure(`${kindOf(whole)} and ${kindOf(part)} cannot have their containment checked`);
  return holds(whole, part, budget);
}

function holds(whole: Json, part: Json, budget: Budget): boolean {
  spend(budget, 1);
  if (isMembers(whole) && isMembers(part))
    return Object.entries(part).every(([key, value]) => Object.hasOwn(whole, key) && holds(memberOf(whole, key), value, budget));
  if (isList(whole) && isList(part)) return part.every((value) => whole.some((own) => holds(own, value, budget)));
  if (typeof whole === 'string' && typeof part === 'string') return whole.includes(part);
  return isEqual(whole, part);
}

function entries(value: Json, budget: Budget): Json {
  if (isMembers(value)) return Object.entries(value).map(([key, member]) => (spend(budget, 1), { key, value: member }));
  return (keys(value, false) as JsonList).map((key) => ({ key, value: index(value, key) }));
}

function fromEntries(value: Json, budget: Budget): Json {
  const object: Record<string, Json> = {};
  for (const entry of valuesOf(value, budget)) {
    const key = ['key', 'Key', 'name', 'Name'].map((name) => index(entry, name)).find(isTrue) ?? index(entry, 'Name');
    setMember(object, keyOf(key), has(entry, 'value') ? index(entry, 'value') : index(entry, 'Value'));
  }
  return object;
}

function flatten(list: JsonList, depth: number, budget: Budget): Json[] {
  return list.flatMap((element) => {
    spend(budget, 1);
    return isList(element) && depth !== 0 ? flatten(element, depth - 1, budget) : [element];
  });
}

function join(value: Json, separator: Json, budget: Budget): Json {
  let text: Json = null;
  for (const element of valuesOf(value, budget)) {
    const start: Json = text === null ? '' : add(text, separator, budget);
    const piece = typeof element === 'boolean' || typeof element === 'number' ? textOf(element, budget) : (element ?? '');
    text = add(start, piece, budget);
    if (typeof text === 'string') fits(budget, text.length);
  }
  return text ?? '';
}

function reverse(value: Json, budget: Budget): Json {
  if (isList(value)) return spend(budget, value.length), value.toReversed();
  if (value === null || (isMembers(value) && Object.keys(value).length === 0)) return [];
  if (value === '' || value === 0) return [];
  throw new Failure(`${kindOf(value)} cannot be reversed`);
}

function positions(value: Json, part: Json): Json {
  if (isList(value)) return positionsOf(value, isList(part) ? part : [part]);
  if (typeof value === 'string' && typeof part === 'string') return textPositions(value, part);
  return index(value, part);
}

function textPositions(text: string, part: string): Json {
  if (/[\ud800-\udfff]/.test(text)) throw new Failure('positions among surrogate pairs', 'engine');
  const found: number[] = [];
  if (part === '') return found;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) found.push(at);
  return found;
}

const ofPositions =
  (choose: (found: JsonList) => Json | undefined): Build =>
  withArgument((input, part) => {
    const found = positions(input, part);
    if (found === null) return null;
    return isList(found) ? (choose(found) ?? null) : index(found, 0);
  });

/** `.[] |= f` */
function mapValues(apply: Filter, context: Parameters<Build>[1]): Filter {
  return single((input, env) => {
    if (isMembers(input)) {
      const object: Record<string, Json> = {};
      for (const key of Object.keys(input)) {
        spend(context.budget, 1);
        const value = apply.first(memberOf(input, key), env);
        if (value !== undefined) setMember(object, key, value);
      }
      return object;
    }
    return valuesOf(input, context.budget).flatMap((element) => {
      const value = apply.first(element, env);
      return value === undefined ? [] : [value];
    });
  });
}

/** Lists and objects. */
export const lists: Table = {
  'keys/0': plain((input) => keys(input, true)),
  'keys_unsorted/0': plain((input) => keys(input, false)),
  'has/1': withArgument(has),
  'in/1': withArgument((input, whole) => has(whole, input)),
  'contains/1': withArgument(contains),
  'inside/1': withArgument((input, whole, budget) => contains(whole, input, budget)),
  'to_entries/0': costly(entries),
  'from_entries/0': costly(fromEntries),
  'with_entries/1': ([apply], context) => {
    const map = streams['map/1']!([apply!], context);
    return mapOutputs(
      pipe(
        single((input) => entries(input, context.budget)),
        map,
      ),
      (value) => fromEntries(value, context.budget),
    );
  },
  'map_values/1': ([apply], context) => mapValues(apply!, context),
  'sort/0': ofItself('sorted', sorted),
  'sort_by/1': keyedBuild('sorted', sorted),
  'group_by/1': keyedBuild('grouped', grouped),
  'unique/0': ofItself('grouped', unique),
  'unique_by/1': keyedBuild('grouped', unique),
  'min/0': ofItself('searched', smallest),
  'min_by/1': keyedBuild('searched', smallest),
  'max/0': ofItself('searched', largest),
  'max_by/1': keyedBuild('searched', largest),
  'reverse/0': costly(reverse),
  'flatten/0': costly((input, budget) => flatten(valuesOf(input, budget), -1, budget)),
  'flatten/1': withArgument((input, depth, budget) => {
    if (typeof depth !== 'number') throw new Failure('flatten with another type', 'engine');
    if (depth < 0) throw new Failure('flatten needs a depth of 0 or more');
    return flatten(valuesOf(input, budget), depth, budget);
  }),
  'join/1': withArgument(join),
  'first/0': plain((input) => index(input, 0)),
  'last/0': plain((input) => index(input, -1)),
  'nth/1': withArgument(index),
  'index/1': ofPositions((found) => found[0]),
  'rindex/1': ofPositions((found) => found.at(-1)),
  'indices/1': withArgument(positions),
};

