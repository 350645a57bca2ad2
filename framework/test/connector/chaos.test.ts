import { watchMoody } from '../../src/connector/lifecycle/test/moody';
import type { Tools } from '../../src/connector/lifecycle/test/stage';
import { seeded, type Timeline } from '../../src/connector/lifecycle/test/timeline';
import { systemClock } from '../../src/shared';
import { startStage, type Stage, type ThirdParty } from './stage';

const ALL = 100;
const CHAOTIC = 20;
/** What is a minute in a mood is a good half second here. */
const FASTER = 100;
/** Refreshes of each of the others, while the twenty do as they please. */
const ROUNDS = 3;
const GRACE_MS = 3_000;

let stage: Stage | undefined;
afterEach(() => stage?.stop());

const hurried = { now: () => systemClock.now() * FASTER, sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / FASTER, signal) } as Timeline;

test('I10 100 connectors in one process, 20 of which throw, hang, leak or ignore their signal at random: the others keep their schedule, every status can be read, and the stop ends', async () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
  console.log(`seed ${seed}`);
  const counts: Record<string, number> = {};
  const breaches: string[] = [];
  const refreshed = new Map<string, number>();
  const random = seeded(seed);
  const watch = (): ReturnType<typeof watchMoody> => watchMoody({ random, clock: hurried, trouble: () => 0.7, fatal: 0.05, breach: (what) => void breaches.push(what), counts });

  const chaotic = (n: number): ThirdParty => {
    const { make } = watch();
    return {
      identifier: `moody-${n}`,
      services: ['search'],
      connector: { engage: true },
      entry: { resync: { atStart: true, everyMs: 500 } },
      methods: (context, { instanceId, target }) => make({ instanceId, target, context: () => worldOf(context) }),
    };
  };
  const steady = (n: number): ThirdParty => ({
    identifier: `steady-${n}`,
    services: ['search'],
    entry: { resync: { atStart: true, everyMs: 2_000 } },
    methods: () => ({ refresh: async () => void refreshed.set(`steady-${n}`, (refreshed.get(`steady-${n}`) ?? 0) + 1) }),
  });
  const parties = [...Array.from({ length: CHAOTIC }, (_, n) => chaotic(n)), ...Array.from({ length: ALL - CHAOTIC }, (_, n) => steady(n))];
  stage = await startStage(parties);
  const running = stage;

  const unread: string[] = [];
  await running.until(async () => {
    const identifier = parties[Math.floor(Math.random() * ALL)]!.identifier;
    const { status, body } = await running.call('GET', `/api/v1/integrations/${identifier}`);
    if (status !== 200 || typeof body['status'] !== 'string') unread.push(`${identifier} ${status}`);
    return refreshed.size === ALL - CHAOTIC && [...refreshed.values()].every((times) => times >= ROUNDS);
  });
  const states = await Promise.all(parties.slice(CHAOTIC).map(async ({ identifier }) => (await running.get<{ status: string }>(`/api/v1/integrations/${identifier}`)).status));
  expect(unread).toEqual([]);
  expect(states.filter((status) => status !== 'WAITING' && status !== 'REFRESHING')).toEqual([]);
  expect(breaches).toEqual([]);
  expect(Object.keys(counts)).toEqual(expect.arrayContaining(['start', 'refresh', 'engage', 'leaks', 'obeys', 'comes back late', 'hangs']));

  // Within the grace time: whoever still hangs is left behind, and nothing is called after it.
  const order: string[] = [];
  const over = running.framework.stop({ reason: 'the test', graceMs: GRACE_MS }).then(() => order.push('stopped'));
  const patience = systemClock.sleep(GRACE_MS * 4).then(() => order.push('out of patience'));
  await over;
  expect(order).toEqual(['stopped']);
  const after = { ...counts };
  await patience;
  for (const method of ['initialize', 'start', 'refresh', 'engage']) expect([method, counts[method]]).toEqual([method, after[method]]);
  expect(breaches).toEqual([]);
});

/** What a moody connector calls of its context. */
function worldOf(context: () => ReturnType<Stage['context']>): ReturnType<Tools['context']> {
  return {
    get database() {
      const { search } = context();
      return { create: (name: string) => search.create('searchDocument', { identifier: name, properties: { entityId: name, blueprint: 'b', text: 't' } } as never) };
    },
    listeners: { register: (heard: (text: string) => unknown) => void context().listeners.external<string>(() => async () => undefined, async (text) => void heard(text)).catch(() => undefined) },
  } as unknown as ReturnType<Tools['context']>;
}
