import type { EndpointEntity } from '../endpoint-mode';
import type { EndpointFeed } from '../learn-endpoints';

export interface TestFeed extends EndpointFeed {
  /** What a list gives. */
  readonly entities: Map<string, EndpointEntity>;
  put(identifier: string, properties: Readonly<Record<string, unknown>>): void;
  remove(identifier: string): void;
  /** Without telling anybody. */
  silently(change: () => void): void;
  /** Before a list answers. */
  before: () => Promise<void> | void;
}

/** `endpoint` entities that a test makes and deletes. */
export function testFeed(): TestFeed {
  const listeners = new Set<Parameters<EndpointFeed['subscribe']>[0]>();
  let silent = false;
  const tell: Parameters<EndpointFeed['subscribe']>[0] = (change) => {
    if (!silent) for (const heard of listeners) heard(change);
  };
  const feed: TestFeed = {
    entities: new Map(),
    before: () => undefined,
    async list() {
      const now = [...feed.entities.values()];
      await feed.before();
      return now;
    },
    subscribe(heard) {
      listeners.add(heard);
      return () => void listeners.delete(heard);
    },
    put(identifier, properties) {
      const entity = { identifier, properties };
      feed.entities.set(identifier, entity);
      tell({ is: 'changed', entity });
    },
    remove(identifier) {
      feed.entities.delete(identifier);
      tell({ is: 'gone', identifier });
    },
    silently(change) {
      silent = true;
      change();
      silent = false;
    },
  };
  return feed;
}
