import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FrameworkError } from '../contract';
import type { PortalIntegration } from '../portal';
import { systemClock } from '../shared';
import { readState, storeRequest, type Documents, type ResyncRequest, type Run, type Store } from '../store';
import { openEmbeddedStore } from '../store/embedded';
import { recordedLog, type RecordedLog } from '../testkit';
import { isNewer, pollingTrigger, type PollingTrigger } from './polling';
import { steppedClock } from './test/stepped-clock';

const T = '2026-01-01T00:00:00.000Z';
const LATER = '2026-01-01T00:00:00.001Z';
const EARLIER = '2025-12-31T23:59:59.999Z';

describe('isNewer (port-contract 12.2)', () => {
  it.each([
    ['any watermark, nothing asked', T, undefined, false],
    ['any watermark, null', T, null, false],
    ['any watermark, empty', T, '', false],
    ['no watermark, empty', undefined, '', false],
    ['any watermark, not a date', T, 'soon', false],
    ['no watermark, not a date', undefined, 'soon', false],
    ['any watermark, a number', T, 1_767_225_600_000, false],
    ['no watermark, valid', undefined, T, true],
    ['watermark is no date, valid', 'never', T, true],
    ['T, T', T, T, false],
    ['T, T in another zone', T, '2026-01-01T01:00:00.000+01:00', false],
    ['T, older', T, EARLIER, false],
    ['T, newer', T, LATER, true],
  ])('%s', (_name, watermark, updatedAt, newer) => {
    expect(isNewer(watermark, updatedAt)).toBe(newer);
  });
});

describe('the trigger POLLING', () => {
  const INTERVAL = 60_000;
  let folder: string;
  let store: Store;
  let documents: Documents;
  let clock = steppedClock();
  let log: RecordedLog;
  let trigger: PollingTrigger;
  /** What lies at the portal. */
  let pending: { id: string; updatedAt: string } | undefined;
  let integration: Partial<PortalIntegration> | undefined;
  let fail: { portal?: Error; request?: Error };
  let counted: string[];

  const make = (): PollingTrigger =>
    pollingTrigger({
      entries: [
        {
          identifier: 'a',
          client: {
            async resyncRequest() {
              if (fail.portal) throw fail.portal;
              return pending;
            },
            integration: async () => integration as PortalIntegration,
          },
        },
      ],
      intervalMs: INTERVAL,
      documents,
      async request(request: ResyncRequest) {
        if (fail.request) throw fail.request;
        return storeRequest(documents, request, { clock, token: 't' });
      },
      log,
      clock,
      count: (result) => counted.push(result),
    });
  const runs = (): Promise<Run[]> => documents.list<Run>('runs', { limit: 100 });
  const watermark = (): Promise<string | undefined> => readState<string>(documents, 'polling/a');
  const start = async (): Promise<void> => {
    trigger = make();
    await trigger.start(new AbortController().signal);
    await clock.asleep();
  };

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'polling-'));
  });
  beforeEach(async () => {
    store = await openEmbeddedStore({ folder, clock: systemClock });
    documents = store.documents;
    clock = steppedClock();
    log = recordedLog();
    pending = undefined;
    integration = undefined;
    fail = {};
    counted = [];
  });
  afterEach(async () => {
    await trigger.stop();
    for (const run of await runs()) await documents.remove('runs', run._id);
    await documents.remove('state', 'polling/a');
    await store.close();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('asks for a run when a request is newer than the last one, once', async () => {
    await start();
    expect(trigger.ready()).toEqual({ ok: true });
    pending = { id: 'request-1', updatedAt: T };
    await clock.advance(INTERVAL);
    expect(await runs()).toMatchObject([{ integration: 'a', cause: 'polling', requests: ['request-1'] }]);
    expect(await watermark()).toBe(T);
    await clock.advance(5 * INTERVAL);
    expect(await runs()).toHaveLength(1);
    pending = { id: 'request-2', updatedAt: LATER };
    await clock.advance(INTERVAL);
    expect((await runs()).flatMap((run) => run.requests).sort()).toEqual(['request-1', 'request-2']);
    expect(counted.filter((result) => result === 'requested')).toHaveLength(2);
  });

  it('does not repeat an old request after a restart', async () => {
    pending = { id: 'request-1', updatedAt: T };
    await start();
    await trigger.stop();
    await start();
    await clock.advance(INTERVAL);
    expect(await runs()).toHaveLength(1);
  });

  it('answers a request once though it was killed between the run and the watermark', async () => {
    pending = { id: 'request-1', updatedAt: T };
    await start();
    await trigger.stop();
    await documents.remove('state', 'polling/a');
    await start();
    expect(await runs()).toHaveLength(1);
  });

  it('counts what the portal heard of a run as handled, when the store knows nothing', async () => {
    integration = { resyncState: { updatedAt: T } };
    pending = { id: 'request-1', updatedAt: EARLIER };
    await start();
    expect(await runs()).toEqual([]);
    pending = { id: 'request-2', updatedAt: LATER };
    await clock.advance(INTERVAL);
    expect(await runs()).toHaveLength(1);
  });

  it('takes what lay at the portal before the start as answered by its run', async () => {
    pending = { id: 'request-1', updatedAt: T };
    trigger = make();
    const settle = await trigger.beforeStart('a');
    expect(await watermark()).toBeUndefined();
    pending = { id: 'request-2', updatedAt: LATER };
    await settle();
    expect(await watermark()).toBe(T);
    await trigger.start(new AbortController().signal);
    await clock.asleep();
    expect((await runs()).map((run) => run.requests)).toEqual([['request-2']]);
  });

  it('never takes the watermark back at a start', async () => {
    pending = { id: 'request-2', updatedAt: LATER };
    await start();
    await trigger.stop();
    pending = { id: 'request-1', updatedAt: T };
    await (await make().beforeStart('a'))();
    expect(await watermark()).toBe(LATER);
  });

  it('starts though the portal does not answer', async () => {
    fail = { portal: new Error('connection refused') };
    trigger = make();
    await (await trigger.beforeStart('a'))();
    expect(await watermark()).toBeUndefined();
  });

  it('logs a failing call once, and goes on when the portal is back', async () => {
    await start();
    fail = { portal: new Error('connection refused') };
    pending = { id: 'request-1', updatedAt: T };
    await clock.advance(5 * INTERVAL);
    expect(log.lines.filter((line) => line.startsWith('warn'))).toHaveLength(1);
    expect(trigger.ready()).toEqual({ ok: true, detail: 'the last poll of a failed: connection refused' });
    expect(await runs()).toEqual([]);
    fail = {};
    await clock.advance(INTERVAL);
    expect(await runs()).toHaveLength(1);
    expect(trigger.ready()).toEqual({ ok: true });
  });

  it('handles nothing while the store takes no requests', async () => {
    fail = { request: new FrameworkError('STORE_UNREACHABLE', ['down']) };
    pending = { id: 'request-1', updatedAt: T };
    await start();
    expect(await watermark()).toBeUndefined();
    fail = {};
    await clock.advance(INTERVAL);
    expect(await runs()).toHaveLength(1);
    expect(await watermark()).toBe(T);
  });

  it('counts a refused request as handled', async () => {
    fail = { request: new FrameworkError('ENTRY_REFUSED', ['a', 'disabled']) };
    pending = { id: 'request-1', updatedAt: T };
    await start();
    await clock.advance(3 * INTERVAL);
    expect(counted.filter((result) => result === 'refused')).toHaveLength(1);
    expect(await watermark()).toBe(T);
  });

  it('is not ready before it began and after it stopped', async () => {
    trigger = make();
    expect(trigger.ready().ok).toBe(false);
    await start();
    await trigger.stop();
    expect(trigger.ready().ok).toBe(false);
  });
});
