import { handClock } from '../../test/flow/hand-clock';
import { listLog } from '../audit/test/list-log';
import { tellRefusals } from './tell-refusals';

const MINUTE = 60_000;
const turn = (): Promise<void> => new Promise((go) => setImmediate(go));
const call = { method: 'GET', route: '/api/v1/runs', reason: 'needs a token', from: '10.0.0.1' };

function open() {
  const clock = handClock();
  const stopping = new AbortController();
  const { log, said } = listLog(clock);
  const refusals = tellRefusals({ audit: log, clock, signal: stopping.signal });
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await turn();
    await log.flush();
  };
  return { refusals, said, pass, stopping };
}

it('a flood is two records a minute of one door: the first call, and how many came after it; others are heard beside it', async () => {
  const { refusals, said, pass } = open();
  for (let at = 0; at < 10_000; at++) refusals.request(call);
  refusals.delivery({ integration: 'shop', route: '/jira/webhook' });
  refusals.request({ ...call, method: 'POST' });
  await pass(0);
  expect(said).toMatchObject([
    { severity: 'SECURITY', messageId: 'ACCESS-0003', messageText: 'GET /api/v1/runs was refused: needs a token', additionalInformation: ['from 10.0.0.1'] },
    { severity: 'SECURITY', messageId: 'ACCESS-0002', connector: 'shop', messageText: 'A delivery to /jira/webhook of shop was refused: invalid or missing credentials' },
    { messageText: 'POST /api/v1/runs was refused: needs a token' },
  ]);
  await pass(MINUTE - 1);
  expect(said).toHaveLength(3);
  await pass(1);
  expect(said.slice(3)).toMatchObject([{ additionalInformation: ['from 10.0.0.1', '9999 more since the last record of this route'] }]);
  for (let at = 0; at < 5; at++) refusals.request(call);
  await pass(MINUTE);
  expect(said.slice(4)).toMatchObject([{ additionalInformation: ['from 10.0.0.1', '5 more since the last record of this route'] }]);
});

it('a minute without a call, and the next one is said at once again', async () => {
  const { refusals, said, pass } = open();
  refusals.request(call);
  await pass(MINUTE);
  expect(said).toHaveLength(1);
  refusals.request(call);
  await pass(0);
  expect(said.map(({ additionalInformation }) => additionalInformation)).toEqual([['from 10.0.0.1'], ['from 10.0.0.1']]);
});

it('what was counted is said when the process stops, and no more after it', async () => {
  const { refusals, said, pass, stopping } = open();
  for (let at = 0; at < 3; at++) refusals.request(call);
  stopping.abort();
  await pass(0);
  for (let at = 0; at < 3; at++) refusals.request(call);
  await pass(MINUTE);
  expect(said.map(({ additionalInformation }) => additionalInformation)).toEqual([['from 10.0.0.1'], ['from 10.0.0.1', '2 more since the last record of this route']]);
});
