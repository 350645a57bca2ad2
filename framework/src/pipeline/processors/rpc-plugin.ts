import fs from 'node:fs';
import path from 'node:path';
import { Secret, type Log, type SettingsOf, type SettingsSpec } from '../../contract';
import { parseJson, toJson, withhold, type JsonObject } from '../../shared';
import { childPath } from './paths';
import { connectHttp } from './plugin/http';
import { PROTOCOL, type PluginLine } from './plugin/protocol';
import { startChild } from './plugin/stdio';
import { supervise } from './plugin/supervise';
import { isError, readConfig } from './read-config';
import type { CreateProcessor, ProcessorContext, ProcessorProblem } from './types';

export const rpcPluginSettings = {
  modulePath: { type: 'string', description: 'Executable of the plugin; a relative path is taken from the folder of the file, a bare word looked up in PATH.' },
  url: { type: 'string', description: 'Instead of modulePath: a plugin that runs by itself and answers HTTP.' },
  args: { type: 'list', default: [], description: 'Arguments of the executable.' },
  env: { type: 'object', references: true, default: {}, description: 'Environment of the executable beside PATH; text or secrets.' },
  initOptions: { type: 'object', default: {}, description: 'Sent to the plugin when it starts.' },
  timeout: { type: 'duration', default: '5s', min: 1, description: 'Of each event.' },
  initTimeout: { type: 'duration', default: '10s', min: 1, description: 'Of the start.' },
  concurrency: { type: 'integer', default: 1, min: 1, description: 'Events in flight, at most; the plugin may ask for fewer.' },
} as const satisfies SettingsSpec;
type Settings = SettingsOf<typeof rpcPluginSettings>;

/** Of a text of the plugin in a message or in the log. */
const TEXT_LENGTH = 2_000;

const isExecutable = (file: string): boolean => {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
};

/** Absolute path of the executable, if there is one. */
function findExecutable(modulePath: string, folder: string): string | undefined {
  const folders = modulePath.includes('/') ? [] : (process.env['PATH'] ?? '').split(path.delimiter).filter((place) => place !== '');
  return [folder, ...folders].map((place) => path.resolve(place, modulePath)).find(isExecutable);
}

function isPluginUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}

function check(settings: Settings, executable: string | undefined): readonly ProcessorProblem[] {
  const { modulePath, url } = settings;
  const problems: ProcessorProblem[] = [];
  const tell = (problem: Omit<ProcessorProblem, 'severity'>): void => void problems.push({ ...problem, severity: 'error' });
  if (modulePath === undefined && url === undefined) tell({ path: 'modulePath', code: 'CONFIG_REQUIRED', message: 'modulePath is missing', remedy: 'write modulePath, or url' });
  if (modulePath !== undefined && url !== undefined) tell({ path: 'url', code: 'CONFIG_INVALID', message: 'modulePath and url exclude each other', remedy: 'remove one of them' });
  if (modulePath !== undefined && executable === undefined) {
    tell({ path: 'modulePath', code: 'PLUGIN_MISSING', message: 'there is no executable file', remedy: 'correct the path, or make the file executable (chmod +x)' });
  }
  if (url !== undefined && !isPluginUrl(url)) tell({ path: 'url', code: 'CONFIG_TYPE', message: 'url must be an http(s) address without credentials, query and fragment', remedy: 'correct it' });
  for (const [name, value] of Object.entries(settings.env)) {
    if (typeof value === 'string' || value instanceof Secret) continue;
    tell({ path: childPath('env', name), code: 'CONFIG_TYPE', message: `${name} must be text or a secret`, remedy: 'put it in quotes' });
  }
  return problems;
}

const secretsOf = (settings: Settings): readonly string[] => Object.values(settings.env).flatMap((value) => (value instanceof Secret ? [value.reveal()] : []));

function environmentOf(settings: Settings): Readonly<Record<string, string>> {
  const named = Object.entries(settings.env).map(([name, value]) => [name, value instanceof Secret ? value.reveal() : (value as string)]);
  return { PATH: process.env['PATH'] ?? '', ...(Object.fromEntries(named) as Record<string, string>) };
}

/** What a plugin says may hold the secrets it was given. */
const cleaned = (text: string, settings: Settings): string => withhold(text, secretsOf(settings)).slice(0, TEXT_LENGTH);

/** Names the pipeline in every line. */
function named(log: Log, context: ProcessorContext): Log {
  const fields = { integration: context.integration, pipeline: context.pipeline };
  const at =
    (level: keyof Log) =>
    (message: string, more: Readonly<Record<string, unknown>> = {}): void =>
      log[level](message, { ...fields, ...more });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Hands events to a program in any language, out of process. */
export const createRpcPlugin: CreateProcessor = (config, context) => {
  const { settings, problems } = readConfig(rpcPluginSettings, config, context.lenient);
  if (!settings) return { problems };
  const { modulePath, url } = settings;
  const executable = modulePath === undefined ? undefined : findExecutable(modulePath, context.folder);
  const all = [...problems, ...check(settings, executable)];
  if (all.some(isError)) return { problems: all };

  const { clock, integration, pipeline } = context;
  const log = named(context.log, context);
  const connect = (): PluginLine =>
    executable === undefined
      ? connectHttp({ url: url ?? '', clock })
      : startChild({
          command: executable,
          args: settings.args,
          folder: context.folder,
          environment: () => environmentOf(settings),
          clock,
          onStderr: (line) => log.info('the plugin says', { text: cleaned(line, settings) }),
        });
  const plugin = supervise({
    connect,
    // As JSON, for what is no JSON in it (a secret) is written as it prints.
    init: { protocol: PROTOCOL, integration, pipeline, options: parseJson(toJson(settings.initOptions)) } satisfies JsonObject,
    timeoutMs: settings.timeout,
    initTimeoutMs: settings.initTimeout,
    concurrency: settings.concurrency,
    clock,
    log,
    clean: (text) => cleaned(text, settings),
  });
  return { problems: all, processor: { type: 'rpc-plugin', ...plugin } };
};
