import { inspect } from 'node:util';
import { workspace } from '../../test/workspace';
import { formatProblem, readSettings, type EntrySource, type Settings } from '.';

async function read(text: string, given: { readonly environment?: NodeJS.ProcessEnv; readonly files?: Readonly<Record<string, string>> } = {}): Promise<Settings> {
  return readSettings({ files: [], environment: given.environment ?? {}, cwd: workspace({ 'config.yaml': text, ...given.files }) });
}
const told = (entry: EntrySource | undefined): string[] => entry!.problems.map(formatProblem);
const codes = (settings: Settings): string[][] => settings.entries.map(({ problems }) => problems.map(({ code, severity }) => `${severity} ${code}`));

describe('identifiers', () => {
  it('default to type, then type-2, type-3 in file order, the first that is free', async () => {
    const settings = await read('integrations: [{ type: git }, { type: git }, { identifier: git-3, type: git }, { type: git }, { source: { type: git }, pipelines: [{ sinks: [{ type: fake }] }] }]\n');
    expect(settings.entries.map(({ identifier }) => identifier)).toEqual(['git', 'git-2', 'git-3', 'git-4', 'git-5']);
    expect(codes(settings)).toEqual([[], [], [], [], []]);
  });

  it('must be written when port is present and two entries share a type', async () => {
    const settings = await read('port: { baseUrl: local }\nintegrations:\n  - { type: git }\n  - { identifier: b, type: git }\n  - { type: kafka }\n');
    expect(settings.entries.map(told)).toEqual([
      ["config.yaml:3:5: CONFIG_REQUIRED integrations[0].identifier is missing: two entries have the type 'git' and a portal knows them by identifier; write one"],
      [],
      [],
    ]);
  });

  it('two alike: IDENTIFIER_DUPLICATE at both', async () => {
    const settings = await read('integrations: [{ identifier: a, type: git }, { identifier: a, type: kafka }, { identifier: b, type: git }]\n');
    expect(codes(settings)).toEqual([['error IDENTIFIER_DUPLICATE'], ['error IDENTIFIER_DUPLICATE'], []]);
  });

  it.each(['"a/b"', '"a b"', '"a\\tb"', '"a\\u0001"', '""'])('refuse %s', async (identifier) => {
    expect(codes(await read(`integrations: [{ identifier: ${identifier}, type: git }]\n`))).toEqual([['error CONFIG_TYPE']]);
  });
});

describe('forms', () => {
  it('source is type and config in one name space', async () => {
    const settings = await read('integrations: [{ source: { type: x, a: 1, webhookPath: /p }, pipelines: [{ sinks: [{ type: fake }] }] }, { type: x, config: { a: 1 }, pipelines: [{ sinks: [{ type: fake }] }] }, { type: x }]\n');
    expect(settings.entries.map(({ form, settings: own, settingsPath, incoming }) => [form, own, settingsPath, incoming.webhookPath])).toEqual([
      ['pipeline', { a: 1 }, 'integrations[0].source', '/p'],
      ['both', { a: 1 }, 'integrations[1].config', undefined],
      ['framework', {}, 'integrations[2].config', undefined],
    ]);
  });

  it('what does not go together is told', async () => {
    const settings = await read(`integrations:
  - { type: a, config: {}, source: { type: b }, pipelines: [{ sinks: [{ type: fake }] }] }
  - { source: { type: c } }
  - { identifier: none }
  - 5
  - { source: {}, pipelines: [] }
  - { type: ../up }
  - { type: x, pipelines: [{ processors: [{}], sinks: [] }, { name: n }], config: 5 }
`);
    expect(settings.entries.map(told)).toEqual([
      [
        'config.yaml:2:7: CONFIG_TYPE integrations[0] has both source and type; write either source, or type and config',
        'config.yaml:2:16: CONFIG_TYPE integrations[0] has both source and config; write either source, or type and config',
      ],
      ['config.yaml:3:5: CONFIG_REQUIRED integrations[1].pipelines is missing; an entry with source needs pipelines; write type and config for the default pipeline'],
      ['config.yaml:4:5: CONFIG_REQUIRED integrations[2].type is missing; name the folder of the integration'],
      [
        'config.yaml:5:5: CONFIG_TYPE integrations[3] must be an object, not a number; write an object',
        'config.yaml:5:5: CONFIG_REQUIRED integrations[3].type is missing; name the folder of the integration',
      ],
      [
        'config.yaml:6:7: CONFIG_REQUIRED integrations[4].source.type is missing; add it: Folder name of the integration',
        'config.yaml:6:19: CONFIG_LIMIT integrations[4].pipelines has 0 items; write at least 1',
      ],
      ['config.yaml:7:7: CONFIG_TYPE integrations[5].type must be the name of a folder; correct it'],
      [
        'config.yaml:8:43: CONFIG_REQUIRED integrations[6].pipelines[0].processors[0].type is missing; add it: Which one',
        'config.yaml:8:48: CONFIG_LIMIT integrations[6].pipelines[0].sinks has 0 items; write at least 1',
        'config.yaml:8:61: CONFIG_REQUIRED integrations[6].pipelines[1].sinks is missing; add it: Each with its own delivery state',
        'config.yaml:8:75: CONFIG_TYPE integrations[6].config must be an object, not a number; write an object',
      ],
    ]);
  });
});

describe('keys of an entry', () => {
  it('have their defaults', async () => {
    const [entry] = (await read('integrations: [{ type: git }]\n')).entries;
    expect(entry).toMatchObject({
      resync: { atStart: true },
      guard: { on: true, share: 0.3, atLeast: 10 },
      http: { timeoutMs: 60_000, concurrency: 10, retries: 5 },
      enabled: true,
      lenient: false,
      incoming: { maxBodyBytes: 26_214_400 },
    });
    expect(entry!.resync).not.toHaveProperty('everyMs');
  });

  it('are read', async () => {
    const [entry, second] = (
      await read(`integrations:
  - { type: a, refresh: { atStart: false, every: 1h30m, cron: "0 3 * * *" }, guard: { share: 1, atLeast: 0 }, http: { timeout: PT10S, concurrency: 2, retries: 0 }, enabled: false, config: { scope: a.b, events: [x], drop: { issue: [a.b] } } }
  - { type: b, guard: off }
`)
    ).entries;
    expect(entry!.problems).toEqual([]);
    expect(entry).toMatchObject({ resync: { atStart: false, everyMs: 5_400_000, cron: '0 3 * * *' }, guard: { on: true, share: 1, atLeast: 0 }, http: { timeoutMs: 10_000, concurrency: 2, retries: 0 }, enabled: false });
    expect(entry!.incoming).toEqual({ scope: 'a.b', events: ['x'], drop: { issue: ['a.b'] }, maxBodyBytes: 26_214_400 });
    expect(second!.guard).toEqual({ on: false, share: 0.3, atLeast: 10 });
  });

  it('are told with place and remedy when they are wrong', async () => {
    const [entry] = (
      await read(`integrations:
  - type: a
    idetifier: x
    resync: { every: 60, cron: never, atstart: true }
    refresh: {}
    guard: "on"
    http: { concurrency: 0, retries: 1.5, timeout: soon }
    enabled: null
    config: { maxBodyBytes: 5, scope: "A B", webhookPath: x }
`)
    ).entries;
    expect(told(entry)).toEqual([
      "config.yaml:3:5: CONFIG_UNKNOWN_KEY unknown key 'idetifier' in integrations[0]; did you mean 'identifier'?",
      'config.yaml:4:15: CONFIG_TYPE integrations[0].resync.every must be a duration such as 30s, 10m or PT10M, not a number; add a unit',
      "config.yaml:4:39: CONFIG_UNKNOWN_KEY unknown key 'atstart' in integrations[0].resync; did you mean 'atStart'?",
      'config.yaml:5:5: CONFIG_TYPE integrations[0].refresh says again what integrations[0].resync says; remove one of them',
      "config.yaml:6:5: CONFIG_TYPE integrations[0].guard must be an object, not text; write 'off' or an object",
      'config.yaml:7:13: CONFIG_LIMIT integrations[0].http.concurrency is 0; write at least 1',
      'config.yaml:7:29: CONFIG_TYPE integrations[0].http.retries must be a whole number, not a fraction; write a whole number',
      'config.yaml:7:43: CONFIG_TYPE integrations[0].http.timeout is not a duration; write a duration such as 30s, 10m or PT10M',
      'config.yaml:8:5: CONFIG_TYPE integrations[0].enabled is empty; write true or false, or remove the key',
      'config.yaml:9:15: CONFIG_LIMIT integrations[0].config.maxBodyBytes is 5; write at least 1024',
      'config.yaml:9:32: CONFIG_TYPE integrations[0].config.scope must be 1 to 64 of a-z 0-9 . : -; correct it',
      'config.yaml:9:46: CONFIG_TYPE integrations[0].config.webhookPath must be a path that begins with /; correct it',
    ]);
  });

  it('a bad cron expression is told', async () => {
    expect(told((await read('integrations: [{ type: a, resync: { cron: never } }]\n')).entries[0])).toEqual([
      'config.yaml:1:37: CONFIG_TYPE integrations[0].resync.cron is not a cron expression; write five or six fields, for example 0 3 * * *',
    ]);
  });

  it('lenient: unknown keys of this entry are warnings', async () => {
    expect(codes(await read('integrations: [{ type: a, lenient: true, colour: 1 }, { type: b, colour: 1 }]\n'))).toEqual([['warning CONFIG_UNKNOWN_KEY'], ['error CONFIG_UNKNOWN_KEY']]);
  });
});

it('events without a name select nothing', async () => {
  const settings = await read('integrations: [{ type: x, config: { events: [] } }]\n');
  expect(told(settings.entries[0])).toEqual(['config.yaml:1:37: CONFIG_LIMIT integrations[0].config.events has 0 items; write at least 1']);
});

describe('pipelines', () => {
  it('have their defaults, and delivery as it is written', async () => {
    const settings = await read(`integrations:
  - { type: x, pipelines: [{ sinks: [{ type: fake }] }, { name: two, processors: [{ type: mapper, outputEvent: {} }], sinks: [{ type: fake, name: f }, { type: mongo }], delivery: { batchItems: 1, batchWait: 1s, maxAttempts: 3, maxAge: 1m, highWater: 5, backoff: { initial: 1s, factor: 1.5, max: 10s, jitter: none } } }] }
`);
    expect(settings.entries[0]!.problems).toEqual([]);
    const [first, second] = settings.entries[0]!.pipelines!;
    expect(first).toEqual({
      path: 'integrations[0].pipelines[0]',
      processors: [],
      sinks: [{ type: 'fake', config: expect.anything() as unknown, path: 'integrations[0].pipelines[0].sinks[0]' }],
      delivery: { batchItems: 500, batchWaitMs: 50, maxAttempts: 12, maxAgeMs: 86_400_000, highWater: 100_000, backoff: { initialMs: 500, factor: 2, maxMs: 300_000, jitter: true } },
    });
    expect(second).toMatchObject({
      name: 'two',
      processors: [{ type: 'mapper', path: 'integrations[0].pipelines[1].processors[0]' }],
      sinks: [{ type: 'fake', name: 'f' }, { type: 'mongo' }],
      delivery: { batchItems: 1, batchWaitMs: 1_000, maxAttempts: 3, maxAgeMs: 60_000, highWater: 5, backoff: { initialMs: 1_000, factor: 1.5, maxMs: 10_000, jitter: false } },
    });
  });

  it('are told at their place when their shape is wrong, and the sound parts keep their index', async () => {
    const settings = await read(`integrations:
  - type: x
    pipelines:
      - { sinks: [{ type: 5 }, { type: fake, name: "" }], delivery: { batchItems: 0, maxage: 1h, backoff: { factor: 0.5 } } }
      - { name: 1, procesors: [], sinks: { type: fake } }
`);
    expect(told(settings.entries[0])).toEqual([
      'config.yaml:4:21: CONFIG_TYPE integrations[0].pipelines[0].sinks[0].type must be text, not a number; put it in quotes',
      'config.yaml:4:46: CONFIG_TYPE integrations[0].pipelines[0].sinks[1].name must be a name without control characters; correct it',
      'config.yaml:4:71: CONFIG_LIMIT integrations[0].pipelines[0].delivery.batchItems is 0; write at least 1',
      "config.yaml:4:86: CONFIG_UNKNOWN_KEY unknown key 'maxage' in integrations[0].pipelines[0].delivery; did you mean 'maxAge'?",
      'config.yaml:4:109: CONFIG_LIMIT integrations[0].pipelines[0].delivery.backoff.factor is 0.5; write at least 1',
      'config.yaml:5:11: CONFIG_TYPE integrations[0].pipelines[1].name must be text, not a number; put it in quotes',
      "config.yaml:5:20: CONFIG_UNKNOWN_KEY unknown key 'procesors' in integrations[0].pipelines[1]; did you mean 'processors'?",
      'config.yaml:5:35: CONFIG_TYPE integrations[0].pipelines[1].sinks must be a list, not an object; write a list',
    ]);
    expect(settings.entries[0]!.pipelines!.map(({ sinks }) => sinks.map(({ path }) => path))).toEqual([['integrations[0].pipelines[0].sinks[1]'], []]);
  });

  it('print no configuration of their parts', async () => {
    const { entries } = await read('integrations: [{ type: x, pipelines: [{ sinks: [{ type: fake, password: planted }] }] }]\n');
    expect(inspect(entries, { depth: 9 }) + JSON.stringify(entries)).not.toContain('planted');
  });
});

describe('mapping', () => {
  const MAPPING = `resources:
  - kind: issue
    selector: { query: "true", jql: x }
    port:
      itemsToParse: .items
      entity:
        mappings: [{ identifier: .id, blueprint: '"a"', title: 5, properties: { n: true }, relations: { r: { combinator: '"and"', rules: [{ value: .x }] } } }]
`;

  it('stands in the entry or in a file, relative to the file that names it', async () => {
    const inline = await read(`integrations: [{ type: x, mapping: ${JSON.stringify({ resources: [{ kind: 'k', port: { entity: { mappings: { identifier: '.id', blueprint: '.b' } } } }] })} }]\n`);
    expect(inline.entries[0]!.problems).toEqual([]);
    expect(inline.entries[0]!.mapping!.resources[0]!.kind).toBe('k');
    const named = await read('integrations: [{ type: x, mapping: maps/m.yaml }]\n', { files: { 'maps/m.yaml': MAPPING } });
    expect(named.entries[0]!.problems).toEqual([]);
    expect(named.entries[0]!.mapping!.resources[0]!.selector).toEqual({ query: 'true', jql: 'x' });
    expect(named.locate('integrations[0].mapping.resources[0].port.itemsToParse')).toMatchObject({ file: 'maps/m.yaml', line: 5, column: 7 });
  });

  it('is told where it stands when its shape is wrong', async () => {
    const settings = await read('integrations: [{ type: x, mapping: m.yaml }, { type: y, mapping: gone.yaml }, { type: z, mapping: bad.yaml }]\n', {
      files: {
        'm.yaml': 'enableMergeEntity: "yes"\nentityDeletionThreshold: null\nresources:\n  - kind: a\n    port: { entity: { mappings: { identifier: , blueprint: { a: 1 }, propertys: {}, properties: { p: null, q: { a: 1 } } } } }\n  - port: {}\n',
        'bad.yaml': 'a: [',
      },
    });
    expect(settings.entries.map(told)).toEqual([
      [
        'm.yaml:1:1: CONFIG_TYPE integrations[0].mapping.enableMergeEntity must be true or false, not text; write true or false',
        'm.yaml:5:35: CONFIG_TYPE integrations[0].mapping.resources[0].port.entity.mappings.identifier is empty; write a JQ expression, or remove the key',
        'm.yaml:5:49: CONFIG_TYPE integrations[0].mapping.resources[0].port.entity.mappings.blueprint must be a JQ expression, not an object; write a JQ expression',
        "m.yaml:5:70: CONFIG_UNKNOWN_KEY unknown key 'propertys' in integrations[0].mapping.resources[0].port.entity.mappings; did you mean 'properties'?",
        'm.yaml:5:99: CONFIG_TYPE integrations[0].mapping.resources[0].port.entity.mappings.properties.p is empty; write a JQ expression, or remove the key',
        'm.yaml:5:108: CONFIG_TYPE integrations[0].mapping.resources[0].port.entity.mappings.properties.q must be a JQ expression, not an object; write a JQ expression',
        'm.yaml:6:5: CONFIG_REQUIRED integrations[0].mapping.resources[1].kind is missing; add it: A kind that the integration offers',
        'm.yaml:6:5: CONFIG_REQUIRED integrations[0].mapping.resources[1].port.entity is missing; add it: The entity',
      ],
      ['config.yaml:1:57: CONFIG_MISSING_FILE the mapping file gone.yaml is not there; create it, or correct the path'],
      [expect.stringMatching(/^bad.yaml:1:\d: CONFIG_SYNTAX /)],
    ]);
  });
});
