import type { Json } from '../../../shared';
import { fixedText, type NodeOf } from './ast';
import type { Context } from './context';
import { Failure, fits, spend } from './failure';
import { constant, many, single, type Env, type Filter } from './filter';
import { jsonText, numberText } from './json-text';
import { kindOf, setMember } from './values';

/** `[body]` */
export function compileCollect(node: NodeOf<'collect'>, context: Context): Filter {
  if (node.body === undefined) return constant([]);
  const body = context.compile(node.body);
  const { budget } = context;
  if (body.single) {
    const { first } = body;
    return single((input, env) => {
      const value = first(input, env);
      return value === undefined ? [] : [value];
    });
  }
  const { each } = body;
  return single((input, env) => {
    const list: Json[] = [];
    each(input, env, (value) => {
      spend(budget, 1);
      list.push(value);
      return false;
    });
    return list;
  });
}

interface MemberFilter {
  /** Set when the key is fixed. */
  readonly name: string | undefined;
  readonly key: Filter;
  readonly value: Filter;
}

/** `{key: value}`: the first key's outputs change last. */
export function compileObject(node: NodeOf<'object'>, context: Context): Filter {
  const members = node.members.map(({ key, value }): MemberFilter => ({ name: fixedText(key), key: context.compile(key), value: context.compile(value) }));
  if (members.every(({ key, value }) => key.single && value.single)) return single((input, env) => buildObject(members, input, env));
  return many((input, env, emit) => {
    const entries: (readonly [string, Json])[] = [];
    const fill = (at: number): boolean => {
      const next = members[at];
      if (next === undefined) return emit(objectOf(entries));
      return next.key.each(input, env, (key) =>
        next.value.each(input, env, (value) => {
          entries[at] = [keyOf(key), value];
          return fill(at + 1);
        }),
      );
    };
    return fill(0);
  });
}

function buildObject(members: readonly MemberFilter[], input: Json, env: Env): Json | undefined {
  const object: Record<string, Json> = {};
  for (const { name, key, value } of members) {
    const text = name ?? key.first(input, env);
    if (text === undefined) return undefined;
    const content = value.first(input, env);
    if (content === undefined) return undefined;
    setMember(object, keyOf(text), content);
  }
  return object;
}

function objectOf(entries: readonly (readonly [string, Json])[]): Json {
  const object: Record<string, Json> = {};
  for (const [key, value] of entries) setMember(object, key, value);
  return object;
}

export function keyOf(key: Json): string {
  if (typeof key === 'string') return key;
  throw new Failure(`${kindOf(key)} cannot be the key of an object`);
}

/** A string with embedded programs; the last one's outputs change last. */
export function compileText(node: NodeOf<'text'>, context: Context): Filter {
  const fixed = fixedText(node);
  if (fixed !== undefined) return constant(fixed);
  if (node.format !== undefined && node.format !== 'text') throw new Failure(`"@${node.format}" runs in jq`, 'engine');
  const parts = node.parts.map((part) => (typeof part === 'string' ? constant(part) : context.compile(part)));
  const { budget } = context;
  const toText = (value: Json): string => textOf(value, budget);
  if (parts.every((part) => part.single)) {
    return single((input, env) => {
      let text = '';
      for (let at = parts.length - 1; at >= 0; at--) {
        const value = parts[at]!.first(input, env);
        if (value === undefined) return undefined;
        text = toText(value) + text;
      }
      fits(budget, text.length);
      return text;
    });
  }
  return many((input, env, emit) => {
    const texts: string[] = [];
    const fill = (at: number): boolean => {
      const part = parts[at];
      if (part === undefined) return emit(texts.join(''));
      return part.each(input, env, (value) => {
        texts[at] = toText(value);
        return fill(at - 1);
      });
    };
    return fill(parts.length - 1);
  });
}

/** `tostring` */
export function textOf(value: Json, budget: Context['budget']): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberText(value);
  return kindOf(value) === 'boolean' || value === null ? String(value) : jsonText(value, budget);
}
