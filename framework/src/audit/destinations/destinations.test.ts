import { severities, type Severity } from '../severities';
import { memoryStore } from '../test/memory-store';
import { makeRecord } from '../test/make-record';
import { destinationSettings, destinationTypes, openDestinations, type ConsoleOutput, type DeclaredDestination, type Destination } from '.';
import { handClock } from '../../../test/flow/hand-clock';

const names = severities.map(({ name }) => name);
const output: ConsoleOutput = { write: () => undefined, format: 'pretty', level: 'trace' };

function open(declared?: readonly DeclaredDestination[]): readonly Destination[] {
  return openDestinations(declared, { clock: handClock(), console: output, store: memoryStore() });
}
const taken = (destination: Destination | undefined): Severity[] => names.filter((name) => destination?.accepts(name));
const without = (...left: Severity[]): Severity[] => names.filter((name) => !left.includes(name));
const file = { kind: 'file', path: '/tmp/none/audit.ndjson', maxBytes: 1_024, maxAge: 60_000, keep: 1 };

describe('openDestinations', () => {
  it('without configuration: console and store', () => expect(open().map(({ name }) => name)).toEqual(['console', 'store']));

  it('what is declared, in order, and the store beside it unless it is named', () => {
    expect(open([file]).map(({ name }) => name)).toEqual(['file /tmp/none/audit.ndjson', 'store']);
    expect(open([{ kind: 'store' }, { kind: 'console' }]).map(({ name }) => name)).toEqual(['store', 'console']);
    expect(open([]).map(({ name }) => name)).toEqual(['store']);
  });

  it('refuses a kind that is not there', () => expect(() => open([{ kind: 'kafka' }])).toThrow('there is no audit destination of the kind kafka; known: console, file, store'));
});

describe('what a destination takes', () => {
  it('by default', () => {
    const [console, store] = open();
    expect(taken(console)).toEqual(without('TRACE', 'PERFMON', 'EVENT', 'TYPES', 'ACTIVITY'));
    expect(taken(store)).toEqual(without('TRACE', 'PERFMON'));
    expect(taken(open([file])[0])).toEqual(without('TRACE', 'PERFMON'));
  });

  it.each<[string, DeclaredDestination, Severity[]]>([
    ['include names all of it', { kind: 'console', include: ['TRACE', 'ASSET'] }, ['ASSET', 'TRACE']],
    ['an empty include silences it', { kind: 'store', include: [] }, []],
    ['exclude takes off the default', { kind: 'store', exclude: ['INFO'] }, without('INFO', 'TRACE', 'PERFMON')],
    ['exclude takes off include', { kind: 'store', include: ['INFO', 'ERROR'], exclude: ['INFO'] }, ['ERROR']],
  ])('%s', (_, declared, severities_) => expect(taken(open([declared])[0])).toEqual(severities_));

  it('keys of each kind are there for the configuration', () => {
    expect(Object.keys(destinationSettings['file']!)).toEqual(['path', 'maxBytes', 'maxAge', 'keep', 'include', 'exclude']);
    expect(Object.keys(destinationSettings)).toEqual([...destinationTypes.keys()]);
    for (const spec of Object.values(destinationSettings)) expect(spec).toMatchObject({ include: { type: 'list' }, exclude: { type: 'list' } });
  });
});

it('the store destination appends, and rejects when the store does', async () => {
  const store = memoryStore();
  const [destination] = openDestinations([{ kind: 'store' }], { clock: handClock(), console: output, store });
  const record = makeRecord('INFO');
  await destination!.write([record]);
  expect(store.records).toEqual([record]);
  store.fail(new Error('away'));
  await expect(destination!.write([record])).rejects.toThrow('away');
});

describe('the console', () => {
  function lines(format: ConsoleOutput['format'], level: ConsoleOutput['level'] = 'trace'): { readonly written: string[]; readonly destination: Destination } {
    const written: string[] = [];
    const means = { clock: handClock(), store: memoryStore(), console: { write: (line: string) => void written.push(line), format, level } };
    return { written, destination: openDestinations([{ kind: 'console' }], means)[0]! };
  }
  const failed = makeRecord('EXCEPTION', { connector: 'sales', runId: 'r-1', exception: { class: 'Error', message: 'boom', stack: 'Error: boom\n    at sales\x1b[31m\n    at\rx' } });

  it('writes time, severity, id and text on one line, and the stack of an exception below it', async () => {
    const { written, destination } = lines('pretty');
    await destination.write([makeRecord('STARTUP'), failed, { ...failed, severity: 'ERROR' }]);
    expect(written).toEqual([
      '2026-01-01T00:00:00.000Z STARTUP INTEGRATION-RUNTIME-0106 Connector sales works again',
      '2026-01-01T00:00:00.000Z EXCEPTION INTEGRATION-RUNTIME-0106 Connector sales works again\n    Error: boom\n        at sales [31m\n        at x',
      '2026-01-01T00:00:00.000Z ERROR INTEGRATION-RUNTIME-0106 Connector sales works again',
    ]);
  });

  it('lets no text begin another line or move the cursor', async () => {
    const { written, destination } = lines('pretty');
    await destination.write([makeRecord('INFO', { messageText: 'a\nb\r\nc\u2028d\x1b[2Je\u202ef\tg' })]);
    expect(written).toEqual(['2026-01-01T00:00:00.000Z INFO INTEGRATION-RUNTIME-0106 a b c d [2Je f g']);
  });

  it('writes JSON as the process log does', async () => {
    const { written, destination } = lines('json');
    await destination.write([makeRecord('INFO', { messageText: 'a\nb' }), failed]);
    expect(written.map((line) => JSON.parse(line) as unknown)).toEqual([
      { level: 30, time: '2026-01-01T00:00:00.000Z', name: 'integration-framework', msg: 'a\nb', severity: 'INFO', code: 'INTEGRATION-RUNTIME-0106' },
      { level: 50, time: '2026-01-01T00:00:00.000Z', name: 'integration-framework', msg: 'Connector sales works again', severity: 'EXCEPTION', code: 'INTEGRATION-RUNTIME-0106', integration: 'sales', runId: 'r-1', err: { type: 'Error', message: 'boom', stack: failed.exception!.stack } },
    ]);
    expect(written.join('')).not.toContain('\n');
  });

  it('shows details from level debug on, with the level of their severity', async () => {
    const step = makeRecord('STARTUP', { messageId: 'INTEGRATION-RUNTIME-0101', messageText: 'Step start of sales begins' });
    const calm = lines('json', 'info');
    await calm.destination.write([step]);
    expect(calm.written).toEqual([]);
    const { written, destination } = lines('json', 'debug');
    await destination.write([step]);
    expect(written.map((line) => JSON.parse(line) as unknown)).toMatchObject([{ level: 30, severity: 'STARTUP', msg: 'Step start of sales begins' }]);
  });

  it.each<[ConsoleOutput['level'], Severity[]]>([
    ['warn', ['SECURITY', 'ERROR']],
    ['info', ['INFO', 'SECURITY', 'ERROR']],
    ['silent', []],
  ])('at level %s', async (level, seen) => {
    const { written, destination } = lines('json', level);
    await destination.write([makeRecord('INFO'), makeRecord('SECURITY'), makeRecord('ERROR')]);
    expect(written.map((line) => (JSON.parse(line) as { severity: Severity }).severity)).toEqual(seen);
  });
});
