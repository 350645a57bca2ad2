import { isObject } from '../../shared';
import { makeProgram, type Program, type ProgramMaker } from './program';
import { compileQuery, isQuery, type Place, type Slot } from './search';
import { unknownMember } from './unknown-member';

/** An entity mapping with its programs in one list, so that one pass over the item evaluates them all. */
export interface EntityTemplate {
  readonly programs: readonly Program[];
  readonly identifier: Slot;
  readonly blueprint: Place;
  readonly title?: Place;
  readonly icon?: Place;
  readonly team?: Slot;
  readonly properties: readonly (readonly [string, Place])[];
  readonly relations: readonly (readonly [string, Slot])[];
}

const MEMBERS = ['identifier', 'blueprint', 'title', 'icon', 'team', 'properties', 'relations'];

/** Compiles one element of `port.entity.mappings`. */
export function compileEntity(mapping: Readonly<Record<string, unknown>>, maker: ProgramMaker): EntityTemplate {
  const programs: Program[] = [];
  const add = (field: string, written: unknown): Place => ({ type: 'program', at: programs.push(makeProgram(field, written, maker)) - 1 });
  const slot = (field: string, written: unknown): Slot => (isQuery(written) ? compileQuery(field, written, add) : add(field, written));
  const optional = <T>(key: string, compile: (field: string, written: unknown) => T): Record<string, T> =>
    key in mapping ? { [key]: compile(key, mapping[key]) } : {};
  const entries = (key: string): readonly (readonly [string, unknown])[] => {
    const value = mapping[key] ?? {};
    if (isObject(value)) return Object.entries(value);
    maker.report({ field: key, line: 1, column: 1, message: `${key} must be an object of keys and expressions`, unusable: true });
    return [];
  };
  for (const key of Object.keys(mapping).filter((name) => !MEMBERS.includes(name)))
    maker.report({ field: key, line: 1, column: 1, message: unknownMember(key, MEMBERS) });
  return {
    programs,
    identifier: slot('identifier', mapping['identifier']),
    blueprint: add('blueprint', mapping['blueprint']),
    ...optional('title', add),
    ...optional('icon', add),
    ...optional('team', slot),
    properties: entries('properties').map(([key, written]) => [key, add(`properties.${key}`, written)] as const),
    relations: entries('relations').map(([key, written]) => [key, slot(`relations.${key}`, written)] as const),
  };
}
