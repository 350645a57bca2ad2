import { parseSettings, type Problem } from '../../config';
import type { AnyKind, Blueprint, Delivery, Integration, Mapping } from '../../contract';
import { loadIntegration } from '../../load';
import { testContext, type TestContext } from '../context';
import type { FakeClock } from '../fake-clock';
import { serveRecorded, type Exchange, type Fault, type ReceivedRequest, type RecordedServer } from '../serve-recorded';
import { testHttp } from '../test-http';

export interface ConformanceOptions {
  /** Folder of the integration, for its blueprints and mapping. */
  readonly folder: string;
  /** Settings as a configuration file gives them, secrets as text. `url` is the recorded source's, '' without `exchanges`. Called once, before the tests. */
  settings(url: string): Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>;
  /** Recorded traffic, for integrations that declare `http`: at least two pages and three rows for each kind. */
  readonly exchanges?: readonly Exchange[];
  /** Kinds in whose traffic a page is empty and not the last. */
  readonly emptyPages?: readonly string[];
  /** Answers, instead of the recorded ones, with which the source holds rows back: the scan of that kind has to say so. */
  readonly withheld?: { readonly kind: string; answer(request: ReceivedRequest): Fault | undefined };
  /** Fields of the mapping that no row of the fixtures fills, as `<kind>.<field>`. */
  readonly unfilled?: readonly string[];
  /** Recorded deliveries, for integrations with `live`; at least one of a known event. */
  readonly deliveries?: readonly Delivery[];
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
  context(retries?: number): { readonly context: TestContext<unknown>; readonly clock: FakeClock };
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

export function subjectOf(integration: Integration, options: ConformanceOptions): Subject {
  let parsed: ReturnType<typeof parseSettings> | undefined;
  let source: RecordedServer | undefined;
  const ready = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('not started');
    return value;
  };
  const settings = (): Readonly<Record<string, unknown>> => ready(parsed).settings;
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
    context(retries = 5) {
      const bare = testContext<unknown>(settings(), { identifier: 'conformance' });
      const { http, clock } = testHttp<object>(integration, settings(), { retries, log: bare.log });
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
