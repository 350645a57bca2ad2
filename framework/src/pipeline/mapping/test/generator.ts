import type { Json } from '../../../shared';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

export interface Generator {
  program(): string;
  input(): Json;
}

/** A random program's parts: each takes how deep it may still go. */
type Part = (depth: number) => string;

/** Programs and inputs of a seed (mulberry32). They avoid what is documented to differ: texts of very large, very small and negative zero numbers. */
export function newGenerator(seed: number): Generator {
  let state = seed >>> 0;
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (count: number): number => Math.floor(random() * count);
  const pick = <T>(options: readonly T[]): T => options[below(options.length)]!;

  const KEYS = ['a', 'b', 'id', 'name', 'items', 'tags', 'x y'];
  const TEXTS = [
    '', 'a', 'b', 'abc', 'Hello World', 'a,b,,c', 'é😀x', 'feature/ABC-12', '12', '1.5', 'null', '[1,2]', '2024-02-29T10:20:30Z',
    '2024-02-29T10:20:30.123Z', '2024-02-29', ' pad ', 'x-y-z', 'ﬀ', 'a\nb',
  ];
  const NUMBERS = [0, 1, 2, 3, -1, 7, 10, 1.5, -2.5, 100.25];
  /** Only where dates are made: a range up to them would not end. */
  const INSTANTS = ['0', '1709202030', '1425599621.5', '-86400', '.at', '.at'];
  const PATTERNS = [
    'a', '[a-z]+', '^a', 'b$', '\\\\.', '[^/]*$', '(?<x>[a-z])(?<y>[0-9])?', '\\\\s+', '(a|b)', '-', '', 'x*', '\\\\d+',
    '[A-Z]{2,}', 'a?b', '.', '[[:alpha:]]+', '\\\\w+', '^(?<p>[^-]+)-(?<n>\\\\d+)$', '(?:ab)+', '\\\\..*Z$',
  ];

  const scalar = (): Json => pick<() => Json>([() => null, () => pick([true, false]), () => pick(NUMBERS), () => pick(TEXTS)])();
  const input = (depth = 3): Json => {
    const choice = random();
    if (depth === 0 || choice < 0.35) return scalar();
    if (choice < 0.6) return Array.from({ length: below(4) }, () => input(depth - 1));
    return Object.fromEntries(Array.from({ length: below(5) }, () => [pick(KEYS), input(depth - 1)]));
  };

  /** A record as a source would send it, so that many programs give a value. */
  const record = (): Json => ({
    id: pick<Json>([1, 7, 'x-12', 'a']),
    name: pick(TEXTS),
    a: input(2),
    b: pick<() => Json>([() => input(2), () => ({ a: scalar(), name: pick(TEXTS) })])(),
    items: Array.from({ length: below(4) }, () => ({ id: below(3), name: pick(TEXTS), a: scalar() })),
    tags: Array.from({ length: below(4) }, () => pick(TEXTS)),
    'x y': scalar(),
    at: '2024-02-29T10:20:30Z',
  });

  const text = (value: string): string => JSON.stringify(value);
  const key = (): string => pick(KEYS.filter((name) => !name.includes(' ')));
  const variables: string[] = [];
  const within = (name: string, part: () => string): string => {
    variables.push(name);
    const made = part();
    variables.pop();
    return made;
  };

  const leaf: Part = () =>
    pick([
      () => '.',
      () => `.${key()}`,
      () => `.${key()}.${key()}`,
      () => `.${key()}?`,
      () => '.["x y"]',
      () => '.[]',
      () => '.[]?',
      () => `.[${pick(['0', '1', '-1', '5', '0.5'])}]`,
      () => `.${key()}[]?.${key()}`,
      () => text(pick(TEXTS)),
      () => String(pick(NUMBERS)),
      () => pick(['null', 'true', 'false', '[]', '{}', 'empty']),
      () => (variables.length > 0 ? `$${pick(variables)}` : '.'),
    ])();

  const PLAIN = words(`
    length not keys keys_unsorted values type add any all floor ceil round sqrt tostring tonumber tojson fromjson sort
    unique reverse min max first last flatten to_entries from_entries explode implode ascii_downcase ascii_upcase trim ltrim
    rtrim fromdate error abs nulls strings numbers objects arrays scalars iterables booleans utf8bytelength infinite isnan
    isnormal
  `);
  const WITH_FILTER = words(`
    map select sort_by group_by unique_by min_by max_by with_entries map_values any all first last isempty add IN has in
    contains inside startswith endswith ltrimstr rtrimstr trimstr split join index rindex indices flatten range nth error
  `);
  const WITH_PATTERN = 'test capture match scan splits'.split(' ');
  const FORMATS = ['%Y-%m-%d', '%Y-%m-%dT%H:%M:%SZ', '%H:%M', '%A, %B %d, %Y', '%j %e %I %p', '%b %y'];

  const deep: Part = (depth) => {
    const sub = (): string => expression(depth - 1);
    return pick([
      () => `${sub()} | ${sub()}`,
      () => `${sub()} | ${sub()}`,
      () => `${sub()}, ${sub()}`,
      () => `${sub()} ${pick(['+', '-', '*', '/', '%'])} ${sub()}`,
      () => `${sub()} ${pick(['==', '!=', '<', '<=', '>', '>='])} ${sub()}`,
      () => `${sub()} ${pick(['and', 'or'])} ${sub()}`,
      () => `${sub()} // ${sub()}`,
      () => `(${sub()})?`,
      () => `-(${sub()})`,
      () => `[${sub()}]`,
      () => `[limit(3; ${sub()})]`,
      () => `{${key()}: ${sub()}, ${text(pick(KEYS))}: ${sub()}}`,
      () => `{(${sub()} | tostring): ${sub()}}`,
      () => `{${key()}}`,
      () => `"<\\(${sub()})|\\(${sub()})>"`,
      () => `if ${sub()} then ${sub()} else ${sub()} end`,
      () => `if ${sub()} then ${sub()} elif ${sub()} then ${sub()} end`,
      () => `${sub()} as $v | ${within('v', sub)}`,
      () => `${sub()} as [$p, $q] | ${within('p', () => within('q', sub))}`,
      () => `${sub()} as {a: $k, $name} | ${within('k', () => within('name', sub))}`,
      () => `(${sub()})[${pick(['0:2', '1:', ':-1', '-2:'])}]`,
      () => `(${sub()})[${sub()}]`,
      () => `.${key()}[${sub()}]?`,
      () => pick(PLAIN),
      () => pick(PLAIN),
      () => `${sub()} | ${pick(PLAIN)}`,
      () => `${pick(WITH_FILTER)}(${sub()})`,
      () => `${pick(WITH_FILTER)}(${sub()})`,
      () => `${sub()} | ${pick(WITH_FILTER)}(${sub()})`,
      () => `${pick(['any', 'all', 'IN', 'limit', 'nth', 'skip', 'range'])}(${sub()}; ${sub()})`,
      () => `${sub()} | ${pick(WITH_PATTERN)}(${`"${pick(PATTERNS)}"`})`,
      () => `${sub()} | ${pick(WITH_PATTERN)}(${`"${pick(PATTERNS)}"`}; ${pick(['null', '"g"', '"i"', '"gi"'])})`,
      () => `${sub()} | ${pick(['sub', 'gsub'])}("${pick(PATTERNS)}"; ${pick([text('-'), '"[\\(.x)]"', '.x', sub()])})`,
      () => `${sub()} | split("${pick(PATTERNS)}"; null)`,
      () => `${pick(INSTANTS)} | ${pick(['todate', 'fromdate', 'gmtime', 'gmtime | mktime'])}`,
      () => `${pick(INSTANTS)} | ${pick(['', 'gmtime | '])}strftime(${text(pick(FORMATS))})`,
      () => `${pick(['.at', '.at', sub()])} | strptime(${text(pick(FORMATS))})`,
      () => `.name | ${pick([...PLAIN, `${pick(WITH_FILTER)}(${text(pick(TEXTS))})`])}`,
      () => `.name | ${pick([`${pick(['sub', 'gsub'])}("${pick(PATTERNS)}"; "-")`, `${pick(WITH_PATTERN)}("${pick(PATTERNS)}")`])}`,
      () => `.items | ${pick([...PLAIN, `${pick(WITH_FILTER)}(.${key()})`, `map(${sub()})`])}`,
      () => `.tags | ${pick([...PLAIN, `${pick(WITH_FILTER)}(${text(pick(TEXTS))})`, `map(${sub()})`, 'join(",")'])}`,
      () => `{${key()}: ${sub()}, ${key()}: ${sub()}} | ${pick(PLAIN)}`,
    ])();
  };
  const expression: Part = (depth) => (depth <= 0 || random() < 0.2 ? leaf(depth) : `(${deep(depth)})`);

  return { program: () => expression(1 + below(4)), input: () => (random() < 0.75 ? record() : input()) };
}
