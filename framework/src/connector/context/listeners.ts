import type { Disposer, KafkaBrokers, KafkaMessage, Listeners, Log, WebhookCall } from '../../contract';
import { watchDirectory } from '../directory';
import type { ListeningTopic } from '../kafka';

/** Opens a route for calls that prove themselves; gives how to close it. Throws ConfigError: the entry says nothing about who may call. */
export type OpenRoute = (path: string, verify: Parameters<Listeners['webhook']>[1], heard: (call: WebhookCall) => Promise<void>) => () => void;

export interface ListenersDeps {
  readonly openRoute: OpenRoute;
  /** Throws ConfigError. */
  openTopic(topic: string, heard: (message: KafkaMessage) => Promise<void>, how: KafkaBrokers): ListeningTopic;
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
export function createListeners({ openRoute, openTopic, listener, log }: ListenersDeps): OwnListeners {
  const disposers = new Set<Disposer>();
  /** By name: two members of one group would each hear a part. */
  const topics = new Map<string, Disposer>();
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
      async kafka(topic, heard, how = {}) {
        const opened = openTopic(topic, listener(heard), how);
        const before = topics.get(opened.name);
        // Known before it is registered: the instance may end meanwhile.
        const dispose = keep(opened.stop);
        topics.set(opened.name, dispose);
        try {
          await before?.();
          await opened.registered;
        } catch (err) {
          await dispose();
          throw err;
        }
        return dispose;
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
