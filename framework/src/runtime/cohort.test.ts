import { handClock } from '../../test/flow/hand-clock';
import { listLog } from '../audit/test/list-log';
import { deferred } from '../shared';
import type { Ownership } from '../store';
import { createCohort } from './cohort';

const turn = (): Promise<void> => new Promise((go) => setImmediate(go));

function open(held: boolean) {
  const clock = handClock();
  const { log, said } = listLog(clock);
  const acquired = deferred<void>();
  if (!held) acquired.resolve();
  const ownership: Ownership = {
    acquire: () => acquired.promise,
    held: new AbortController().signal,
    release: async () => undefined,
    announce: async () => undefined,
    holder: async () => ({ pid: 7, url: 'http://127.0.0.1:1', startedAt: '' }),
  };
  const cohort = createCohort({ audit: log, ownership, clock, storeName: 'MongoDB catalog' });
  const texts = async (): Promise<string[]> => {
    await turn();
    await log.flush();
    return said.map(({ severity, messageId, messageText }) => `${severity} ${messageId} ${messageText.replace(/^\S+/, 'HERE')}`);
  };
  return { clock, cohort, acquired, texts };
}

it('a store that is free is taken and lost, taken again and given up; what was lost is not given up', async () => {
  const { clock, cohort, texts } = open(false);
  await cohort.acquire(new AbortController().signal);
  cohort.lost(new Error('another process took over the store'));
  await cohort.release();
  await cohort.acquire(new AbortController().signal);
  await cohort.release();
  clock.advance(10_000);
  expect(await texts()).toEqual([
    'COHORT STORE-0001 HERE took ownership of the store MongoDB catalog',
    'COHORT STORE-0002 HERE lost ownership of the store MongoDB catalog: another process took over the store',
    'COHORT STORE-0001 HERE took ownership of the store MongoDB catalog',
    'COHORT STORE-0004 HERE gave up ownership of the store MongoDB catalog',
  ]);
});

it('who waits says so once, and who holds it; not after a stop', async () => {
  const { clock, cohort, acquired, texts } = open(true);
  const acquiring = cohort.acquire(new AbortController().signal);
  clock.advance(1_999);
  expect(await texts()).toEqual([]);
  clock.advance(1);
  await turn();
  clock.advance(60_000);
  expect(await texts()).toEqual(['COHORT STORE-0003 HERE stands by: the store MongoDB catalog is held by pid 7 at http://127.0.0.1:1']);
  acquired.resolve();
  await acquiring;
  expect((await texts()).slice(1)).toEqual(['COHORT STORE-0001 HERE took ownership of the store MongoDB catalog']);

  const other = open(true);
  const stopping = new AbortController();
  void other.cohort.acquire(stopping.signal);
  stopping.abort();
  other.clock.advance(10_000);
  expect(await other.texts()).toEqual([]);
});
