import { ContextClosed, type Disposer, type KafkaBrokers, type KafkaMessage, type Listeners, type Log, type WebhookCall } from '../../contract';
import { watchDirectory } from '../directory';
import type { ListeningTopic } from '../kafka';
import type { ContextRecord } from './context-record';

/** Opens a route for calls that prove themselves; gives how to close it. Throws ConfigError: the entry says nothing about who may call. */
export type OpenRoute = (path: string, verify: Parameters<Listeners['webhook']>[1], heard: (call: WebhookCall) => Promise<void>) => () => void;

export interface ListenersDeps {
  readonly openRoute: OpenRoute;
  /** Throws ConfigError. */
  openTopic(topic: string, heard: (message: KafkaMessage) => Promise<void>, how: KafkaBrokers): ListeningTopic;
  /** As the connector, and only while it may be told something (ContextRequest). */
  listener<TGiven extends readonly unknown[]>(heard: (...given: TGiven) => unknown): (...given: TGiven) => Promise<void>;
  readonly log: Log;
  /** Must not wait. */
  record(record: ContextRecord): void;
}

export interface OwnListeners {
  readonly listeners: Listeners;
  /** Ends all of them. */
  unregister(): Promise<void>;
}

/** Ways in which a connector is told; each ends with its disposer, all of them with the instance. */
export function createListeners({ openRoute, openTopic, listener, log, record }: ListenersDeps): OwnListeners {
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

  /** What it hears is told, and that it listens once it does. */
  const listening = (name: string, dispose: () => unknown): Disposer => {
    record({ is: 'listening', listener: name });
    return keep(dispose);
  };
  function told<TGiven extends readonly unknown[]>(name: string, heard: (...given: TGiven) => unknown): (...given: TGiven) => Promise<void> {
    const hear = listener(heard);
    return async (...given) => {
      try {
        await hear(...given);
      } catch (error) {
        // One that may not be told anything now has not failed.
        if (!(error instanceof ContextClosed)) record({ is: 'not-heard', listener: name, error });
        throw error;
      }
      record({ is: 'heard', listener: name });
    };
  }

  return {
    listeners: {
      async webhook(at, verify, heard) {
        const name = `the webhook ${at}`;
        return listening(name, openRoute(at, verify, told(name, heard)));
      },
      async directory(path, heard, how = {}) {
        const name = `the directory ${path}`;
        return listening(name, await watchDirectory({ path, heard: told(name, heard), log, ...how }));
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
        const name = 'its third party';
        return listening(name, await register(told(name, heard)));
      },
    },
    async unregister() {
      await Promise.allSettled([...disposers].map((dispose) => dispose()));
    },
  };
}
