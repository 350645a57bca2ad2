import type { Json } from '../../../shared';
import { compileExpression } from './expression';
import { TemplateFault, type TemplateCode } from './fault';
import { asText } from './functions';
import type { Read } from './path';

/** A text with placeholders (pipelines.md 8.1), compiled. Pure. */
export interface Template {
  /** What the whole text is: one placeholder, text with placeholders in it, or text alone. */
  readonly is: 'value' | 'text' | 'static';
  /** One placeholder: its value with its JSON type, undefined when it is missing. Else the text. */
  value(data: Json): Json | undefined;
  /** Always text: missing and null are empty, objects and arrays compact JSON. */
  text(data: Json): string;
}

/** `TEMPLATE_LITERAL` is a warning: an unclosed `{{` stands as it is. */
export interface TemplateProblem {
  readonly code: TemplateCode | 'TEMPLATE_LITERAL';
  readonly message: string;
}

/** The template is there unless a problem is an error. */
export interface CompiledTemplate {
  readonly template?: Template;
  readonly problems: readonly TemplateProblem[];
}

/** Where the placeholder that begins before `from` ends: `}}` outside of quotes and brackets, for both may stand in a fallback. */
function closing(text: string, from: number): number {
  let depth = 0;
  let quote = '';
  for (let i = from; i < text.length; i++) {
    const char = text[i]!;
    if (char === '\\') i++;
    else if (quote !== '') quote = char === quote ? '' : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === '{') depth++;
    else if (char === '}' && depth > 0) depth--;
    else if (char === '}' && text[i + 1] === '}') return i;
  }
  // Something in it is not closed: the nearest end, and the expression says what is wrong.
  return text.indexOf('}}', from);
}

/** Texts and what was read from placeholders, in order. Problems are added to `problems`. */
function split(text: string, problems: TemplateProblem[]): readonly (string | Read)[] {
  const parts: (string | Read)[] = [];
  let literal = '';
  let at = 0;
  for (;;) {
    const open = text.indexOf('{{', at);
    if (open < 0) break;
    if (text[open - 1] === '\\' && open > at) {
      literal += `${text.slice(at, open - 1)}{{`;
      at = open + 2;
      continue;
    }
    const close = closing(text, open + 2);
    if (close < 0) {
      problems.push({ code: 'TEMPLATE_LITERAL', message: `{{ at ${open + 1} is not closed and stands as text` });
      break;
    }
    literal += text.slice(at, open);
    if (literal !== '') parts.push(literal);
    literal = '';
    at = close + 2;
    try {
      parts.push(compileExpression(text.slice(open + 2, close)));
    } catch (err) {
      if (!(err instanceof TemplateFault)) throw err;
      problems.push({ code: err.code, message: `{{ at ${open + 1}: ${err.message}` });
    }
  }
  literal += text.slice(at).replaceAll('\\{{', '{{');
  if (literal !== '') parts.push(literal);
  return parts;
}

/** Compiles a text once; both forms cost well under a microsecond for a path of a few segments. */
export function compileTemplate(text: string): CompiledTemplate {
  const problems: TemplateProblem[] = [];
  const parts = split(text, problems);
  if (problems.some(({ code }) => code !== 'TEMPLATE_LITERAL')) return { problems };
  const [first = ''] = parts;
  if (parts.length > 1) {
    const join = (data: Json): string => {
      let result = '';
      for (const part of parts) result += typeof part === 'string' ? part : asText(part(data));
      return result;
    };
    return { template: { is: 'text', value: join, text: join }, problems };
  }
  if (typeof first === 'string') return { template: { is: 'static', value: () => first, text: () => first }, problems };
  return { template: { is: 'value', value: first, text: (data) => asText(first(data)) }, problems };
}
