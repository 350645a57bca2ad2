import { ConfigError, ContextClosed, FatalError } from '../../../contract';
import { deferred } from '../../../shared';
import { attribute } from '../attribute';
import { hang, type Methods, type Tools } from './stage';
import type { Timeline } from './timeline';

export interface Moods {
  readonly random: () => number;
  readonly clock: Timeline;
  /** How often a call goes wrong, in [0, 1]. */
  readonly trouble: () => number;
  /** How often trouble is one that ends the connector. */
  readonly fatal: number;
  /** What happened how often, added up here. */
  readonly counts: Record<string, number>;
  /** What broke, in words. */
  breach(what: string): void;
}

interface Life {
  readonly done: string[];
  engaging: number;
  engagedAt?: number;
  over: boolean;
}

/** Watches connectors that do as they please, and says when what they are promised does not hold. */
export function watchMoody(moods: Moods): { make(tools: Tools): Methods; readonly lives: ReadonlyMap<string, Life> } {
  const { random, clock, breach, counts } = moods;
  const lives = new Map<string, Life>();
  const refreshing = new Map<string, Set<string>>();
  const ORDER = ['initialize', 'setAuditLog', 'setConnectorName', 'setContext', 'start'];

  function enter(instanceId: string, method: string): Life {
    const life = lives.get(instanceId)!;
    counts[method] = (counts[method] ?? 0) + 1;
    if (life.over) breach(`I5: ${method} of ${instanceId} was called after disconnect`);
    const at = ORDER.indexOf(method);
    if (at >= 0 && method !== 'start' && life.done.length !== at) breach(`I1: ${method} of ${instanceId} came after ${life.done.join()}`);
    if (at < 0 && method !== 'disconnect' && !life.done.includes('start')) breach(`I1: ${method} of ${instanceId} came before start returned`);
    return life;
  }

  /** Any of the ways to go wrong, or none. */
  async function mood(tools: Tools, signal: AbortSignal | undefined, inner: 'set-up' | 'work'): Promise<void> {
    const counted = (kind: string): void => void (counts[kind] = (counts[kind] ?? 0) + 1);
    if (random() >= moods.trouble()) {
      if (moods.trouble() > 0 && random() < 0.3) await clock.sleep(Math.floor(random() * 90_000), signal);
      return;
    }
    const dice = random();
    if (dice < moods.fatal) throw random() < 0.5 ? new ConfigError('moody') : new FatalError('moody');
    if (dice < 0.3) throw Object.assign(new Error('network'), { code: 'ECONNRESET' });
    if (dice < 0.45) throw new TypeError('moody');
    if (dice < 0.55) {
      counted('leaks');
      // Nobody waits for it: the process would find it in the context it arose in.
      void clock.sleep(Math.floor(random() * 5_000)).then(() => attribute(new Error('leaked')));
      return;
    }
    if (dice < 0.75 && signal) {
      counted('obeys');
      const end = deferred<void>();
      signal.addEventListener('abort', () => end.reject(signal.reason));
      return end.promise;
    }
    if (dice < 0.9) {
      counted('comes back late');
      // Ignores its signal, comes back late, and would still write.
      await clock.sleep(Math.floor(random() * 120_000));
      if (inner === 'work') await tools.context().database.create('late');
      return;
    }
    counted('hangs');
    return hang();
  }

  function make(tools: Tools): Methods {
    const { instanceId, target } = tools;
    if (lives.has(instanceId)) breach(`I1: ${instanceId} was made twice`);
    lives.set(instanceId, { done: [], engaging: 0, over: false });
    return {
      initialize() {
        const life = enter(instanceId, 'initialize');
        if (random() < moods.trouble() * 0.1) throw new Error('moody');
        life.done.push('initialize');
      },
      setAuditLog: () => void enter(instanceId, 'setAuditLog').done.push('setAuditLog'),
      setConnectorName: () => void enter(instanceId, 'setConnectorName').done.push('setConnectorName'),
      // A promise where none is expected: it is waited for.
      setContext: (async () => {
        const life = enter(instanceId, 'setContext');
        if (random() < moods.trouble() * 0.2) await mood(tools, undefined, 'set-up');
        life.done.push('setContext');
      }) as () => void,
      async start(signal) {
        const life = enter(instanceId, 'start');
        tools.context().listeners.register(() => {
          if (life.over) breach(`I11: ${instanceId} was told something after disconnect`);
        });
        await mood(tools, signal, 'work');
        life.done.push('start');
      },
      async refresh({ signal }) {
        enter(instanceId, 'refresh');
        const inside = refreshing.get(target.name) ?? new Set<string>();
        refreshing.set(target.name, inside);
        for (const other of inside) if (!lives.get(other)!.over) breach(`I2: ${instanceId} refreshes while ${other} does`);
        inside.add(instanceId);
        try {
          await mood(tools, signal, 'work');
        } finally {
          inside.delete(instanceId);
        }
      },
      async engage(signal) {
        const life = enter(instanceId, 'engage');
        if (life.engaging++ > 0) breach(`I4: two engage of ${instanceId} at once`);
        if (life.engagedAt !== undefined && clock.now() - life.engagedAt < 1_000) breach(`I4: engage of ${instanceId} again after ${clock.now() - life.engagedAt} ms`);
        try {
          await mood(tools, signal, 'work');
        } finally {
          life.engaging--;
          life.engagedAt = clock.now();
        }
      },
      async disconnect(signal) {
        const life = enter(instanceId, 'disconnect');
        life.over = true;
        // Refused by throwing at once; a set-up that never came to its context has none to call.
        try {
          const call = tools.context().database.create('in disconnect');
          breach(`I6: a call of ${instanceId} was taken in disconnect`);
          await call;
        } catch (err) {
          if (!(err instanceof ContextClosed)) breach(`I6: ${String(err)}`);
        }
        await mood(tools, signal, 'set-up');
      },
      statistics() {
        if (lives.get(instanceId)!.over) breach(`I5: statistics of ${instanceId} after disconnect`);
        return { calls: 1 };
      },
    };
  }

  return { make, lives };
}
