import { tokenize } from '../jq/lexer';

/**
 * The text that jq runs for an expression: for each document one line, `[value]` of the first output, `[]` without one, or `{"error": message}`.
 * It stays on the first line, so that `$__loc__` is the expression's own.
 */
export function wrapProgram(expression: string, environment: Readonly<Record<string, string>>): string {
  const shadows = [
    `def env: ${JSON.stringify(environment)};`,
    'def input: error("there is no further input"); def inputs: empty;',
    'def input_filename: null; def input_line_number: error("there is no line number");',
    'def halt_error: error; def halt_error($code): error;',
    'def debug: .; def debug(message): .; def stderr: .;',
  ].join(' ');
  const outcome = `first(${doubles(expression)}\n)`;
  return `${shadows} ${JSON.stringify(environment)} as $ENV | (try [${outcome}] catch {error: (if type == "string" then . else tojson end)})`;
}

/** Numbers in the program are doubles, as they are in the closures; jq would keep the digits that were written. */
function doubles(expression: string): string {
  let text = '';
  let from = 0;
  for (const { type, value, at, end } of tokenize(expression)) {
    if (type !== 'number') continue;
    text += expression.slice(from, at) + String(Math.min(Number(value), Number.MAX_VALUE));
    from = end;
  }
  return text + expression.slice(from);
}
