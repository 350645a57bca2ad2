import { FrameworkError, isObject, type JsonObject } from '@integration-framework/framework';
import type { GcpSettings } from './settings';
import type { Token } from './token';

export interface PulledMessage {
  readonly id: string;
  readonly text: string;
  /** Names this receipt of the message. */
  readonly ackId: string;
}

/** What is asked of Pub/Sub. */
export interface Subscription {
  /** Waits for messages; none when there were none for a while. */
  pull(signal: AbortSignal): Promise<readonly PulledMessage[]>;
  acknowledge(messages: readonly PulledMessage[]): Promise<void>;
  /** Ours for so many seconds more; 0 hands them back. */
  keep(messages: readonly PulledMessage[], seconds: number): Promise<void>;
}

const BATCH = 100;
const CALL_MS = 30_000;
// The service holds an empty answer back for as long as it likes.
const PULL_MS = 120_000;

/** Pub/Sub by REST; with calls of our own, because messages are handed back after the signal of the entry has aborted. */
export function openSubscription(settings: GcpSettings, token: Token): Subscription {
  const emulator = process.env['PUBSUB_EMULATOR_HOST'];
  const base = emulator ? `http://${emulator}` : 'https://pubsub.googleapis.com';
  const project = `projects/${encodeURIComponent(settings.projectId)}`;
  const name = `${project}/subscriptions/${encodeURIComponent(settings.subscriptionId)}`;

  async function call(path: string, body: JsonObject, how: { readonly method?: 'POST' | 'PUT'; readonly signal: AbortSignal }): Promise<{ readonly status: number; readonly answer: JsonObject }> {
    const send = async (renew: boolean): Promise<Response> => {
      const headers = { authorization: `Bearer ${await token(renew)}`, 'content-type': 'application/json' };
      try {
        return await fetch(`${base}/v1/${path}`, { method: how.method ?? 'POST', headers, body: JSON.stringify(body), signal: how.signal });
      } catch (err) {
        if (how.signal.aborted && (how.signal.reason as Error).name === 'AbortError') throw err;
        throw new FrameworkError('SOURCE_UNREACHABLE', ['Pub/Sub', reasonOf(err)]);
      }
    };
    let response = await send(false);
    if (response.status === 401) response = await send(true);
    const answer: unknown = await response.json().catch(() => ({}));
    return { status: response.status, answer: isObject(answer) ? (answer as JsonObject) : {} };
  }

  async function told(path: string, body: JsonObject, signal: AbortSignal = AbortSignal.timeout(CALL_MS)): Promise<JsonObject> {
    const { status, answer } = await call(path, body, { signal });
    if (status !== 200) throw errorOf(status, answer, path);
    return answer;
  }

  async function create(): Promise<void> {
    const topic = `projects/${settings.projectId}/topics/${settings.topicName}`;
    const { status, answer } = await call(name, { topic, ackDeadlineSeconds: settings.ackDeadlineSeconds }, { method: 'PUT', signal: AbortSignal.timeout(CALL_MS) });
    // 409: somebody else made it meanwhile.
    if (status !== 200 && status !== 409) throw errorOf(status, answer, name);
  }

  const idsOf = (messages: readonly PulledMessage[]): readonly string[] => messages.map(({ ackId }) => ackId);
  return {
    async pull(signal) {
      const { status, answer } = await call(`${name}:pull`, { maxMessages: BATCH }, { signal: AbortSignal.any([signal, AbortSignal.timeout(PULL_MS)]) });
      if (status === 404) {
        await create();
        return [];
      }
      if (status !== 200) throw errorOf(status, answer, `${name}:pull`);
      return pulled(answer);
    },
    async acknowledge(messages) {
      await told(`${name}:acknowledge`, { ackIds: idsOf(messages) });
    },
    async keep(messages, seconds) {
      await told(`${name}:modifyAckDeadline`, { ackIds: idsOf(messages), ackDeadlineSeconds: seconds });
    },
  };
}

const reasonOf = (err: unknown): string => {
  const cause = err instanceof Error && err.cause instanceof Error ? err.cause : err;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
};

function errorOf(status: number, answer: JsonObject, path: string): FrameworkError {
  const { error } = answer;
  const said = isObject(error) && typeof error['message'] === 'string' ? `${status}: ${error['message'].slice(0, 300)}` : String(status);
  if (status === 401 || status === 403) return new FrameworkError('SOURCE_REFUSED', ['Pub/Sub', said], { status });
  return new FrameworkError('SOURCE_FAILED', [`Pub/Sub (${path})`, said], { status });
}

/** Data of messages are base64 of the text. */
export function pulled({ receivedMessages: list = [] }: JsonObject): readonly PulledMessage[] {
  if (!Array.isArray(list)) throw new FrameworkError('SOURCE_UNREADABLE', ['Pub/Sub', 'its messages are no list']);
  return list.filter(isObject).map(({ ackId, message }) => {
    const { messageId, data } = isObject(message) ? message : {};
    return { id: String(messageId ?? ''), text: Buffer.from(String(data ?? ''), 'base64').toString('utf8'), ackId: String(ackId ?? '') };
  });
}
