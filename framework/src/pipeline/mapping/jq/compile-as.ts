import type { Json } from '../../../shared';
import { index } from './access';
import type { NodeOf, Pattern } from './ast';
import type { Context } from './context';
import { Failure } from './failure';
import { many, single, type Env, type Filter } from './filter';
import { variablesOf } from './scope';

interface Taken {
  readonly value: Json;
  /** Variables before the pattern, which its key programs see. */
  readonly outer: Env;
  readonly env: Env;
}
/** Binds the variables of a pattern and goes on with each way to do it; true when stopped. */
type Bind = (taken: Taken, then: (env: Env) => boolean) => boolean;

/** `source as $x | body` */
export function compileAs(node: NodeOf<'as'>, context: Context): Filter {
  const [pattern, alternative] = node.patterns;
  if (pattern === undefined || alternative !== undefined) throw new Failure('"?//" runs in jq', 'engine');
  const source = context.compile(node.source);
  const body = context.within(variablesOf(pattern)).compile(node.body);
  if (pattern.type === 'variable' && source.single) return bindOne(source, body);
  const bind = compilePattern(pattern, context);
  return many((input, env, emit) => source.each(input, env, (value) => bind({ value, outer: env, env }, (bound) => body.each(input, bound, emit))));
}

function bindOne(source: Filter, body: Filter): Filter {
  const [sourceFirst, bodyFirst] = [source.first, body.first];
  const first: Filter['first'] = (input, env) => {
    const value = sourceFirst(input, env);
    return value === undefined ? undefined : bodyFirst(input, { value, parent: env });
  };
  if (body.single) return single(first);
  return many((input, env, emit) => {
    const value = sourceFirst(input, env);
    return value !== undefined && body.each(input, { value, parent: env }, emit);
  }, first);
}

function compilePattern(pattern: Pattern, context: Context): Bind {
  if (pattern.type === 'variable') return ({ value, env }, then) => then({ value, parent: env });
  if (pattern.type === 'list') {
    return sequence(
      pattern.elements.map((element, at): Bind => {
        const bind = compilePattern(element, context);
        return (taken, then) => bind({ ...taken, value: index(taken.value, at) }, then);
      }),
    );
  }
  return sequence(
    pattern.members.map((member): Bind => {
      const key = context.compile(member.key);
      const bind = member.value ? compilePattern(member.value, context) : undefined;
      return (taken, then) =>
        key.each(taken.value, taken.outer, (name) => {
          const value = index(taken.value, name);
          const env = member.variable === undefined ? taken.env : { value, parent: taken.env };
          return bind ? bind({ value, outer: taken.outer, env }, then) : then(env);
        });
    }),
  );
}

function sequence(binds: readonly Bind[]): Bind {
  return binds.reduceRight<Bind>(
    (rest, bind) => (taken, then) => bind(taken, (env) => rest({ ...taken, env }, then)),
    ({ env }, then) => then(env),
  );
}
