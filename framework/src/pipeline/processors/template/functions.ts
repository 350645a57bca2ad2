import { toJson, type Json } from '../../../shared';

/** Text form of a value, as it stands in the middle of a text. Missing and null are empty. */
export function asText(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? toJson(value) : String(value);
}

interface TemplateFunction {
  readonly arguments: number;
  apply(value: Json, args: readonly string[]): Json;
}

/** Of the text form; null stays null, so that a fallback after the function still sees it. */
const onText = (apply: (text: string, args: readonly string[]) => string, count = 0): TemplateFunction => ({
  arguments: count,
  apply: (value, args) => (value === null ? null : apply(asText(value), args)),
});

/** What may stand behind `|`. A missing value never reaches them. */
export const functions: ReadonlyMap<string, TemplateFunction> = new Map([
  ['replace', onText((text, [from = '', to = '']) => text.replaceAll(from, () => to), 2)],
  ['lower', onText((text) => text.toLowerCase())],
  ['upper', onText((text) => text.toUpperCase())],
  ['trim', onText((text) => text.trim())],
  ['string', onText((text) => text)],
  ['json', { arguments: 0, apply: (value) => toJson(value) }],
]);
