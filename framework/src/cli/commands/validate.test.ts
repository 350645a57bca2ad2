import { workspace } from '../../../test/workspace';
import { readSettings } from '../../config';
import { readArguments } from '../arguments';
import { createLog } from '../log';
import { run } from './validate';

async function validate(text: string, ...flags: readonly string[]): Promise<{ readonly code: number; readonly printed: readonly string[]; readonly told: string }> {
  const cwd = workspace({ 'config.yaml': text });
  const settings = await readSettings({ files: [], environment: { MONGO_URL: 'mongodb://h/app' }, cwd });
  const invocation = readArguments(['validate', ...flags]);
  if (invocation.command === 'help' || invocation.command === 'version') throw new Error('not a command');
  const printed: string[] = [];
  const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  const code = await run({ invocation, settings, log: createLog({ logLevel: 'silent', logFormat: 'json' }), print: (line) => void printed.push(line) });
  const told = stderr.mock.calls.map(([line]) => String(line)).join('');
  stderr.mockRestore();
  return { code, printed, told };
}

const SINKS = 'sinks: [{ type: mongo, url: { fromEnv: MONGO_URL }, collection: c }]';

it('shows the feed of each pipeline', async () => {
  const { code, printed, told } = await validate(`integrations:
  - { identifier: k, type: kafka, config: { bootstrap_servers: "h:1" } }
  - { identifier: j, type: jira, pipelines: [{ ${SINKS} }, { name: own, processors: [{ type: filter, celExpression: "operation == 'write'" }], ${SINKS} }] }
`);
  expect([code, told]).toEqual([0, '']);
  expect(printed).toEqual(['k (kafka)  pipeline k  feed: rows', 'j (jira)  pipeline j/0  feed: rows', 'j (jira)  pipeline own  feed: events (a filter reads operation)', 'no problem found']);
});

it('tells every problem, those inside pipelines too', async () => {
  const text = `integrations:\n  - { type: jira, pipelines: [{ processors: [{ type: filter, celExpression: "eventType ==" }], sinks: [{ type: mango }] }] }\n`;
  const { code, printed, told } = await validate(text);
  expect([code, printed]).toEqual([2, ['2 errors, 0 warnings']]);
  expect(told).toMatch(/^config\.yaml:2:62: FILTER_SYNTAX .*\nconfig\.yaml:2:106: CONFIG_ENUM there is no sink 'mango'; did you mean 'mongo'\?\n$/);
  const json = await validate(text, '--json');
  expect(JSON.parse(json.printed[0]!)).toMatchObject([{ code: 'FILTER_SYNTAX', path: 'integrations[0].pipelines[0].processors[0].celExpression' }, { code: 'CONFIG_ENUM' }]);
});
