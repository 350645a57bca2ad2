import type { Json } from '../../../../shared';
import { Failure, fits, spend, type Budget } from '../failure';
import { many, single, type Filter } from '../filter';
import { compileSearch, type Match, type Search } from '../regex/search';
import { kindOf, setMember } from '../values';
import type { Build, Table } from './table';

/** Pattern and flags are fixed in almost every mapping; a program that computes them runs in jq. */
function searchOf(pattern: Filter, flags: Filter | undefined, added = ''): Search {
  const text = pattern.constant;
  const given = flags === undefined ? null : flags.constant;
  if (typeof text !== 'string' || (given !== null && typeof given !== 'string')) throw new Failure('a computed pattern runs in jq', 'engine');
  return compileSearch(text, `${given ?? ''}${added}`);
}

function textOf(input: Json): string {
  if (typeof input === 'string') return input;
  throw new Failure(`${kindOf(input)} cannot be searched: it is not a string`);
}

function matchesIn(search: Search, input: Json, budget: Budget): readonly Match[] {
  const matches = search.matches(textOf(input));
  spend(budget, matches.length);
  return matches;
}

/** What the named groups captured. */
function captured(search: Search, match: Match): Json {
  const object: Record<string, Json> = {};
  search.groups.forEach((name, at) => name !== undefined && setMember(object, name, match.captures[at] ?? null));
  return object;
}

/** A match as `match` gives it; its places count characters. */
function described(search: Search, match: Match): Json {
  const captures = search.groups.map((name, at) => {
    const string = match.captures[at] ?? null;
    const offset = match.captureAt[at] ?? -1;
    // jq writes the members of an empty capture in another order.
    return string ? { offset, length: string.length, string, name: name ?? null } : { offset, string, length: 0, name: name ?? null };
  });
  return { offset: match.at, length: match.text.length, string: match.text, captures };
}

const noSurrogates = (text: string): void => {
  if (/[\ud800-\udfff]/.test(text)) throw new Failure('places among surrogate pairs', 'engine');
};

/** A filter that gives something for each match. */
const forMatches =
  (added: string, give: (search: Search, match: Match, input: string) => Json): Build =>
  ([pattern, flags], { budget }) => {
    const search = searchOf(pattern!, flags, added);
    return many((input, _env, emit) => matchesIn(search, input, budget).some((match) => emit(give(search, match, input as string))));
  };

function pieces(search: Search, input: Json, budget: Budget): readonly string[] {
  const text = textOf(input);
  let from = 0;
  const found: string[] = [];
  for (const match of matchesIn(search, text, budget)) {
    found.push(text.slice(from, match.at));
    from = match.at + match.text.length;
  }
  return [...found, text.slice(from)];
}

const substitute =
  (added: string): Build =>
  ([pattern, replacement, flags], { budget }) => {
    const search = searchOf(pattern!, flags, added);
    const { first } = replacement!;
    if (!replacement!.single) throw new Failure('several replacements run in jq', 'engine');
    return single((input, env) => {
      const text = textOf(input);
      let result = '';
      let from = 0;
      for (const match of matchesIn(search, text, budget)) {
        const inserted = first(captured(search, match), env);
        if (inserted === undefined) throw new Failure('a replacement without output', 'engine');
        if (inserted !== null && typeof inserted !== 'string') throw new Failure(`${kindOf(inserted)} cannot replace a part of a string`);
        result += text.slice(from, match.at) + (inserted ?? '');
        fits(budget, result.length);
        from = match.at + match.text.length;
      }
      return result + text.slice(from);
    });
  };

const test: Build = ([pattern, flags]) => {
  const search = searchOf(pattern!, flags);
  return single((input) => search.test(textOf(input)));
};
const match = forMatches('', (search, found, input) => {
  noSurrogates(input);
  return described(search, found);
});
const capture = forMatches('', captured);
const scan = forMatches('g', (_search, { captures, text }) => (captures.length > 0 ? captures.map((part) => part ?? null) : text));
const split: Build = ([pattern, flags], { budget }) => {
  const search = searchOf(pattern!, flags, 'g');
  return single((input) => pieces(search, input, budget));
};
const splits: Build = ([pattern, flags], { budget }) => {
  const search = searchOf(pattern!, flags, 'g');
  return many((input, _env, emit) => pieces(search, input, budget).some((piece) => emit(piece)));
};

/** Regular expressions. */
export const regex: Table = {
  'test/1': test,
  'test/2': test,
  'match/1': match,
  'match/2': match,
  'capture/1': capture,
  'capture/2': capture,
  'scan/1': scan,
  'scan/2': scan,
  'split/2': split,
  'splits/1': splits,
  'splits/2': splits,
  'sub/2': substitute(''),
  'sub/3': substitute(''),
  'gsub/2': substitute('g'),
  'gsub/3': substitute('g'),
};
