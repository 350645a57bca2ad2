import type { ListenContext } from '@integration-framework/framework';
import { called, clientOptions } from './client';
import { regionOfQueue, type AwsSettings } from './settings';

// The most that SQS gives at a time, and the longest that it waits for a message.
const BATCH = 10;
const WAIT_SECONDS = 20;

interface Received {
  readonly id: string;
  readonly text: string;
  /** Names this receipt of the message: what it is removed or handed back by. */
  readonly receipt: string;
}

export interface Queue {
  /** Waits for messages; none when there were none for a while. */
  receive(signal: AbortSignal): Promise<readonly Received[]>;
  /** Gives the ids of those that could not be removed: they will come again. */
  remove(messages: readonly Received[]): Promise<readonly string[]>;
  /** Others may have them at once. */
  handBack(messages: readonly Received[]): Promise<void>;
  /** How many wait, about. */
  waiting(signal: AbortSignal): Promise<string>;
  close(): void;
}

export async function openQueue(settings: AwsSettings): Promise<Queue> {
  const { SQSClient, ReceiveMessageCommand, DeleteMessageBatchCommand, ChangeMessageVisibilityBatchCommand, GetQueueAttributesCommand } = await import('@aws-sdk/client-sqs');
  const region = regionOfQueue(settings.queueUrl) ?? settings.region;
  const client = new SQSClient({ ...clientOptions(settings), ...(region !== undefined && { region }) });
  const QueueUrl = settings.queueUrl;
  const entriesOf = (messages: readonly Received[]) => messages.map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt }));

  return {
    async receive(signal) {
      const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: BATCH, WaitTimeSeconds: WAIT_SECONDS });
      const { Messages = [] } = await called('SQS', () => client.send(command, { abortSignal: signal }));
      return Messages.map(({ MessageId = '', Body = '', ReceiptHandle = '' }) => ({ id: MessageId, text: Body, receipt: ReceiptHandle }));
    },
    async remove(messages) {
      const answer = await called('SQS', () => client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: entriesOf(messages) })));
      return (answer.Failed ?? []).map(({ Id }) => messages[Number(Id)]?.id ?? '');
    },
    async handBack(messages) {
      const Entries = entriesOf(messages).map((entry) => ({ ...entry, VisibilityTimeout: 0 }));
      await called('SQS', () => client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries })));
    },
    async waiting(signal) {
      const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] });
      const { Attributes } = await called('SQS', () => client.send(command, { abortSignal: signal }));
      return Attributes?.['ApproximateNumberOfMessages'] ?? '0';
    },
    close: () => client.destroy(),
  };
}

/** Receives, has stored, removes; what could not be stored is handed back. */
export async function listen(context: ListenContext<AwsSettings>): Promise<void> {
  const { signal, log } = context;
  const queue = await openQueue(context.settings);
  try {
    while (!signal.aborted) {
      const messages = await queue.receive(signal);
      if (messages.length === 0) continue;
      try {
        await context.deliver('queue', messages.map(({ id, text }) => ({ id, text })));
      } catch (err) {
        // Best effort: they come again by themselves when their time is up.
        await queue.handBack(messages).catch((failed: unknown) => log.warn('messages could not be handed back', { error: String(failed) }));
        throw err;
      }
      const left = await queue.remove(messages);
      if (left.length > 0) log.warn('messages were stored but could not be removed; they will come again, and change nothing', { messages: left });
    }
  } catch (err) {
    if (!signal.aborted) throw err;
  } finally {
    queue.close();
  }
}
