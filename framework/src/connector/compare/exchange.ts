import { FrameworkError, SourceError, type Page, type Reconciled } from '../../contract';
import { deferred } from '../../shared';
import type { ElementRow } from '../elements';
import { createHandover, type Handover } from './handover';

/** What became of the refresh of a target that did not compare everything. */
export interface TargetEnd {
  readonly is: 'completed' | 'failed' | 'aborted' | 'skipped';
  readonly reason?: string;
}

/** Where the comparisons of a connector's refresh meet the scans of its entry's run. One run at a time. */
export interface Exchange {
  /** A run waits for the connector, and reads these kinds. */
  open(kinds: Iterable<string>): void;
  /** It begins, with these targets. */
  begin(targets: readonly string[]): void;
  /** Targets of the run, once it began. Rejects when it never does. */
  targets(): Promise<readonly string[]>;
  /** The pages of a kind that a target compares: waits for the comparison. Throws SourceError when there is none in this run. Nobody reads it twice, so what it throws asks for no other try. */
  pages(kind: string, target: string): AsyncGenerator<Page<ElementRow>>;
  /** An earlier attempt at the run has all that a target holds of a kind. */
  passed(kind: string, target: string): void;
  /** The run is done with a kind: nobody stores pages of it any more. */
  finished(kind: string): void;
  /** Hands over what `read` gives, page by page. `compared: false`: this run does not read the kind. Rejects when the run ends before the last page. */
  hand(of: { readonly kind: string; readonly target: string; readonly signal: AbortSignal }, read: Read): Promise<Reconciled>;
  /** Every target has ended: kinds that were not compared are not. Gives the kinds that no target compared. */
  close(ends: ReadonlyMap<string, TargetEnd>): ReadonlySet<string>;
  /** The run ends before any target did. */
  fail(thrown: unknown): void;
}

export interface ReadPage {
  readonly rows: readonly ElementRow[];
  readonly refused: readonly { readonly identifier: string; readonly error: Error }[];
}
/** Reads one page and has it stored before it resolves. False: there is none left. */
export type Read = (give: (page: ReadPage) => Promise<void>) => Promise<boolean>;

interface Meeting {
  readonly kind: string;
  readonly target: string;
  readonly handover: Handover<Page<ElementRow>>;
  compared: boolean;
  passed: boolean;
}

/** What the target holds of the kind is not known in this run, and nothing went wrong. */
class NotCompared extends SourceError {
  constructor(reason: string) {
    super(reason, { recovery: 'incomplete' });
    this.message = reason;
  }
}

const notNow = new DOMException('the run does not read this kind any more', 'AbortError');

export function createExchange(): Exchange {
  let kinds = new Set<string>();
  let meetings = new Map<string, Meeting>();
  let ends: ReadonlyMap<string, TargetEnd> | undefined;
  let began = deferred<readonly string[]>();
  began.promise.catch(() => undefined);

  function meet(kind: string, target: string): Meeting {
    const name = JSON.stringify([kind, target]);
    let meeting = meetings.get(name);
    if (!meeting) {
      meeting = { kind, target, handover: createHandover(), compared: false, passed: false };
      meetings.set(name, meeting);
      if (ends) meeting.handover.end(whyNot(target, ends.get(target)));
    }
    return meeting;
  }

  return {
    open(next) {
      kinds = new Set(next);
      meetings = new Map();
      ends = undefined;
      began = deferred();
      began.promise.catch(() => undefined);
    },
    begin: (targets) => began.resolve(targets),
    targets: () => began.promise,
    fail(thrown) {
      ends = new Map();
      began.reject(thrown);
      for (const { handover } of meetings.values()) handover.end(thrown);
    },
    async *pages(kind, target) {
      const { handover } = meet(kind, target);
      try {
        for (let at = 1; ; at++) {
          const page = await handover.take();
          if (!page) return void (yield { rows: [], next: undefined });
          yield { ...page, next: { page: at } };
        }
      } catch (err) {
        throw err instanceof SourceError && err.recovery !== 'incomplete' ? notRead(target, err.message, err) : err;
      } finally {
        handover.abandon(notNow);
      }
    },
    passed(kind, target) {
      const meeting = meet(kind, target);
      meeting.passed = true;
      meeting.handover.abandon(notNow);
    },
    finished(kind) {
      kinds.delete(kind);
      for (const meeting of meetings.values()) if (meeting.kind === kind) meeting.handover.abandon(notNow);
    },
    async hand({ kind, target, signal }, read) {
      const counts = { received: 0, refused: 0 };
      if (!kinds.has(kind) || ends) return { ...counts, compared: false };
      const meeting = meet(kind, target);
      if (meeting.compared) throw new Error(`${kind} is compared twice in one run; compare each blueprint once`);
      meeting.compared = true;
      const { handover } = meeting;
      const stop = (): void => handover.abandon(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      try {
        for (;;) {
          signal.throwIfAborted();
          await handover.asked();
          const more = await read(async ({ rows, refused }) => {
            counts.received += rows.length + refused.length;
            counts.refused += refused.length;
            const [first] = refused;
            await handover.give({ rows, next: undefined, ...(first && { incomplete: `${refused.length} elements were refused, so nothing is removed; the first: ${first.error.message}` }) });
          });
          if (!more) break;
        }
        handover.end();
        return { ...counts, compared: true };
      } catch (err) {
        // The run is over with it, and that is nobody's fault.
        if (err === notNow && (meeting.passed || !kinds.has(kind))) return { ...counts, compared: false };
        handover.end(err);
        throw err;
      } finally {
        signal.removeEventListener('abort', stop);
      }
    },
    close(all) {
      ends = all;
      const untouched = new Set(kinds);
      for (const { kind, compared, passed } of meetings.values()) if (compared || passed) untouched.delete(kind);
      for (const { target, handover, compared } of meetings.values()) if (!compared) handover.end(whyNot(target, all.get(target)));
      return untouched;
    },
  };
}

const notRead = (target: string, reason: string, cause?: unknown): FrameworkError => new FrameworkError('SOURCE_NOT_READ', [`target ${target}`, reason], { cause });

function whyNot(target: string, end: TargetEnd | undefined): Error {
  if (end?.is === 'failed') return notRead(target, end.reason ?? 'its refresh failed');
  if (end?.is === 'completed') return new NotCompared('the connector did not compare this blueprint');
  return new NotCompared(`target ${target} ${end?.is === 'skipped' ? 'is not started' : 'was not refreshed'}`);
}
