import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { Mapping } from '../../../framework/src/contract';
import { closeMapping, compileExpression, compileMapping, coverage, newMapReport, type CompiledMapping, type MappedRecord } from '../../../framework/src/pipeline';
import type { Json } from '../../../framework/src/shared';
import { canonicalByHand, entityByHand, textByHand, type BenchRecord } from '../mapping/by-hand';
import { benchMapping } from '../resync-bench';
import { figure, median, type Cell, type Fact, type SuiteOptions, type SuiteResult, type Table } from '../report';
import { makeRecord } from '../source';

const BATCH = 100;
const RECORD_BYTES = 4_096;
const ROUNDS = 7;
const LIMITS = { steps: 100_000, bytes: 8 * 2 ** 20, timeoutMs: 60_000, env: {} };

/** A way to do the same work, over the first `records` records. */
interface Contestant {
  readonly name: string;
  readonly records: number;
  /** Gives what it made, so that nothing is optimised away. */
  map(records: readonly BenchRecord[]): unknown;
}

/** Twelve fields of a 4 KB record, by hand, by closures and by jq; then how much of what mappings use compiles. */
export async function run({ size }: SuiteOptions): Promise<SuiteResult> {
  const records = Array.from({ length: size(20_000, BATCH) }, (_, id) => makeRecord(id, RECORD_BYTES) as unknown as BenchRecord);
  const mapping = parse(benchMapping) as Mapping;
  try {
    const facts = await sameEntities(mapping, records.slice(0, BATCH));
    const costs = await takeTurns(contestants(mapping, size), records);
    return { tables: [costTable(costs), ratioTable(costs), ...constructTables()], facts };
  } finally {
    await closeMapping();
  }
}

function contestants(mapping: Mapping, size: SuiteOptions['size']): readonly Contestant[] {
  const fields = expressionsOf(mapping).map((text) => {
    const expression = compileExpression(text, LIMITS);
    if ('problem' in expression) throw new Error(`${text}: ${expression.problem.message}`);
    return expression;
  });
  const whole = compileExpression(oneProgram(mapping), { ...LIMITS, force: 'jq' });
  if ('problem' in whole) throw new Error(whole.problem.message);
  const fast = size(20_000, BATCH);
  const slow = size(400, BATCH);
  return [
    { name: 'by hand: objects', records: fast, map: (batch) => batch.map(entityByHand) },
    { name: 'by hand: text and hash of it', records: fast, map: (batch) => batch.map(textByHand) },
    { name: 'by hand: text and canonical hash', records: fast, map: (batch) => batch.map(canonicalByHand) },
    { name: 'closures: values of the fields', records: fast, map: (batch) => batch.map((record) => fields.map((field) => field.first(asJson(record)))) },
    { name: 'mapping: text and canonical hash', records: fast, map: (batch) => mapWith(compiled(mapping), batch) },
    { name: 'jq-wasm: one program for all fields', records: slow, map: (batch) => whole.run(batch.map(asJson)) },
    { name: 'jq-wasm: a program for each field', records: slow, map: (batch) => mapWith(compiled(mapping, 'jq'), batch) },
  ];
}

const compiledOnce = new Map<string, CompiledMapping>();
function compiled(mapping: Mapping, force?: 'jq'): CompiledMapping {
  const known = compiledOnce.get(force ?? '');
  if (known) return known;
  const fresh = compileMapping(mapping, { ...LIMITS, ...(force && { force }) });
  compiledOnce.set(force ?? '', fresh);
  return fresh;
}

const asJson = (record: BenchRecord): Json => record as unknown as Json;
const mapWith = (mapping: CompiledMapping, batch: readonly BenchRecord[]): Promise<readonly MappedRecord[]> => mapping.map('record', batch.map(asJson), newMapReport());

interface Template {
  readonly identifier: string;
  readonly blueprint: string;
  readonly title: string;
  readonly properties: Readonly<Record<string, string>>;
}
const templateOf = (mapping: Mapping): Template => (mapping.resources as unknown as readonly { readonly port: { readonly entity: { readonly mappings: Template } } }[])[0]!.port.entity.mappings;

function expressionsOf(mapping: Mapping): readonly string[] {
  const { identifier, blueprint, title, properties } = templateOf(mapping);
  return [identifier, blueprint, title, ...Object.values(properties)];
}

/** The best that jq can be given: a single program, one call for a batch. */
function oneProgram(mapping: Mapping): string {
  const { identifier, blueprint, title, properties } = templateOf(mapping);
  const members = (texts: Readonly<Record<string, string>>): string => Object.entries(texts).map(([key, text]) => `${key}: (${text})`).join(', ');
  return `{${members({ blueprint, identifier, title })}, properties: {${members(properties)}}, relations: {}}`;
}

/** Fast is nothing when it is something else. */
async function sameEntities(mapping: Mapping, records: readonly BenchRecord[]): Promise<readonly Fact[]> {
  const wanted = records.map(canonicalByHand);
  const equal = (mapped: readonly MappedRecord[]): boolean => wanted.every(({ body, hash }, at) => mapped[at]?.entities[0]?.body === body && mapped[at]?.entities[0]?.hash === hash);
  return [
    { what: 'the compiled mapping gives text and hash of the one written by hand', holds: equal(await mapWith(compiled(mapping), records)) },
    { what: 'jq gives the same', holds: equal(await mapWith(compiled(mapping, 'jq'), records)) },
  ];
}

/** Median microseconds of CPU for a record (all threads of the process), by name. Every round runs all contestants; the first warms up and does not count. */
async function takeTurns(all: readonly Contestant[], records: readonly BenchRecord[]): Promise<ReadonlyMap<string, number>> {
  const costs = new Map<string, number[]>(all.map(({ name }) => [name, []]));
  for (let round = 0; round <= ROUNDS; round++)
    for (const { name, records: count, map } of all) {
      const before = process.cpuUsage();
      for (let from = 0; from < count; from += BATCH) await map(records.slice(from, Math.min(count, from + BATCH)));
      const { user, system } = process.cpuUsage(before);
      if (round > 0) costs.get(name)?.push((user + system) / count);
    }
  return new Map([...costs].map(([name, values]) => [name, median(values)]));
}

const costTable = (costs: ReadonlyMap<string, number>): Table => ({
  title: `mapping: 12 fields of a 4 KB record in batches of ${BATCH}, median of ${ROUNDS} alternating rounds`,
  columns: ['way', 'us of CPU for a record'],
  rows: [...costs].map(([name, cost]) => [name, figure(cost)]),
});

function ratioTable(costs: ReadonlyMap<string, number>): Table {
  const ratio = (over: string, under: string): number => figure((costs.get(over) ?? Number.NaN) / (costs.get(under) ?? Number.NaN));
  const mapping = 'mapping: text and canonical hash';
  return {
    title: 'mapping: ratios',
    columns: ['', 'times', 'goal'],
    rows: [
      ['text and canonical hash: mapping over by hand', ratio(mapping, 'by hand: text and canonical hash'), 'at most 8'],
      ['text and a hash: mapping over by hand with the hash of its text', ratio(mapping, 'by hand: text and hash of it'), 'at most 8'],
      ['objects: closures over by hand', ratio('closures: values of the fields', 'by hand: objects'), 'at most 8'],
      ['objects: jq, one program for all fields, over closures', ratio('jq-wasm: one program for all fields', 'closures: values of the fields'), 'at least 40'],
      ['text and canonical hash: jq, a program for each field, over mapping', ratio('jq-wasm: a program for each field', mapping), 'at least 40'],
      ['jq, one program for all fields and objects only, over mapping with text and hash', ratio('jq-wasm: one program for all fields', mapping), ''],
    ],
  };
}

interface Constructs {
  /** Expressions counted in public default mappings. */
  readonly distinct: number;
  readonly simple: readonly Construct[];
  readonly constructs: readonly Construct[];
}
interface Construct {
  readonly name: string;
  /** How many of those expressions use it. */
  readonly used: number;
  readonly expressions: readonly string[];
}

/** What share of the language that mappings use runs as closures, each construct weighted by how many expressions use it. */
function constructTables(): readonly Table[] {
  const { distinct, simple, constructs } = parse(fs.readFileSync(path.join(__dirname, '../mapping/constructs.yaml'), 'utf8')) as Constructs;
  const judged = [...simple, ...constructs].map((construct) => ({ ...construct, ...coverage(construct.expressions) }));
  const shareOf = ({ compiled: count, expressions }: (typeof judged)[number]): number => count / expressions.length;
  const weighted = (of: typeof judged): number => of.reduce((sum, one) => sum + one.used * shareOf(one), 0) / of.reduce((sum, { used }) => sum + used, 0);
  const others = judged.slice(simple.length);
  const plain = simple.reduce((sum, { used }) => sum + used, 0);
  const all = (plain * weighted(judged.slice(0, simple.length)) + (distinct - plain) * weighted(others)) / distinct;
  const total = (key: 'compiled' | 'fallback' | 'invalid'): number => judged.reduce((sum, one) => sum + one[key], 0);
  const incomplete = judged.filter((one) => shareOf(one) < 1);
  return [
    {
      title: 'mapping: constructs of public default mappings',
      columns: ['', 'share that compiles', 'compiled', 'fallback', 'invalid'],
      rows: [
        ['typical expressions, each construct weighted by its use', percent(weighted(others)), String(total('compiled')), String(total('fallback')), String(total('invalid'))],
        [`the ${distinct} expressions, paths and literals among them`, percent(all), '', '', ''],
      ],
    },
    ...(incomplete.length === 0
      ? []
      : [
          {
            title: 'mapping: constructs that do not always compile',
            columns: ['construct', 'used', 'compiled', 'fallback', 'invalid'],
            rows: incomplete.map((one): readonly Cell[] => [one.name, one.used, one.compiled, one.fallback, one.invalid]),
          },
        ]),
  ];
}

const percent = (share: number): string => `${figure(share * 100)} %`;
