import { handClock } from '../../test/flow/hand-clock';
import { listLog } from '../audit/test/list-log';
import type { Run } from '../store';
import { tellRun } from './tell-runs';

const totals = { created: 2, updated: 1, deleted: 0, failed: 0 };
const run = (more: Partial<Run>): Run => ({ runId: 'r-1', integration: 'sales', cause: 'rest', state: 'completed', requestedAt: 0, startedAt: 100, endedAt: 350, kinds: [], requests: [], token: 't', totals, ...more }) as unknown as Run;

async function said(of: Run): Promise<readonly string[]> {
  const { log, said: records } = listLog(handClock());
  tellRun(log, of);
  await log.flush();
  for (const record of records) expect(record).toMatchObject({ connector: 'sales', runId: 'r-1', component: { name: 'INTEGRATION-RUN' } });
  return records.map(({ severity, messageText, additionalInformation }) => [severity, messageText, ...additionalInformation].join(' | '));
}

it('a run that is well: how long it took, for whoever measures', async () => {
  expect(await said(run({}))).toEqual(['PERFMON | Run r-1 of sales took 250 ms: {"created":2,"updated":1,"deleted":0,"failed":0}']);
});

it('a failed one: every reason that is known, the run’s own first', async () => {
  const kind = (name: string, reason: string) => ({ kind: name, state: 'failed', reason, rows: { gone: 0 } });
  const lines = await said(run({ state: 'failed', error: 'target eu: no answer', kinds: [kind('table', 'no answer'), kind('column', 'no table')] as unknown as Run['kinds'] }));
  expect(lines.filter((line) => line.startsWith('ERROR'))).toEqual(['ERROR | Run r-1 of sales failed: target eu: no answer | table: no answer | column: no table']);
  expect(lines.filter((line) => line.startsWith('DECISION'))).toHaveLength(2);
});
