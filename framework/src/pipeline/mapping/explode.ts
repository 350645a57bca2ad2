import type { Json, JsonObject } from '../../shared';
import type { Evaluated } from './evaluate';
import { Failure } from './jq/failure';
import { kindOf } from './jq/values';
import type { Program } from './program';
import type { Counting } from './report';
import { sourcePath, withoutPath, type SourcePath } from './source-path';

/** `port.itemsToParse`: one child for each element of a list in the record. */
export interface Explosion {
  readonly program: Program;
  readonly name: string;
  /** What is taken out of the children's copy of the record; undefined = nothing. */
  readonly path?: SourcePath;
  /** The record should be trimmed, but the expression has no path that could be taken out. */
  readonly untrimmed: boolean;
}

export function compileExplosion(program: Program, options: { readonly name: string; readonly trim: boolean }): Explosion {
  const path = options.trim && program.ast ? sourcePath(program.ast) : undefined;
  return { program, name: options.name, ...(path && { path }), untrimmed: options.trim && path === undefined };
}

/** The children of a record, or undefined when the expression gives no list: then nobody knows which entities the record stands for. */
export function explode(explosion: Explosion, record: JsonObject, given: { readonly value: Evaluated; readonly counting: Counting }): readonly Json[] | undefined {
  const { value: list, counting } = given;
  if (list === undefined || list === null || (Array.isArray(list) && list.length === 0)) {
    counting.counters.emptyList++;
    return [];
  }
  if (!Array.isArray(list)) {
    counting.invalid('itemsToParse', describe(explosion, list as Json | Failure));
    return undefined;
  }
  if (explosion.untrimmed)
    counting.note('itemsToParse/whole', `itemsToParse ${explosion.program.text} has no path that could be removed: items keep the whole record`);
  const base = (explosion.path ? withoutPath(record, explosion.path) : record) as JsonObject;
  return (list as readonly Json[]).map((element) => ({ ...base, [explosion.name]: element }));
}

function describe({ program }: Explosion, value: Json | Failure): string {
  if (value instanceof Failure) return `itemsToParse ${program.text} failed: ${value.message}`;
  const advice = /\[\]\s*$/.test(program.text) ? '; drop the [] at its end, or wrap the expression in [ ]' : '';
  return `itemsToParse ${program.text} gives ${typeof value === 'bigint' ? 'number' : kindOf(value)}, not a list${advice}`;
}
