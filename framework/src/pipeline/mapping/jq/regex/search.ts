import { Failure } from '../failure';
import { isAscii, translateRegex } from './translate';

/** One match, in UTF-16 units. */
export interface Match {
  readonly at: number;
  readonly text: string;
  /** What the groups captured; undefined for one that took no part. */
  readonly captures: readonly (string | undefined)[];
  readonly captureAt: readonly (number | undefined)[];
}
export interface Search {
  /** Names of the groups, in order. */
  readonly groups: readonly (string | undefined)[];
  readonly global: boolean;
  test(text: string): boolean;
  /** The first match, or all of them with the flag `g`. */
  matches(text: string): readonly Match[];
}

/** Beyond this many steps a search belongs where it can be stopped. */
const MOST_STEPS = 1e8;

/** A search for a fixed pattern. Throws Failure `engine`, now or for a text, where only jq knows. */
export function compileSearch(pattern: string, flags: string): Search {
  const ignoreCase = flags.includes('i');
  const translation = /^[gi]*$/.test(flags) ? translateRegex(pattern, ignoreCase) : undefined;
  if (translation === undefined) throw new Failure(`the pattern ${pattern} runs in jq`, 'engine');
  const { source, groups, ascii, power } = translation;
  const global = flags.includes('g');
  const found = new RegExp(source, `u${ignoreCase ? 'i' : ''}`);
  const all = new RegExp(source, `dgu${ignoreCase ? 'i' : ''}`);
  const check = (text: string): void => {
    if (text.length ** power > MOST_STEPS || (ascii && !isAscii(text))) throw new Failure('a text that only jq can search', 'engine');
  };
  return {
    groups,
    global,
    test(text) {
      check(text);
      return found.test(text);
    },
    matches(text) {
      check(text);
      const matches: Match[] = [];
      all.lastIndex = 0;
      for (let match = all.exec(text); match !== null; match = all.exec(text)) {
        const [whole, ...captures] = match;
        matches.push({ at: match.index, text: whole, captures, captureAt: match.indices!.slice(1).map((range) => range?.[0]) });
        if (!global) break;
        if (whole !== '') continue;
        // jq goes on by bytes after an empty match.
        if (!isAscii(text)) throw new Failure('empty matches in a text that is not ASCII', 'engine');
        all.lastIndex++;
      }
      return matches;
    },
  };
}
