import type { Target } from '../../contract';
import { backoff, type Clock } from '../../shared';
import { learnedTarget, type EndpointEntity, type LearnedSelector } from './endpoint-mode';
import { BACKOFF } from './failures';
import { START_MS } from './instance';
import { OVER } from './wait';

/** Entities of the blueprint that the selector names, as far as the connector may see them. */
export interface EndpointFeed {
  list(signal: AbortSignal): Promise<readonly EndpointEntity[]>;
  /** Changes from now on; gives the way to end it. */
  subscribe(heard: (change: { readonly is: 'changed'; readonly entity: EndpointEntity } | { readonly is: 'gone'; readonly identifier: string }) => void): () => void;
}

export interface LearnedEndpoints {
  /** Lists anew: what the feed missed comes now. Rejects when they cannot be listed; what is known stays. */
  compare(): Promise<void>;
  stop(): void;
}

export interface LearnOptions {
  readonly selector: LearnedSelector;
  readonly feed: EndpointFeed;
  readonly clock: Clock;
  readonly random: () => number;
  /** All of them, whenever they are not the same. */
  learned(targets: readonly Target[]): void;
  failed(err: unknown): void;
}

/** Keeps the targets that `endpoint` entities stand for: a list at the start, then what the feed tells. */
export function learnEndpoints(options: LearnOptions): LearnedEndpoints {
  const { selector, feed, clock } = options;
  const stopping = new AbortController();
  const targets = new Map<string, Target>();
  /** What was heard while a list is under way is newer than the list. */
  let heard: Set<string> | undefined;

  const put = (entity: EndpointEntity): void => {
    const target = learnedTarget(selector, entity);
    if (target) targets.set(entity.identifier, target);
    else targets.delete(entity.identifier);
  };
  const tell = (): void => {
    if (!stopping.signal.aborted) options.learned([...targets.values()]);
  };

  const unsubscribe = feed.subscribe((change) => {
    const identifier = change.is === 'gone' ? change.identifier : change.entity.identifier;
    heard?.add(identifier);
    if (change.is === 'gone') targets.delete(identifier);
    else put(change.entity);
    tell();
  });

  async function list(): Promise<void> {
    const during = new Set<string>();
    heard = during;
    const limit = new AbortController();
    const over = new AbortController();
    const timer = clock.sleep(START_MS, over.signal).then(
      () => limit.abort(new DOMException('the endpoints were not listed in time', 'TimeoutError')),
      () => undefined,
    );
    try {
      const late = timer.then(() => {
        limit.signal.throwIfAborted();
        return [];
      });
      const entities = await Promise.race([feed.list(limit.signal), late]);
      const listed = new Set(entities.map(({ identifier }) => identifier));
      for (const identifier of [...targets.keys()]) if (!listed.has(identifier) && !during.has(identifier)) targets.delete(identifier);
      for (const entity of entities) if (!during.has(entity.identifier)) put(entity);
      tell();
    } finally {
      over.abort(OVER);
      if (heard === during) heard = undefined;
    }
  }

  /** One list at a time. */
  let listing: Promise<void> | undefined;
  const compare = (): Promise<void> => (listing ??= list().finally(() => (listing = undefined)));

  void (async () => {
    for (let attempt = 1; !stopping.signal.aborted; attempt++) {
      try {
        return await compare();
      } catch (err) {
        options.failed(err);
        await clock.sleep(Math.max(1_000, backoff(BACKOFF, attempt, options.random)), stopping.signal).catch(() => undefined);
      }
    }
  })();

  return {
    compare,
    stop() {
      stopping.abort();
      unsubscribe();
    },
  };
}
