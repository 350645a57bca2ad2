import { handClock } from '../../test/flow/hand-clock';
import { listLog } from '../audit/test/list-log';
import { DirectionNotPermitted, ElementRefused, NotHome } from '../contract';
import { tellContext } from './tell-context';

const MINUTE = 60_000;
const turn = (): Promise<void> => new Promise((go) => setImmediate(go));

function open() {
  const clock = handClock();
  const { log, said } = listLog(clock);
  let made = 0;
  const teller = tellContext({ clock, signal: new AbortController().signal });
  const by = { connectorName: 'sales', target: 'default', log: () => (made++, log) };
  const refuse = (blueprint: string, identifier: string, error: Error): void => teller.tell(by, { is: 'refused', blueprint, identifier, error });
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await turn();
    await log.flush();
  };
  return { teller, by, refuse, said, pass, made: () => made };
}

it('100,000 refused rows are a record of each blueprint and reason, and in the next minute one more with their number', async () => {
  const { refuse, said, pass, made } = open();
  for (let at = 0; at < 100_000; at++) refuse('table', `t${at}`, new ElementRefused(`table t${at}`, '/name is missing'));
  refuse('table', 'u', new ElementRefused('table u', '/name is no text'));
  refuse('column', 'c', new ElementRefused('column c', '/name is missing'));
  refuse('table', 'd', new NotHome('table d', 'pg::other'));
  await pass(0);
  expect(said.map(({ messageText }) => messageText)).toEqual([
    'A row of sales for table t0 was refused: /name is missing',
    'A row of sales for table u was refused: /name is no text',
    'A row of sales for column c was refused: /name is missing',
    'Connector sales may not change table d: its home is pg::other',
  ]);
  await pass(MINUTE);
  expect(said.slice(4)).toMatchObject([{ messageId: 'INTEGRATION-CONTEXT-0009', additionalInformation: ['99999 more since the last record of this kind'] }]);
  expect(made()).toBe(said.length);
});

it('reasons that are all different are no way around it', async () => {
  const { refuse, said, pass } = open();
  for (let at = 0; at < 5_000; at++) refuse('table', `t${at}`, new ElementRefused(`table t${at}`, `/name is ${at}`));
  for (let at = 0; at < 5_000; at++) refuse('table', `t${at}`, new DirectionNotPermitted('sales', 'OTHER', `a change of table t${at}`));
  await pass(0);
  expect(said).toHaveLength(12);
  await pass(MINUTE);
  expect(said.slice(12).map(({ additionalInformation }) => additionalInformation)).toEqual(expect.arrayContaining([['4989 more since the last record of this kind'], ['4999 more since the last record of this kind']]));
});

it('of what the third party has and nobody brought there, one is named and a few more beside it', async () => {
  const { teller, by, said, pass } = open();
  teller.unknownThere(by, { blueprint: 'table', identifiers: Array.from({ length: 100 }, (_, at) => `t${at}`) });
  await pass(0);
  expect(said).toMatchObject([{ severity: 'ACTION', messageText: 'table t0 is in the third party of sales and not in the store', additionalInformation: [expect.stringMatching(/^99 more: t1, t2, .*t20 …$/)] }]);
});
