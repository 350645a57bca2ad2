import type { Log } from '../contract';
import type { Clock } from '../shared';
import { parseOutputId, type Output } from '../store';

export interface SinkLogOptions {
  readonly log: Log;
  readonly clock: Clock;
  /** `integration`, `pipeline`, `sink`. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** One line when a sink takes nothing any more, one when it takes again, however often it is tried in between. */
export interface SinkLog {
  /** Why it takes nothing. */
  down(error: string): void;
  up(): void;
  /** Deletes that it refused to the end because another entity needs what should go. */
  kept(outputs: readonly Output[]): void;
}

export function createSinkLog({ log, clock, fields }: SinkLogOptions): SinkLog {
  let since: number | undefined;
  return {
    down(error) {
      if (since !== undefined) return;
      since = clock.now();
      log.warn('a sink takes nothing; what is due for it waits', { ...fields, err: error });
    },
    up() {
      if (since === undefined) return;
      log.info('the sink takes again', { ...fields, awayMs: clock.now() - since });
      since = undefined;
    },
    kept([first, ...more]) {
      if (!first) return;
      const { blueprint, identifier } = parseOutputId(first._id);
      const named = `${blueprint} ${first.identifier ?? identifier}${more.length > 0 ? ` and ${more.length} more` : ''}`;
      log.warn(`the sink keeps ${named}, which should go: another entity points there; the next run asks again`, { ...fields });
    },
  };
}
