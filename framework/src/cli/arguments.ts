import { parseArgs } from 'node:util';
import { nearest } from '../config';
import { FrameworkError } from '../contract';

interface Option {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  readonly help: string;
  /** Name of the value in the help. */
  readonly value?: string;
}

export interface Command {
  readonly does: string;
  /** Names of its positional arguments; one in brackets may be left out. */
  readonly takes: readonly string[];
  readonly options: Readonly<Record<string, Option>>;
}

const common: Readonly<Record<string, Option>> = {
  config: { type: 'string', multiple: true, value: 'FILE', help: 'configuration file; may be given several times' },
  json: { type: 'boolean', help: 'one JSON value on stdout' },
  help: { type: 'boolean', help: 'show this help' },
  version: { type: 'boolean', help: 'show the version' },
};

/** The commands of interface.md 2: parser, help and the nearest known name come from this table. */
export const commands = {
  start: { does: 'runs until SIGTERM or SIGINT; with triggerChannel.type ONCE one resync of every entry', takes: [], options: {} },
  validate: {
    does: 'checks configuration, integrations and mappings; opens nothing; prints every problem',
    takes: [],
    options: { integration: { type: 'string', value: 'TYPE', help: 'describe and check one integration' } },
  },
  check: { does: 'tries credentials and reachability of portal, store, sources and sinks, starts connectors for a moment; writes nothing', takes: ['[ID]'], options: {} },
  list: { does: 'shows entries, their state, kinds and last run', takes: [], options: {} },
  resync: {
    does: 'one resync; waits for its end, but not for a pause to end',
    takes: ['ID'],
    options: {
      kind: { type: 'string', multiple: true, value: 'KIND', help: 'only this kind; may be given several times' },
      force: { type: 'boolean', help: 'send everything again' },
      once: { type: 'boolean', help: 'run here, never ask a running process' },
    },
  },
  pause: { does: 'no run of an entry begins until it is resumed, and its connector waits for no news', takes: ['ID'], options: {} },
  resume: { does: 'lets a paused entry go on', takes: ['ID'], options: {} },
  restart: {
    does: 'disconnects a connector and sets it up anew, also one that failed',
    takes: ['ID'],
    options: { target: { type: 'string', value: 'NAME', help: 'only this target' } },
  },
  targets: { does: 'shows what a connector works on', takes: ['ID'], options: {} },
  audit: {
    does: 'shows the audit log of 14 days, newest first',
    takes: [],
    options: {
      severity: { type: 'string', value: 'S', help: 'several by comma, such as SECURITY,ERROR' },
      component: { type: 'string', value: 'C', help: 'such as INTEGRATION-RUNTIME' },
      integration: { type: 'string', value: 'I', help: 'records of this entry' },
      message: { type: 'string', value: 'M', help: 'id of the message' },
      from: { type: 'string', value: 'T', help: 'from this instant on, such as 2026-01-31T08:00:00Z' },
      to: { type: 'string', value: 'T', help: 'before this instant' },
      limit: { type: 'string', value: 'N', help: 'at most so many, 100 unless said' },
    },
  },
  map: {
    does: 'maps records and shows the entities beside them; writes nothing',
    takes: ['ID'],
    options: {
      kind: { type: 'string', value: 'KIND', help: 'kind of the records' },
      input: { type: 'string', value: 'FILE', help: 'records: one JSON object, a list, or NDJSON' },
      mapping: { type: 'string', value: 'FILE', help: 'a mapping instead of the one in force' },
    },
  },
  release: { does: 'lets the held deletions of a run go on', takes: ['RUN'], options: {} },
  replay: {
    does: 'tries a dead letter again, or all that match',
    takes: ['[ID]'],
    options: {
      integration: { type: 'string', value: 'I', help: 'dead letters of this entry' },
      stage: { type: 'string', value: 'S', help: 'dead letters of this stage' },
      code: { type: 'string', value: 'C', help: 'dead letters of this code' },
    },
  },
  purge: {
    does: 'deletes what an entry owns in store, catalog and portal',
    takes: ['ID'],
    options: { confirm: { type: 'string', value: 'ID', help: 'the identifier once more' } },
  },
} as const satisfies Readonly<Record<string, Command>>;

export type CommandName = keyof typeof commands;

export interface Invocation {
  readonly command: CommandName | 'help' | 'version';
  readonly files: readonly string[];
  readonly json: boolean;
  /** The positional argument, where there is one. */
  readonly target: string | undefined;
  text(option: string): string | undefined;
  list(option: string): readonly string[];
  is(option: string): boolean;
}

const usage = (message: string): FrameworkError => new FrameworkError('CONFIG_INVALID', [`${message}; see framework --help`]);
const suggest = (given: string, known: readonly string[]): string => {
  const near = nearest(given, known);
  return near === undefined ? '' : `; did you mean ${near}?`;
};

/** Reads the command line. Throws CONFIG_INVALID (exit code 2) with the nearest known name. */
export function readArguments(argv: readonly string[]): Invocation {
  const [first, ...rest] = argv;
  const none = { files: [], json: false, target: undefined, text: () => undefined, list: () => [], is: () => false };
  if (first === undefined || first === '--help' || first === 'help') return { ...none, command: 'help' };
  if (first === '--version') return { ...none, command: 'version' };
  if (!(first in commands)) throw usage(`unknown command ${first}${suggest(first, Object.keys(commands))}`);
  const name = first as CommandName;
  const command: Command = commands[name];
  const options = { ...command.options, ...common };
  for (const argument of rest) {
    const flag = /^--([^=]+)/.exec(argument)?.[1];
    if (flag !== undefined && !(flag in options)) throw usage(`unknown option --${flag} of ${name}${suggest(flag, Object.keys(options))}`);
  }
  let parsed: { values: Record<string, string | boolean | (string | boolean)[] | undefined>; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...rest], options, allowPositionals: true, strict: true });
  } catch (err) {
    throw usage(err instanceof Error ? err.message : String(err));
  }
  const { values, positionals } = parsed;
  if (values['help']) return { ...none, command: 'help', target: name };
  if (values['version']) return { ...none, command: 'version' };
  if (positionals.length > command.takes.length) throw usage(`${name} takes no argument ${positionals[command.takes.length]}`);
  const missing = command.takes[positionals.length];
  if (missing !== undefined && !missing.startsWith('[')) throw usage(`${name} needs ${missing}`);
  return {
    command: name,
    files: (values['config'] as string[] | undefined) ?? [],
    json: values['json'] === true,
    target: positionals[0],
    text: (option) => values[option] as string | undefined,
    list: (option) => (values[option] as string[] | undefined) ?? [],
    is: (option) => values[option] === true,
  };
}

const line = (name: string, option: Option): string => `  --${name}${option.value ? ` ${option.value}` : ''}`.padEnd(26) + option.help;

/** The help of one command, or of all. */
export function helpText(name: string | undefined): string {
  const optionLines = (options: Readonly<Record<string, Option>>): string[] => Object.entries(options).map(([key, option]) => line(key, option));
  if (name !== undefined && name in commands) {
    const command: Command = commands[name as CommandName];
    return [`framework ${[name, ...command.takes].join(' ')}`, '', `  ${command.does}`, '', ...optionLines(command.options), ...optionLines(common)].join('\n');
  }
  const list = Object.entries<Command>(commands).map(([key, command]) => `  ${[key, ...command.takes].join(' ')}`.padEnd(18) + command.does);
  return ['framework <command>', '', ...list, '', ...optionLines(common), '', 'framework <command> --help shows the options of a command.'].join('\n');
}
