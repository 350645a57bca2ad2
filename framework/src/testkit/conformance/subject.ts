import { parseSettings, type Problem } from '../../config';
import { Secret, type AnyKind, type Blueprint, type Context, type Http, type Integration, type Mapping } from '../../contract';
import { createHttp } from '../../fetch';
import { loadIntegration } from '../../load';
import { testContext, type TestContext } from '../context';
import { fakeClock, type FakeClock } from '../fake-clock';
import { serveRecorded, type Exchange, type RecordedServer } from '../serve-recorded';

export interface ConformanceOptions {
  /** Folder of the integration, for its blueprints and mapping. */
  readonly folder: string;
  /** Settings as a configuration file gives them, secrets as text. `url` is the recorded source's, '' without `exchanges`. Called once, before the tests. */
  settings(url: string): Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>;
  /** Recorded traffic, for integrations that declare `http`: at least two pages and three rows for each kind. */
  readonly exchanges?: readonly Exchange[];
  /** Kinds in whose traffic a page is empty and not the last. */
  readonly emptyPages?: readonly string[];
  /** Traffic in which the source holds rows back: the scan of that kind has to say so. */
  readonly withheld?: { readonly kind: string; readonly exchanges: readonly Exchange[] };
  /** Fields of the mapping that no row of the fixtures fills, as `<kind>.<field>`. */
  readonly unfilled?: readonly string[];
  /** After the tests. */
  cleanUp?(): void | Promise<void>;
}

/** What the tests look at. Members are there from the first test on. */
export interface Subject {
  readonly integration: Integration;
  readonly options: ConformanceOptions;
  readonly kinds: readonly AnyKind<unknown>[];
  settings(): Readonly<Record<string, unknown>>;
  problems(): readonly Problem[];
  source(): RecordedServer;
  files(): { readonly mapping: Mapping; readonly blueprints: readonly Blueprint[] };
  /** A context of its own: log, clock and client are new. */
  context(given?: { readonly source?: RecordedServer; readonly retries?: number }): { readonly context: TestContext<unknown>; readonly clock: FakeClock };
  start(): Promise<void>;
  stop(): Promise<void>;
}

const place = (folder: string): Parameters<typeof parseSettings>[2] => ({
  path: 'config',
  folder,
  lenient: false,
  literal: 'warn',
  locate: () => ({ file: 'config.yaml', line: 1, column: 1 }),
});

/** Settings parsed as the framework does it. */
export const parse = (integration: Integration, folder: string, values: Readonly<Record<string, unknown>>): ReturnType<typeof parseSettings> =>
  parseSettings(integration.settings, values, place(folder));

const secretsOf = (settings: Readonly<Record<string, unknown>>): readonly Secret[] => Object.values(settings).filter((value) => value instanceof Secret);

export function subjectOf(integration: Integration, options: ConformanceOptions): Subject {
  let parsed: ReturnType<typeof parseSettings> | undefined;
  let source: RecordedServer | undefined;
  const ready = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('not started');
    return value;
  };
  const settings = (): Readonly<Record<string, unknown>> => ready(parsed).settings;
  const httpFor = (context: Context<unknown>, clock: FakeClock, retries: number): Http | undefined => {
    const spec = integration.http?.(settings());
    return spec && createHttp(spec, { timeoutMs: 10_000, concurrency: 10, retries, clock, log: context.log, signal: context.signal, secrets: secretsOf(settings()) });
  };
  return {
    integration,
    options,
    kinds: (integration.kinds ?? []).filter((kind) => kind.scan),
    settings,
    problems: () => ready(parsed).problems,
    source: () => ready(source),
    files() {
      const result = loadIntegration({ type: integration.type, folder: options.folder });
      if ('problems' in result) throw new Error(result.problems.map(({ file, message }) => `${file}: ${message}`).join('\n'));
      return result.loaded;
    },
    context(given = {}) {
      const clock = fakeClock();
      const bare = testContext<unknown>(settings(), { identifier: 'conformance' });
      const http = httpFor(bare, clock, given.retries ?? 5);
      return { clock, context: http ? { ...bare, http } : bare };
    },
    async start() {
      if (options.exchanges) source = await serveRecorded(options.exchanges);
      parsed = parse(integration, options.folder, await options.settings(source?.url ?? ''));
    },
    async stop() {
      await source?.close();
      await options.cleanUp?.();
    },
  };
}
