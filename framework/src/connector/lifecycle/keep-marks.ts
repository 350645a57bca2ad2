import type { Clock } from '../../shared';
import type { Marks } from './types';

/** After a save that failed. */
const RETRY_MS = 5_000;

export interface MarksKeeper {
  /** They are different now: the latest are saved, one save at a time. */
  changed(): void;
  /** Resolves when there is nothing to save. */
  settled(): Promise<void>;
}

/** Saves in the background, so that a store that is away holds nobody up. */
export function keepMarks(options: { readonly save: (marks: Marks) => Promise<void>; readonly current: () => Marks; readonly clock: Clock; readonly stop: AbortSignal }): MarksKeeper {
  const { clock, stop } = options;
  let stale = false;
  let saving: Promise<void> | undefined;

  async function save(): Promise<void> {
    while (stale) {
      stale = false;
      try {
        await options.save(options.current());
      } catch {
        stale = true;
        const slept = await clock.sleep(RETRY_MS, stop).then(() => true, () => false);
        if (!slept) return;
      }
    }
  }

  return {
    changed() {
      stale = true;
      saving ??= save().finally(() => (saving = undefined));
    },
    settled: () => saving ?? Promise.resolve(),
  };
}
