import { decide, parseMessage, type TruthRow } from './truth';

const change = { diff: { after: { identifier: 'integration-1', updatedAt: 'B', resyncState: { updatedAt: 'A' } } }, changelogDestination: { type: 'KAFKA' } };
const after = (members: object): object => ({ ...change, diff: { after: { ...change.diff.after, ...members } } });
const bare = { ...change, diff: { after: { identifier: 'integration-1' } } };

const REQUESTS = 'o.integration.resync.requests';
const LOG = 'o.change.log';

/** port-contract 11.4, and what follows from its rule that null is the same as absent. */
const VECTORS: readonly (readonly [string, string, unknown, boolean, TruthRow])[] = [
  ['1', REQUESTS, { context: { integrationId: 'integration-1' } }, true, 'T1'],
  ['2', REQUESTS, { context: { integrationId: 'integration-2' } }, false, 'T2'],
  ['3', REQUESTS, {}, false, 'T2'],
  ['4', LOG, { action: 'RESYNC', context: { integrationId: 'integration-1' } }, true, 'T3'],
  ['5', LOG, { action: 'RESYNC', context: { integrationId: 'integration-2' } }, false, 'T4'],
  ['6', LOG, change, true, 'T7'],
  ['7', LOG, after({ updatedAt: 'A' }), false, 'T6'],
  ['8', LOG, bare, false, 'T6'],
  ['9', LOG, after({ resyncState: null }), true, 'T7'],
  ['10', LOG, after({ identifier: 'integration-2' }), false, 'T5'],
  ['11', LOG, { diff: { after: null } }, false, 'T4'],
  ['12', LOG, { diff: null }, false, 'T4'],
  ['13', LOG, { ...change, changelogDestination: {} }, false, 'T8'],
  ['14', LOG, { ...change, changelogDestination: { type: 'WEBHOOK', url: 'https://x.example/resync' } }, false, 'T8'],
  ['15', 'o.runs', change, false, 'T9'],
  ['null context', REQUESTS, { context: null }, false, 'T2'],
  ['null context in the log', LOG, { action: 'RESYNC', context: null }, false, 'T4'],
  ['null destination', LOG, { ...change, changelogDestination: null }, false, 'T8'],
  ['null times are absent times', LOG, after({ updatedAt: null, resyncState: { updatedAt: null } }), false, 'T6'],
  ['RESYNC beats diff and destination', LOG, { ...change, action: 'RESYNC', context: { integrationId: 'integration-1' }, diff: null }, true, 'T3'],
  ['a change of the log does not ask by name alone', LOG, { action: 'UPDATE', context: { integrationId: 'integration-1' } }, false, 'T4'],
  ['lists are no objects', LOG, { diff: [], context: [], changelogDestination: [] }, false, 'T4'],
];

describe('the truth table', () => {
  it.each(VECTORS)('vector %s: %s %j → %s, %s', (_name, topic, value, resync, row) => {
    const message = parseMessage(Buffer.from(JSON.stringify(value)));
    expect(decide(topic, message, 'integration-1')).toEqual({ resync, row });
  });

  it.each([null, Buffer.from(''), Buffer.from('not json'), Buffer.from('[]'), Buffer.from('null'), Buffer.from('"text"'), Buffer.from([0xff, 0xfe])])('vector 16: %s is counted as T0', (value) => {
    for (const topic of [REQUESTS, LOG, 'o.runs']) expect(decide(topic, parseMessage(value), 'integration-1')).toEqual({ resync: false, row: 'T0' });
  });
});
