import type { SettingsOf } from '../../contract';
import type { DocumentItem, DocumentSink, SinkType } from '../sink';
import { STOPPED } from './answers';

const settings = {
  capacity: { type: 'integer', default: 100, min: 1, description: 'How many of the last items are kept in memory.' },
} as const;
type Settings = SettingsOf<typeof settings>;

export interface FakeSink extends DocumentSink {
  /** What it took last, oldest first. */
  readonly taken: readonly DocumentItem[];
}

interface FakeType extends SinkType<Settings> {
  create(...given: Parameters<SinkType<Settings>['create']>): FakeSink;
}

/** Takes everything and keeps the last of it in memory, for tests. */
export const fake: FakeType = {
  settings,
  insertOnly: () => false,
  nameOf: () => 'fake',
  problems: () => [
    { path: 'type', code: 'CONFIG_INVALID', severity: 'warning', message: 'the sink fake keeps documents in memory only', remedy: 'use it in tests; elsewhere choose another sink' },
  ],
  create({ capacity }, { name }) {
    const taken: DocumentItem[] = [];
    return {
      name,
      taken,
      insertOnly: false,
      needsName: false,
      batchItems: 500,
      concurrency: 1,
      shape: '',
      write(items, _options, signal) {
        if (signal.aborted) return Promise.resolve(items.map(() => STOPPED));
        taken.push(...items);
        if (taken.length > capacity) taken.splice(0, taken.length - capacity);
        return Promise.resolve(items.map(() => ({ is: 'ok' })));
      },
      ping: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
  },
};
