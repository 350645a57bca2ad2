import type { Disposer, Listeners, Log, WebhookCall } from '../../contract';
import { watchDirectory } from '../directory';

/** Opens a route for calls that prove themselves; gives how to close it. Throws ConfigError: the entry says nothing about who may call. */
export type OpenRoute = (path: string, verify: Parameters<Listeners['webhook']>[1], heard: (call: WebhookCall) => Promise<void>) => () => void;

export interface ListenersDeps {
  readonly openRoute: OpenRoute;
  /** As the connector, and only while it may be told something (ContextRequest). */
  listener<TGiven extends readonly unknown[]>(heard: (...given: TGiven) => unknown): (...given: TGiven) => Promise<void>;
  readonly log: Log;
}

export interface OwnListeners {
  readonly listeners: Listeners;
  /** Ends all of them. */
  unregister(): Promise<void>;
}

/** Ways in which a connector is told; each ends with its disposer, all of them with the instance. */
export function createListeners({ openRoute, listener, log }: ListenersDeps): OwnListeners {
  const disposers = new Set<Disposer>();
  const keep = (dispose: () => unknown): Disposer => {
    const once: Disposer = async () => {
      if (disposers.delete(once)) await dispose();
    };
    disposers.add(once);
    return once;
  };

  return {
    listeners: {
      async webhook(at, verify, heard) {
        return keep(openRoute(at, verify, listener(heard)));
      },
      async directory(path, heard, how = {}) {
        return keep(await watchDirectory({ path, heard: listener(heard), log, ...how }));
      },
      async external(register, heard) {
        const dispose = await register(listener(heard));
        return keep(dispose);
      },
    },
    async unregister() {
      await Promise.allSettled([...disposers].map((dispose) => dispose()));
    },
  };
}
