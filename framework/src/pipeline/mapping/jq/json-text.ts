import type { Json } from '../../../shared';
import { fits, spend, type Budget } from './failure';
import { kindOf, type JsonList, type JsonMembers } from './values';

/** JSON text as jq writes it: numbers within the range of doubles, nan as null, the delete character escaped. */
export function jsonText(value: Json, budget: Budget): string {
  const text = write(value, budget);
  fits(budget, text.length);
  return text;
}

function write(value: Json, budget: Budget): string {
  switch (kindOf(value)) {
    case 'string':
      return JSON.stringify(value).replaceAll('\u007f', '\\u007f');
    case 'number':
      return numberText(value as number);
    case 'array':
      return writeParts('[', (value as JsonList).map((element) => [undefined, element] as const), budget) + ']';
    case 'object':
      return writeParts('{', Object.entries(value as JsonMembers), budget) + '}';
    default:
      return String(value);
  }
}

function writeParts(open: string, parts: readonly (readonly [string | undefined, Json])[], budget: Budget): string {
  let text = open;
  let first = true;
  for (const [key, value] of parts) {
    spend(budget, 1);
    if (!first) text += ',';
    first = false;
    if (key !== undefined) text += `${write(key, budget)}:`;
    text += write(value, budget);
    fits(budget, text.length);
  }
  return text;
}

export function numberText(value: number): string {
  if (Number.isNaN(value)) return 'null';
  return String(clampNumber(value));
}

/** JSON has no infinity: jq writes the largest double. */
export const clampNumber = (value: number): number => Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
