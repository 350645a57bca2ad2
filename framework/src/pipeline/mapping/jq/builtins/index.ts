import type { NodeOf } from '../ast';
import type { Context } from '../context';
import { Failure } from '../failure';
import type { Filter } from '../filter';
import { dates } from './dates';
import { lists } from './lists';
import { regex } from './regex';
import { streams } from './streams';
import type { Table } from './table';
import { text } from './text';
import { types } from './types';

const TABLE: Table = { ...streams, ...types, ...lists, ...text, ...regex, ...dates };

/** Compiles a call. Throws Failure `engine` for functions that run in jq. */
export function builtin(node: NodeOf<'call'>, context: Context): Filter {
  const build = TABLE[`${node.name}/${node.args.length}`];
  if (build === undefined) throw new Failure(`"${node.name}" runs in jq`, 'engine');
  return build(
    node.args.map((argument) => context.compile(argument)),
    context,
  );
}
