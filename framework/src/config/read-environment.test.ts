import path from 'node:path';
import { workspace } from '../../test/workspace';
import { formatProblem, readSettings, type Settings } from '.';

const read = (environment: NodeJS.ProcessEnv): Promise<Settings> => readSettings({ files: [], environment, cwd: workspace({ 'config.yaml': 'integrations: [{ type: git }]\n' }) });
const told = (settings: Settings): string[] => settings.problems.map(formatProblem);

describe('process settings', () => {
  it('have their defaults', async () => {
    const { process: own, folder } = await read({});
    expect(own).toEqual({
      httpPort: 8080,
      httpAddress: '127.0.0.1',
      exposed: false,
      servicePrefix: '',
      dataDir: path.join(folder, '.data'),
      logLevel: 'info',
      logFormat: process.stderr.isTTY ? 'pretty' : 'json',
      delayShutdownMs: 0,
      shutdownGraceMs: 30_000,
      allowUnauthenticatedWebhooks: false,
    });
  });

  it('are read', async () => {
    const settings = await read({
      HTTP_PORT: '0',
      HTTP_ADDRESS: '0.0.0.0',
      API_TOKEN: 'planted',
      PUBLIC_URL: 'https://x.example/base/',
      SERVICE_PREFIX: 'a/b/',
      DATA_DIR: 'data',
      LOG_LEVEL: 'WARNING',
      LOG_FORMAT: 'pretty',
      SHUTDOWN_GRACE_SECONDS: '1.5',
      KAFKA_BROKERS: 'a:1, b:2,',
      ALLOW_UNAUTHENTICATED_WEBHOOKS: 'true',
    });
    expect(told(settings)).toEqual([]);
    expect(settings.process).toMatchObject({
      httpPort: 0,
      exposed: true,
      publicUrl: 'https://x.example/base',
      servicePrefix: '/a/b',
      dataDir: path.join(settings.folder, 'data'),
      logLevel: 'warn',
      logFormat: 'pretty',
      delayShutdownMs: 10_000,
      shutdownGraceMs: 1_500,
      kafkaBrokers: ['a:1', 'b:2'],
      allowUnauthenticatedWebhooks: true,
    });
    expect(settings.process.apiToken!.reveal()).toBe('planted');
  });

  it.each([
    ['127.0.0.1', false],
    ['127.8.0.1', false],
    ['::1', false],
    ['localhost', false],
    ['0.0.0.0', true],
    ['::', true],
    ['10.0.0.5', true],
    ['127.example.org', true],
  ])('the address %s: exposed %s', async (address, exposed) => {
    expect((await read({ HTTP_ADDRESS: address, API_TOKEN: 't' })).process.exposed).toBe(exposed);
  });

  it('an empty variable counts as unset; panic is fatal', async () => {
    expect((await read({ HTTP_PORT: '', LOG_LEVEL: 'panic' })).process).toMatchObject({ httpPort: 8080, logLevel: 'fatal' });
  });

  it('exposed without API_TOKEN: a warning', async () => {
    const settings = await read({ HTTP_ADDRESS: '0.0.0.0' });
    expect(settings.problems).toMatchObject([{ severity: 'warning', code: 'CONFIG_REQUIRED', path: 'API_TOKEN' }]);
  });

  it('wrong ones are errors at the variable', async () => {
    expect(told(await read({ HTTP_PORT: '70000', LOG_LEVEL: 'loud', CONFIG_LENIENT: '1', DELAY_SHUTDOWN_SECONDS: '-1', PUBLIC_URL: 'x' }))).toEqual([
      'CONFIG_LENIENT:1:1: CONFIG_TYPE CONFIG_LENIENT must be true or false, not a number; write true or false',
      'DELAY_SHUTDOWN_SECONDS:1:1: CONFIG_LIMIT DELAY_SHUTDOWN_SECONDS is -1; write at least 0',
      'HTTP_PORT:1:1: CONFIG_LIMIT HTTP_PORT is 70000; write at most 65535',
      'LOG_LEVEL:1:1: CONFIG_ENUM LOG_LEVEL must be one of trace, debug, info, warn, warning, error, fatal, panic, silent; choose one',
      'PUBLIC_URL:1:1: CONFIG_TYPE PUBLIC_URL must be an http or https URL; correct it',
    ]);
  });
});
