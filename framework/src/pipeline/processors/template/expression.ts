import type { Json } from '../../../shared';
import { found, skipSpace, syntaxFault, take, TemplateFault, type Cursor } from './fault';
import { functions } from './functions';
import { readLiteral, readQuoted } from './literal';
import { readPath, type Read } from './path';

function readArguments(cursor: Cursor): readonly string[] {
  const args: string[] = [];
  skipSpace(cursor);
  if (!take(cursor, '(')) return args;
  skipSpace(cursor);
  if (take(cursor, ')')) return args;
  for (;;) {
    skipSpace(cursor);
    args.push(readQuoted(cursor));
    skipSpace(cursor);
    if (take(cursor, ')')) return args;
    if (!take(cursor, ',')) throw syntaxFault(`, or ) was expected, not ${found(cursor)}`);
  }
}

function readFunction(cursor: Cursor, value: Read): Read {
  skipSpace(cursor);
  const name = /^[A-Za-z_]\w*/.exec(cursor.text.slice(cursor.at))?.[0];
  if (name === undefined) throw syntaxFault(`the name of a function was expected after |, not ${found(cursor)}`);
  cursor.at += name.length;
  const known = functions.get(name);
  if (!known) throw new TemplateFault('TEMPLATE_FUNCTION', `there is no function '${name}'; known are ${[...functions.keys()].join(', ')}`);
  const args = readArguments(cursor);
  if (args.length !== known.arguments) throw new TemplateFault('TEMPLATE_FUNCTION', `${name} takes ${known.arguments} arguments, not ${args.length}`);
  return (data) => {
    const input = value(data);
    return input === undefined ? undefined : known.apply(input, args);
  };
}

function readFallback(cursor: Cursor, value: Read): Read {
  skipSpace(cursor);
  const literal = readLiteral(cursor);
  const other: Read = literal === undefined ? readPath(cursor) : (): Json => literal;
  return (data) => value(data) ?? other(data);
}

/** What stands between `{{` and `}}`: a path, then functions and fallbacks, each applied to what stands left of it. Throws TemplateFault. */
export function compileExpression(text: string): Read {
  const cursor: Cursor = { text, at: 0 };
  skipSpace(cursor);
  if (cursor.at === text.length) throw syntaxFault('there is nothing between {{ and }}');
  let value = readPath(cursor);
  for (;;) {
    skipSpace(cursor);
    if (cursor.at === text.length) return value;
    if (take(cursor, '??') || take(cursor, '||')) value = readFallback(cursor, value);
    else if (take(cursor, '|')) value = readFunction(cursor, value);
    else throw syntaxFault(`${found(cursor)} was not expected; a name with spaces or signs stands in brackets and quotes: ["…"]`);
  }
}
