import { isDeepStrictEqual } from 'node:util';
import { FrameworkError, type Target } from '../../contract';
import type { RunningTarget } from './running-target';
import type { Origin } from './types';

const WHO: Readonly<Record<Origin, string>> = { file: 'the file', rest: 'a call of REST', connector: 'the connector', learned: 'an endpoint entity' };

export interface Slot {
  readonly by: Origin;
  target: Target;
  running: RunningTarget;
  /** It came while the connector was running: it is refreshed at once. */
  fresh: boolean;
}

export interface TargetSet {
  readonly slots: ReadonlyMap<string, Slot>;
  /** Added: set up at once. Changed: the old one is disconnected first. Throws TARGET_NAME_TAKEN when another origin has the name. */
  put(target: Target, by: Origin, fresh: boolean): 'added' | 'changed' | 'unchanged';
  /** Disconnects it. False: there is none of this name and origin. */
  remove(name: string, by: readonly Origin[]): boolean;
  /** Makes those of one origin what is given; gives those whose name is taken. */
  replaceAll(targets: readonly Target[], by: Origin, fresh: boolean): readonly Target[];
  /** Disconnects all, in parallel; also waits for those that are leaving. */
  stop(): Promise<void>;
}

/** What is to be done to get from some targets to others, by name. Pure. */
export function diffTargets(current: readonly Target[], wanted: readonly Target[]): { readonly added: readonly Target[]; readonly changed: readonly Target[]; readonly removed: readonly Target[] } {
  const before = new Map(current.map((target) => [target.name, target]));
  const after = new Set(wanted.map(({ name }) => name));
  const known = wanted.filter(({ name }) => before.has(name));
  return {
    added: wanted.filter(({ name }) => !before.has(name)),
    changed: known.filter((target) => !isDeepStrictEqual(before.get(target.name), target)),
    removed: current.filter(({ name }) => !after.has(name)),
  };
}

/** The targets of a connector while it runs. `begin` sets one up and starts it. */
export function createTargetSet(options: { begin(slot: Omit<Slot, 'running'>): RunningTarget; changed(): void }): TargetSet {
  const slots = new Map<string, Slot>();
  const leaving = new Set<RunningTarget>();
  let stopped = false;

  async function leave(running: RunningTarget): Promise<void> {
    leaving.add(running);
    await running.stop();
    leaving.delete(running);
  }

  function put(target: Target, by: Origin, fresh: boolean): 'added' | 'changed' | 'unchanged' {
    const slot = slots.get(target.name);
    if (!slot) {
      if (stopped) return 'unchanged';
      const begun: Omit<Slot, 'running'> = { target, by, fresh };
      // One of this name may still be leaving: two of them must not refresh at once.
      const before = [...leaving].find((running) => running.target.name === target.name);
      const added: Slot = Object.assign(begun, { running: before ?? options.begin(begun) });
      slots.set(target.name, added);
      if (before) void replace(added, target);
      options.changed();
      return 'added';
    }
    if (slot.by !== by) throw new FrameworkError('TARGET_NAME_TAKEN', [target.name, WHO[slot.by]]);
    if (diffTargets([slot.target], [target]).changed.length === 0) return 'unchanged';
    slot.target = target;
    slot.fresh = true;
    void replace(slot, target);
    return 'changed';
  }

  async function replace(slot: Slot, target: Target): Promise<void> {
    await leave(slot.running);
    // Removed, or changed once more meanwhile.
    if (stopped || slots.get(target.name) !== slot || slot.target !== target) return;
    slot.running = options.begin(slot);
    options.changed();
  }

  function remove(name: string, by: readonly Origin[]): boolean {
    const slot = slots.get(name);
    if (!slot || !by.includes(slot.by)) return false;
    slots.delete(name);
    void leave(slot.running);
    options.changed();
    return true;
  }

  return {
    slots,
    put,
    remove,
    replaceAll(targets, by, fresh) {
      const ofOrigin = [...slots.values()].filter((slot) => slot.by === by).map(({ target }) => target);
      const { added, changed, removed } = diffTargets(ofOrigin, targets);
      const [taken, free] = [added.filter(({ name }) => slots.has(name)), added.filter(({ name }) => !slots.has(name))];
      for (const { name } of removed) remove(name, [by]);
      for (const target of [...free, ...changed]) put(target, by, fresh);
      return taken;
    },
    async stop() {
      stopped = true;
      await Promise.all([...[...slots.values()].map(({ running }) => running), ...leaving].map((running) => running.stop()));
    },
  };
}
