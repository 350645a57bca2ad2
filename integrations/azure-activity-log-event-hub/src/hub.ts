import { FrameworkError } from '@integration-framework/framework';
import { namespaceOf, type AzureSettings } from './settings';
import type { Token } from './token';

export interface HubEvent {
  readonly text: string;
  readonly offset: string;
  readonly sequenceNumber: number;
}

/** What is asked of an event hub, in the group `$Default`. */
export interface Hub {
  partitions(signal: AbortSignal): Promise<readonly string[]>;
  /** Reads a partition behind an offset, or from its beginning. The next events come when `take` has resolved. Rejects when it fails; resolves when the signal aborts. */
  read(partition: string, from: { readonly after: string | undefined; readonly signal: AbortSignal; take(events: readonly HubEvent[]): Promise<void> }): Promise<void>;
  close(): Promise<void>;
}

// Each event holds many records.
const BATCH = 100;
const WAIT_SECONDS = 30;

/** By the vendor's client, which is loaded here. */
export async function openHub(settings: AzureSettings, token: Token): Promise<Hub> {
  const { EventHubConsumerClient, earliestEventPosition } = await import('@azure/event-hubs');
  const credential = {
    async getToken() {
      const { value, expiresAt } = await token('eventHubs');
      return { token: value, expiresOnTimestamp: expiresAt };
    },
  };
  const client = new EventHubConsumerClient('$Default', namespaceOf(settings), settings.eventHubName, credential);
  return {
    partitions: (abortSignal) => client.getPartitionIds({ abortSignal }).catch((err: unknown) => Promise.reject(hubError(err))),
    async read(partition, { after, signal, take }) {
      if (signal.aborted) return;
      let taking: Promise<void> = Promise.resolve();
      let fail: (err: unknown) => void = () => undefined;
      const failed = new Promise<never>((_, reject) => (fail = reject));
      const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      const subscription = client.subscribe(
        partition,
        {
          async processEvents(events) {
            if (events.length === 0 || signal.aborted) return;
            try {
              await (taking = take(events.map(({ body, offset, sequenceNumber }) => ({ text: textOf(body), offset: String(offset), sequenceNumber }))));
            } catch (err) {
              fail(err);
              // Nothing more is taken behind what was not stored.
              await stopped;
            }
          },
          processError: async (err) => fail(hubError(err)),
        },
        { startPosition: after === undefined ? earliestEventPosition : { offset: after }, maxBatchSize: BATCH, maxWaitTimeInSeconds: WAIT_SECONDS, skipParsingBodyAsJson: true },
      );
      try {
        await Promise.race([failed, stopped]);
      } finally {
        await taking.catch(() => undefined); // told by `failed`, unless the signal came first
        void subscription.close().catch(() => undefined);
      }
    },
    close: () => client.close(),
  };
}

/** The body as it came: bytes, or the text of another kind of message. */
const textOf = (body: unknown): string => (body instanceof Uint8Array ? Buffer.from(body).toString('utf8') : typeof body === 'string' ? body : JSON.stringify(body ?? null));

function hubError(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown instanceof FrameworkError || thrown.name === 'AbortError') return thrown;
  const code = 'code' in thrown ? String(thrown.code) : '';
  if (/Unauthorized/i.test(code)) return new FrameworkError('SOURCE_REFUSED', ['Event Hubs', thrown.message]);
  return new FrameworkError('SOURCE_UNREACHABLE', ['Event Hubs', thrown.message]);
}
