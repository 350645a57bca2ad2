import type { EachBatchPayload } from 'kafkajs';
import { FrameworkError } from '../contract';
import { batchHandler } from '../kafka';
import type { ResyncRequest } from '../store';
import { recordedLog } from '../testkit';
import { takeRequests } from './take-request';

const TOPIC = 'o.integration.resync.requests';
const ask = (identifier: string): string => JSON.stringify({ context: { integrationId: identifier } });

/** What kafkajs hands over, with what was done to it. The broker itself is in kafka.int.test.ts. */
function batchOf(values: readonly (string | null)[], from = 10): { payload: EachBatchPayload; done: string[]; stale: { is: boolean }; running: { is: boolean } } {
  const done: string[] = [];
  const stale = { is: false };
  const running = { is: true };
  const messages = values.map((value, index) => ({ offset: String(from + index), value: value === null ? null : Buffer.from(value), key: null, timestamp: '0', attributes: 0, headers: {} }));
  let resolved: string | undefined;
  const payload = {
    batch: { topic: TOPIC, partition: 3, messages },
    heartbeat: async () => undefined,
    isStale: () => stale.is,
    isRunning: () => running.is,
    resolveOffset(offset: string) {
      resolved = offset;
    },
    uncommittedOffsets: () => ({ resolved }),
    async commitOffsetsIfNecessary(offsets: { resolved?: string }) {
      done.push(`commit ${offsets.resolved}`);
    },
    pause() {
      done.push('pause');
      return () => done.push('resume');
    },
  };
  return { payload: payload as unknown as EachBatchPayload, done, stale, running };
}

function handler(request: (request: ResyncRequest) => Promise<unknown>, identifiers: readonly string[] = ['a']) {
  const results: string[] = [];
  const blocked: (string | undefined)[] = [];
  const take = takeRequests({
    identifiers,
    log: recordedLog(),
    count: (result, identifier) => results.push(`${result} ${identifier ?? ''}`.trim()),
    async request(asked) {
      await request(asked);
      return { identifier: asked.identifier, runId: 'r', status: 'running', joined: false };
    },
  });
  const batches = batchHandler({ take, blocked: (reason) => blocked.push(reason) });
  return { ...batches, results, blocked };
}

describe('a batch of messages', () => {
  it('is committed once, after every run it asks for is stored', async () => {
    const asked: ResyncRequest[] = [];
    const { payload, done } = batchOf([ask('a'), ask('b'), 'not json', null, ask('a')]);
    const batches = handler(async (request) => {
      expect(done).toEqual([]);
      asked.push(request);
    });
    await batches.handle(payload);
    expect(asked).toEqual([
      { identifier: 'a', cause: 'kafka', id: `${TOPIC}/3/10` },
      { identifier: 'a', cause: 'kafka', id: `${TOPIC}/3/14` },
    ]);
    expect(done).toEqual(['commit 14']);
    expect(batches.results).toEqual(['requested a', 'ignored a', 'malformed', 'malformed', 'requested a']);
  });

  it('is committed up to the first that could not be stored; the partition is paused and read on later', async () => {
    const { payload, done } = batchOf([ask('a'), ask('a'), ask('a')]);
    let calls = 0;
    const batches = handler(async () => {
      if (++calls === 2) throw new FrameworkError('STORE_UNREACHABLE', ['down']);
    });
    await batches.handle(payload);
    expect(calls).toBe(2);
    expect(done).toEqual(['pause', 'commit 10']);
    expect(batches.blocked).toEqual([expect.stringContaining('store')]);
    while (!done.includes('resume')) await new Promise((resolve) => setImmediate(resolve));
    await batches.handle(batchOf([ask('a'), ask('a')], 11).payload);
    expect(calls).toBe(4);
    expect(batches.blocked).toEqual([expect.stringContaining('store'), undefined]);
  });

  it('does not wait for an error that is no refusal to pass by being skipped', async () => {
    const { payload, done } = batchOf([ask('a')]);
    const batches = handler(() => Promise.reject(new Error('a bug')));
    await batches.handle(payload);
    batches.stop();
    expect(done).toEqual(['pause', 'commit undefined']);
  });

  it('goes on over a refusal: asking again would change nothing', async () => {
    const { payload, done } = batchOf([ask('a')]);
    const batches = handler(() => Promise.reject(new FrameworkError('ENTRY_REFUSED', ['a', 'disabled'])));
    await batches.handle(payload);
    expect(done).toEqual(['commit 10']);
    expect(batches.results).toEqual(['refused a']);
  });

  it('stops where it turned stale, or the consumer stopped', async () => {
    for (const end of ['stale', 'running'] as const) {
      const batch = batchOf([ask('a'), ask('a')]);
      let calls = 0;
      await handler(async () => {
        calls++;
        batch[end].is = end === 'stale';
      }).handle(batch.payload);
      expect(calls).toBe(1);
      expect(batch.done).toEqual(end === 'stale' ? [] : ['commit 10']);
    }
  });

  describe('that takes longer than a session lasts', () => {
    beforeEach(() => jest.useFakeTimers());
    afterEach(() => jest.useRealTimers());

    it('keeps the membership alive by time, and stops once that is lost', async () => {
      const { payload, done } = batchOf([ask('a'), ask('a'), ask('a')]);
      let beats = 0;
      let calls = 0;
      const slow = handler(async () => {
        calls++;
        await jest.advanceTimersByTimeAsync(10_000);
      });
      await slow.handle({
        ...payload,
        async heartbeat() {
          if (++beats > 4) throw new Error('The coordinator is not aware of this member');
        },
      });
      expect(beats).toBe(6);
      expect(calls).toBe(2);
      expect(done).toEqual(['commit 11']);
      await jest.advanceTimersByTimeAsync(60_000);
      expect(beats).toBe(6);
    });
  });

  it('asks for each entry that one consumer speaks for', async () => {
    const asked: string[] = [];
    await handler(async ({ identifier }) => void asked.push(identifier), ['a', 'b']).handle(batchOf([ask('b'), ask('a'), ask('c')]).payload);
    expect(asked).toEqual(['b', 'a']);
  });
});
