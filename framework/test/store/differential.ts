import { hashText, toJson } from '../../src/contract';
import { outputId, rowId, type ClaimInput, type Dirty, type Farewell, type MappedRow, type ObservedBatch, type Output, type Row, type Settlement, type Store, type Truth } from '../../src/store';
import { seeded } from '../model/random';
import { createReference } from './reference';

const KEYS = Array.from({ length: 8 }, (_, n) => `k${n}`);
const ENTITIES = ['e0', 'e1', 'e2', 'e3'];
const TRUTHS: readonly Truth[] = ['listed', 'told', 'mixed'];
const SINKS = [['one', 'two'], ['two', 'three'], ['one']];

/** Feeds a store and the pure functions one random history and compares what they answer and hold. Resolves to the first difference. */
export async function differ(store: Store, seed: number, steps = 60): Promise<{ readonly step: string; readonly store: unknown; readonly pure: unknown } | undefined> {
  const random = seeded(seed);
  const pure = createReference();
  const scope = { integration: `differ${seed}`, kind: 'thing' };
  const prefix = rowId(scope, '');
  const truth = random.pick(TRUTHS);
  const sequence = { stamp: 10, at: 1_000, generation: 1, startStamp: 0 };
  const pipelines = [scope.integration, `${scope.integration}/0`];
  let sinks = SINKS[0]!;
  let mapping = 'm1';

  const text = (): { readonly text: string; readonly hash: string; readonly anchor?: string } => {
    const value = random.between(1, 3);
    const body = `{"value":${value}}`;
    return { text: body, hash: hashText(body), ...(value > 1 && { anchor: `table/${value}` }) };
  };
  const version = (): { readonly version?: number } => (random.chance(0.7) ? { version: random.between(1, 9) } : {});
  /** Mostly in order; sometimes of something that took long. */
  const stamp = (): number => (random.chance(0.7) ? ++sequence.stamp : random.between(1, sequence.stamp));
  const author = (): { readonly author?: string } => (random.chance(0.5) ? { author: random.pick(['one', 'two']) } : {});
  const farewell = (): { readonly farewell?: Farewell } => random.pick([{}, { farewell: { bare: true } }, { farewell: { forever: true, header: { memento: sequence.at } } }]);
  const some = (): string[] => random.shuffle(KEYS).slice(0, random.between(1, 5));

  const observation = (): ObservedBatch => {
    const keys = some();
    const by = random.chance(0.7) ? 'page' : 'get';
    const absent = by === 'get' ? keys.splice(0, random.between(0, keys.length)) : [];
    return {
      scope,
      truth,
      by,
      stamp: stamp(),
      mapping,
      at: sequence.at,
      rows: keys.map((key) => ({ key, ...text(), ...version() })),
      absent,
      ...(random.chance(0.5) && { envelopes: true }),
      ...author(),
      ...(by === 'page' && { seen: random.between(1, sequence.generation), partition: random.pick(['p1', 'p2']) }),
    };
  };
  /** What is there, seen again: nearly all that a later run finds. */
  const again = (): ObservedBatch => ({
    ...observation(),
    by: 'page',
    seen: sequence.generation,
    partition: 'p1',
    absent: [],
    rows: [...pure.rows.values()].filter((row) => !row.gone).map((row) => ({ key: row.key, text: row.row!, hash: row.hash!, ...(row.version !== undefined && { version: row.version }), ...(row.anchor !== undefined && { anchor: row.anchor }) })),
  });
  const claim = (key: string): ClaimInput => {
    const about = { key, stamp: stamp(), ...(random.chance(0.5) && { event: { type: 't', operation: 'write' as const, at: sequence.at }, data: `{"d":${sequence.at}}` }), ...(random.chance(0.3) && { locate: `at ${sequence.at}` }) };
    return random.pick<() => ClaimInput>([() => ({ ...about, is: 'changed' }), () => ({ ...about, is: 'gone', ...version(), ...farewell() }), () => ({ ...about, is: 'present', ...text(), ...version() }), () => ({ ...about, is: 'present', ...text(), ...version() })])();
  };
  const mapped = (row: Pick<Dirty, '_id' | 'gone' | 'face'>, pipeline: string): MappedRow => ({
    row: row._id,
    face: random.chance(0.9) ? (row.gone ? '' : row.face) : 'moved on',
    ...(!row.gone && random.chance(0.1) && { keep: true }),
    ...(row.gone && random.chance(0.5) && { last: `{"went":${sequence.at}}` }),
    parts: row.gone
      ? []
      : random.shuffle(ENTITIES).slice(0, random.between(0, 3)).map((identifier) => {
          const body = toJson({ blueprint: 'bp', identifier, ...(random.chance(0.3) && { title: row._id }), properties: { [`p${random.between(1, 3)}`]: random.between(1, 2) }, relations: {} });
          return { output: outputId(pipeline, 'bp', identifier), resource: random.between(0, 1), body, hash: hashText(body), ...(random.chance(0.1) && { search: true }), ...(random.chance(0.3) && { order: random.between(1, 9) }) };
        }),
  });
  const settlement = (): Settlement => {
    const output = outputId(random.pick(pipelines), 'bp', random.pick(ENTITIES));
    const about = { output, sink: random.pick(['one', 'two', 'three']) };
    const hash = pure.outputs.get(output)?.hash ?? 'h';
    return random.pick<() => Settlement>([
      () => ({ ...about, is: 'accepted', hash, ...(random.chance(0.2) && { note: 'n', identifier: 'found' }) }),
      () => ({ ...about, is: 'accepted', hash }),
      () => ({ ...about, is: 'letGo' }),
      () => ({ ...about, is: 'failed', next: sequence.at + random.between(0, 200), error: '503' }),
      () => ({ ...about, is: 'refused', error: '422', ...(random.chance(0.5) && { hash: random.pick([hash, 'old']) }) }),
    ])();
  };

  const actions: Readonly<Record<string, () => Promise<readonly [unknown, unknown]>>> = {
    observe: async () => {
      const batch = observation();
      return [await store.rows.observe(batch), pure.observe(batch, prefix)];
    },
    again: async () => {
      const batch = again();
      return [await store.rows.observe(batch), pure.observe(batch, prefix)];
    },
    claim: async () => {
      const batch = { scope, truth, mapping, at: sequence.at, ...author(), claims: [...some(), ...some()].map(claim) };
      return [await store.rows.claim(batch), pure.claim(batch, prefix)];
    },
    sweep: async () => {
      const filter = { scope, truth, generation: ++sequence.generation, startStamp: sequence.startStamp, incomplete: random.chance(0.3) ? ['p2'] : [] };
      const step = { policy: random.pick(['immediate', 'verify'] as const), stamp: ++sequence.stamp, at: sequence.at, ...(random.chance(0.5) && { envelopes: true }), ...farewell() };
      const ahead = random.chance(0.5);
      for (let done = false; !done; ) {
        const next = ahead ? await store.rows.sweepable(filter, { policy: step.policy, limit: 3 }) : undefined;
        ({ done } = await store.rows.sweep(filter, { ...step, limit: 3, ...(next && { only: next.map(({ _id }) => _id) }) }));
        if (next) done = next.length < 3;
      }
      pure.sweep(filter, step);
      sequence.startStamp = ++sequence.stamp;
      return [undefined, undefined];
    },
    rewrite: async () => {
      const pipeline = random.pick(pipelines);
      const dirty = [...pure.rows.values()].filter((row) => row.due !== undefined || random.chance(0.1)).map((row) => mapped({ _id: row._id, gone: row.gone, face: row.face ?? '' }, pipeline));
      const rows = random.chance(0.1) ? [...dirty, mapped({ _id: `${prefix}nobody`, gone: false, face: 'f' }, pipeline)] : dirty;
      const batch = { pipeline, ...scope, sinks, mapping, rows, departures: random.pick(['now', 'held'] as const), ...(random.chance(0.2) && { more: true }), at: sequence.at };
      const { left: _left, ...rewritten } = await store.outputs.rewrite(batch);
      return [{ ...rewritten, dirty: rewritten.dirty.map((output) => output._id).sort() }, pure.rewrite(batch)];
    },
    settle: async () => {
      const said = Array.from({ length: random.between(1, 6) }, settlement);
      await store.outputs.settle(said, sequence.at);
      return [undefined, pure.settle(said, sequence.at)];
    },
    release: async () => [await store.outputs.release(scope.integration, { kind: scope.kind, at: sequence.at }), pure.release(sequence.at)],
    wake: async () => [await store.outputs.wake(scope.integration, [scope.kind], sequence.at), pure.wake(sequence.at)],
    force: async () => [await store.outputs.force(scope.integration, [scope.kind], sequence.at), pure.force(sequence.at)],
    align: async () => {
      sinks = random.pick(SINKS);
      const to = { sinks, reshaped: random.shuffle(sinks).slice(random.between(0, 2)), at: sequence.at };
      const pipeline = random.pick(pipelines);
      return [await store.outputs.alignSinks(pipeline, to), pure.align(pipeline, to)];
    },
    retry: async () => {
      const ids = [...pure.outputs.keys()].filter(() => random.chance(0.5));
      await store.outputs.retry(ids, sequence.at);
      pure.retry(ids, sequence.at);
      return [undefined, undefined];
    },
    remap: async () => {
      mapping = random.pick(['m1', 'm2']);
      return [undefined, undefined];
    },
  };
  const often = ['observe', 'observe', 'observe', 'again', 'claim', 'claim', 'rewrite', 'rewrite', 'settle', 'settle'];

  for (let n = 0; n < steps; n++) {
    const name = random.chance(0.8) ? random.pick(often) : random.pick(Object.keys(actions));
    sequence.at += 10;
    const [fromStore, fromPure] = await actions[name]!();
    const found = { answer: fromStore, ...(await contents(store, scope.integration)) };
    const wanted = { answer: fromPure, rows: byId(pure.rows.values()), outputs: byId(pure.outputs.values()) };
    if (!equal(found, wanted)) return { step: `seed ${seed}, step ${n}: ${name}`, store: found, pure: wanted };
  }
  await store.rows.forget(scope.integration);
  await store.outputs.forget(scope.integration);
  return undefined;
}

type Held = Readonly<Record<string, unknown>>;

async function contents(store: Store, integration: string): Promise<{ readonly rows: Held; readonly outputs: Held }> {
  const strip = <T extends Row | Output>({ rev: _rev, ...rest }: T): Omit<T, 'rev'> => rest;
  const rows = await store.rows.find({ integration, limit: 1_000 });
  const outputs = await store.outputs.find({ integration, limit: 1_000 });
  return { rows: byId(rows.map(strip)), outputs: byId(outputs.map(strip)) };
}

const byId = (list: Iterable<{ readonly _id: string }>): Held => Object.fromEntries([...list].map((one) => [one._id, one]));

/** As values, whatever the order of members. */
const equal = (a: unknown, b: unknown): boolean => sorted(a) === sorted(b);
const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  ) ?? '';
