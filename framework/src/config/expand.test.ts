import fs from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';
import { addFiles, workspace } from '../../test/workspace';
import type { Secret } from '../contract';
import { formatProblem, readSettings, type EntrySource, type Settings } from '.';

const PLANTED = 'planted-value-3f9';

async function read(text: string, given: { readonly environment?: NodeJS.ProcessEnv; readonly files?: Readonly<Record<string, string>>; readonly now?: () => number } = {}): Promise<Settings> {
  const cwd = workspace({ 'config.yaml': text, ...given.files });
  return readSettings({ files: [], environment: given.environment ?? {}, cwd, ...(given.now && { clock: { now: given.now } }) });
}
const told = (settings: Settings): string[] => [...settings.problems, ...settings.entries.flatMap((entry) => entry.problems)].map(formatProblem);
const own = (entry: EntrySource | undefined): Record<string, unknown> =>
  Object.fromEntries(Object.entries(entry!.settings).map(([key, value]) => [key, value instanceof Object && 'reveal' in value ? (value as { reveal(): string }).reveal() : value]));

describe('references', () => {
  it('of every form, wherever text stands', async () => {
    const settings = await read(
      `integrations:
  - type: x
    config:
      a: \${NAME}
      b: "pre-\${NAME}-\${OTHER}-post"
      c: $\${NAME}
      d: { fromEnv: NAME }
      e: { fromFile: secret.txt }
      f: env:NAME
      g: file:./secret.txt
      h: { fromEnv: UNSET, fromFile: secret.txt }
      i: { fromEnv: BLANK, fromFile: secret.txt }
      j: { fromEnv: NAME, fromFile: nowhere }
      k: file:///not/a/reference
      l: "env:not a name"
`,
      { environment: { NAME: ' value ', OTHER: '2', BLANK: ' ' }, files: { 'secret.txt': '\n content \n' } },
    );
    expect(told(settings)).toEqual([]);
    expect(own(settings.entries[0])).toEqual({
      a: ' value ',
      b: 'pre- value -2-post',
      c: '${NAME}',
      d: 'value',
      e: 'content',
      f: 'value',
      g: 'content',
      h: 'content',
      i: 'content',
      j: 'value',
      k: 'file:///not/a/reference',
      l: 'env:not a name',
    });
  });

  it('that lead nowhere are problems of their entry, and name no value', async () => {
    const settings = await read(
      'integrations:\n  - type: x\n    config:\n      a: ${UNSET}\n      b: { fromEnv: EMPTY }\n      c: { fromFile: gone }\n      d: file:empty\n      e: [ "env:UNSET" ]\n  - { type: y }\n',
      { environment: { EMPTY: '' }, files: { empty: ' \n' } },
    );
    expect(told(settings)).toEqual([
      'config.yaml:4:7: SECRET_MISSING integrations[0].config.a: the variable UNSET is not set; set UNSET',
      'config.yaml:5:7: SECRET_MISSING integrations[0].config.b: the variable EMPTY is empty; set EMPTY',
      `config.yaml:6:7: SECRET_MISSING integrations[0].config.c: the file ${settings.folder}/gone cannot be read (ENOENT); create it, or correct the path`,
      `config.yaml:7:7: SECRET_MISSING integrations[0].config.d: the file ${settings.folder}/empty is empty; write the value into it`,
      'config.yaml:8:12: SECRET_MISSING integrations[0].config.e[0]: the variable UNSET is not set; set UNSET',
    ]);
    expect(settings.entries[1]!.problems).toEqual([]);
  });

  it('are followed in numbers, switches and durations too', async () => {
    const settings = await read('mapping: { steps: "${STEPS}", timeout: "env:TIME" }\nstrict: "${STRICT}"\nintegrations: [{ type: x, http: { retries: "${N}" }, identifier: "${NAME}-1" }]\n', {
      environment: { STEPS: '500', TIME: '2s', STRICT: 'true', N: '3', NAME: 'own' },
    });
    expect(told(settings)).toEqual([]);
    expect([settings.mapping.steps, settings.mapping.timeoutMs, settings.strict]).toEqual([500, 2_000, true]);
    expect(settings.entries[0]).toMatchObject({ identifier: 'own-1', http: { retries: 3 } });
  });

  it('are left alone in mappings and in what processors and sinks say, until `follow` is asked; not in the rest of pipelines', async () => {
    const settings = await read(
      `integrations:
  - type: x
    mapping: { resources: [ { kind: k, port: { entity: { mappings: { identifier: .id, blueprint: '"\${X}"', properties: { f: "file:x", e: "env:X" } } } } } ] }
    pipelines: [ { processors: [ { type: mapper, outputEvent: { a: "\${X}" } } ], sinks: [ { type: fake, itemNameTemplate: "\${X}" } ], name: "\${NAME}-p", delivery: { batchItems: "\${N}", maxAge: "env:AGE" } } ]
`,
      { environment: { NAME: 'n', N: '7', AGE: '2h', PLANTED } },
    );
    expect(told(settings)).toEqual([]);
    expect(settings.entries[0]!.mapping!.resources[0]!.port.entity.mappings).toEqual({ identifier: '.id', blueprint: '"${X}"', properties: { f: 'file:x', e: 'env:X' } });
    const [pipeline] = settings.entries[0]!.pipelines!;
    expect(pipeline).toMatchObject({ name: 'n-p', delivery: { batchItems: 7, maxAgeMs: 7_200_000 } });
    expect(Object.entries(pipeline!.processors[0]!.config)).toEqual([['outputEvent', { a: '${X}' }]]);
    expect((settings.follow({ a: ['${PLANTED}'] }, 'integrations[0].pipelines[0].sinks[0]') as { a: Secret[] }).a[0]!.reveal()).toBe(PLANTED);
  });

  it('a secret in a file is read again when the file changed, looked at most every 30 s', async () => {
    let now = 1_000_000;
    const settings = await read('mongodb: { url: { fromFile: url.txt } }\nintegrations: [{ type: x }]\n', { files: { 'url.txt': 'mongodb://one\n' }, now: () => now });
    const { url } = settings.mongodb!;
    const file = path.join(settings.folder, 'url.txt');
    expect(url.reveal()).toBe('mongodb://one');
    addFiles(settings.folder, { 'url.txt': 'mongodb://second\n' });
    now += 29_999;
    expect(url.reveal()).toBe('mongodb://one');
    now += 1;
    expect(url.reveal()).toBe('mongodb://second');
    fs.rmSync(file);
    now += 30_000;
    expect(url.reveal()).toBe('mongodb://second');
    addFiles(settings.folder, { 'url.txt': '\n' });
    now += 30_000;
    expect(url.reveal()).toBe('mongodb://second');
    addFiles(settings.folder, { 'url.txt': 'mongodb://the-third\n' });
    now += 30_000;
    expect(url.reveal()).toBe('mongodb://the-third');
  });
});

describe('secrets', () => {
  it('in plain text: a warning under config, port and mongodb; none for a URL without password', async () => {
    const text = (url: string): string => `port: { clientId: literal, clientSecret: ${PLANTED} }\nmongodb: { url: "${url}" }\nintegrations: [{ type: x, config: { authentication: { secret: ${PLANTED} } } }]\n`;
    const settings = await read(text(`mongodb://user:${PLANTED}@host/db`));
    expect([...settings.problems, ...settings.entries[0]!.problems].map(({ severity, code, path: at }) => `${severity} ${code} ${at}`)).toEqual([
      'warning SECRET_FORM port.clientId',
      'warning SECRET_FORM port.clientSecret',
      'warning SECRET_FORM mongodb.url',
      'warning SECRET_FORM integrations[0].config.authentication.secret',
    ]);
    expect(settings.port!.clientSecret!.reveal()).toBe(PLANTED);
    expect((await read(text('mongodb://host,host2/db'))).problems.map(({ path: at }) => at)).not.toContain('mongodb.url');
  });

  it('in plain text: an error under source', async () => {
    const settings = await read(
      `integrations:
  - source: { type: jira, authentication: { secret: [ { fromEnv: A }, ${PLANTED} ] } }
    pipelines: [ { sinks: [ { type: fake } ] } ]
`,
      { environment: { A: 'a' } },
    );
    expect(told(settings)).toEqual([
      'config.yaml:2:71: SECRET_FORM integrations[0].source.authentication.secret[1] holds a secret in plain text; write { fromEnv: NAME } or { fromFile: PATH }',
    ]);
  });

  it.each(['{}', '{ fromEnv: A, other: b }', '{ env: A }', '{ fromEnv: 5 }'])('%s is no form of a secret', async (form) => {
    const settings = await read(`mongodb: { url: ${form} }\nintegrations: [{ type: x }]\n`, { environment: { A: 'a' } });
    expect(settings.problems.map(({ code, severity }) => `${severity} ${code}`)).toEqual(['error SECRET_FORM']);
  });

  it('are trimmed', async () => {
    const settings = await read('mongodb: { url: "${A}" }\nintegrations: [{ type: x }]\n', { environment: { A: ' mongodb://a \n' } });
    expect(settings.mongodb!.url.reveal()).toBe('mongodb://a');
  });

  it('that are planted in every place and wrong in every way are never printed', async () => {
    const settings = await read(
      `port: { clientId: ${PLANTED}, clientSecret: "\${P}", initialize: "\${P}", createPortResourcesOrigin: "\${P}", baseUrl: "\${P}" }
triggerChannel: { type: "\${P}", secret: ${PLANTED}, interval: "\${P}", brokers: { x: "\${P}" }, sasl: { mechanism: "\${P}", username: 5, password: ${PLANTED} } }
mongodb: { url: "mongodb://u:${PLANTED}@h", database: { a: "\${P}" } }
strict: "\${P}"
integrations:
  - { type: x, config: { token: ${PLANTED}, other: "\${P}", authentication: { secret: ${PLANTED}, username: [ "\${P}" ] } }, resync: { every: "\${P}", cron: "\${P}" }, enabled: "\${P}" }
  - { source: { type: jira, token: ${PLANTED}, authentication: "\${P}" }, pipelines: [ { sinks: [ { type: mongo, url: ${PLANTED} } ] } ] }
`,
      { environment: { P: PLANTED, HTTP_PORT: PLANTED, API_TOKEN: PLANTED, LOG_LEVEL: PLANTED, PUBLIC_URL: PLANTED, FRAMEWORK__STRICT: `{ ${PLANTED}`, FRAMEWORK__MONGODB__URL: PLANTED } },
    );
    expect(settings.problems.length + settings.entries.flatMap(({ problems }) => problems).length).toBeGreaterThan(20);
    for (const printed of [told(settings).join('\n'), JSON.stringify(settings), inspect(settings, { depth: 20 }), String(settings.port)]) expect(printed).not.toContain(PLANTED);
  });
});
