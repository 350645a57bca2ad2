const BLANK = /\s/;

/**
 * Single quotes as users of Port Ocean write them: a `'` at a word's edge stands for `"` (mapping-semantics 3.2). It looks at text, not at tokens, and
 * a blank that served one quote cannot serve the next. Every place keeps its offset.
 */
export function rewriteQuotes(text: string): string {
  if (!text.includes("'")) return text;
  let rewritten = '';
  let usedBlank = -1;
  for (let at = 0; at < text.length; at++) {
    const [before, character, after] = [text[at - 1], text[at], text[at + 1]];
    if (character !== "'") {
      rewritten += character;
      continue;
    }
    const opens = isEdge(before) && (before === undefined || usedBlank !== at - 1) && isContent(after);
    const closes = !opens && isEdge(after) && isContent(before);
    if (closes) usedBlank = at + 1;
    rewritten += opens || closes ? '"' : "'";
  }
  return rewritten;
}

const isEdge = (character: string | undefined): boolean => character === undefined || BLANK.test(character);
const isContent = (character: string | undefined): boolean => character === undefined || (!BLANK.test(character) && character !== '"');
