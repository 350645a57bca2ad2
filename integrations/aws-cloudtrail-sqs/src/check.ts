import { FrameworkError, type CheckReport, type Context } from '@integration-framework/framework';
import { connect } from './client';
import { openQueue } from './queue';
import type { AwsSettings } from './settings';

/** Asks who we are and how full the queue is. Takes no message. */
export async function check({ settings, signal }: Context<AwsSettings>): Promise<CheckReport> {
  const [aws, queue] = await Promise.all([connect(settings), openQueue(settings)]);
  const ask = async (question: () => Promise<string>): Promise<CheckReport> => {
    try {
      return { ok: true, lines: [await question()] };
    } catch (err) {
      if (!(err instanceof FrameworkError)) throw err;
      return { ok: false, lines: [err.message] };
    }
  };
  try {
    const reports = await Promise.all([
      ask(async () => `signed in to the account ${await aws.account(signal)}`),
      ask(async () => `${settings.queueUrl}: about ${await queue.waiting(signal)} messages wait`),
    ]);
    return { ok: reports.every(({ ok }) => ok), lines: reports.flatMap(({ lines }) => lines) };
  } finally {
    aws.close();
    queue.close();
  }
}
