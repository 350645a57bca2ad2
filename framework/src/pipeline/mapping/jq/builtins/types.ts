import type { Json } from '../../../../shared';
import { lengthOf, negate } from '../arithmetic';
import { Failure } from '../failure';
import { constant, single } from '../filter';
import { kindOf, type Kind } from '../values';
import { plain, type Build, type Table } from './table';

/** Passes its input on when its type is one of these. */
const only =
  (...kinds: readonly Kind[]): Build =>
  () =>
    single((input) => (kinds.includes(kindOf(input)) ? input : undefined));

const onNumber = (apply: (value: number) => number | boolean): Build =>
  plain((input) => {
    if (typeof input === 'number') return apply(input);
    throw new Failure(`${kindOf(input)} is not a number`);
  });

/** Half away from zero. */
const round = (value: number): number => Math.sign(value) * Math.floor(Math.abs(value) + 0.5);
const SMALLEST_NORMAL = 2.2250738585072014e-308;

function absolute(input: Json): Json {
  if (typeof input === 'number') return input < 0 ? -input : input;
  return kindOf(input) === 'null' || kindOf(input) === 'boolean' ? negate(input) : input;
}

/** Types and numbers. */
export const types: Table = {
  'type/0': plain(kindOf),
  'length/0': plain(lengthOf),
  'values/0': () => single((input) => (input === null ? undefined : input)),
  'nulls/0': only('null'),
  'booleans/0': only('boolean'),
  'numbers/0': only('number'),
  'strings/0': only('string'),
  'arrays/0': only('array'),
  'objects/0': only('object'),
  'iterables/0': only('array', 'object'),
  'scalars/0': only('null', 'boolean', 'number', 'string'),
  'floor/0': onNumber(Math.floor),
  'ceil/0': onNumber(Math.ceil),
  'trunc/0': onNumber(Math.trunc),
  'fabs/0': onNumber(Math.abs),
  'sqrt/0': onNumber(Math.sqrt),
  'round/0': onNumber((value) => (Math.abs(value) < 2 ** 52 ? round(value) : value)),
  'abs/0': plain(absolute),
  'infinite/0': () => constant(Infinity),
  'nan/0': () => constant(NaN),
  'isnan/0': plain((input) => typeof input === 'number' && Number.isNaN(input)),
  'isinfinite/0': plain((input) => typeof input === 'number' && Math.abs(input) === Infinity),
  'isnormal/0': plain((input) => typeof input === 'number' && Number.isFinite(input) && Math.abs(input) >= SMALLEST_NORMAL),
};
