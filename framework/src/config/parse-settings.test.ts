import { inspect } from 'node:util';
import { Secret, type SettingsSpec } from '../contract';
import { formatProblem, parseSettings, type SettingsPlace } from '.';

const spec = {
  url: { type: 'string', required: true, description: 'Where it is.' },
  token: { type: 'string', secret: true, description: 'Who we are.' },
  retries: { type: 'integer', default: 3, min: 0, max: 10, description: 'How often.' },
  every: { type: 'duration', default: '5m', description: 'How long.' },
  mode: { type: 'string', enum: ['fast', 'slow'], description: 'How.' },
  folders: { type: 'list', path: true, description: 'Which.' },
  file: { type: 'string', path: true, description: 'Which one.' },
  strict: { type: 'boolean', description: 'Really.' },
  extra: { type: 'object', description: 'More.' },
} as const satisfies SettingsSpec;

const parse = (values: Record<string, unknown>, place: Partial<SettingsPlace> = {}): { settings: Readonly<Record<string, unknown>>; told: string[] } => {
  const at = { path: 'c', locate: (path: string) => ({ file: 'f.yaml', line: 1, column: path.length, folder: '/base' }), folder: '/base', lenient: false, literal: 'warn', ...place } as const;
  const { settings, problems } = parseSettings(spec, values, at);
  return { settings, told: problems.map((problem) => `${problem.severity} ${formatProblem(problem)}`) };
};

describe('settings of an integration', () => {
  it('leave a URL where paths stand as it is', () => {
    expect(parse({ folders: ['specs/*.yaml', 'https://host/a.json'] }).settings['folders']).toEqual(['/base/specs/*.yaml', 'https://host/a.json']);
  });

  it('take types, defaults and absolute paths from the spec', () => {
    const token = new Secret(' planted ');
    const { settings, told } = parse({ url: new Secret('http://x'), token, folders: 'a', file: '../b', strict: new Secret('true'), retries: new Secret('7'), extra: { header: new Secret('h'), n: [1] } });
    expect(told).toEqual([]);
    expect(settings).toEqual({ url: 'http://x', token: expect.any(Secret) as Secret, retries: 7, every: 300_000, folders: ['/base/a'], file: '/b', strict: true, extra: { header: 'h', n: [1] } });
    expect((settings['token'] as Secret).reveal()).toBe('planted');
    expect(inspect(settings) + JSON.stringify(settings)).not.toContain('planted');
  });

  it('are told all at once when they are wrong', () => {
    expect(parse({ tokn: 'planted', retries: 11, every: 5, mode: 'fats', folders: [1, '/abs'], strict: 'x', extra: [] }).told).toEqual([
      'error f.yaml:1:5: CONFIG_REQUIRED c.url is missing; add it: Where it is',
      'error f.yaml:1:9: CONFIG_LIMIT c.retries is 11; write at most 10',
      'error f.yaml:1:7: CONFIG_TYPE c.every must be a duration such as 30s, 10m or PT10M, not a number; add a unit',
      "error f.yaml:1:6: CONFIG_ENUM c.mode must be one of fast, slow; did you mean 'fast'?",
      'error f.yaml:1:12: CONFIG_TYPE c.folders[0] must be text, not a number; put it in quotes',
      'error f.yaml:1:8: CONFIG_TYPE c.strict must be true or false, not text; write true or false',
      'error f.yaml:1:7: CONFIG_TYPE c.extra must be an object, not a list; write an object',
      "error f.yaml:1:6: CONFIG_UNKNOWN_KEY unknown key 'tokn' in c; did you mean 'token'?",
    ]);
  });

  it('given at another place: none is missed, no default stands in, and those that are written are named', () => {
    const values = { tags: 1, retries: 99, mode: 'fast' };
    const place = { path: 'c', locate: () => ({ file: 'f.yaml', line: 1, column: 1, folder: '/base' }), folder: '/base', lenient: false, literal: 'warn' } as const;
    const some = parseSettings(spec, values, { ...place, elsewhere: Object.keys(spec) });
    expect([some.settings, some.given, some.problems.map(({ code, path }) => `${code} ${path}`)]).toEqual([{ mode: 'fast' }, ['retries', 'mode'], ['CONFIG_LIMIT c.retries', 'CONFIG_UNKNOWN_KEY c.tags']]);
    expect(parseSettings(spec, {}, { ...place, elsewhere: ['url', 'every'] })).toEqual({ settings: { retries: 3 }, given: [], problems: [] });
  });

  it('literal secrets: a warning in config, an error in source; unknown keys are warnings when lenient', () => {
    expect(parse({ url: 'x', token: 'planted', y: 1 }, { lenient: true }).told).toEqual([
      'warning f.yaml:1:7: SECRET_FORM c.token holds a secret in plain text; better { fromEnv: NAME } or { fromFile: PATH }',
      'warning f.yaml:1:3: CONFIG_UNKNOWN_KEY unknown key \'y\' in c; known keys: url, token, retries, every, mode, folders, file, strict, extra',
    ]);
    expect(parse({ url: 'x', token: 'planted' }, { literal: 'refuse' }).told).toEqual(['error f.yaml:1:7: SECRET_FORM c.token holds a secret in plain text; write { fromEnv: NAME } or { fromFile: PATH }']);
  });

  it('set by a variable: names are matched loosely, values read by their type', () => {
    const locate = (path: string): ReturnType<SettingsPlace['locate']> => ({ file: path.includes('.') ? 'FRAMEWORK__X' : 'f.yaml', line: 1, column: 1 });
    const { settings, told } = parse({ URL: 'true', TOKEN: 'planted', RE_TRIES: '4', FOLDERS: '[a, b]', EXTRA: '{ a: 1 }' }, { locate });
    expect(told).toEqual([]);
    expect(settings).toMatchObject({ url: 'true', retries: 4, folders: ['/base/a', '/base/b'], extra: { a: 1 } });
  });

  it('with pipelines: another default; lists of words, of objects; free members that may be secrets', () => {
    const own = {
      which: { type: 'string', enum: ['open', 'all'], default: 'open', pipelineDefault: 'all', description: '' },
      kinds: { type: 'list', enum: ['a', 'b'], description: '' },
      links: { type: 'list', members: { url: { type: 'string', required: true, description: 'Where.' } }, description: '' },
      headers: { type: 'object', references: true, description: '' },
    } as const satisfies SettingsSpec;
    const read = (values: Record<string, unknown>, place: Partial<SettingsPlace> = {}): ReturnType<typeof parseSettings> =>
      parseSettings(own, values, { path: 'c', locate: (path) => ({ file: 'f.yaml', line: 1, column: path.length }), folder: '/base', lenient: false, literal: 'refuse', ...place });
    expect([read({}).settings, read({}, { declared: true }).settings, read({ which: 'open' }, { declared: true }).settings]).toEqual([{ which: 'open' }, { which: 'all' }, { which: 'open' }]);
    const { settings, problems } = read({ kinds: 'a', links: [{ url: 'x' }], headers: { a: 'text', n: 1, s: new Secret(' planted ') } });
    expect(problems).toEqual([]);
    expect(settings).toMatchObject({ kinds: ['a'], links: [{ url: 'x' }], headers: { a: 'text', n: 1, s: expect.any(Secret) as Secret } });
    expect((settings['headers'] as { s: Secret }).s.reveal()).toBe('planted');
    expect(read({ kinds: ['a', 'c'], links: [{}], headers: { s: {} } }).problems.map(formatProblem)).toEqual([
      "f.yaml:1:10: CONFIG_ENUM c.kinds[1] must be one of a, b; did you mean 'a'?",
      'f.yaml:1:14: CONFIG_REQUIRED c.links[0].url is missing; add it: Where',
      'f.yaml:1:11: SECRET_FORM c.headers.s is not a form of a secret; write { fromEnv: NAME }, { fromFile: PATH }, or both',
    ]);
  });
});
