import type { Json } from '../../../../shared';
import type { Context } from '../context';
import { fromInput, mapOutputs, type Filter } from '../filter';

/** Makes the filter of a call from its compiled arguments. */
export type Build = (args: readonly Filter[], context: Context) => Filter;
/** By name and number of arguments, such as `split/1`. */
export type Table = Readonly<Record<string, Build>>;

/** A function of the input. */
export const plain =
  (apply: (input: Json) => Json): Build =>
  () =>
    fromInput(apply);

/** A function of the input that pays for its steps. */
export const costly =
  (apply: (input: Json, budget: Context['budget']) => Json): Build =>
  (_args, { budget }) =>
    fromInput((input) => apply(input, budget));

/** A function of the input and each output of its argument. */
export const withArgument =
  (apply: (input: Json, argument: Json, budget: Context['budget']) => Json): Build =>
  ([argument], { budget }) =>
    mapOutputs(argument!, (value, input) => apply(input, value, budget));
