import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MongoClient } from 'mongodb';
import { describeWith, startMongo, type Mongo } from '../../../tools/servers';
import { newId, systemClock } from '../../src/shared';
import { isDirty, outputId, rowId, type AcceptedRecord, type ClaimInput, type Dirty, type MappedRow, type Output, type Present, type Row, type Settlement, type Store, type SweepFilter, type Truth } from '../../src/store';
import { openEmbeddedStore } from '../../src/store/embedded';
import { openMongoStore } from '../../src/store/mongodb';
import { seeded } from '../model/random';

const SEEDS = Number(process.env['DIFFERENTIAL_SEEDS'] ?? 12);
const FIRST = Number(process.env['DIFFERENTIAL_SEED'] ?? 1);
const STEPS = 60;

const create = (seed: number) => {
  const { chance, pick, between } = seeded(seed);
  return { chance, pick, below: (limit: number): number => between(0, limit - 1) };
};
type Random = ReturnType<typeof create>;

const KEYS = ['a', 'b', 'c%2F', 'd', 'e', 'ü', 'g\u0000', 'h\ud800'];
const ENTITIES = ['x', 'y', 'z/1', 'w\ud800'];
const SINKS = [['catalog'], ['catalog', 'portal'], ['portal']];
const TRUTHS: readonly Truth[] = ['listed', 'told', 'mixed'];
const PIPELINE = 'team/a';
const PIPELINES = [PIPELINE, 'team/a/0'];
const hash = (text: string): string => `#${text}`;

type Step = readonly [string, (store: Store) => Promise<unknown>];

/** One step of a history: the same call for every store. What it depends on was read from one of them; they hold the same. */
function createSteps(r: Random, known: { dirty: Dirty[]; rows: Row[]; outputs: Output[] }) {
  let stamp = 0;
  let at = 1_000;
  let generation = 1;
  let started = 0;
  let mapping = 'm0';
  let sinks = SINKS[0]!;
  const truth = r.pick(TRUTHS);
  const scope = { integration: 'team/a', kind: 'thing' };
  const version = (): { version?: number } => (r.chance(0.6) ? { version: r.below(12) } : {});
  const keys = (count: number): string[] => KEYS.filter(() => r.chance(count / KEYS.length));
  // Texts are few, so that equal ones meet; one is long enough to be deflated.
  const text = (): string => (r.chance(0.01) ? `"${'long'.repeat(300_000)}"` : `{"v":${r.below(4)}}`);
  const present = (key: string): Present => ({ key, ...said(text()), ...version() });
  const said = (body: string) => ({ text: body, hash: hash(body) });
  const claim = (): ClaimInput => {
    const key = r.pick(KEYS);
    const about = { key, stamp: r.chance(0.8) ? ++stamp : r.below(stamp + 1), ...(r.chance(0.5) && { event: { type: 'e', operation: 'write' as const, at } , data: `{"d":${r.below(3)}}` }), ...(r.chance(0.2) && { locate: 'there' }) };
    if (r.chance(0.2)) return { ...about, is: 'changed' };
    return r.chance(0.3) ? { ...about, is: 'gone', ...version() } : { ...about, is: 'present', ...said(text()), ...version() };
  };
  const record = (): AcceptedRecord => {
    const one = claim();
    const number = ++stamp;
    const event = { ...scope, number, id: `event ${r.chance(0.2) ? r.below(number) : number}`, row: rowId(scope, one.key), event: { type: 'e', operation: 'write' as const, at }, origin: 'webhook' as const, data: '{}', keys: '[]', waits: r.pick([['p'], ['p', 'q']]) };
    return { scope, truth, mapping, claim: one, ...(r.chance(0.6) && { event }) };
  };
  const filter = (): SweepFilter => ({ scope, generation, startStamp: started, truth, incomplete: r.chance(0.3) ? ['p0'] : [] });
  const mappedRow = ({ _id, face, gone }: { _id: string; face: string; gone: boolean }, pipeline: string): MappedRow => ({
    row: _id,
    face,
    ...(gone && r.chance(0.5) && { last: `{"went":${at}}` }),
    parts: gone
      ? []
      : Array.from({ length: r.below(3) }, (_, resource) => {
          const identifier = r.pick(ENTITIES);
          const body = JSON.stringify({ identifier, ...(r.chance(0.3) && { title: 't' }), properties: { [`p${r.below(3)}`]: r.below(3) } });
          return { output: outputId(pipeline, 'service', identifier), resource, body, hash: hash(body), ...(r.chance(0.05) && { search: true }), ...(r.chance(0.2) && { order: r.below(9) }) };
        }),
  });
  const settlement = (output: Output): Settlement => {
    const about = { output: output._id, sink: r.pick(['catalog', 'portal']) };
    const which = r.below(5);
    if (which === 0) return { ...about, is: 'failed', next: at + 10 + r.below(20), error: 'e' };
    if (which === 1) return { ...about, is: 'refused', error: 'no', ...(r.chance(0.5) && { hash: output.hash }) };
    if (output.gone) return { ...about, is: 'letGo' };
    return { ...about, is: 'accepted', hash: r.chance(0.8) ? output.hash : '#old', ...(r.chance(0.2) && { note: 'n' }), ...(r.chance(0.1) && { identifier: 'named' }) };
  };

  const steps: readonly (() => Step)[] = [
    () => {
      const stampOf = r.chance(0.8) ? ++stamp : r.below(stamp + 1);
      const batch = { scope, truth, by: 'page', stamp: stampOf, seen: generation, partition: `p${r.below(2)}`, rows: keys(5).map(present), mapping, at, ...(r.chance(0.3) && { envelopes: true }) } as const;
      return ['observe', (store) => store.rows.observe(batch)];
    },
    () => {
      const asked = keys(3);
      const batch = { scope, truth, by: 'get', stamp: ++stamp, rows: asked.slice(1).map(present), absent: asked.slice(0, 1), mapping, at, ...(r.chance(0.5) && { envelopes: true }) } as const;
      return ['get', (store) => store.rows.observe(batch)];
    },
    () => {
      const batch = { scope, truth, claims: Array.from({ length: 1 + r.below(6) }, claim), mapping, at };
      return ['claim', (store) => store.rows.claim(batch)];
    },
    () => {
      const deliveries = Array.from({ length: r.below(5) }, () => ({ ...(r.chance(0.8) && { id: `/route ${r.below(6)}` }), hash: `${r.below(2)}`, records: Array.from({ length: r.below(3) }, record) }));
      const batch = { deliveries, since: at - r.below(100), at };
      return ['accept', async (store) => ({ ...(await store.accept(batch)), expired: await store.expireDeliveries(at - 400, 1_000) })];
    },
    () => {
      const [wait, limit] = [r.pick(['p', 'q']), 1 + r.below(8)];
      return [
        'served',
        async ({ events }) => {
          const found = await events.find({ ...scope, wait, limit });
          await events.served(wait, found.map(({ _id }) => _id));
          return { found, left: await events.count(scope.integration, wait), kinds: await events.kinds(scope.integration) };
        },
      ];
    },
    () => {
      const pipeline = r.pick(PIPELINES);
      const rows = known.rows.filter(() => r.chance(0.6)).map((row) => mappedRow({ _id: row._id, face: !isDirty(row, mapping) || r.chance(0.9) ? (row.face ?? '') : '#old', gone: row.gone }, pipeline));
      const batch = { pipeline, integration: scope.integration, kind: scope.kind, sinks, mapping, rows, departures: r.pick(['now', 'held'] as const), ...(r.chance(0.2) && { more: true }), at };
      return ['rewrite', (store) => store.outputs.rewrite(batch)];
    },
    () => {
      const settlements = known.outputs.filter(() => r.chance(0.7)).flatMap((output) => Array.from({ length: 1 + r.below(2) }, () => settlement(output)));
      return ['settle', (store) => store.outputs.settle(settlements, at)];
    },
    () => {
      const swept = filter();
      const step = { policy: r.pick(['immediate', 'verify'] as const), stamp: ++stamp, limit: 100, at, ...(r.chance(0.5) && { envelopes: true }) };
      return ['sweep', async (store) => ({ candidates: await store.rows.candidates(swept), anySeen: await store.rows.anySeen(scope, generation), ...(await store.rows.sweep(swept, step)) })];
    },
    () => {
      generation++;
      started = ++stamp;
      if (r.chance(0.3)) mapping = `m${r.below(3)}`;
      return ['largestStamp', (store) => store.rows.largestStamp(scope)];
    },
    () => {
      const ids = r.chance(0.5) ? known.outputs.slice(0, 2).map(({ _id }) => _id) : undefined;
      return ['release', (store) => store.outputs.release(scope.integration, { kind: scope.kind, at, ...(ids && { ids }) })];
    },
    () => ['wake', (store) => store.outputs.wake(scope.integration, [scope.kind, 'other'], at)],
    () => ['force', (store) => store.outputs.force(scope.integration, [scope.kind], at)],
    () => {
      const adopted = ENTITIES.slice(2).map((identifier) => ({ _id: outputId(PIPELINE, 'service', identifier), pipeline: PIPELINE, integration: scope.integration, kinds: [scope.kind], sink: 'portal' }));
      return ['adopt', (store) => store.outputs.adopt(adopted, at)];
    },
    () => {
      sinks = r.pick(SINKS);
      const pipeline = r.pick(PIPELINES);
      const reshaped = sinks.filter(() => r.chance(0.3));
      return ['alignSinks', (store) => store.outputs.alignSinks(pipeline, { sinks, reshaped, at })];
    },
    () => {
      // A tombstone counts as mapped once the last pipeline mapped it, so by then no output holds a part of it; here pipelines map in any order.
      const gone = new Set(known.rows.filter((row) => row.gone).map(({ _id }) => _id));
      const early = known.outputs.some(({ parts }) => parts.some(({ row }) => gone.has(row)));
      return ['expire', (store) => store.rows.expire(early ? 0 : at - 200, 100)];
    },
    () => ['buryAll', (store) => store.rows.buryAll(scope.integration, { limit: 100, at })],
  ];
  const weights = [8, 4, 8, 5, 4, 10, 8, 4, 3, 1, 1, 1, 1, 1, 1, 0.3];
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return {
    next(): Step {
      at += 1 + r.below(20);
      let point = r.below(1_000_000) / 1_000_000 * total;
      const index = weights.findIndex((weight) => (point -= weight) < 0);
      return steps[index]!();
    },
    questions: (): readonly Step[] => [
      ['alive', (store) => store.rows.alive(scope)],
      ['largest stamp', (store) => store.rows.largestStamp(scope)],
      ['scopes', (store) => store.rows.scopes()],
      ['due rows', (store) => store.rows.find({ integration: scope.integration, dueBy: at, limit: 3 })],
      ['asking rows', (store) => store.rows.find({ integration: scope.integration, kind: scope.kind, asking: true, limit: 100 })],
      ['rows of another mapping', (store) => store.rows.find({ integration: scope.integration, gone: false, mappedNot: mapping, limit: 100 })],
      ['rows by id', (store) => store.rows.get(KEYS.map((key) => rowId(scope, key)))],
      ['outputs of a row', (store) => store.outputs.ofRow(rowId(scope, 'a'))],
      ['due outputs', (store) => store.outputs.find({ pipeline: PIPELINE, dueBy: at, limit: 3 })],
      ['refused outputs', (store) => store.outputs.find({ integration: scope.integration, kind: scope.kind, again: true, limit: 100 })],
      ['next due', (store) => store.outputs.nextDue(PIPELINE)],
      ['counts', (store) => store.outputs.counts(PIPELINE)],
      ['stored', (store) => store.outputs.stored(scope.integration, scope.kind)],
      ['held', (store) => store.outputs.held(scope.integration, scope.kind)],
      ['events', (store) => store.events.find({ ...scope, wait: 'q', limit: 100 })],
    ],
  };
}

/** Tokens differ, and the order of what has none. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(comparable);
    return items.every((item) => typeof item === 'object' && item !== null && '_id' in item) ? items.sort((a, b) => (String((a as Row)._id) < String((b as Row)._id) ? -1 : 1)) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'rev').map(([name, inner]) => [name, name === 'left' && Array.isArray(inner) ? sorted(inner) : comparable(inner)]));
}

/** What rows left has no order. */
const sorted = (left: readonly unknown[]): unknown => left.map((one) => JSON.stringify(comparable(one))).sort();

const everything = async (store: Store) => ({
  rows: await store.rows.find({ integration: 'team/a', limit: 1_000 }),
  outputs: await store.outputs.find({ integration: 'team/a', limit: 1_000 }),
});

describeWith({ needs: ['mongo'] }, 'the MongoDB store and the embedded one', () => {
  let mongo: Mongo;
  let client: MongoClient;
  const database = `test_${newId()}`;
  beforeAll(async () => {
    mongo = await startMongo();
    client = await new MongoClient(mongo.url).connect();
  });
  afterAll(async () => {
    await client?.db(database).dropDatabase();
    await client?.close();
    await mongo?.stop();
  });

  it(`answer alike and hold the same, whatever is said to them (seeds ${FIRST} to ${FIRST + SEEDS - 1})`, async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'differential-'));
    const embedded = await openEmbeddedStore({ folder, clock: systemClock });
    const other = await openMongoStore({ url: mongo.url, database, clock: systemClock });
    try {
      for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
        for (const store of [embedded, other]) await Promise.all([store.rows.forget('team/a'), store.outputs.forget('team/a')]);
        const known = { dirty: [] as Dirty[], ...(await everything(embedded)) };
        const steps = createSteps(create(seed), known);
        for (let n = 0; n < STEPS; n++) {
          const [name, run] = steps.next();
          const place = `seed ${seed}, step ${n}, ${name}`;
          const [expected, answer] = [await run(embedded), await run(other)];
          expect([place, comparable(answer)]).toEqual([place, comparable(expected)]);
          const [now, there] = [await everything(embedded), await everything(other)];
          expect([place, comparable(there)]).toEqual([place, comparable(now)]);
          Object.assign(known, now);
        }
        for (const [name, ask] of steps.questions()) expect([seed, name, comparable(await ask(other))]).toEqual([seed, name, comparable(await ask(embedded))]);
      }
    } finally {
      await Promise.all([embedded.close(), other.close()]);
      await rm(folder, { recursive: true, force: true });
    }
  }, 120_000 + SEEDS * 5_000);
});
