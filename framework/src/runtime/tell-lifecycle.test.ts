import { handClock } from '../../test/flow/hand-clock';
import type { AuditRecord } from '../audit';
import { listLog } from '../audit/test/list-log';
import type { LifecycleRecord } from '../connector/lifecycle';
import { watchMoody } from '../connector/lifecycle/test/moody';
import { HOUR, MINUTE, stage, START } from '../connector/lifecycle/test/stage';
import { seeded, timeline } from '../connector/lifecycle/test/timeline';
import { ConfigError, ContextClosed, FrameworkError, ServiceNotDeclared } from '../contract';
import { connectorLog, tellLifecycle } from './tell-lifecycle';

type Kind = LifecycleRecord['is'];
type Without<TKind extends Kind> = Omit<Extract<LifecycleRecord, { readonly is: TKind }>, 'is' | 'identifier' | 'target' | 'instanceId'>;
/** Records of every kind, without who says them, and what is said of each: severity, number, text. */
type Table = { readonly [K in Kind]: readonly (readonly [Without<K>, ...string[]])[] };

const failing = { code: 'X', message: 'no answer', since: START, attempts: 3 };
const boom = new Error('boom');
const failed = { method: 'refresh', error: boom, failing, repeated: false } as const;

const table: Table = {
  initialising: [
    [{}, 'STARTUP 0008 Connector sales of type postgres is initialising as instance i-1, direction FROM_THIRD_PARTY'],
    [{ direction: 'OTHER' }, 'STARTUP 0008 Connector sales of type postgres is initialising as instance i-1, direction OTHER'],
  ],
  starts: [[{ configuration: { endpoint: 'db:5432' } }, 'STARTUP 0102 Connector sales starts with {"endpoint":"db:5432"}']],
  step: [
    [{ method: 'start' }, 'STARTUP 0101 Step start of sales begins'],
    [{ method: 'disconnect' }, 'SHUTDOWN 0023 Connector sales is disconnecting'],
  ],
  status: [
    [{ from: 'CREATED', to: 'INITIALIZED' }, 'DECISION 0103 Connector sales is INITIALIZED, before CREATED: set up, `start` outstanding'],
    [{ from: 'INITIALIZED', to: 'WAITING' }, 'STARTUP 0127 Connector sales has started; its status is WAITING'],
    [{ from: 'WAITING', to: 'REFRESHING' }, 'TRACE 0125 Connector sales is REFRESHING, before WAITING'],
    [{ from: 'WAITING', to: 'DEGRADED' }, 'DECISION 0104 Connector sales is DEGRADED, before WAITING: what failed may pass'],
    [{ from: 'DEGRADED', to: 'WAITING' }, 'INFO 0106 Connector sales works again'],
    [{ from: 'DEGRADED', to: 'FAILED' }, 'ERROR 0105 Connector sales is FAILED, before DEGRADED'],
    [{ from: 'DEGRADED', to: 'CONFIG_FAILED' }, 'DECISION 0103 Connector sales is CONFIG_FAILED, before DEGRADED: type or configuration wrong; waits for a restart with a changed file'],
    [{ from: 'STOPPED', to: 'CREATED' }, 'STARTUP 0108 Connector sales begins anew as instance i-1'],
  ],
  'refresh-begins': [
    [{ runId: 'r-1', cause: 'start' }, 'INFO 0041 The first refresh of sales begins; cause start'],
    [{ runId: 'r-1', cause: 'interval' }, 'INFO 0042 A refresh of sales begins; cause interval'],
  ],
  'refresh-ends': [
    [{ runId: 'r-1', ms: 12, outcome: 'completed', counts: { table: 4 } }, 'INFO 0043 The refresh of sales is complete after 12 ms; compared: {\"table\":4}'],
    [{ runId: 'r-1', ms: 12, outcome: 'failed', counts: { table: 4 } }, 'INFO 0122 The refresh of sales ended failed after 12 ms; compared: {\"table\":4}'],
    [{ runId: 'r-1', ms: 12, outcome: 'aborted', counts: { table: 4 } }, 'INFO 0122 The refresh of sales ended aborted after 12 ms; compared: {\"table\":4}'],
  ],
  'engage-loop': [
    [{ runs: true }, 'STARTUP 0030 The engage loop of sales begins'],
    [{ runs: false }, 'SHUTDOWN 0035 The engage loop of sales ends'],
  ],
  engaged: [[{}, 'TRACE 0034 engage of sales returned']],
  error: [
    [failed, 'EXCEPTION 0031 Method refresh of sales failed in attempt 3: no answer'],
    [{ ...failed, repeated: true }, 'ERROR 0121 Method refresh of sales failed as before, in attempt 3: no answer'],
    [{ ...failed, error: new ConfigError('no such schema') }, 'ERROR 0037 The configuration of sales is wrong: no answer'],
    [{ ...failed, method: 'setContext' }, 'ERROR 0036 The context of sales cannot be made: no answer'],
    [{ ...failed, error: new FrameworkError('CONNECTOR_TIMEOUT', ['start', 'sales', 60_000]), method: 'start' }, 'ERROR 0109 Method start of sales was given up: no answer'],
    [{ ...failed, method: 'outside' }, 'EXCEPTION 0111 An error of sales arose outside its methods: no answer'],
  ],
  disconnected: [
    [{ forced: false, statistics: { rows: 4 } }, 'SHUTDOWN 0024 Connector sales is disconnected; its statistics: {"rows":4}'],
    [{ forced: true, statistics: {} }, 'ERROR 0110 Method disconnect of sales still runs after its signal was aborted', 'SHUTDOWN 0024 Connector sales is disconnected; its statistics: {}'],
  ],
  hung: [[{ method: 'engage' }, 'ERROR 0110 Method engage of sales still runs after its signal was aborted']],
  late: [
    [{ method: 'refresh' }, 'DECISION 0123 What refresh of sales brought after it was given up is discarded'],
    [{ method: 'outside', error: boom }, 'DECISION 0123 What outside of sales brought after it was given up is discarded'],
  ],
  blocked: [[{ method: 'refresh', ms: 900 }, 'ACTION 0112 The thread of all connectors was blocked for 900 ms; sales was at work']],
  misused: [
    [{ error: new ContextClosed('sales', 'database.upsert') }, 'ERROR INTEGRATION-CONTEXT-0003 Instance i-1 of sales called database.upsert after its disconnect began'],
    [{ error: new ServiceNotDeclared('sales', 'files') }, 'ERROR INTEGRATION-CONTEXT-0004 Connector sales used the service files, which its definition does not declare'],
  ],
  refused: [[{ event: 'stop', status: 'STOPPED' }, 'TRACE 0124 Connector sales is STOPPED; stop changes nothing there']],
  trouble: [
    [{ error: new ConfigError('no such mode'), failing }, 'ERROR 0037 The configuration of sales is wrong: no answer'],
    [{ error: boom, failing }, 'ERROR 0036 The context of sales cannot be made: no answer'],
  ],
  outside: [[{ stopAt: START }, 'DECISION 0115 Connector sales runs only between any time and 2026-01-01T00:00:00.000Z']],
  mode: [[{ from: 'explicit', to: 'learned' }, 'DECISION INTEGRATION-TARGETS-0006 Connector sales works on learned endpoints, before explicit']],
  learned: [
    [{ name: 'eu', change: 'added', address: 'db:5432' }, 'INFO INTEGRATION-TARGETS-0004 Connector sales learned the endpoint eu at db:5432'],
    [{ name: 'eu', change: 'removed', address: 'db:5432' }, 'INFO INTEGRATION-TARGETS-0005 The learned endpoint eu of sales is gone: its entity went, or does not match any more'],
  ],
  given: [
    [{ name: 'eu', change: 'added' }, 'INFO INTEGRATION-TARGETS-0001 Target eu was added to sales by the connector'],
    [{ name: 'eu', change: 'changed' }, 'INFO INTEGRATION-TARGETS-0002 Target eu of sales was changed by the connector'],
    [{ name: 'eu', change: 'removed' }, 'ACTION INTEGRATION-TARGETS-0003 Target eu of sales was removed by the connector; its elements stay and are orphaned'],
  ],
  'none-learned': [[{}, 'ACTION INTEGRATION-TARGETS-0010 No visible endpoint matches `endpoints.learned` of sales']],
};

const told = { type: 'postgres', direction: 'FROM_THIRD_PARTY' } as const;
const open = () => listLog(handClock());

const entry = { identifier: 'sales', type: 'postgres', integration: { title: 'PostgreSQL' } };
const shown = ({ severity, messageId, messageText }: AuditRecord): string => `${severity} ${messageId.replace('INTEGRATION-RUNTIME-', '')} ${messageText}`;

const cases = Object.entries(table).flatMap(([is, records]) => (records as readonly (readonly [object, ...string[]])[]).map(([fields, ...texts]) => ({ is, fields, texts })));

it.each(cases)('$is says: $texts', async ({ is, fields, texts }) => {
  const { log, said } = open();
  tellLifecycle(connectorLog(log, entry), { ...fields, is, identifier: 'sales', target: 'default', instanceId: 'i-1' } as LifecycleRecord, told);
  await log.flush();
  expect(said.map(shown)).toEqual(texts);
  for (const record of said) {
    expect(record).toMatchObject({ connector: 'sales', instanceId: 'i-1', component: { name: 'POSTGRES-CONNECTOR' } });
    expect(record.runId).toBe('runId' in fields ? 'r-1' : undefined);
    expect(record.systemAction + record.userAction).not.toMatch(/[{}]|undefined/);
    if (record.severity === 'EXCEPTION') expect(record.exception).toMatchObject({ class: 'Error', message: 'boom' });
  }
});

it('has the component of the integration, and names the target where there are several', async () => {
  const { log, said } = open();
  const component = { id: 1_004, name: 'SALES-POSTGRES', description: 'reads tables', wikiUrl: 'docs/x.md', status: 'STABLE' } as const;
  tellLifecycle(connectorLog(log, { ...entry, integration: { title: 'PostgreSQL', component } }), { is: 'step', method: 'start', identifier: 'sales', target: 'eu', instanceId: 'i-1' }, told);
  await log.flush();
  expect(said).toMatchObject([{ component, actionDescription: 'start of the target eu' }]);
});

it('of a target that has a name the set-up is told as its own, of the whole connector without an instance', async () => {
  const { log, said } = open();
  const own = connectorLog(log, entry);
  const about = { identifier: 'sales', target: 'eu', instanceId: 'i-1' };
  tellLifecycle(own, { ...about, is: 'initialising' }, told);
  tellLifecycle(own, { ...about, is: 'status', from: 'INITIALIZED', to: 'RUNNING' }, told);
  tellLifecycle(own, { identifier: 'sales', target: '', instanceId: '', is: 'outside', startAt: START }, told);
  await log.flush();
  expect(said.map(shown)).toEqual([
    'STARTUP INTEGRATION-TARGETS-0012 Target eu of sales, of type postgres, is initialising as instance i-1, direction FROM_THIRD_PARTY',
    'STARTUP INTEGRATION-TARGETS-0013 Target eu of sales has started; its status is RUNNING',
    'DECISION 0115 Connector sales runs only between 2026-01-01T00:00:00.000Z and any time',
  ]);
  expect(said[2]).not.toHaveProperty('instanceId');
});

it('whatever connectors do: all that their lifecycle records is said, in order', async () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
  const clock = timeline(START);
  const random = seeded(seed);
  const { log, said } = open();
  const watch = watchMoody({ random, clock, trouble: () => 0.7, fatal: 0.05, breach: () => undefined, counts: {} });
  const all = Array.from({ length: 8 }, (_, n) => stage({ clock, seed: n, identifier: 'sales', engage: true, idPrefix: `${n}-`, schedule: { atStart: true, everyMs: 20 * MINUTE }, make: watch.make }));
  for (let minute = 0; minute < 90; minute++) {
    await clock.advance(MINUTE);
    if (minute % 30 === 29) for (const { connector } of all) connector.restart();
  }
  const stopped = Promise.all(all.map(({ connector }) => connector.stop()));
  await clock.advance(HOUR);
  await stopped;
  const records = all.flatMap((on) => on.records);
  expect({ seed, kinds: [...new Set(records.map(({ is }) => is))] }).toEqual({ seed, kinds: expect.arrayContaining(['step', 'status', 'refresh-begins', 'refresh-ends', 'engage-loop', 'error', 'disconnected', 'late']) as unknown });
  const own = connectorLog(log, entry);
  for (const [index, record] of records.entries()) {
    tellLifecycle(own, record, told);
    if (index % 1_000 === 999) await log.flush();
  }
  await log.flush();
  const forced = records.filter((record) => record.is === 'disconnected' && record.forced).length;
  expect({ seed, said: said.length }).toEqual({ seed, said: records.length + forced });
  expect(said.filter(({ messageId }) => messageId.startsWith('AUDIT-LOG'))).toEqual([]);
  expect(said.filter(({ messageText, systemAction, userAction }) => /\{[a-z]\w*\}|undefined/.test(messageText + systemAction + userAction))).toEqual([]);
});
