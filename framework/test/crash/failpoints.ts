import type { Store } from '../../src/store';
import type { FakePortal } from '../flow/portal';
import { expectConverged, newWorld, prepare, restart, runUntil, type World } from './scenario';

/** What a world is made of before the run that is killed. */
export interface Beginning {
  readonly world: World;
  /** A store of its own that holds the same. */
  fork(n: number): Promise<{ readonly store: Store; close(): Promise<void> }>;
}

/** Points that are tried beside each other: most of the time of one goes by waiting. */
const AT_ONCE = 10;

function copyOf(portal: FakePortal, into: FakePortal): FakePortal {
  for (const [key, entity] of portal.entities) into.entities.set(key, structuredClone(entity));
  return into;
}

async function killAt(beginning: Beginning, identifier: string, n: number): Promise<boolean> {
  const { store, close } = await beginning.fork(n);
  const world = newWorld(store);
  copyOf(beginning.world.portal, world.portal);
  for (const kind of ['repo', 'issue']) world.source.put(kind, beginning.world.source.all(kind));
  const killed = await runUntil(world, identifier, n);
  try {
    await expectConverged(world, identifier, await restart(world, identifier));
  } catch (err) {
    throw new Error(`killed after call ${killed.at}: ${(err as Error).message}`, { cause: err });
  } finally {
    await close();
  }
  return killed.died;
}

/** Kills the run after its n-th call of the store, for every n (or every stride-th) until it ends by itself. Gives the last n. */
export async function killEverywhere(begin: (prepared: (world: World) => Promise<void>) => Promise<Beginning>, stride = 1): Promise<number> {
  const identifier = 'entry';
  const beginning = await begin((world) => prepare(world, identifier));
  for (let n = 1; ; n += AT_ONCE * stride) {
    const died = await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => killAt(beginning, identifier, n + index * stride)));
    if (died.includes(false)) return n + died.indexOf(false) * stride;
  }
}
