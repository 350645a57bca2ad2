import type { Mapping } from '../../src/contract';
import type { Run, Store } from '../../src/store';
import { blueprint, catalogOf, entryOf, expectSums, openFlow, resource } from '../flow/flow';
import { createPortal, entityKey, type FakePortal } from '../flow/portal';
import { createSource, type Source, type Thing } from '../flow/source';
import { failAfter } from './failing-store';

/** A small but complete run: two kinds, one made from the other, two partitions each, things that come, change, stay and go, and two sinks. */
const before: Readonly<Record<string, readonly Thing[]>> = {
  repo: [
    { id: 'r1', part: 'a', n: 1 },
    { id: 'r2', part: 'a', n: 1 },
    { id: 'r3', part: 'b', n: 1 },
    { id: 'r4', part: 'b', n: 1 },
  ],
  issue: [
    { id: 'i1', part: 'r1', n: 1 },
    { id: 'i2', part: 'r1', n: 1 },
    { id: 'i3', part: 'r1', n: 1 },
    { id: 'i4', part: 'r3', n: 1 },
    { id: 'i5', part: 'r3', n: 1 },
  ],
};
const after: typeof before = {
  repo: [
    { id: 'r1', part: 'a', n: 2 },
    { id: 'r2', part: 'a', n: 1 },
    { id: 'r3', part: 'b', n: 1 },
    { id: 'r5', part: 'b', n: 1 },
  ],
  issue: [
    { id: 'i1', part: 'r1', n: 1 },
    { id: 'i3', part: 'r1', n: 2 },
    { id: 'i5', part: 'r3', n: 1 },
    { id: 'i6', part: 'r5', n: 1 },
    { id: 'i7', part: 'r5', n: 1 },
  ],
};

const mapping: Mapping = { resources: [resource('repo'), resource('issue', { entity: { relations: { repo: '.part' } } })] };

export interface World {
  readonly store: Store;
  readonly portal: FakePortal;
  readonly source: Source;
}

export function newWorld(store: Store): World {
  const source = createSource({ repo: { partitions: ['a', 'b'] }, issue: { parent: 'repo' } });
  return { store, source, portal: createPortal() };
}

const entry = (world: World, identifier: string) => entryOf(world.source.integration, { identifier, blueprints: [blueprint('repo'), blueprint('issue', { repo: 'repo' })] });

function put(source: Source, state: typeof before): void {
  for (const [kind, things] of Object.entries(state)) source.put(kind, things);
}

/** Everything of the first state is delivered; then the source changes. */
export async function prepare(world: World, identifier: string): Promise<void> {
  put(world.source, before);
  const flow = await openFlow({ ...world, entry: entry(world, identifier), mapping: () => mapping });
  const run = await flow.run();
  await flow.stop();
  expect(run.state).toBe('completed');
  expectSums(run);
  put(world.source, after);
}

export interface Killed {
  /** False: the run was done before the n-th call. */
  readonly died: boolean;
  readonly at: string;
}

/** A run that is killed after its n-th call of the store. */
export async function runUntil(world: World, identifier: string, n: number): Promise<Killed> {
  const stop = new AbortController();
  let died = false;
  const failing = failAfter(world.store, n, () => {
    died = true;
    world.portal.away = true; // a dead process calls nobody
    stop.abort(new DOMException('killed', 'AbortError'));
  });
  try {
    const flow = await openFlow({ ...world, store: failing.store, entry: entry(world, identifier), mapping: () => mapping, stop });
    await flow.run().catch(() => undefined);
    await flow.stop();
  } catch (err) {
    if (!died) throw err;
  } finally {
    world.portal.away = false;
  }
  return { died, at: `${n}: ${failing.last()}` };
}

/** The next process: goes on with what was left, and if the request was not stored, asks again. Gives the last run. */
export async function restart(world: World, identifier: string): Promise<Run> {
  const flow = await openFlow({ ...world, entry: entry(world, identifier), mapping: () => mapping });
  await flow.resync.start();
  const settled = await flow.resync.settled([identifier]);
  const last = settled.get(identifier)!;
  const run = (await world.store.documents.list<Run>('runs', { equals: { integration: identifier }, limit: 10 })).length > 1 ? last : await flow.run();
  await flow.stop();
  return run;
}

/** At the end catalog and portal are what the source says; nothing was deleted that is there; and the run that was resumed kept its generation. */
export async function expectConverged(world: World, identifier: string, run: Run): Promise<void> {
  const wanted = Object.entries(after)
    .flatMap(([kind, things]) => things.map((thing) => `${entityKey(kind, thing.id)} ${String(thing['n'])}`))
    .sort();
  const catalog = (await catalogOf(world.store)).filter((document) => document.integration === identifier);
  expect(catalog.map((document) => `${entityKey(document.blueprint, document.identifier)} ${String((JSON.parse(document.properties) as { n: number }).n)}`).sort()).toEqual(wanted);
  expect([...world.portal.entities].map(([key, entity]) => `${key} ${String(entity.properties['n'])}`).sort()).toEqual(wanted);
  const deleted = world.portal.calls.filter((call) => call.startsWith('delete ')).map((call) => call.slice('delete '.length));
  expect(new Set(deleted)).toEqual(new Set(['repo/r4', 'issue/i2', 'issue/i4']));
  expect(run.state).toBe('completed');
  expectSums(run);
  expect(run.kinds.map((kind) => [kind.kind, kind.generation])).toEqual([
    ['repo', 2],
    ['issue', 2],
  ]);
  expect(run.kinds.map((kind) => [kind.kind, kind.rows.received])).toEqual([
    ['repo', 4],
    ['issue', 5],
  ]);
}
