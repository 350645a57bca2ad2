import type { Blueprint, Mapping } from '../../src/contract';
import { outputId, type Output, type Run, type RunKind, type Store } from '../../src/store';
import { entryOf, listen, resource, useStore, type Flow, type Lines } from './flow';
import { handClock, type HandClock } from './hand-clock';
import { createPortal, type FakePortal } from './portal';
import { createSource, type KindOptions, type Source, type Thing } from './source';

export const OFF = { on: false, share: 0, atLeast: 0 };
export const things = (from: number, to: number, n = 1): Thing[] => Array.from({ length: to - from + 1 }, (_, at) => ({ id: `a${from + at}`, n }));
export const kindOf = (run: Run, name: string): RunKind => run.kinds.find((kind) => kind.kind === name)!;
export const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export interface Setting {
  readonly store: Store;
  readonly source: Source;
  readonly portal: FakePortal;
  readonly flow: Flow;
  readonly clock: HandClock;
  readonly log: Lines;
  mapping: Mapping;
  output(blueprint: string, identifier: string): Promise<Output | undefined>;
  /** Lets time pass, a second at a time, until it is so. */
  until<T>(look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T>;
  /** A run, while time passes. */
  run(more?: Parameters<Flow['run']>[0]): Promise<Run>;
}

/** Calls of the portal wait until `go`. */
export function holdPortal(portal: FakePortal): { readonly reached: Promise<void>; go(): void } {
  let reach = (): void => undefined;
  let go = (): void => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const gate = new Promise<void>((resolve) => (go = resolve));
  portal.before = async () => {
    reach();
    await gate;
  };
  return { reached, go };
}

/** Stores of the test file, and the way to begin with a source, a portal and a flow between them. */
export function useDelivery(): { readonly data: ReturnType<typeof useStore>; begin: (...given: Parameters<Begin>) => Promise<Setting> } {
  const data = useStore();
  async function begin(kinds: Readonly<Record<string, KindOptions>> = { a: {} }, more: { readonly mapping?: Mapping; readonly blueprints?: readonly Blueprint[]; readonly identifier?: string; readonly store?: Store; readonly portal?: FakePortal } = {}): Promise<Setting> {
    const store = more.store ?? (await data.open());
    const source = createSource(kinds);
    const portal = more.portal ?? createPortal();
    const clock = handClock();
    const identifier = more.identifier ?? 'entry';
    const log = listen();
    const setting = { store, source, portal, clock, log, mapping: more.mapping ?? { entityDeletionThreshold: 1, resources: Object.keys(kinds).map((kind) => resource(kind)) } } as Setting;
    const flow = await data.flow({ store, portal, clock, log, entry: entryOf(source.integration, { identifier, guard: OFF, blueprints: more.blueprints ?? [] }), mapping: () => setting.mapping });
    return Object.assign(setting, {
      flow,
      output: async (of: string, id: string) => (await store.outputs.get([outputId(identifier, of, id)]))[0],
      async until<T>(look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
        for (;;) {
          const seen = await look();
          if (seen !== undefined && seen !== false) return seen;
          clock.advance(1_000);
          await tick();
        }
      },
      async run(asked: Parameters<Flow['run']>[0] = {}) {
        let run: Run | undefined;
        void flow.run(asked).then((ended) => (run = ended));
        return setting.until(() => run);
      },
    });
  }
  return { data, begin };
}
type Begin = (kinds?: Readonly<Record<string, KindOptions>>, more?: { readonly mapping?: Mapping; readonly blueprints?: readonly Blueprint[]; readonly identifier?: string; readonly store?: Store; readonly portal?: FakePortal }) => Promise<Setting>;
