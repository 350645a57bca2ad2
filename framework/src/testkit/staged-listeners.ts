import type { Disposer, KafkaMessage, Listeners, WebhookCall } from '../contract';
import type { ContextDeps } from '../connector';

/** A message as a test writes it: texts become bytes. */
export interface Produced {
  readonly key?: string | Buffer;
  readonly value?: string | Buffer;
  readonly headers?: Readonly<Record<string, string | Buffer>>;
}

/** Listeners that somebody outside would call: here the test does. */
export interface StagedListeners {
  readonly openRoute: ContextDeps['openRoute'];
  readonly openTopic: (topic: string, heard: (message: KafkaMessage) => Promise<void>) => Disposer;
  call(path: string, call: WebhookCall): Promise<void>;
  produce(topic: string, message: Produced): Promise<void>;
}

export function stageListeners(): StagedListeners {
  const routes = new Map<string, (call: WebhookCall) => Promise<void>>();
  const topics = new Map<string, { readonly heard: Parameters<Listeners['kafka']>[1]; next: number }>();
  return {
    openRoute(path, _verify, heard) {
      routes.set(path, heard);
      return () => void (routes.get(path) === heard && routes.delete(path));
    },
    openTopic(topic, heard) {
      const listening = { heard, next: topics.get(topic)?.next ?? 0 };
      topics.set(topic, listening);
      return async () => void (topics.get(topic) === listening && topics.delete(topic));
    },
    async call(path, call) {
      const heard = routes.get(path);
      if (!heard) throw new Error(`no webhook is registered under ${path}; registered: ${namesOf(routes)}`);
      await heard(call);
    },
    async produce(topic, { key, value, headers = {} }) {
      const listening = topics.get(topic);
      if (!listening) throw new Error(`nobody listens to the topic ${topic}; listened to: ${namesOf(topics)}`);
      const message = { topic, partition: 0, offset: String(listening.next), timestamp: Date.now(), key: bytes(key), value: bytes(value), headers: Object.fromEntries(Object.entries(headers).map(([name, one]) => [name, [Buffer.from(one)]])) };
      await listening.heard(message);
      listening.next++;
    },
  };
}

const namesOf = (known: ReadonlyMap<string, unknown>): string => [...known.keys()].join(', ') || 'none';
const bytes = (given: string | Buffer | undefined): Buffer | undefined => (given === undefined ? undefined : Buffer.from(given));
