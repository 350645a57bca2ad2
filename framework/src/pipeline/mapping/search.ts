import { isObject, type Json } from '../../shared';

/** What a field holds: one expression, or a search query whose every leaf is an expression. */
export type Slot = Place | QuerySlot;
/** A program by its place among all programs of the entity. */
export interface Place {
  readonly type: 'program';
  readonly at: number;
}
export interface QuerySlot {
  readonly type: 'query';
  readonly content: QueryPart;
}
export type QueryPart =
  | Place
  | { readonly type: 'list'; readonly parts: readonly QueryPart[] }
  | { readonly type: 'members'; readonly parts: readonly (readonly [string, QueryPart])[] };

/** The form of a search query: `{combinator, rules[]}`. */
export const isQuery = (value: unknown): value is { readonly combinator: unknown; readonly rules: readonly unknown[] } =>
  isObject(value) && 'combinator' in value && Array.isArray(value['rules']);

/** Compiles the leaves of a query; a field's name is its path without positions. */
export function compileQuery(field: string, query: unknown, add: (field: string, written: unknown) => Place): QuerySlot {
  const part = (name: string, value: unknown): QueryPart => {
    if (Array.isArray(value)) return { type: 'list', parts: value.map((element) => part(name, element)) };
    if (isObject(value)) return { type: 'members', parts: Object.entries(value).map(([key, member]) => [key, part(`${name}.${key}`, member)] as const) };
    return add(name, value);
  };
  return { type: 'query', content: part(field, query) };
}

/** The query with the values of its leaves. */
export function fillQuery(part: QueryPart, valueAt: (at: number) => Json): Json {
  if (part.type === 'program') return valueAt(part.at);
  if (part.type === 'list') return part.parts.map((element) => fillQuery(element, valueAt));
  return Object.fromEntries(part.parts.map(([key, member]) => [key, fillQuery(member, valueAt)]));
}

