import { ID_ATTRIBUTES } from './entry';
import type { Session } from './session';
import { Changes, readSyncMessage, SyncRequest, type SyncMessage } from './sync';
import { MAX_CHANGES, type Change, type News, type Watch } from './watch';

export interface SyncWatchOptions {
  readonly open: () => Promise<Session>;
  readonly base: string;
  readonly filter: string;
  /** Name of the topmost entry of the database, which knows what changed last. */
  readonly suffix: string;
  /** Where to begin: values of contextCSN. */
  readonly since: readonly string[];
  /** Time without news after which the connection is tried: a server that vanished says nothing. */
  readonly quietMs?: number;
}

const QUIET_MS = 60_000;

interface Live {
  readonly session: Session;
  /** Of the search that lasts. */
  failure?: Error;
}

/** OpenLDAP tells every change and removal by itself, over a search that lasts (RFC 4533). */
export function watchBySync({ open, base, filter, suffix, since, quietMs = QUIET_MS }: SyncWatchOptions): Watch {
  /** What was heard of. */
  const seen = new Changes(since);
  const queue: Change[] = [];
  /** How often something was missed, and how much of that was told. */
  let misses = 0;
  let told = 0;
  let live: Live | undefined;
  let wake = (): void => undefined;

  const isNews = (): boolean => misses > told || queue.length > 0;

  function hear(message: SyncMessage | undefined): void {
    if (!message) return;
    seen.addCookie(message.cookie);
    if (message.is === 'cookie') return;
    // Present: the server cannot say what went since our cookie.
    if (message.state === 'present') misses++;
    else if (message.is === 'ids') queue.push(...message.ids.map((id) => ({ id })));
    else queue.push(message.state === 'delete' ? { id: message.id } : { id: message.id, name: message.name });
    if (queue.length > MAX_CHANGES) {
      queue.length = 0;
      misses++;
    }
    if (isNews()) wake();
  }

  async function begin(): Promise<Live> {
    const session = await open();
    try {
      const now = await contextCsns(session, suffix);
      // What happened while nobody listened is not asked for: the server seldom knows what was removed since.
      if (!new Changes(now).isIn(seen)) misses++;
      for (const csn of now) seen.add(csn);
      const begun: Live = { session };
      session.persist({ base, filter, attributes: [...ID_ATTRIBUTES] }, new SyncRequest(seen.toCookie()), (answer) => hear(readSyncMessage(answer))).catch((err: unknown) => {
        begun.failure = err as Error;
        wake();
      });
      return begun;
    } catch (err) {
      await session.close();
      throw err;
    }
  }

  const close = async (): Promise<void> => {
    const ending = live;
    live = undefined;
    await ending?.session.close();
  };

  /** Resolves with false when nothing happened for a while. */
  const heard = (signal: AbortSignal): Promise<boolean> =>
    new Promise((resolve, reject) => {
      const done = (settle: () => void): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
        wake = () => undefined;
        settle();
      };
      const stop = (): void => done(() => reject(signal.reason as Error));
      const timer = setTimeout(() => done(() => resolve(false)), quietMs);
      wake = () => done(() => resolve(true));
      signal.addEventListener('abort', stop, { once: true });
    });

  return {
    async next(signal): Promise<News> {
      try {
        for (;;) {
          signal.throwIfAborted();
          live ??= await unlessAborted(begin(), signal);
          if (live.failure) throw live.failure;
          if (isNews()) break;
          if (!(await heard(signal))) await live.session.one({ base: '', filter: '(objectClass=*)', attributes: ['1.1'] });
        }
      } catch (err) {
        await close();
        throw err;
      }
      const changes = [...queue];
      const counted = misses;
      return {
        changes,
        missed: counted > told,
        session: live.session,
        handled() {
          told = counted;
          // Something missed since may have emptied the queue; what is left then comes once more, which does no harm.
          if (misses === counted) queue.splice(0, changes.length);
        },
      };
    },
    close,
  };
}

/** Its value, unless the signal aborts first; what comes too late is closed. */
function unlessAborted(beginning: Promise<Live>, signal: AbortSignal): Promise<Live> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      reject(signal.reason as Error);
      beginning.then(({ session }) => session.close(), () => undefined);
    };
    signal.addEventListener('abort', stop, { once: true });
    beginning.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** What the directory changed last, by server; none where it does not say (no syncprov). */
export async function contextCsns(session: Session, suffix: string): Promise<readonly string[]> {
  return (await session.one({ base: suffix, filter: '(objectClass=*)', attributes: ['contextCSN'] }))?.values('contextCSN') ?? [];
}
