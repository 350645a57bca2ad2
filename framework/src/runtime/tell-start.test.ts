import { entryOf } from '../../test/flow/flow';
import { handClock } from '../../test/flow/hand-clock';
import { listLog } from '../audit/test/list-log';
import { problemAt, type ProblemCode } from '../config';
import { Secret, type Integration } from '../contract';
import type { Entry, FailedEntry } from '../load';
import { tellStart, type Starting } from './tell-start';

const integration = { type: 'jira', title: 'Jira', version: '1' } as Integration;
const process = { exposed: false, httpAddress: '127.0.0.1', servicePrefix: '/hooks' };
const failed = (path: string, code: ProblemCode, ...messages: string[]): FailedEntry => ({
  identifier: 'sales',
  type: 'postgres',
  path: 'integrations[0]',
  problems: messages.map((message) => problemAt({ file: 'config.yaml', line: 1, column: 1, folder: '' }, path, { code, message, remedy: 'mend it' })),
});

async function said(more: Partial<Starting>): Promise<readonly string[]> {
  const { log, said: records } = listLog(handClock());
  tellStart(log, { version: '1.0.0', process, entries: [], failed: [], ...more });
  await log.flush();
  return records.map(({ severity, messageId, messageText, connector }) => `${severity} ${messageId.replace('INTEGRATION-RUNTIME-', '')} ${connector ?? '-'} ${messageText}`).slice(1);
}

it('how many connectors there are, and that there is none', async () => {
  expect(await said({})).toEqual(['INFO 0017 - No entry of the configuration is a connector']);
});

it.each<[string, FailedEntry, string]>([
  ['a type that is not there', failed('integrations[0].type', 'INTEGRATION_UNKNOWN', 'no folder has this name'), 'ERROR 0010 sales The type postgres of sales cannot be used: no folder has this name'],
  ['a wrong connection', failed('integrations[0].connection.endpoint', 'CONFIG_TYPE', 'it is no text'), 'ERROR 0009 sales The connection of sales cannot be used: it is no text'],
  ['another wrong key', failed('integrations[0].config.user', 'CONFIG_REQUIRED', 'user is missing', 'so is password'), 'ERROR 0128 sales The entry sales of type postgres cannot run: user is missing (the first of 2 problems)'],
])('an entry that cannot run: %s', async (_, entry, text) => {
  expect((await said({ failed: [entry] })).slice(1)).toEqual([text]);
});

it('routes that stand open, and those of operators that stand closed', async () => {
  const open: Entry = entryOf(integration, { identifier: 'shop', incoming: { webhook: { path: '/jira/webhook', authentication: 'none', maxBodyBytes: 1 }, import: { path: '/jira/import', authentication: { secret: [] } } } });
  expect((await said({ entries: [open], process: { ...process, exposed: true, httpAddress: '0.0.0.0' } })).slice(1)).toEqual([
    'ACTION ACCESS-0001 shop The webhook /hooks/jira/webhook of shop is open: it takes calls without authentication',
    'ACTION ACCESS-0004 - The operators’ routes cannot be used: the process listens on 0.0.0.0 and API_TOKEN is not set',
  ]);
  expect((await said({ process: { ...process, exposed: true, apiToken: new Secret('secret') } })).slice(1)).toEqual([]);
});

it('a direction that is not what its service has by default, and listeners that everybody may call', async () => {
  const connector = { reduced: ['catalog'] } as unknown as NonNullable<Entry['connector']>;
  expect(await said({ entries: [entryOf(integration, { identifier: 'cat', connector, incoming: { callers: 'none' } })] })).toEqual([
    'DECISION 0116 cat The service catalog of cat has the default direction BOTH_DIRECTIONS, which is not available',
    'ACTION ACCESS-0001 cat The webhook /hooks/cat/ of cat is open: it takes calls without authentication',
  ]);
});
